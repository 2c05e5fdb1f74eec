package losses

import (
	"math"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// YOLOLogisticOpts are the settings of [YOLOLogistic]; the zero value is that of
// the paper, with half weight on the background.
type YOLOLogisticOpts struct {
	NoObject float64 // λ_noobj; 0 means 0.5
	// IgnoreIoU is the overlap with a true box from which on a prediction that
	// is nobody's is not told to be background; 0 means 0.6.
	IgnoreIoU float64
	// Ignore is that of YOLOOpts.
	Ignore *graph.Node
}

// YOLOLogistic returns the loss of raw outputs t and targets [N, G, G, k, 5 + p],
// as datasets/box assigns them, by cross-entropies instead of squares:
//
//	Σ 1_obj·w·[D(σ(t_x), b_x) + D(σ(t_y), b_y) + (t_h − log b_h/a_h)² + (t_w − log b_w/a_w)²]
//	  + Σ 1_obj·H(σ(t_0), 1) + λ_noobj·Σ 1_bg·H(σ(t_0), 0) + Σ 1_obj·H(softmax(t_c), c)
//
// with H(z, y) = −y·log z − (1 − y)·log(1 − z), D(z, y) = H(z, y) − H(y, y), so that
// a perfect box costs nothing, w = 2 − the box's share of the picture, and 1_bg where no object is assigned and the predicted box overlaps no
// true box by IgnoreIoU. truths [N, M, 4] has the corners x1, y1, x2, y2 of all
// true boxes, then rows of 0; they and the anchors (a_h, a_w) are shares of
// the picture. Each part is the mean over the pictures.
//
// Source: arXiv:1804.02767 §2.1; the classes exclude each other, as in
// arXiv:1612.08242.
func YOLOLogistic(raw, target, truths *graph.Node, anchors [][2]float64, o YOLOLogisticOpts) YOLOParts {
	const name = "YOLOLogistic"
	fail := func(dead *graph.Node) YOLOParts { return YOLOParts{dead, dead, dead, dead, dead} }
	if dead, ok := head(name, raw, anchors); !ok {
		return fail(dead)
	}
	if dead, ok := paired(name, raw, target); !ok {
		return fail(dead)
	}
	if truths.Rank() != 3 || truths.Dim(0) != raw.Dim(0) || truths.Dim(2) != 4 {
		return fail(raw.Fail(errors.Errorf("%s: true boxes %s, expected [%d, M, 4]", name, truths, raw.Dim(0))))
	}
	if o.NoObject == 0 {
		o.NoObject = 0.5
	}
	if o.IgnoreIoU == 0 {
		o.IgnoreIoU = 0.6
	}
	n, rows, cols := raw.Dim(0), float64(raw.Dim(1)), float64(raw.Dim(2))
	obj := target.Slice(4, 0, 1) // [N, G, G, k, 1]
	hw := sides(target, obj)     // in cells
	area := hw.Slice(4, 0, 1).Mul(hw.Slice(4, 1, 2)).Scale(1 / (rows * cols))
	weight := area.Neg().Shift(2).Mul(obj)

	cells := make([]float64, 0, 2*len(anchors))
	for _, a := range anchors {
		cells = append(cells, math.Log(a[0]*rows), math.Log(a[1]*cols))
	}
	xy, txy := raw.Slice(4, 1, 3), target.Slice(4, 1, 3)
	thw := hw.Log().Sub(raw.Graph().Constant(cells, 1, 1, 1, len(anchors), 2))
	least := txy.Mul(atLeastTiny(txy).Log()).Add(complement(txy).Mul(atLeastTiny(complement(txy)).Log()))
	coord := weighed(logistic(xy, txy).Add(least).Add(raw.Slice(4, 3, 5).Sub(thw).Square()), weight)

	seen := raw.Slice(4, 0, 1)
	background := backgroundOf(obj, o.Ignore).Mul(unclaimed(raw, truths, anchors, o.IgnoreIoU))
	part := func(terms *graph.Node, lambda float64) *graph.Node { return terms.Sum().Scale(lambda / float64(n)) }
	parts := YOLOParts{
		Coord:  part(coord, 1),
		Object: part(weighed(seen.Neg().Softplus(), obj), 1),
		None:   part(weighed(seen.Softplus(), background), o.NoObject),
	}
	if f := raw.Dim(4); f > 5 {
		logp := raw.Slice(4, 5, f).LogSoftmax(4)
		parts.Class = part(weighed(timesLog(target.Slice(4, 5, f), logp), obj).Neg(), 1)
	} else {
		parts.Class = part(obj.Scale(0), 1)
	}
	parts.Loss = parts.Coord.Add(parts.Object).Add(parts.None).Add(parts.Class)
	return parts
}

// unclaimed is 1 for each box of raw that overlaps no true box by least, else 0:
// [N, G, G, k, 1], a constant in differentiation.
func unclaimed(raw, truths *graph.Node, anchors [][2]float64, least float64) *graph.Node {
	s := raw.Shape()
	rows, cols, k, fields, most := s[1], s[2], s[3], s[4], truths.Dim(1)
	f := func(in [][]float64, out []float64) error {
		t, boxes := in[0], in[1]
		for i := range out {
			out[i] = 1
			b := t[i*fields:][:fields]
			anchor, col, row := anchors[i%k], i/k%cols, i/k/cols%rows
			x := (sigmoid(b[1]) + float64(col)) / float64(cols)
			y := (sigmoid(b[2]) + float64(row)) / float64(rows)
			h, w := anchor[0]*math.Exp(b[3]), anchor[1]*math.Exp(b[4])
			picture := i / (rows * cols * k)
			for j := range most {
				g := boxes[(picture*most+j)*4:][:4]
				if g[2] <= g[0] {
					break // rows of 0 follow the boxes
				}
				common := max(0, min(x+w/2, g[2])-max(x-w/2, g[0])) * max(0, min(y+h/2, g[3])-max(y-h/2, g[1]))
				if common > 0 && common > least*(w*h+(g[2]-g[0])*(g[3]-g[1])-common) {
					out[i] = 0
					break
				}
			}
		}
		return nil
	}
	return graph.Call("unclaimed boxes", f, []int{s[0], rows, cols, k, 1}, raw, truths)
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
