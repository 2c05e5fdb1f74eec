package detect

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo/detector"
)

// vector is the common part of the tasks whose answer to a picture is a fixed
// number of values.
type vector struct {
	*reader
	*detector.Vector
	store *graph.Store
	data  datasets.Dataset
	size  int // values of an answer
	// target writes the true answer to picture i, as it is in that epoch.
	target func(y []float32, epoch, i int) error
	// net makes the network with raw answers y [N, size], loss is theirs.
	net  func(s graph.Scope) nn.Layer
	loss func(y, target *graph.Node) *graph.Node

	programs *graph.Programs
	targets  []float32
}

func (v *vector) prepare() {
	v.programs = graph.NewPrograms(v.store, graph.Train, v.build)
	v.Vector = detector.NewVector(v.store, v.net, v.data.Shape())
}

func (v *vector) build(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	x := g.Input(inputName, append([]int{size.Batch}, v.data.Shape()...)...)
	y := v.net(g.Scope()).Forward(x)
	return compile(v.loss(y, g.Input(targetName, size.Batch, v.size)), y)
}

// Store returns the parameters.
func (v *vector) Store() *graph.Store { return v.store }

// Step computes the loss and its gradients for the next batch.
func (v *vector) Step(step int) (*graph.Program, int, error) {
	b, err := v.epochs.Next()
	if err != nil {
		return nil, 0, err
	}
	prog, err := v.programs.For(graph.Size{Batch: b.N})
	if err != nil {
		return nil, 0, err
	}
	v.targets = resized(v.targets, b.N*v.size)
	for i, at := range b.Index {
		if err := v.target(v.targets[i*v.size:(i+1)*v.size], v.epoch, at); err != nil {
			return nil, 0, errors.Wrapf(err, "picture %d", at)
		}
	}
	prog.SetStep(step)
	return prog, b.N, prog.Run(prog.Input(inputName).Feed(b.X), prog.Input(targetName).Feed(v.targets))
}

// over calls f with the raw answer to each picture of a set, in order.
func (v *vector) over(d datasets.Dataset, f func(i int, y []float32) error) error {
	const size = 64
	loader := datasets.NewLoader(d, datasets.LoaderOptions{Batch: size, Sequential: true})
	defer loader.Close()
	for loader.Next() {
		b := loader.Batch()
		y, err := v.Answers(b.X, b.N)
		if err != nil {
			return errors.Wrap(err, "evaluate")
		}
		for i, at := range b.Index {
			if err := f(at, y[i*v.size:(i+1)*v.size]); err != nil {
				return errors.Wrapf(err, "evaluate: picture %d", at)
			}
		}
	}
	return errors.Wrap(loader.Err(), "evaluate")
}

// check tells whether the settings make sense.
func (v *vector) check() error {
	if err := detector.CheckSides(v.data.Shape()); err != nil {
		return err
	}
	return v.reader.check()
}
