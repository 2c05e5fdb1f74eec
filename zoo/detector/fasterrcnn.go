package detector

import (
	"cmp"
	"math"
	"slices"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

// The settings of the region proposal network in use.
const (
	proposalIoU   = 0.7 // of non-max suppression
	ranked        = 600 // proposals before it, by score
	evalProposals = 120 // after it
)

// FasterRCNN uses a Faster R-CNN: a network proposes the regions that a Fast
// R-CNN on the same maps looks at.
//
// Source: cheatsheet §1.6; arXiv:1506.01497.
type FasterRCNN struct {
	shape   []int
	anchors int
	classes int
	cells   []box.Box // the anchors of all cells, shares, [G, G, k]
	eval    *graph.Programs
}

// NewFasterRCNN returns the use of a Faster R-CNN, whose parameters are named from
// the root of store, on pictures of a shape [3, H, W]; anchors are shares of the
// picture.
func NewFasterRCNN(store *graph.Store, shape []int, anchors []box.Size, classes int) *FasterRCNN {
	f := &FasterRCNN{shape: shape, anchors: len(anchors), classes: classes}
	rows, cols := shape[1]/zoo.RegionStride, shape[2]/zoo.RegionStride
	for r := range rows {
		for c := range cols {
			for _, a := range anchors {
				f.cells = append(f.cells, box.Center{X: (float64(c) + 0.5) / float64(cols), Y: (float64(r) + 0.5) / float64(rows), H: a.H, W: a.W}.Box())
			}
		}
	}
	f.eval = graph.NewPrograms(store, graph.Eval, f.build)
	return f
}

// Cells returns the anchors of all cells, shares of the picture.
func (f *FasterRCNN) Cells() []box.Box { return f.cells }

// Network builds both networks on n pictures: what looks at regions, the maps,
// the scores [n, A] of the anchors with their moves [n, A, 4].
func (f *FasterRCNN) Network(g *graph.Graph, n int) (fast *zoo.FastRCNN, maps, score, move *graph.Node) {
	x := g.Input(InputName, append([]int{n}, f.shape...)...)
	fast = zoo.NewFastRCNN(g.Scope(), f.classes)
	maps = fast.Features(x)
	score, move = zoo.NewRegionProposer(g.Scope().At("rpn"), f.anchors).Forward(maps)
	return fast, maps, score.Reshape(n, len(f.cells)), move.Reshape(n, len(f.cells), 4)
}

func (f *FasterRCNN) build(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	n := size.Batch
	fast, maps, score, move := f.Network(g, n)
	chosen := graph.Call("proposals", f.proposals(n), []int{n * evalProposals, 5}, score, move)
	logits, t := fast.Classify(maps, chosen)
	return compile(nil, logits, t, chosen)
}

// Build makes the parameters.
func (f *FasterRCNN) Build() error {
	_, err := f.eval.For(graph.Size{Batch: 1})
	return err
}

// Propose returns the best boxes of a picture after non-max suppression, at most
// most of them, by scores [A] and moves [A, 4].
func (f *FasterRCNN) Propose(score, move []float64, most int) ([]box.Box, error) {
	scale := SideScale()
	all := make([]decode.Detection, 0, len(f.cells))
	for i, a := range f.cells {
		var t [4]float64
		for k := range t {
			t[k] = move[4*i+k] * scale[k]
		}
		b := box.Decode(a, t).Clip(1, 1)
		if b.Valid() && !math.IsNaN(score[i]) {
			all = append(all, decode.Detection{Box: b, Score: score[i]})
		}
	}
	slices.SortStableFunc(all, func(x, y decode.Detection) int { return cmp.Compare(y.Score, x.Score) })
	all = all[:min(len(all), ranked)]
	keep, err := decode.Suppress(all, decode.SuppressOptions{ScoreMin: math.Inf(-1), IoU: proposalIoU})
	if err != nil {
		return nil, err
	}
	var boxes []box.Box
	for _, at := range keep[:min(len(keep), most)] {
		boxes = append(boxes, all[at].Box)
	}
	return boxes, nil
}

// proposals fills rows of the number of a picture with a box in pixels; what is
// left over stays 0 and lies in picture 0, without an area.
func (f *FasterRCNN) proposals(n int) func(in [][]float64, out []float64) error {
	a := len(f.cells)
	return func(in [][]float64, out []float64) error {
		for i := range n {
			boxes, err := f.Propose(in[0][i*a:(i+1)*a], in[1][4*i*a:4*(i+1)*a], evalProposals)
			if err != nil {
				return err
			}
			for k, b := range boxes {
				f.Roi(out[(i*evalProposals+k)*5:], i, b)
			}
		}
		return nil
	}
}

// Roi writes a row of a region pooling: the corners of the pixels in b.
func (f *FasterRCNN) Roi(row []float64, picture int, b box.Box) {
	h, w := float64(f.shape[1]), float64(f.shape[2])
	row[0], row[1], row[2], row[3], row[4] = float64(picture), b.X1*w, b.Y1*h, b.X2*w-1, b.Y2*h-1
}

// Detect implements [Detector].
func (f *FasterRCNN) Detect(x []float32, n int, o decode.SuppressOptions) ([][]decode.Detection, error) {
	var logits, t, rois []float32
	err := f.eval.Use(graph.Size{Batch: n}, func(prog *graph.Program) error {
		if err := prog.Run(prog.Input(InputName).Feed(x)); err != nil {
			return err
		}
		fetched := func(i int) []float32 { return slices.Clone(prog.Float32s(prog.Fetched(i))) }
		logits, t, rois = fetched(0), fetched(1), fetched(2)
		return nil
	})
	if err != nil {
		return nil, err
	}
	h, w, p := float64(f.shape[1]), float64(f.shape[2]), f.classes
	found := make([][]decode.Detection, n)
	for i := range n {
		lo, hi := i*evalProposals, (i+1)*evalProposals
		regions := make([]box.Box, 0, evalProposals)
		for k := lo; k < hi; k++ {
			row := rois[k*5:][:5]
			b := box.Box{X1: float64(row[1]) / w, Y1: float64(row[2]) / h, X2: (float64(row[3]) + 1) / w, Y2: (float64(row[4]) + 1) / h}
			if row[3] == 0 && row[4] == 0 {
				b = box.Box{} // left over
			}
			regions = append(regions, b)
		}
		if found[i], err = settle(regions, logits[lo*(1+p):hi*(1+p)], t[lo*4*p:hi*4*p], p, o); err != nil {
			return nil, err
		}
	}
	return found, nil
}
