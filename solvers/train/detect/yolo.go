package detect

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/detector"
)

// The names of a task's inputs.
const (
	inputName  = detector.InputName
	targetName = "target"
	truthsName = "truths"
	ignoreName = "ignore"
)

// mostTruths is how many boxes of a picture the loss looks at to tell background.
const mostTruths = 100

// YOLOOpts are the settings of a [YOLO].
type YOLOOpts struct {
	Options
	Anchors []box.Size // shares of the picture
	// Network makes the network, x [N, C, H, W] → t [N, H/16, W/16, anchors,
	// 5 + classes]; nil means a zoo.SmallYOLO.
	Network func(s graph.Scope) nn.Layer
	// Squares takes the loss of the first YOLO, of squared errors, rather than
	// that of cross-entropies.
	Squares bool
}

// YOLO is the task of a zoo.SmallYOLO, or a network like it.
//
// Source: cheatsheet §1.6.
type YOLO struct {
	feeder
	*detector.YOLO
	store   *graph.Store
	val     box.Pictures
	classes []string
	opts    YOLOOpts

	net      func(s graph.Scope) nn.Layer
	programs *graph.Programs
	targets  []float32
	truths   []float32
	crowded  bool      // some pictures have crowds
	ignored  []float32 // cells in them, [n, rows, cols]
}

// NewYOLO makes the task of training a detector, whose parameters are named from
// the root of store, on pictures, with val, which may be nil, for validation. A
// trained one is used with a [Form] for the pictures.
func NewYOLO(store *graph.Store, pictures, val box.Pictures, o YOLOOpts) (*YOLO, error) {
	y := &YOLO{feeder: newFeeder(pictures, o.Options), store: store, val: val, opts: o, classes: pictures.Classes()}
	if err := y.checkUse(); err != nil {
		return nil, errors.Wrap(err, "yolo")
	}
	if err := y.check(); err != nil {
		return nil, errors.Wrap(err, "yolo")
	}
	if y.net = o.Network; y.net == nil {
		y.net = func(s graph.Scope) nn.Layer { return zoo.NewSmallYOLO(s, len(o.Anchors), len(y.classes)) }
	}
	y.crowded = crowded(pictures)
	y.programs = graph.NewPrograms(store, graph.Train, y.build)
	y.YOLO = detector.NewYOLO(store, y.net, y.shape, o.Anchors, len(y.classes))
	return y, nil
}

func (y *YOLO) checkUse() error {
	if len(y.opts.Anchors) == 0 || len(y.classes) == 0 {
		return errors.Errorf("%d anchors, %d classes, expected at least one of each", len(y.opts.Anchors), len(y.classes))
	}
	return detector.CheckSides(y.shape)
}

func (y *YOLO) rows() int { return y.shape[1] / zoo.SmallStride }
func (y *YOLO) cols() int { return y.shape[2] / zoo.SmallStride }

// build makes the graph of a training step.
func (y *YOLO) build(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	raw := y.net(g.Scope()).Forward(g.Input(inputName, append([]int{size.Batch}, y.shape...)...))
	target := g.Input(targetName, size.Batch, y.rows(), y.cols(), len(y.opts.Anchors), 5+len(y.classes))
	anchors := make([][2]float64, len(y.opts.Anchors))
	for i, a := range y.opts.Anchors {
		anchors[i] = [2]float64{a.H, a.W}
	}
	var ignore *graph.Node
	if y.crowded {
		ignore = g.Input(ignoreName, size.Batch, y.rows(), y.cols(), 1, 1)
	}
	var parts losses.YOLOParts
	if y.opts.Squares {
		parts = losses.YOLO(losses.YOLOCells(raw, anchors), target, 5, 0.5, losses.YOLOOpts{Ignore: ignore})
	} else {
		truths := g.Input(truthsName, size.Batch, mostTruths, 4)
		parts = losses.YOLOLogistic(raw, target, truths, anchors, losses.YOLOLogisticOpts{Ignore: ignore})
	}
	return compile(parts.Loss, parts.Coord, parts.Object, parts.None, parts.Class)
}

