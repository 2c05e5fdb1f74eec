package graph_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// TestProgram_frozen: frozen parameters get no gradient and unreached ones
// are named.
func TestProgram_frozen(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	store.Freeze("conv1")
	store.Freeze("bn")
	g := graph.New(store, graph.Train)
	x, y, _, loss := lenet(g, 4)
	nn.NewLinear(g.Scope().At("unused"), 3, 2)
	prog := compiled(t, g, loss)
	var names []string
	for _, vg := range prog.Gradients() {
		names = append(names, vg.(interface{ Name() string }).Name())
	}
	if got, want := strings.Join(names, " "), "conv2.weight conv2.bias fc1.weight fc1.bias fc2.weight fc2.bias fc3.weight fc3.bias"; got != want {
		t.Errorf("gradients of %s, want %s", got, want)
	}
	if got := strings.Join(prog.Unreached(), " "); got != "unused.weight unused.bias" {
		t.Errorf("unreached: %s", got)
	}
	images, labels := digits(4)
	mean := store.Param("bn.running_mean").Values()
	ran(t, prog, x.Feed(images), y.FeedInts(labels))
	sameBits(t, "running mean below a frozen prefix", store.Param("bn.running_mean").Values(), mean)

	store.Unfreeze()
	if _, err := g.Compile(loss); err == nil || !strings.Contains(err.Error(), "differentiated before conv1.weight was unfrozen") {
		t.Errorf("compiling again after Unfreeze: %v", err)
	}
	store.Freeze("")
	if prog := compiled(t, g, loss); len(prog.Gradients()) != 0 {
		t.Error("a wholly frozen store has gradients")
	}
}

// TestProgram_gradientsApart: gradients lie in memory of their own even where
// they are equal, so that a solver may change them in place.
func TestProgram_gradientsApart(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	s := g.Scope()
	a, b := s.Param("a", graph.Constant(1), 2, 3), s.Param("b", graph.Constant(2), 2, 3)
	c, d := s.Param("c", graph.Constant(3), 6), s.Param("d", graph.Constant(3), 1, 3)
	sum := a.Add(b).Shift(1).Add(c.Reshape(2, 3)).Add(graph.Concat(0, d, d))
	prog := ran(t, compiled(t, g, sum.Tanh().Sum()))
	for i, vg := range prog.Gradients() {
		grad, err := vg.Grad()
		if err != nil {
			t.Fatal(err)
		}
		values := grad.Data().([]float32)
		for j := range values {
			values[j] = float32(i)
		}
	}
	for i, vg := range prog.Gradients() {
		for _, v := range gradientOf(t, vg) {
			if v != float64(i) {
				t.Fatalf("gradient %d was overwritten with %v", i, v)
			}
		}
	}
}

// TestProgram_buffersInOrder: a batch norm called twice moves its running
// values twice, first by the first call.
func TestProgram_buffersInOrder(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	a, b := g.Input("a", 2, 1), g.Input("b", 2, 1)
	bn := nn.NewBatchNorm(g.Scope().At("bn"), 1, nn.BatchNormOpts{Momentum: 0.5, Biased: true})
	loss := bn.Forward(a).Sum().Add(bn.Forward(b).Sum())
	prog := compiled(t, g, loss)
	ran(t, prog, a.FeedFloat64s([]float64{3, 5}), b.FeedFloat64s([]float64{10, 12}))
	// mean: 0 → 2 → 6.5; variance: 1 → 1 → 1, as each batch has 1.
	if got := g.Store().Param("bn.running_mean").Values()[0]; got != 6.5 {
		t.Errorf("running mean %v, want 6.5", got)
	}
	ran(t, prog) // 6.5 → 5.25 → 8.125
	if got := g.Store().Param("bn.running_mean").Values()[0]; got != 8.125 {
		t.Errorf("running mean %v after the second run, want 8.125", got)
	}
	if got := g.Store().Param("bn.running_var").Values()[0]; got != 1 {
		t.Errorf("running variance %v, want 1", got)
	}
}

func TestProgram_dropoutByStep(t *testing.T) {
	mask := func(seed uint64, name string, step int) []float64 {
		g := graph.New(graph.NewStore(graph.Float64, seed), graph.Train)
		x := g.Input("x", 1000)
		y := x.Dropout(g.Scope().At(name), "call0", 0.3)
		prog := compiled(t, g, nil, y)
		prog.SetStep(step)
		return ran(t, prog, x.FeedFloat64s(slices.Repeat([]float64{1}, 1000))).Values(y)
	}
	m := mask(1, "d", 5)
	sameBits(t, "the same seed, name and step", mask(1, "d", 5), m)
	kept := 0
	for _, v := range m {
		if v != 0 {
			kept++
			if !near(v, 1/0.7, 1e-15) {
				t.Fatalf("a kept element is %v, want 1/0.7", v)
			}
		}
	}
	if kept < 650 || kept > 750 { // 700, deviation 14.5
		t.Errorf("%d of 1000 kept, want about 700", kept)
	}
	for what, other := range map[string][]float64{"seed": mask(2, "d", 5), "name": mask(1, "e", 5), "step": mask(1, "d", 6)} {
		if slices.Equal(m, other) {
			t.Errorf("another %s gives the same mask", what)
		}
	}
}

func TestProgram_diagnose(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x := g.Input("x", 1, 1, 3, 3)
	w := g.Scope().Param("w", graph.Constant(1), 1, 1, 3, 3)
	h := x.Mul(w).MaxPool(graph.PoolOpts{Kernel: []int{2}, Stride: []int{1}, Pad: [][2]int{{0, 1}}})
	y := h.Log().Sum()
	prog := compiled(t, g, y)
	count := g.Store().Param("w")

	ran(t, prog, x.FeedFloat64s([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9}))
	graph.Poison(prog) // what lies behind the positions of the nine maxima is no number
	if err := prog.Diagnose(); err != nil {
		t.Errorf("all is finite, got %v", err)
	}
	check := func(want string) {
		t.Helper()
		err := prog.Diagnose()
		if !errors.Is(err, graph.ErrNotFinite) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	ran(t, prog, x.FeedFloat64s([]float64{-1, -2, -3, -4, -5, -6, -7, -8, -9}))
	check("Log: MaxPool2d(1, 1, 3, 3)")
	ran(t, prog, x.FeedFloat64s([]float64{1, 2, math.NaN(), 4, 5, 6, 7, 8, 9}))
	check("input x(1, 1, 3, 3)")
	if err := count.SetValues([]float64{1, 1, 1, 1, math.Inf(1), 1, 1, 1, 1}); err != nil {
		t.Fatal(err)
	}
	check("w(1, 1, 3, 3)")
}
