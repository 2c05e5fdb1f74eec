package losses

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// YOLOOpts are the settings of [YOLO]; the zero value is the mean over the
// pictures with the target 1 for the confidence of an object's box.
type YOLOOpts struct {
	// IoUTarget takes the overlap of the predicted box with the true one as the
	// target of p_c, a constant in differentiation.
	IoUTarget bool
	// Ignore [N, G, G, k or 1, 1], a constant, is 1 where no box is told to be
	// background, such as in crowds; nil ignores none.
	Ignore    *graph.Node
	Reduction Reduction
	// Weights [N] ≥ 0 of the pictures, constants. Weight 0 leaves a picture out.
	Weights *graph.Node
}

// YOLOParts is the loss with the four parts that it is the sum of, each with
// its λ.
type YOLOParts struct {
	Loss                       *graph.Node
	Coord, Object, None, Class *graph.Node
}

// YOLO returns the loss of predictions y and targets t [N, G, G, k, 5 + p] with
// the fields p_c, b_x, b_y, b_h, b_w, c_1 … c_p of each cell and anchor,
//
//	λ_coord·Σ 1_obj·[(Δb_x)² + (Δb_y)² + (Δ√b_h)² + (Δ√b_w)²]
//	  + Σ 1_obj·(p_c − 1)² + λ_noobj·Σ (1 − 1_obj)·p_c² + Σ 1_obj·Σ_c (Δc)²
//
// where 1_obj is the target's p_c. Where that is 0 the other fields are
// ignored. A predicted side below 0 counts as 0.
//
// Source: cheatsheet §1.6 (the layout of y); arXiv:1506.02640 eq. 3, which has
// λ_coord 5, λ_noobj 0.5 and the IoU as the target of p_c.
func YOLO(pred, target *graph.Node, lambdaCoord, lambdaNoObject float64, o YOLOOpts) YOLOParts {
	const name = "YOLO"
	fail := func(dead *graph.Node) YOLOParts { return YOLOParts{dead, dead, dead, dead, dead} }
	if pred.Rank() != 5 || pred.Dim(4) < 5 {
		return fail(pred.Fail(errors.Errorf("%s: %s, expected [N, G, G, k, 5 + p]", name, pred)))
	}
	if dead, ok := paired(name, pred, target); !ok {
		return fail(dead)
	}
	if !(lambdaCoord >= 0 && lambdaNoObject >= 0) {
		return fail(pred.Fail(errors.Errorf("%s: lambdas %g, %g, expected at least 0", name, lambdaCoord, lambdaNoObject)))
	}
	obj := target.Slice(4, 0, 1) // [N, G, G, k, 1]
	pc := pred.Slice(4, 0, 1)
	xy, txy := pred.Slice(4, 1, 3), target.Slice(4, 1, 3)
	hw, thw := sides(pred, obj), sides(target, obj)

	aim := obj
	if o.IoUTarget {
		aim = weighed(overlap(xy, hw, txy, thw).Detach(), obj)
	}
	coord := weighed(xy.Sub(txy).Square().Add(root(hw).Sub(root(thw)).Square()), obj) // [N, G, G, k, 2]
	object := weighed(pc.Sub(aim).Square(), obj)
	none := weighed(pc.Square(), backgroundOf(obj, o.Ignore))

	part := func(terms *graph.Node, lambda float64) *graph.Node {
		return Opts{o.Reduction, o.Weights}.apply(name, terms.Flatten().Sum(1).Scale(lambda))
	}
	parts := YOLOParts{
		Coord:  part(coord, lambdaCoord),
		Object: part(object, 1),
		None:   part(none, lambdaNoObject),
	}
	parts.Loss = parts.Coord.Add(parts.Object).Add(parts.None)
	if classes := pred.Dim(4); classes > 5 {
		diff := pred.Slice(4, 5, classes).Sub(target.Slice(4, 5, classes))
		parts.Class = part(weighed(diff.Square(), obj), 1)
	} else {
		parts.Class = part(object.Scale(0), 1)
	}
	parts.Loss = parts.Loss.Add(parts.Class)
	return parts
}

// backgroundOf is 1 where there is no object, nor ignored.
func backgroundOf(obj, ignore *graph.Node) *graph.Node {
	if ignore == nil {
		return complement(obj)
	}
	return complement(obj).Mul(complement(ignore))
}

// sides returns b_h, b_w where there is an object, and 1 elsewhere.
func sides(y, obj *graph.Node) *graph.Node {
	return graph.Where(obj, y.Slice(4, 3, 5), scalar(y, 1))
}

