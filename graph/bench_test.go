package graph_test

import (
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

// BenchmarkStep measures a training step of LeNet, batch 64, without solver.
func BenchmarkStep(b *testing.B) {
	const n = 64
	images, labels := digits(n)
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x, y, _, loss := lenet(g, n)
	prog := compiled(b, g, loss)
	b.ReportAllocs()
	for b.Loop() {
		ran(b, prog, x.Feed(images), y.FeedInts(labels))
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "images/s")
	m := prog.Memory()
	b.ReportMetric(float64(m.Arena)/(1<<20), "arena-MB")
	b.ReportMetric(float64(m.Arena)/float64(m.Bound), "arena/bound")
}

// BenchmarkNode measures what a run costs for each of many small operations.
func BenchmarkNode(b *testing.B) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	prog := compiled(b, g, largeGraph(g, 400, 60))
	nodes := len(g.Gorgonia().AllNodes())
	for b.Loop() {
		ran(b, prog)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(nodes), "ns/node")
}

// TestCompile_large: a graph of thousands of nodes, deeper than any stack of
// calls would like, gives what its formula says.
func TestCompile_large(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x := g.Scope().Param("x", graph.Constant(1), 3)
	y := x
	for range 1500 {
		y = y.Scale(0.5).Shift(1) // towards 2
	}
	prog := ran(t, compiled(t, g, y.Sum()))
	if !near(prog.Loss(), 6, 1e-12) {
		t.Errorf("loss %v, want 6", prog.Loss())
	}
	for _, d := range prog.Gradient(x) {
		if d != 0 && d > 1e-300 { // 2^-1500 is no float64
			t.Errorf("gradient %v, want 0", d)
		}
	}
	if m := prog.Memory(); m.Arena > 3*64 {
		t.Errorf("an arena of %d bytes for a chain done in place", m.Arena)
	}
}
