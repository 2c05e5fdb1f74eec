package detect

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

// FasterRCNNOpts are the settings of a [FasterRCNN].
type FasterRCNNOpts struct {
	Options
	Anchors []box.Size // shares of the picture
}

// The settings of the region proposal network.
const (
	anchorsPerPicture = 128 // that a picture is trained with
	anchorObjectShare = 0.5
	anchorObjectIoU   = 0.6 // from which on an anchor is an object's
	anchorNoneIoU     = 0.3 // below which it is background
	proposalIoU       = 0.7 // of non-max suppression
	ranked            = 600 // proposals before it, by score
	trainProposals    = 200 // after it
	evalProposals     = 120
)

// FasterRCNN is the task of a Faster R-CNN: a network proposes the regions that
// a Fast R-CNN on the same maps looks at; both are trained at once.
//
// Source: cheatsheet §1.6; arXiv:1506.01497, "approximate joint training".
type FasterRCNN struct {
	feeder
	store   *graph.Store
	val     box.Pictures
	classes []string
	opts    FasterRCNNOpts

	programs, eval *graph.Programs
	anchors        []box.Box // of all cells, shares, [G, G, k]
	aims, truths   []float32
	draw           [1]float32
	terms          train.Metrics // of the last step
}

// drawName is the input that decides the random numbers of a step.
const drawName = "draw"

// NewFasterRCNN makes the task of training on pictures, with val, which may be
// nil, for validation.
func NewFasterRCNN(store *graph.Store, pictures, val box.Pictures, o FasterRCNNOpts) (*FasterRCNN, error) {
	f := &FasterRCNN{feeder: newFeeder(pictures, o.Options), store: store, val: val, opts: o, classes: pictures.Classes()}
	if len(o.Anchors) == 0 || len(f.classes) == 0 {
		return nil, errors.Errorf("faster r-cnn: %d anchors, %d classes, expected at least one of each", len(o.Anchors), len(f.classes))
	}
	if err := checkSides(f.shape); err != nil {
		return nil, errors.Wrap(err, "faster r-cnn")
	}
	if err := f.check(); err != nil {
		return nil, errors.Wrap(err, "faster r-cnn")
	}
	rows, cols := f.shape[1]/zoo.RegionStride, f.shape[2]/zoo.RegionStride
	for r := range rows {
		for c := range cols {
			for _, a := range o.Anchors {
				f.anchors = append(f.anchors, box.Center{X: (float64(c) + 0.5) / float64(cols), Y: (float64(r) + 0.5) / float64(rows), H: a.H, W: a.W}.Box())
			}
		}
	}
	f.programs = graph.NewPrograms(store, graph.Train, f.build)
	f.eval = graph.NewPrograms(store, graph.Eval, f.build)
	return f, nil
}

// build makes the graph of a number of pictures, from pixels to the loss or to
// what the regions show.
func (f *FasterRCNN) build(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	n, a, p := size.Batch, len(f.anchors), len(f.classes)
	x := g.Input(inputName, append([]int{n}, f.shape...)...)
	fast := zoo.NewFastRCNN(g.Scope(), p)
	maps := fast.Features(x)
	score, move := zoo.NewRegionProposer(g.Scope().At("rpn"), len(f.opts.Anchors)).Forward(maps)
	score, move = score.Reshape(n, a), move.Reshape(n, a, 4)
	if g.Mode() == graph.Eval {
		chosen := graph.Call("proposals", f.proposals(n), []int{n * evalProposals, 5}, score, move)
		logits, t := fast.Classify(maps, chosen)
		return compile(nil, logits, t, chosen)
	}
	// what the anchors are to be: counts, is an object, four moves
	aim := g.Input(aimName, n, a, 6)
	counts, object := aim.Slice(2, 0, 1).Reshape(n, a), aim.Slice(2, 1, 2).Reshape(n, a)
	share := 1 / float64(n*anchorsPerPicture)
	seen := losses.BinaryCrossEntropyLogit(score, object, losses.Opts{Reduction: losses.None}).Mul(counts).Sum().Scale(share)
	moved := losses.SmoothL1(move, aim.Slice(2, 2, 6), losses.Opts{Reduction: losses.None}).Mul(aim.Slice(2, 1, 2)).Sum().Scale(share)

	columns := 5 + aimColumns(p)
	truths := g.Input(truthsName, n, mostTruths, 5)
	chosen := graph.Call("samples of proposals", f.samples(n), []int{n * regionsPerPicture, columns}, score, move, truths, g.Input(drawName, 1))
	logits, t := fast.Classify(maps, chosen.Slice(1, 0, 5))
	class, settled := regionLoss(logits, t, chosen.Slice(1, 5, columns))
	return compile(seen.Add(moved).Add(class).Add(settled), seen, moved, class, settled)
}