// root returns √n, of numbers below 0 that of 0, without an infinite gradient.
func root(n *graph.Node) *graph.Node { return atLeastTiny(n).Sqrt() }

// overlap returns the IoU of boxes by their middles xy [.., 2], sides hw [.., 2].
func overlap(xy, hw, txy, thw *graph.Node) *graph.Node {
	side := func(centre, size, tcentre, tsize *graph.Node) *graph.Node {
		right := centre.Add(size.Scale(0.5)).Minimum(tcentre.Add(tsize.Scale(0.5)))
		left := centre.Sub(size.Scale(0.5)).Maximum(tcentre.Sub(tsize.Scale(0.5)))
		return right.Sub(left).ReLU()
	}
	field := func(n *graph.Node, i int) *graph.Node { return n.Slice(4, i, i+1) }
	w := side(field(xy, 0), field(hw, 1), field(txy, 0), field(thw, 1))
	h := side(field(xy, 1), field(hw, 0), field(txy, 1), field(thw, 0))
	common := w.Mul(h)
	area := func(s *graph.Node) *graph.Node { s = s.ReLU(); return field(s, 0).Mul(field(s, 1)) }
	return common.Div(atLeastTiny(area(hw).Add(area(thw)).Sub(common)))
}

// YOLOBoxes turns the raw outputs t of a head [N, rows, cols, k, 5 + p] into
// predictions y of that shape,
//
//	p_c = σ(t_0)
//	b_x = (σ(t_1) + col)/cols, b_y = (σ(t_2) + row)/rows
//	b_h = a_h·e^t_3, b_w = a_w·e^t_4
//	c = softmax(t_5 … )
//
// for anchors of height a_h, width a_w. Boxes and anchors are shares of the
// picture. The package zoo/decode has the same on numbers.
//
// Source: arXiv:1612.08242 §2, figure 3.
func YOLOBoxes(raw *graph.Node, anchors [][2]float64) *graph.Node {
	if dead, ok := head("YOLOBoxes", raw, anchors); !ok {
		return dead
	}
	rows, cols := raw.Dim(1), raw.Dim(2)
	corner := make([]float64, 0, rows*cols*2) // [rows, cols, 1, 2]
	for r := range rows {
		for c := range cols {
			corner = append(corner, float64(c), float64(r))
		}
	}
	g := raw.Graph()
	xy := raw.Slice(4, 1, 3).Sigmoid().
		Add(g.Constant(corner, 1, rows, cols, 1, 2)).
		Mul(g.Constant([]float64{1 / float64(cols), 1 / float64(rows)}, 1, 1, 1, 1, 2))
	return assemble(raw, xy, anchors, 1, 1)
}

// YOLOCells is [YOLOBoxes] in the units of the targets that datasets/box
// assigns: b_x, b_y count from the cell's corner, b_h, b_w in cells. The anchors
// are still shares of the picture.
func YOLOCells(raw *graph.Node, anchors [][2]float64) *graph.Node {
	if dead, ok := head("YOLOCells", raw, anchors); !ok {
		return dead
	}
	return assemble(raw, raw.Slice(4, 1, 3).Sigmoid(), anchors, float64(raw.Dim(1)), float64(raw.Dim(2)))
}

// assemble joins the fields of y; the anchors' heights, widths are multiplied.
func assemble(raw, xy *graph.Node, anchors [][2]float64, heights, widths float64) *graph.Node {
	sizes := make([]float64, 0, 2*len(anchors))
	for _, a := range anchors {
		sizes = append(sizes, a[0]*heights, a[1]*widths)
	}
	hw := raw.Slice(4, 3, 5).Exp().Mul(raw.Graph().Constant(sizes, 1, 1, 1, len(anchors), 2))
	fields := []*graph.Node{raw.Slice(4, 0, 1).Sigmoid(), xy, hw}
	if n := raw.Dim(4); n > 5 {
		fields = append(fields, raw.Slice(4, 5, n).Softmax(4))
	}
	return graph.Concat(4, fields...)
}

func head(name string, raw *graph.Node, anchors [][2]float64) (dead *graph.Node, ok bool) {
	if raw.Rank() != 5 || raw.Dim(4) < 5 || raw.Dim(3) != len(anchors) {
		return raw.Fail(errors.Errorf("%s: %s with %d anchors, expected [N, G, G, k, 5 + p] with k anchors", name, raw, len(anchors))), false
	}
	if i := slices.IndexFunc(anchors, func(a [2]float64) bool { return !(a[0] > 0 && a[1] > 0) }); i >= 0 {
		return raw.Fail(errors.Errorf("%s: anchor %d is %v, expected sizes above 0", name, i, anchors[i])), false
	}
	return nil, true
}
