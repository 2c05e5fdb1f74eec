package graph_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/graph"
)

// mask returns a constant leaf that is fed with the numbers.
func (o *operands) mask(values []float64, shape ...int) *graph.Node {
	n := o.input(shape...)
	o.feeds[len(o.feeds)-1] = n.FeedFloat64s(values)
	return n
}

func TestGradient_attention(t *testing.T) {
	checkGradients(t, []gradientCase{
		{"AdditiveScore", func(o *operands) *graph.Node {
			return o.any(2, 3, 5).AdditiveScore(o.any(2, 4, 5), o.any(5))
		}},
		{"AdditiveScore of one query", func(o *operands) *graph.Node {
			return o.any(3, 1, 2).AdditiveScore(o.any(3, 2, 2), o.any(2))
		}},
		{"MaskedSoftmax", func(o *operands) *graph.Node {
			return o.any(3, 4).MaskedSoftmax(o.mask([]float64{1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0}, 3, 4))
		}},
		{"MaskedSoftmax of several queries", func(o *operands) *graph.Node {
			return o.any(2, 3, 4).MaskedSoftmax(o.mask([]float64{1, 0, 1, 1, 0, 1, 1, 0}, 2, 4))
		}},
		{"after Zeros", func(o *operands) *graph.Node {
			x := o.any(2, 3)
			return x.Zeros(4, 3).Add(graph.Concat(0, x, x.Tanh()))
		}},
	})
}

// TestMaskedSoftmax: rows sum to 1 over what is not masked, which gets what a
// softmax over it alone gives; a fully masked row is 0.
func TestMaskedSoftmax(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		N, U, T := rapid.IntRange(1, 4).Draw(t, "N"), rapid.IntRange(1, 3).Draw(t, "U"), rapid.IntRange(1, 9).Draw(t, "T")
		e := rapid.SliceOfN(rapid.Float64Range(-50, 50), N*U*T, N*U*T).Draw(t, "e")
		lengths := rapid.SliceOfN(rapid.IntRange(0, T), N, N).Draw(t, "lengths")
		g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
		x, n := g.Input("e", N, U, T), g.InputInts("lengths", N)
		alpha := x.MaskedSoftmax(n.LengthMask(T))
		prog, err := g.Compile(nil, alpha)
		if err != nil {
			t.Fatal(err)
		}
		if err := prog.Run(x.FeedFloat64s(e), n.FeedInts(lengths)); err != nil {
			t.Fatal(err)
		}
		got := prog.Values(alpha)
		for row := range N * U {
			var total float64
			for i := range lengths[row/U] {
				total += math.Exp(e[row*T+i] - 50)
			}
			for i := range T {
				want := 0.0
				if i < lengths[row/U] {
					want = math.Exp(e[row*T+i]-50) / total
				}
				if !(math.Abs(got[row*T+i]-want) <= 1e-12) {
					t.Fatalf("row %d, position %d: %v, want %v", row, i, got[row*T+i], want)
				}
			}
		}
	})
}

func TestLengthMask(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	n := g.InputInts("lengths", 2)
	mask, byTime := n.LengthMask(3), n.LengthMaskByTime(3)
	prog, err := g.Compile(nil, mask, byTime)
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(n.FeedInts([]int{2, 0})); err != nil {
		t.Fatal(err)
	}
	sameBits(t, "mask", prog.Values(mask), []float64{1, 1, 0, 0, 0, 0})
	sameBits(t, "mask by time", prog.Values(byTime), []float64{1, 0, 1, 0, 0, 0})
	if err := prog.Run(n.FeedInts([]int{4, 0})); err == nil || !strings.Contains(err.Error(), "length 4 at position 0, expected 0 to 3") {
		t.Errorf("error %v, want one that names the length", err)
	}
}

func TestAttention_allocations(t *testing.T) {
	if raceDetector {
		t.Skip("under the race detector a sync.Pool forgets on purpose")
	}
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	p, q := g.Input("p", 2, 3, 9).RequireGrad(), g.Input("q", 2, 4, 9)
	v := g.Scope().Param("v", graph.Constant(1), 9)
	lengths := g.InputInts("lengths", 2)
	alpha := p.AdditiveScore(q, v).MaskedSoftmax(lengths.LengthMask(4))
	prog, err := g.Compile(alpha.Square().Sum(), alpha)
	if err != nil {
		t.Fatal(err)
	}
	feeds := []graph.Feed{p.Feed(make([]float32, 54)), q.Feed(make([]float32, 72)), lengths.FeedInts([]int{0, 3})}
	if err := prog.Run(feeds...); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(20, func() { _ = prog.Run(feeds...) }); n > 0 {
		t.Errorf("%v allocations a run, want none", n)
	}
}

func TestAttention_wrongUse(t *testing.T) {
	for _, c := range []struct {
		name string
		use  func(g *graph.Graph) *graph.Node
		want string
	}{
		{"mask", func(g *graph.Graph) *graph.Node {
			return g.Input("e", 2, 3, 4).MaskedSoftmax(g.Input("mask", 2, 3))
		}, "MaskedSoftmax: e(2, 3, 4), mask(2, 3): expected a mask of shape (2, 4)"},
		{"keys", func(g *graph.Graph) *graph.Node {
			return g.Input("p", 2, 3, 4).AdditiveScore(g.Input("q", 2, 5, 3), g.Input("v", 4))
		}, "expected keys [2, T, 4] and a vector [4]"},
		{"lengths", func(g *graph.Graph) *graph.Node { return g.Input("n", 3).LengthMask(4) }, "expected integer lengths [N]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
			if _, err := g.Compile(nil, c.use(g)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
