package detector

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

// Detector finds objects in pictures. Several goroutines may call the Detect of
// those in this package at once: one detects at a time.
type Detector interface {
	// Detect returns what it finds in each of n pictures x [n, C, H, W], the
	// best first, boxes as shares of the picture.
	Detect(x []float32, n int, o decode.SuppressOptions) ([][]decode.Detection, error)
	// Build makes the parameters in the store.
	Build() error
}

// InputName is the name of a network's input.
const InputName = "x"

// CheckSides tells whether the maps of the zoo's features fit pictures of this
// shape.
func CheckSides(shape []int) error {
	if len(shape) != 3 || shape[0] != 3 || shape[1]%zoo.SmallStride != 0 || shape[2]%zoo.SmallStride != 0 || shape[1] < 1 || shape[2] < 1 {
		return errors.Errorf("pictures of shape %v, expected [3, H, W], H and W multiples of %d", shape, zoo.SmallStride)
	}
	return nil
}

// forward is a network with one output in evaluation mode.
type forward struct {
	shape []int // of one input
	eval  *graph.Programs
}

func newForward(store *graph.Store, net func(s graph.Scope) nn.Layer, shape []int) forward {
	f := forward{shape: shape}
	f.eval = graph.NewPrograms(store, graph.Eval, func(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
		x := g.Input(InputName, append([]int{size.Batch}, shape...)...)
		return compile(nil, net(g.Scope()).Forward(x))
	})
	return f
}

// Build makes the parameters.
func (f *forward) Build() error {
	_, err := f.eval.For(graph.Size{Batch: 1})
	return err
}

// run returns the answers to n inputs x, one after the other, and the shape of
// all.
func (f *forward) run(x []float32, n int) (y []float32, shape []int, err error) {
	err = f.eval.Use(graph.Size{Batch: n}, func(prog *graph.Program) error {
		if err := prog.Run(prog.Input(InputName).Feed(x)); err != nil {
			return err
		}
		answer := prog.Fetched(0)
		y, shape = slices.Clone(prog.Float32s(answer)), answer.Shape()
		return nil
	})
	return y, shape, err
}