// Store returns the parameters.
func (y *YOLO) Store() *graph.Store { return y.store }

// Step computes the loss and its gradients for the next batch.
func (y *YOLO) Step(step int) (*graph.Program, int, error) {
	b, err := y.next()
	if err != nil {
		return nil, 0, err
	}
	prog, err := y.programs.For(graph.Size{Batch: b.n})
	if err != nil {
		return nil, 0, err
	}
	if err := y.aim(b); err != nil {
		return nil, 0, err
	}
	prog.SetStep(step)
	feeds := []graph.Feed{prog.Input(inputName).Feed(b.x), prog.Input(targetName).Feed(y.targets)}
	if !y.opts.Squares {
		feeds = append(feeds, prog.Input(truthsName).Feed(y.truths))
	}
	if y.crowded {
		y.ignore(b)
		feeds = append(feeds, prog.Input(ignoreName).Feed(y.ignored))
	}
	err = prog.Run(feeds...)
	if err == nil {
		y.note(prog, b.n, "coord", "object", "none", "class")
	}
	return prog, b.n, err
}

// aim fills the targets of a batch.
func (y *YOLO) aim(b batch) error {
	y.targets = y.targets[:0]
	y.truths = resized(y.truths, b.n*mostTruths*4)
	for i, objects := range b.objects {
		centers, labels := make([]box.Center, len(objects)), make([]int, len(objects))
		for k, o := range objects {
			centers[k], labels[k] = o.box.Center(), o.class
			if k < mostTruths {
				copy(y.truths[(i*mostTruths+k)*4:], []float32{float32(o.box.X1), float32(o.box.Y1), float32(o.box.X2), float32(o.box.Y2)})
			}
		}
		t, err := box.Assign(y.rows(), y.cols(), y.opts.Anchors, centers, labels, len(y.classes))
		if err != nil {
			return errors.Wrapf(err, "picture %d", b.index[i])
		}
		for _, v := range t.Y {
			y.targets = append(y.targets, float32(v))
		}
	}
	return nil
}

// ignore marks the cells of a batch that lie in crowds: what they hold is not
// known, and is not taught to be background.
func (y *YOLO) ignore(b batch) {
	rows, cols := y.rows(), y.cols()
	y.ignored = resized(y.ignored, b.n*rows*cols)
	for i, crowds := range b.crowds {
		for r := range rows {
			for c := range cols {
				cell := box.Box{X1: float64(c), Y1: float64(r), X2: float64(c + 1), Y2: float64(r + 1)}.Scale(1/float64(cols), 1/float64(rows))
				if inCrowd(cell, crowds) {
					y.ignored[(i*rows+r)*cols+c] = 1
				}
			}
		}
	}
}

// resized returns n zeros, in the memory of x where it suffices.
func resized(x []float32, n int) []float32 {
	if cap(x) < n {
		return make([]float32, n)
	}
	x = x[:n]
	clear(x)
	return x
}

// Validate returns val_map, val_map50, then the terms of the training loss, each its
// mean over the epoch.
func (y *YOLO) Validate() (train.Metrics, error) { return validate(y, y.val, y.means()) }

// Better reports whether an average precision is greater than the best.
func (y *YOLO) Better(value, best float64) bool { return value > best }

// validate measures a detector. The mean over the IoU thresholds comes first: on
// few pictures it tells epochs apart better than that at 0.5 does.
func validate(d Detector, val box.Pictures, terms train.Metrics) (train.Metrics, error) {
	if val == nil || val.Len() == 0 {
		return nil, nil
	}
	r, err := Evaluate(d, val, EvalOpts{})
	if err != nil {
		return nil, err
	}
	m := train.Metrics{{Name: "val_map", Value: orZero(r.COCO.AP)}, {Name: "val_map50", Value: orZero(r.VOC.MAP)}}
	return append(m, terms...), nil
}

// orZero is v, or 0 where a set without objects leaves it undefined.
func orZero(v float64) float64 {
	if v != v {
		return 0
	}
	return v
}
