package nn_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// TestOrthogonal: the rows are orthonormal, or the columns where there are
// fewer of them.
func TestOrthogonal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(1, 6), 1, 3).Draw(t, "shape")
		n := 1
		for _, d := range shape {
			n *= d
		}
		v := make([]float64, n)
		nn.Orthogonal(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)), shape, v)
		rows, cols := shape[0], n/shape[0]
		at := func(i, j int) float64 { return v[i*cols+j] }
		if rows > cols {
			rows, cols = cols, rows
			at = func(i, j int) float64 { return v[j*rows+i] }
		}
		for i := range rows {
			for k := range i + 1 {
				var dot float64
				for j := range cols {
					dot += at(i, j) * at(k, j)
				}
				want := 0.
				if i == k {
					want = 1
				}
				if math.Abs(dot-want) > 1e-12 {
					t.Fatalf("shape %v: vectors %d and %d have the product %g, want %g", shape, i, k, dot, want)
				}
			}
		}
	})
}

func TestFans(t *testing.T) {
	for _, c := range []struct {
		shape   []int
		in, out int
	}{
		{[]int{4, 3}, 3, 4},
		{[]int{16, 6, 5, 5}, 150, 400},
		{[]int{8, 2, 3}, 6, 24},
		{[]int{7}, 7, 7},
		{nil, 1, 1},
	} {
		if in, out := nn.Fans(c.shape); in != c.in || out != c.out {
			t.Errorf("%v: %d and %d, want %d and %d", c.shape, in, out, c.in, c.out)
		}
	}
}

func TestInit_ranges(t *testing.T) {
	draw := func(init graph.Init, shape ...int) []float64 {
		n := 1
		for _, d := range shape {
			n *= d
		}
		v := make([]float64, n)
		init(rand.New(rand.NewPCG(1, 2)), shape, v)
		return v
	}
	within := func(name string, v []float64, lo, hi float64) {
		t.Helper()
		least, most := math.Inf(1), math.Inf(-1)
		for _, e := range v {
			least, most = min(least, e), max(most, e)
		}
		if least < lo || most >= hi || least > lo+(hi-lo)/20 || most < hi-(hi-lo)/20 {
			t.Errorf("%s: from %g to %g, want from %g to %g", name, least, most, lo, hi)
		}
	}
	within("Uniform", draw(nn.Uniform(2, 3), 1000), 2, 3)
	within("FanInUniform", draw(nn.FanInUniform, 40, 25), -0.2, 0.2)
	mean, variance := moments(draw(nn.Normal(5, 2), 10000))
	if math.Abs(mean-5) > 0.1 || math.Abs(variance-4) > 0.3 { // 5 deviations
		t.Errorf("Normal(5, 2): mean %g, variance %g", mean, variance)
	}
	for _, e := range draw(nn.Constant(7), 3) {
		if e != 7 {
			t.Errorf("Constant(7) gives %g", e)
		}
	}
	// The bias of a layer of 25 inputs is within 1/√25, as PyTorch has it.
	g := newGraph(graph.Train)
	nn.NewLinear(g.Scope(), 25, 500)
	within("bias", g.Store().Param("bias").Values(), -0.2, 0.2)
}

func TestRedraw(t *testing.T) {
	store := graph.NewStore(graph.Float64, 3)
	s := graph.New(store, graph.Eval).Scope()
	nn.NewLinear(s.At("a"), 20, 30)
	bias := store.Param("a.bias").Values()
	if err := nn.Redraw(store, nn.Normal(0, 0.5)); err != nil {
		t.Fatal(err)
	}
	again := graph.NewStore(graph.Float64, 3)
	graph.New(again, graph.Eval).Scope().Param("a.weight", nn.Normal(0, 0.5), 30, 20)
	if !slices.Equal(store.Param("a.weight").Values(), again.Param("a.weight").Values()) {
		t.Error("the weights are not those of the initialiser")
	}
	if !slices.Equal(store.Param("a.bias").Values(), bias) {
		t.Error("the bias has changed")
	}
}
