package graph_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// A script is what a random graph is built from: the same script gives the
// same graph, over another store or with other settings.
type script struct {
	dtype graph.DType
	shape []int // of the input
	steps []step
	fetch []int // which of the nodes, modulo their number
}

type step struct{ op, a, b, k int }

func drawScript(t *rapid.T) script {
	small := rapid.IntRange(0, 1<<10)
	s := script{dtype: graph.DType(rapid.IntRange(0, 1).Draw(t, "dtype"))}
	s.shape = []int{rapid.IntRange(1, 3).Draw(t, "N"), rapid.IntRange(1, 4).Draw(t, "C"), rapid.IntRange(1, 6).Draw(t, "H"), rapid.IntRange(1, 6).Draw(t, "W")}
	s.steps = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{small.Draw(t, "op"), small.Draw(t, "a"), small.Draw(t, "b"), small.Draw(t, "k")}
	}), 1, 25).Draw(t, "steps")
	s.fetch = rapid.SliceOfN(small, 0, 3).Draw(t, "fetch")
	return s
}

// randomGraph builds a graph from a script.
type randomGraph struct {
	g     *graph.Graph
	nodes []*graph.Node
	made  int
}

// param makes a parameter of the shape.
func (r *randomGraph) param(shape ...int) *graph.Node {
	r.made++
	return r.g.Scope().Param(fmt.Sprintf("p%d", r.made), nn.Normal(0, 0.5), shape...)
}

// like returns an earlier node of n's shape, or a parameter that broadcasts.
func (r *randomGraph) like(n *graph.Node, k int) *graph.Node {
	for i := range r.nodes {
		if m := r.nodes[(i+k)%len(r.nodes)]; k%3 != 0 && slices.Equal(m.Shape(), n.Shape()) {
			return m
		}
	}
	shape := slices.Clone(n.Shape())
	for a := range shape {
		if k>>a&1 == 1 {
			shape[a] = 1
		}
	}
	if len(shape) == 0 {
		return r.param(1).Reshape()
	}
	return r.param(shape...)
}

func (r *randomGraph) apply(s step) *graph.Node {
	n := r.nodes[s.a%len(r.nodes)]
	unary := []func(*graph.Node) *graph.Node{
		(*graph.Node).Tanh, (*graph.Node).Sigmoid, (*graph.Node).ReLU, (*graph.Node).Neg, (*graph.Node).Softplus,
		(*graph.Node).Abs, (*graph.Node).LogSigmoid, (*graph.Node).GELU,
		func(n *graph.Node) *graph.Node { return n.LeakyReLU(0.1) },
		func(n *graph.Node) *graph.Node { return n.ELU(1) },
		func(n *graph.Node) *graph.Node { return n.Scale(0.7) },
		func(n *graph.Node) *graph.Node { return n.Shift(-0.2) },
		func(n *graph.Node) *graph.Node { return n.Tanh().Exp() },
		func(n *graph.Node) *graph.Node { return n.Sigmoid().Shift(0.1).Log() },
	}
	if s.op%4 == 0 || n.Rank() == 0 {
		return unary[s.b%len(unary)](n)
	}
	shared := []func() *graph.Node{
		func() *graph.Node { return n.Add(r.like(n, s.b)) },
		func() *graph.Node { return n.Sub(r.like(n, s.b)) },
		func() *graph.Node { return n.Mul(r.like(n, s.b)) },
		func() *graph.Node { return n.Div(r.like(n, s.b).Tanh().Shift(2)) },
		func() *graph.Node { return n.Softmax(s.b % n.Rank()) },
		func() *graph.Node { return n.LogSoftmax(s.b % n.Rank()) },
		func() *graph.Node { return n.Reshape(-1, n.Dim(-1)) },
		func() *graph.Node {
			perm := rand.New(rand.NewPCG(uint64(s.b), 0)).Perm(n.Rank())
			return n.Transpose(perm...)
		},
		func() *graph.Node {
			axis := s.b % n.Rank()
			lo := s.k % n.Dim(axis)
			return n.Slice(axis, lo, lo+1+s.op%(n.Dim(axis)-lo))
		},
		func() *graph.Node { return graph.Concat(s.b%n.Rank(), n, n.Tanh()) },
		func() *graph.Node { return n.Sum(s.b % n.Rank()) },
		func() *graph.Node { return n.Max(s.b % n.Rank()) },
		func() *graph.Node { return n.Mean() },
		func() *graph.Node { return n.Dropout(r.g.Scope(), fmt.Sprintf("drop%d", len(r.nodes)), 0.3) },
	}
	byRank := map[int][]func() *graph.Node{
		2: {
			func() *graph.Node { return n.Linear(r.param(1+s.b%5, n.Dim(1)), r.param(1+s.b%5)) },
			func() *graph.Node { return n.MatMul(r.param(n.Dim(1), 1+s.b%5)) },
			func() *graph.Node { return n.MatMulT(n) },
		},
		4: {
			func() *graph.Node {
				k := 1 + s.b%4
				return n.Conv(r.param(k, n.Dim(1), 3, 3), r.param(k), graph.ConvOpts{Stride: []int{1 + s.k%2}, Pad: [][2]int{{1, 1}}})
			},
			func() *graph.Node {
				k := 1 + s.b%4
				return n.ConvTranspose(r.param(n.Dim(1), k, 2, 2), r.param(k), graph.ConvOpts{})
			},
			func() *graph.Node {
				return n.MaxPool(graph.PoolOpts{Kernel: []int{2}, Stride: []int{1}, Pad: [][2]int{{1, 0}}})
			},
			func() *graph.Node {
				return n.AvgPool(graph.PoolOpts{Kernel: []int{2}, Stride: []int{2}, Pad: [][2]int{{0, 1}}})
			},
			func() *graph.Node {
				if n.Len()/n.Dim(1) < 2 {
					return n
				}
				return nn.NewBatchNorm2d(r.g.Scope().At(fmt.Sprintf("bn%d", len(r.nodes))), n.Dim(1), nn.BatchNormOpts{}).Forward(n)
			},
			func() *graph.Node { return n.UpsampleNearest(1+s.b%6, 1+s.k%6) },
			func() *graph.Node { return n.UpsampleBilinear(1+s.b%6, 1+s.k%6, s.op%2 == 0) },
		},
	}
	all := slices.Concat(shared, byRank[n.Rank()])
	return all[s.k%len(all)]()
}

