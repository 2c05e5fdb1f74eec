package nn

import "github.com/hocsau/hocsau/graph"

// Summarize returns a model layer by layer, for an input x of that shape. It makes
// no parameters but for their sizes.
//
//	nn.Summarize(func(s graph.Scope) nn.Layer { return zoo.NewLeNet(s, 10) }, 1, 1, 28, 28)
func Summarize(model func(s graph.Scope) Layer, shape ...int) (graph.Summary, error) {
	store := graph.NewStore(graph.Float32, 1)
	store.Sketch()
	g := graph.New(store, graph.Eval)
	y := model(g.Scope()).Forward(g.Input("x", shape...))
	return g.Summary(y), g.Err()
}
