package graph_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
)

func TestPick_gradients(t *testing.T) {
	checkGradients(t, []gradientCase{
		{"pick with repetition and fill", func(o *operands) *graph.Node {
			return o.any(2, 3).Pick([]int{5, 0, -1, 5, 2, 2, 1, 4}, 0.5, 2, 4)
		}},
		{"combine", func(o *operands) *graph.Node {
			return o.any(2, 3, 2).Combine(1, [][]graph.Tap{{{At: 0, Weight: 0.3}, {At: 2, Weight: 2}}, nil, {{At: 1, Weight: 1}}, {{At: 2, Weight: -1}}})
		}},
		{"combine along the last axis", func(o *operands) *graph.Node {
			return o.any(4, 2).Combine(-1, [][]graph.Tap{{{At: 1, Weight: 0.5}, {At: 0, Weight: 0.25}}})
		}},
		{"erf", func(o *operands) *graph.Node { return o.any(2, 3).Erf() }},
		{"sine", func(o *operands) *graph.Node { return o.any(2, 3).Sin() }},
		{"cosine", func(o *operands) *graph.Node { return o.any(2, 3).Cos() }},
	})
}

func TestPick_values(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	x := g.Input("x", 2, 3)
	y := x.Pick([]int{5, -1, 0, 0}, 9, 4)
	z := x.Combine(1, [][]graph.Tap{{{At: 0, Weight: 1}, {At: 2, Weight: 0.5}}})
	r, e := x.Scale(0.5).Round(), x.Erf()
	prog := ran(t, compiled(t, g, nil, y, z, r, e), x.Feed([]float32{1, 2, 3, 4, 5, 6}))
	if got := prog.Values(y); !slices.Equal(got, []float64{6, 9, 1, 1}) {
		t.Errorf("pick: %v", got)
	}
	if got := prog.Values(z); !slices.Equal(got, []float64{2.5, 7}) {
		t.Errorf("combine: %v", got)
	}
	if got := prog.Values(r); !slices.Equal(got, []float64{0, 1, 2, 2, 2, 3}) {
		t.Errorf("round: %v", got)
	}
	if got := prog.Values(e)[0]; math.Abs(got-math.Erf(1)) > 1e-7 {
		t.Errorf("erf: %v", got)
	}
}

func TestPick_errors(t *testing.T) {
	for want, f := range map[string]func(x *graph.Node) *graph.Node{
		"place 6, expected −1 to 5":    func(x *graph.Node) *graph.Node { return x.Pick([]int{6}, 0, 1) },
		"1 places for shape [2]":       func(x *graph.Node) *graph.Node { return x.Pick([]int{0}, 0, 2) },
		"element 3 of axis 1":          func(x *graph.Node) *graph.Node { return x.Combine(1, [][]graph.Tap{{{At: 3}}}) },
		"axis 2, 0 lists, expected an": func(x *graph.Node) *graph.Node { return x.Combine(2, nil) },
	} {
		g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
		x := g.Input("x", 2, 3)
		err := g.Try(func() { f(x) })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if g.Err() != nil {
			t.Errorf("after Try: %v", g.Err())
		}
	}
}
