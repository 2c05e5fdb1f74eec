package train

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// Features returns the set d with each example [C, H, W] replaced by what trunk,
// in evaluation, makes of it, kept in memory. Where the trunk is frozen, training
// what comes behind it on these features is the same as training all, but the
// trunk is computed once, not in every epoch.
//
// Source: cheatsheet §3.3.1.
func Features(store *graph.Store, trunk func(s graph.Scope) nn.Layer, d datasets.Dataset) (*datasets.InMemory, error) {
	if d.Len() == 0 {
		return nil, errors.New("features: the data set is empty, expected at least one example")
	}
	programs := graph.NewPrograms(store, graph.Eval, func(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
		x := g.Input(inputName, append([]int{size.Batch}, d.Shape()...)...)
		return compile(nil, trunk(g.Scope()).Forward(x))
	})
	loader := datasets.NewLoader(d, datasets.LoaderOptions{Batch: evalBatch, Sequential: true})
	defer loader.Close()
	var x []float32
	var y, shape []int
	for loader.Next() {
		b := loader.Batch()
		if err := checkBatch(b); err != nil {
			return nil, errors.Wrap(err, "features")
		}
		prog, err := programs.For(graph.Size{Batch: b.N})
		if err != nil {
			return nil, errors.Wrap(err, "features")
		}
		if err := prog.Run(prog.Input(inputName).Feed(b.X)); err != nil {
			return nil, errors.Wrap(err, "features")
		}
		out := prog.Fetched(0)
		if shape == nil {
			shape = append(shape, out.Shape()[1:]...)
			x = make([]float32, 0, d.Len()*datasets.Size(shape))
		}
		x = append(x, prog.Float32s(out)...)
		y = append(y, b.Y...)
	}
	if err := loader.Err(); err != nil {
		return nil, errors.Wrap(err, "features")
	}
	return datasets.NewInMemory(shape, d.Classes(), x, y)
}