// settings are what must not change a bit of the result.
type settings struct {
	plain   bool
	threads int
}

// outcome is what two runs gave, with the bits of all values.
type outcome struct {
	loss    [2]float64
	fetched [][]float64 // of the second run, like the rest
	grads   map[string][]float64
	buffers map[string][]float64
	memory  graph.Memory
}

// run builds the graph and runs it twice, as a training loop would.
func (s script) run(t rapid.TB, set settings) outcome {
	t.Helper()
	store := graph.NewStore(s.dtype, 11)
	store.SetThreads(set.threads)
	r := &randomGraph{g: graph.New(store, graph.Train)}
	if set.plain {
		graph.DisableOptimisation(r.g)
	}
	x := r.g.Input("x", s.shape...).RequireGrad()
	r.nodes = append(r.nodes, x, x.Mul(r.param(s.shape...)))
	for _, st := range s.steps {
		if y := r.apply(st); y.Len() < 1<<12 { // graphs stay small
			r.nodes = append(r.nodes, y)
		}
	}
	loss := r.nodes[1].Sum()
	for _, n := range r.nodes[2:] {
		loss = loss.Add(n.Mean())
	}
	var fetch []*graph.Node
	for _, f := range s.fetch {
		fetch = append(fetch, r.nodes[f%len(r.nodes)])
	}
	prog, err := r.g.Compile(loss, fetch...)
	if err != nil {
		t.Fatal(err)
	}
	var o outcome
	for step := range o.loss {
		values := make([]float64, x.Len())
		awayFromZero(rand.New(rand.NewPCG(uint64(step), 9)), nil, values)
		prog.SetStep(step)
		graph.Poison(prog)
		if err := prog.Run(x.FeedFloat64s(values)); err != nil {
			t.Fatal(err)
		}
		o.loss[step] = prog.Loss()
	}
	for _, n := range fetch {
		o.fetched = append(o.fetched, prog.Values(n))
	}
	o.grads = map[string][]float64{"x": prog.Gradient(x)}
	o.buffers = map[string][]float64{}
	for _, p := range store.Params() {
		if p.IsBuffer() {
			o.buffers[p.Name()] = p.Values()
		}
	}
	for _, vg := range prog.Gradients() {
		d, err := vg.Grad()
		if err != nil {
			t.Fatal(err)
		}
		o.grads[vg.(interface{ Name() string }).Name()] = valuesOf(t, d)
	}
	o.memory = prog.Memory()
	return o
}

// same fails where two outcomes differ by more than the relative tolerance;
// with 0, in any bit.
func (o outcome) same(t rapid.TB, what string, p outcome, tol float64) {
	t.Helper()
	equal := func(name string, got, want []float64) {
		t.Helper()
		if tol == 0 {
			sameBits(t, what+": "+name, got, want)
			return
		}
		scale := 1.0
		for _, v := range want {
			scale = math.Max(scale, math.Abs(v))
		}
		for i := range got {
			if !near(got[i]/scale, want[i]/scale, tol) && !(math.IsNaN(got[i]) && math.IsNaN(want[i])) {
				t.Errorf("%s: %s: element %d: %v, want %v", what, name, i, got[i], want[i])
				return
			}
		}
	}
	equal("loss", o.loss[:], p.loss[:])
	for i := range p.fetched {
		equal(fmt.Sprintf("fetched node %d", i), o.fetched[i], p.fetched[i])
	}
	for name := range p.grads {
		equal("gradient of "+name, o.grads[name], p.grads[name])
	}
	for name := range p.buffers {
		equal("buffer "+name, o.buffers[name], p.buffers[name])
	}
}

// TestProgram_sameBits: reuse of memory, work in place and fusion change no
// bit; neither does another run, or what the memory held before. Two threads give the same up to rounding.
func TestProgram_sameBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScript(t)
		got := s.run(t, settings{threads: 2})
		got.same(t, "optimised", s.run(t, settings{threads: 2, plain: true}), 0)
		got.same(t, "again", s.run(t, settings{threads: 2}), 0)
		tol := 1e-9 // of float64: thousands of roundings
		if s.dtype == graph.Float32 {
			tol = 2e-3
		}
		got.same(t, "one thread", s.run(t, settings{threads: 1}), tol)
		if m := got.memory; m.Arena < m.Bound {
			t.Errorf("an arena of %d bytes, less than the %d alive at once", m.Arena, m.Bound)
		}
	})
}
