package graph_test

import (
	"fmt"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
)

// deep builds a network of so many layers of Linear and tanh, each with
// parameters of its own, and returns its loss.
func deep(g *graph.Graph, layers int) *graph.Node {
	s := g.Scope()
	x := g.Input("x", 2, 4)
	for i := range layers {
		x = nn.NewLinear(s.At(fmt.Sprint("fc", i)), 4, 4).Forward(x).Tanh()
	}
	return x.Sum()
}

// unrolled builds an LSTM cell unrolled over so many steps and returns its loss.
func unrolled(g *graph.Graph, steps int) *graph.Node {
	x := g.Input("x", steps, 2, 4)
	return recurrent.NewLSTMCell(g.Scope().At("cell"), 4, 4).Run(x, nil, false).Sum()
}

// BenchmarkGrowth measures building, differentiating and compiling graphs of
// growing sizes: the time a node must not grow with them.
func BenchmarkGrowth(b *testing.B) {
	for _, c := range []struct {
		name  string
		build func(g *graph.Graph, n int) *graph.Node
		sizes []int
	}{
		{"layers", deep, []int{500, 2000, 8000, 16000}},
		{"lstm", unrolled, []int{128, 512, 2048}},
	} {
		for _, n := range c.sizes {
			b.Run(fmt.Sprint(c.name, "/", n), func(b *testing.B) {
				var nodes int
				for b.Loop() {
					g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
					if _, err := g.Compile(c.build(g, n)); err != nil {
						b.Fatal(err)
					}
					nodes = len(g.Gorgonia().AllNodes())
				}
				b.ReportMetric(float64(nodes), "nodes")
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(nodes), "µs/node")
			})
		}
	}
}
