package graph_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
)

func bothTypes(t *testing.T, f func(t *testing.T, dtype graph.DType)) {
	for _, dtype := range []graph.DType{graph.Float32, graph.Float64} {
		t.Run(dtype.String(), func(t *testing.T) { f(t, dtype) })
	}
}

func TestConstant(t *testing.T) {
	bothTypes(t, func(t *testing.T, dtype graph.DType) {
		g := graph.New(graph.NewStore(dtype, 1), graph.Train)
		w := g.Scope().Param("w", graph.Constant(2), 2, 3)
		values := []float64{1, 2, 3}
		x := g.Input("constant #2", 2, 3) // a name that a constant would take
		row, two := g.Constant(values, 1, 3), g.Constant([]float64{2})
		values[0] = 9
		y := w.Mul(row).Mul(two).Mul(x)
		prog := compiled(t, g, y.Sum(), y)
		for range 2 {
			ran(t, prog, x.FeedFloat64s([]float64{1, 1, 1, 2, 2, 2}))
			if got, want := prog.Values(y), []float64{4, 8, 12, 8, 16, 24}; !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			if got, want := prog.Gradient(w), []float64{2, 4, 6, 4, 8, 12}; !slices.Equal(got, want) {
				t.Errorf("gradient %v, want %v", got, want)
			}
		}
	})
}

func TestDetach(t *testing.T) {
	bothTypes(t, func(t *testing.T, dtype graph.DType) {
		g := graph.New(graph.NewStore(dtype, 1), graph.Train)
		w := g.Scope().Param("w", graph.Constant(3), 2)
		y := w.Mul(w.Square().Detach()) // w³ whose gradient is w²
		prog := compiled(t, g, y.Sum(), y)
		ran(t, prog)
		if got, want := prog.Values(y), []float64{27, 27}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if got, want := prog.Gradient(w), []float64{9, 9}; !slices.Equal(got, want) {
			t.Errorf("gradient %v, want %v", got, want)
		}
	})
}

func TestDetach_nothingLeft(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	w := g.Scope().Param("w", graph.Constant(3), 2)
	prog := compiled(t, g, w.Detach().Sum())
	if got, want := prog.Unreached(), []string{"w"}; !slices.Equal(got, want) {
		t.Errorf("unreached %v, want %v", got, want)
	}
}

func TestPositive(t *testing.T) {
	bothTypes(t, func(t *testing.T, dtype graph.DType) {
		g := graph.New(graph.NewStore(dtype, 1), graph.Train)
		w := g.Scope().Param("w", graph.Constant(5), 5)
		x := g.Input("x", 5)
		mask := w.Mul(x).Positive()
		prog := compiled(t, g, mask.Mul(w).Sum(), mask)
		ran(t, prog, x.FeedFloat64s([]float64{-1, 0, 1e-30, math.Inf(1), math.NaN()}))
		want := []float64{0, 0, 1, 1, 0}
		if got := prog.Values(mask); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if got := prog.Gradient(w); !slices.Equal(got, want) {
			t.Errorf("gradient %v, want %v: none through the mask", got, want)
		}
	})
}

func TestSame(t *testing.T) {
	bothTypes(t, func(t *testing.T, dtype graph.DType) {
		g := graph.New(graph.NewStore(dtype, 1), graph.Train)
		a, b := g.Labels("a", 3), g.Labels("b", 2)
		y := a.Same(b)
		prog := compiled(t, g, nil, y)
		for range 2 {
			ran(t, prog, a.FeedInts([]int{7, -1, 7}), b.FeedInts([]int{-1, 7}))
			if got, want := prog.Values(y), []float64{0, 1, 1, 0, 0, 1}; !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		}
	})
}

func TestMasks_wrongUse(t *testing.T) {
	for name, c := range map[string]struct {
		build func(g *graph.Graph)
		want  string
	}{
		"constant of another length": {func(g *graph.Graph) { g.Constant([]float64{1}, 2, 3) }, "Constant: 1 values for shape (2, 3), expected 6"},
		"constant without elements":  {func(g *graph.Graph) { g.Constant(nil, 0) }, "size 0, expected a positive number"},
		"sign of integers":           {func(g *graph.Graph) { g.Labels("y", 2).Positive() }, "Positive: y(2): expected floating-point numbers"},
		"same of floats":             {func(g *graph.Graph) { g.Labels("y", 2).Same(g.Input("x", 2)) }, "Same: y(2), x(2): expected two lists of integers"},
		"same of a matrix":           {func(g *graph.Graph) { g.InputInts("y", 2, 1).Same(g.Labels("z", 2)) }, "expected two lists of integers"},
		"after an error": {func(g *graph.Graph) {
			dead := g.Input("x", 2).Reshape(3)
			dead.Detach().Positive().Same(g.Constant([]float64{1}))
		}, "Reshape"},
	} {
		g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
		c.build(g)
		if err := g.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", name, err, c.want)
		}
	}
}
