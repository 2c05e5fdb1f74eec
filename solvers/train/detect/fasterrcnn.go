package detect

import (
	"math/rand/v2"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo/detector"
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
	trainProposals    = 200 // after non-max suppression
)

// FasterRCNN is the task of a Faster R-CNN: a network proposes the regions that
// a Fast R-CNN on the same maps looks at; both are trained at once.
//
// Source: cheatsheet §1.6; arXiv:1506.01497, "approximate joint training".
type FasterRCNN struct {
	feeder
	*detector.FasterRCNN
	store   *graph.Store
	val     box.Pictures
	classes []string
	opts    FasterRCNNOpts

	programs     *graph.Programs
	anchors      []box.Box // of all cells, shares, [G, G, k]
	aims, truths []float32
	draw         [1]float32
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
	if err := detector.CheckSides(f.shape); err != nil {
		return nil, errors.Wrap(err, "faster r-cnn")
	}
	if err := f.check(); err != nil {
		return nil, errors.Wrap(err, "faster r-cnn")
	}
	f.FasterRCNN = detector.NewFasterRCNN(store, f.shape, o.Anchors, len(f.classes))
	f.anchors = f.Cells()
	f.programs = graph.NewPrograms(store, graph.Train, f.build)
	return f, nil
}

// build makes the graph of a training step, from pixels to the loss.
func (f *FasterRCNN) build(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	n, a, p := size.Batch, len(f.anchors), len(f.classes)
	fast, maps, score, move := f.Network(g, n)
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

// samples chooses the regions that the step is trained with, and says what they
// are to be.
func (f *FasterRCNN) samples(n int) func(in [][]float64, out []float64) error {
	a, p := len(f.anchors), len(f.classes)
	columns := 5 + aimColumns(p)
	return func(in [][]float64, out []float64) error {
		for i := range n {
			boxes, err := f.Propose(in[0][i*a:(i+1)*a], in[1][4*i*a:4*(i+1)*a], trainProposals)
			if err != nil {
				return err
			}
			var truths []object
			var crowds []box.Box
			for k := range mostTruths {
				row := in[2][(i*mostTruths+k)*5:][:5]
				if row[3] <= row[1] {
					break // rows of 0 follow the boxes
				}
				b := box.Box{X1: row[1], Y1: row[2], X2: row[3], Y2: row[4]}
				if row[0] < 0 {
					crowds = append(crowds, b)
					continue
				}
				truths = append(truths, object{class: int(row[0]), box: b})
			}
			source := rand.New(rand.NewPCG(f.o.Seed, uint64(in[3][0])*uint64(n)+uint64(i)))
			for k, s := range choose(boxes, truths, crowds, regionsPerPicture, source) {
				row := out[(i*regionsPerPicture+k)*columns:][:columns]
				f.Roi(row, i, s.box)
				s.fill(row[5:], p)
			}
		}
		return nil
	}
}

// Store returns the parameters.
func (f *FasterRCNN) Store() *graph.Store { return f.store }

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
		rows := objects[:len(objects):len(objects)]
		for _, c := range b.crowds[i] {
			rows = append(rows, object{class: -1, box: c})
		}
		for k, o := range rows[:min(len(rows), mostTruths)] {
			copy(f.truths[(i*mostTruths+k)*5:], []float32{float32(o.class), float32(o.box.X1), float32(o.box.Y1), float32(o.box.X2), float32(o.box.Y2)})
		}
		f.aim(f.aims[i*a*6:(i+1)*a*6], objects, b.crowds[i], rand.New(rand.NewPCG(f.o.Seed^uint64(step)<<20, uint64(b.index[i]))))
	}
	const exact = 1 << 24 // float32 holds all whole numbers below
	f.draw[0] = float32(step % exact)
	prog.SetStep(step)
	err = prog.Run(prog.Input(inputName).Feed(b.x), prog.Input(aimName).Feed(f.aims), prog.Input(truthsName).Feed(f.truths), prog.Input(drawName).Feed(f.draw[:]))
	if err == nil {
		f.note(prog, b.n, "rpn_object", "rpn_box", "class", "box")
	}
	return prog, b.n, err
}

// aim says what the anchors of a picture are to be, [A, 6]: an object's are those
// of enough overlap with it, and the best one of each; background those of
// little overlap with all that lie in no crowd. At most anchorsPerPicture count.
func (f *FasterRCNN) aim(y []float32, truths []object, crowds []box.Box, r *rand.Rand) {
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
		} else if iou[i] < anchorNoneIoU && !inCrowd(f.anchors[i], crowds) {
			none = append(none, i)
		}
	}
	r.Shuffle(len(objects), func(i, k int) { objects[i], objects[k] = objects[k], objects[i] })
	r.Shuffle(len(none), func(i, k int) { none[i], none[k] = none[k], none[i] })
	objects = objects[:min(len(objects), int(anchorObjectShare*anchorsPerPicture))]
	none = none[:min(len(none), anchorsPerPicture-len(objects))]
	scale := detector.SideScale()
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

// Validate returns val_map, val_map50, then the terms of the training loss, each its
// mean over the epoch.
func (f *FasterRCNN) Validate() (train.Metrics, error) { return validate(f, f.val, f.means()) }

// Better reports whether an average precision is greater than the best.
func (f *FasterRCNN) Better(value, best float64) bool { return value > best }
