package graph_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// largeGraph builds a chain of element-wise operations and an unrolled
// recurrent network over one input, and returns their common loss.
func largeGraph(g *graph.Graph, chain, steps int) *graph.Node {
	const hidden = 4
	s := g.Scope()
	x := s.Param("x", nn.Normal(0, 1), 2, hidden)
	y := x
	for i := range chain {
		if i%2 == 0 {
			y = y.Scale(0.5)
		} else {
			y = y.Tanh()
		}
	}
	waa, wax := s.Param("waa", nn.XavierNormal, hidden, hidden), s.Param("wax", nn.XavierNormal, hidden, hidden)
	b := s.Param("ba", nn.Constant(0), 1, hidden)
	a := x
	for range steps {
		a = a.MatMulT(waa).Add(x.MatMulT(wax)).Add(b).Tanh()
	}
	return y.Sum().Add(a.Sum())
}

// BenchmarkCompile measures differentiating and planning a graph of 20,000
// nodes, backward included; building is apart.
func BenchmarkCompile(b *testing.B) {
	var nodes int
	for b.Loop() {
		b.StopTimer()
		g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
		loss := largeGraph(g, 4600, 680)
		b.StartTimer()
		p, err := g.Compile(loss)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := p.Run(); err != nil {
			b.Fatal(err)
		}
		nodes = len(g.Gorgonia().AllNodes())
		b.StartTimer()
	}
	b.ReportMetric(float64(nodes), "nodes")
}

var _ = fmt.Sprint
var _ = rand.New
