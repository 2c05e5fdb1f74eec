package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
)

func TestAdaptiveAvgPool2d(t *testing.T) {
	for _, c := range []struct {
		name          string
		rows, columns int // of the input, which counts 0, 1, 2, …
		height, width int
		want          []float64
	}{
		{"identity", 2, 2, 2, 2, []float64{0, 1, 2, 3}},
		{"divides", 2, 4, 1, 2, []float64{(0 + 1 + 4 + 5) / 4., (2 + 3 + 6 + 7) / 4.}},
		{"global", 3, 3, 1, 1, []float64{4}},
		{"overlaps", 1, 3, 1, 2, []float64{0.5, 1.5}},
		{"repeats", 1, 2, 2, 3, []float64{0, 0.5, 1, 0, 0.5, 1}},
		{"windows_of_two_sizes", 1, 5, 1, 3, []float64{0.5, 2, 3.5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
			x := g.Input("x", 2, 1, c.rows, c.columns)
			y := x.AdaptiveAvgPool2d(c.height, c.width)
			prog, err := g.Compile(nil, y)
			if err != nil {
				t.Fatal(err)
			}
			values := make([]float64, x.Len())
			for i := range values {
				values[i] = float64(i % (c.rows * c.columns))
			}
			if err := prog.Run(x.FeedFloat64s(values)); err != nil {
				t.Fatal(err)
			}
			if got, want := y.Shape(), []int{2, 1, c.height, c.width}; !slices.Equal(got, want) {
				t.Errorf("shape %v, want %v", got, want)
			}
			if got, want := prog.Values(y), slices.Concat(c.want, c.want); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestAdaptiveAvgPool2d_gradient(t *testing.T) {
	pooled := func(rows, columns, height, width int) gradientCase {
		return gradientCase{build: func(o *operands) *graph.Node {
			return o.any(2, 3, rows, columns).AdaptiveAvgPool2d(height, width)
		}}
	}
	overlaps, repeats, divides := pooled(5, 7, 3, 2), pooled(2, 3, 4, 4), pooled(6, 4, 3, 2)
	overlaps.name, repeats.name, divides.name = "overlaps", "repeats", "divides"
	checkGradients(t, []gradientCase{overlaps, repeats, divides})
}

func TestAdaptiveAvgPool2d_rejects(t *testing.T) {
	for _, c := range []struct {
		name  string
		shape []int
		size  int
		want  string
	}{
		{"rank", []int{2, 3, 4}, 2, "AdaptiveAvgPool2d: x(2, 3, 4): size 2×2, expected a positive one and x [N, C, H, W]"},
		{"size", []int{2, 3, 4, 4}, 0, "size 0×0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
			g.Input("x", c.shape...).AdaptiveAvgPool2d(c.size, c.size)
			if err := g.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}