// propose returns the best boxes of a picture after non-max suppression, at most
// most of them, by scores [A] and moves [A, 4].
func (f *FasterRCNN) propose(score, move []float64, most int) ([]box.Box, error) {
	scale := sideScale()
	all := make([]decode.Detection, 0, len(f.anchors))
	for i, a := range f.anchors {
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
	a := len(f.anchors)
	return func(in [][]float64, out []float64) error {
		for i := range n {
			boxes, err := f.propose(in[0][i*a:(i+1)*a], in[1][4*i*a:4*(i+1)*a], evalProposals)
			if err != nil {
				return err
			}
			for k, b := range boxes {
				f.roi(out[(i*evalProposals+k)*5:], i, b)
			}
		}
		return nil
	}
}

// roi writes a row of a region pooling: the corners of the pixels in b.
func (f *FasterRCNN) roi(row []float64, picture int, b box.Box) {
	h, w := float64(f.shape[1]), float64(f.shape[2])
	row[0], row[1], row[2], row[3], row[4] = float64(picture), b.X1*w, b.Y1*h, b.X2*w-1, b.Y2*h-1
}

// samples chooses the regions that the step is trained with, and says what they
// are to be.
func (f *FasterRCNN) samples(n int) func(in [][]float64, out []float64) error {
	a, p := len(f.anchors), len(f.classes)
	columns := 5 + aimColumns(p)
	return func(in [][]float64, out []float64) error {
		for i := range n {
			boxes, err := f.propose(in[0][i*a:(i+1)*a], in[1][4*i*a:4*(i+1)*a], trainProposals)
			if err != nil {
				return err
			}
			var truths []object
			for k := range mostTruths {
				row := in[2][(i*mostTruths+k)*5:][:5]
				if row[3] <= row[1] {
					break // rows of 0 follow the boxes
				}
				truths = append(truths, object{class: int(row[0]), box: box.Box{X1: row[1], Y1: row[2], X2: row[3], Y2: row[4]}})
			}
			source := rand.New(rand.NewPCG(f.o.Seed, uint64(in[3][0])*uint64(n)+uint64(i)))
			for k, s := range choose(boxes, truths, regionsPerPicture, source) {
				row := out[(i*regionsPerPicture+k)*columns:][:columns]
				f.roi(row, i, s.box)
				s.fill(row[5:], p)
			}
		}
		return nil
	}
}

// Store returns the parameters.
func (f *FasterRCNN) Store() *graph.Store { return f.store }

// Build makes the parameters.
func (f *FasterRCNN) Build() error {
	_, err := f.eval.For(graph.Size{Batch: 1})
	return err
}

// Step computes the loss and its gradients for the next batch.
func (f *FasterRCNN) Step(step int) (*graph.Program, int, error) {
	b, err := f.next()
	if err != nil {
		return nil, 0, err
	}
	prog, err := f.programs.For(graph.Size{Batch: b.n})
	if err != nil {
		return nil, 0, err
	}
	a := len(f.anchors)
	f.aims, f.truths = resized(f.aims, b.n*a*6), resized(f.truths, b.n*mostTruths*5)
	for i, objects := range b.objects {
		for k, o := range objects[:min(len(objects), mostTruths)] {
			copy(f.truths[(i*mostTruths+k)*5:], []float32{float32(o.class), float32(o.box.X1), float32(o.box.Y1), float32(o.box.X2), float32(o.box.Y2)})
		}
		f.aim(f.aims[i*a*6:(i+1)*a*6], objects, rand.New(rand.NewPCG(f.o.Seed^uint64(step)<<20, uint64(b.index[i]))))
	}
	const exact = 1 << 24 // float32 holds all whole numbers below
	f.draw[0] = float32(step % exact)
	prog.SetStep(step)
	err = prog.Run(prog.Input(inputName).Feed(b.x), prog.Input(aimName).Feed(f.aims), prog.Input(truthsName).Feed(f.truths), prog.Input(drawName).Feed(f.draw[:]))
	f.terms = terms(prog, "rpn_object", "rpn_box", "class", "box")
	return prog, b.n, err
}

// aim says what the anchors of a picture are to be, [A, 6]: an object's are those
// of enough overlap with it, and the best one of each; background those of
// little overlap with all. At most anchorsPerPicture count.
func (f *FasterRCNN) aim(y []float32, truths []object, r *rand.Rand) {
	iou, of := make([]float64, len(f.anchors)), make([]int, len(f.anchors))
	first := make([]int, len(truths)) // the best anchor of each truth
	bestOf := make([]float64, len(truths))
	for i, a := range f.anchors {
		of[i] = -1
		for k, o := range truths {
			v := box.IoU(a, o.box)
			if v > iou[i] {
				iou[i], of[i] = v, k
			}
			if v > bestOf[k] {
				bestOf[k], first[k] = v, i
			}
		}
	}
	forced := map[int]int{}
	for k := range truths {
		if bestOf[k] > 0 {
			forced[first[k]] = k
		}
	}
	var objects, none []int
	for i := range f.anchors {
		if k, ok := forced[i]; ok {
			of[i] = k
			objects = append(objects, i)
		} else if iou[i] >= anchorObjectIoU {
			objects = append(objects, i)
		} else if iou[i] < anchorNoneIoU {
			none = append(none, i)
		}
	}
	r.Shuffle(len(objects), func(i, k int) { objects[i], objects[k] = objects[k], objects[i] })
	r.Shuffle(len(none), func(i, k int) { none[i], none[k] = none[k], none[i] })
	objects = objects[:min(len(objects), int(anchorObjectShare*anchorsPerPicture))]
	none = none[:min(len(none), anchorsPerPicture-len(objects))]
	scale := sideScale()
	for _, i := range objects {
		t, err := box.Encode(f.anchors[i], truths[of[i]].box)
		if err != nil {
			continue // both have an area
		}
		row := y[i*6:][:6]
		row[0], row[1] = 1, 1
		for k := range t {
			row[2+k] = float32(t[k] / scale[k])
		}
	}
	for _, i := range none {
		y[i*6] = 1
	}
}

// Detect implements [Detector].
func (f *FasterRCNN) Detect(x []float32, n int, o decode.SuppressOptions) ([][]decode.Detection, error) {
	prog, err := f.eval.For(graph.Size{Batch: n})
	if err != nil {
		return nil, err
	}
	if err := prog.Run(prog.Input(inputName).Feed(x)); err != nil {
		return nil, err
	}
	logits, t, rois := prog.Float32s(prog.Fetched(0)), prog.Float32s(prog.Fetched(1)), prog.Float32s(prog.Fetched(2))
	h, w, p := float64(f.shape[1]), float64(f.shape[2]), len(f.classes)
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

// Validate returns val_map, val_map50, then the terms of the last batch's loss.
func (f *FasterRCNN) Validate() (train.Metrics, error) { return validate(f, f.val, f.terms) }

// Better reports whether an average precision is greater than the best.
func (f *FasterRCNN) Better(value, best float64) bool { return value > best }
