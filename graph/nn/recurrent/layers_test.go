package recurrent_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
)

// A layer is one of PyTorch's with its states as a list.
type layer struct {
	sequence func(x *graph.Node, state []*graph.Node, lengths *graph.Node) (y *graph.Node, last []*graph.Node)
	step     func(x *graph.Node, state []*graph.Node) (y *graph.Node, next []*graph.Node)
}

func newLayer(name string, s graph.Scope, in, hidden int, o recurrent.Opts) layer {
	first := func(state []*graph.Node, i int) *graph.Node {
		if i < len(state) {
			return state[i]
		}
		return nil
	}
	switch name {
	case "LSTM":
		l := recurrent.NewLSTM(s, in, hidden, o)
		state := func(s []*graph.Node) recurrent.LSTMState { return recurrent.LSTMState{H: first(s, 0), C: first(s, 1)} }
		return layer{
			func(x *graph.Node, s []*graph.Node, lengths *graph.Node) (*graph.Node, []*graph.Node) {
				y, last := l.Sequence(x, state(s), lengths)
				return y, []*graph.Node{last.H, last.C}
			},
			func(x *graph.Node, s []*graph.Node) (*graph.Node, []*graph.Node) {
				y, next := l.Step(x, state(s))
				return y, []*graph.Node{next.H, next.C}
			},
		}
	case "GRU":
		l := recurrent.NewGRU(s, in, hidden, o)
		return layer{
			func(x *graph.Node, s []*graph.Node, lengths *graph.Node) (*graph.Node, []*graph.Node) {
				y, last := l.Sequence(x, first(s, 0), lengths)
				return y, []*graph.Node{last}
			},
			func(x *graph.Node, s []*graph.Node) (*graph.Node, []*graph.Node) {
				y, next := l.Step(x, first(s, 0))
				return y, []*graph.Node{next}
			},
		}
	}
	l := recurrent.NewRNN(s, in, hidden, o)
	return layer{
		func(x *graph.Node, s []*graph.Node, lengths *graph.Node) (*graph.Node, []*graph.Node) {
			y, last := l.Sequence(x, first(s, 0), lengths)
			return y, []*graph.Node{last}
		},
		func(x *graph.Node, s []*graph.Node) (*graph.Node, []*graph.Node) {
			y, next := l.Step(x, first(s, 0))
			return y, []*graph.Node{next}
		},
	}
}

func names() []string { return []string{"RNN", "GRU", "LSTM"} }

// numbers returns n numbers of both signs.
func numbers(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = math.Sin(1 + 7*float64(i))
	}
	return x
}

// evaluate runs g for the nodes.
func evaluate(t rapid.TB, g *graph.Graph, feeds []graph.Feed, nodes ...*graph.Node) [][]float64 {
	t.Helper()
	prog, err := g.Compile(nil, nodes...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = prog.Close() }()
	if err := prog.Run(feeds...); err != nil {
		t.Fatal(err)
	}
	var values [][]float64
	for _, n := range nodes {
		values = append(values, prog.Values(n))
	}
	return values
}

func closeTo(t rapid.TB, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i, w := range want {
		if !(math.Abs(got[i]-w) <= tolerance*(1+math.Abs(w))) {
			t.Fatalf("%s: element %d is %v, want %v", what, i, got[i], w)
		}
	}
}

// TestLayers_stepEqualsSequence: over one store, step by step in a graph for
// decoding gives what the whole sequence gives, up to rounding.
func TestLayers_stepEqualsSequence(t *testing.T) {
	const T, N, in, H, layers = 5, 3, 4, 6, 2
	for _, name := range names() {
		store := graph.NewStore(graph.Float32, 1)
		build := func() (*graph.Graph, layer, *graph.Node, []graph.Feed) {
			g := graph.New(store, graph.Eval)
			l := newLayer(name, g.Scope().At("rnn"), in, H, recurrent.Opts{Layers: layers, Dropout: 0.5})
			x := g.Input("x", T, N, in)
			return g, l, x, []graph.Feed{x.FeedFloat64s(numbers(T * N * in))}
		}
		g, l, x, feeds := build()
		y, last := l.sequence(x, nil, nil)
		want := evaluate(t, g, feeds, append(last, y)...)

		g, l, x, feeds = build()
		var ys, state []*graph.Node
		for s := range T {
			var out *graph.Node
			out, state = l.step(x.Index(0, s), state)
			ys = append(ys, out)
		}
		got := evaluate(t, g, feeds, append(state, graph.Stack(ys...))...)
		for i := range want {
			closeTo(t, fmt.Sprint(name, " result ", i), got[i], want[i], 1e-6) // of float32
		}
	}
}

// TestLayers_carriedState: a sequence cut in two, the second half from the
// state after the first, gives what the whole gives: truncated
// back-propagation through time.
func TestLayers_carriedState(t *testing.T) {
	const T, N, in, H = 6, 2, 3, 4
	for _, name := range names() {
		store := graph.NewStore(graph.Float64, 1)
		g := graph.New(store, graph.Eval)
		l := newLayer(name, g.Scope(), in, H, recurrent.Opts{Layers: 2})
		x := g.Input("x", T, N, in)
		whole, last := l.sequence(x, nil, nil)
		y1, state := l.sequence(x.Slice(0, 0, 4), nil, nil)
		y2, state := l.sequence(x.Slice(0, 4, T), state, nil)
		got := evaluate(t, g, []graph.Feed{x.FeedFloat64s(numbers(T * N * in))}, whole, graph.Concat(0, y1, y2), last[0], state[0])
		closeTo(t, name+" y", got[1], got[0], 1e-12)
		closeTo(t, name+" state", got[3], got[2], 1e-12)
	}
}

// TestLayers_lengths: a padded batch gives what each of its sequences gives
// alone.
func TestLayers_lengths(t *testing.T) {
	const T, in, H = 5, 3, 4
	lengths := []int{3, 5, 1}
	for _, name := range names() {
		store := graph.NewStore(graph.Float64, 1)
		o := recurrent.Opts{Layers: 2, Bidirectional: true}
		x := numbers(T * len(lengths) * in)
		g := graph.New(store, graph.Eval)
		node, n := g.Input("x", T, len(lengths), in), g.InputInts("lengths", len(lengths))
		y, last := newLayer(name, g.Scope(), in, H, o).sequence(node, nil, n)
		all := evaluate(t, g, []graph.Feed{node.FeedFloat64s(x), n.FeedInts(lengths)}, y, last[0])
		for i, length := range lengths {
			g := graph.New(store, graph.Eval)
			node := g.Input("x", length, 1, in)
			var own []float64
			for s := range length {
				own = append(own, x[(s*len(lengths)+i)*in:][:in]...)
			}
			y, last := newLayer(name, g.Scope(), in, H, o).sequence(node, nil, nil)
			want := evaluate(t, g, []graph.Feed{node.FeedFloat64s(own)}, y, last[0])
			var got []float64
			for s := range T {
				row := all[0][(s*len(lengths)+i)*2*H:][:2*H]
				if s < length {
					got = append(got, row...)
				} else if row[0] != 0 || row[2*H-1] != 0 {
					t.Errorf("%s: y beyond the end of sequence %d is %v, want 0", name, i, row)
				}
			}
			closeTo(t, fmt.Sprint(name, " y of sequence ", i), got, want[0], 1e-12)
			var state []float64
			for d := range 4 {
				state = append(state, all[1][(d*len(lengths)+i)*H:][:H]...)
			}
			closeTo(t, fmt.Sprint(name, " state of sequence ", i), state, want[1], 1e-12)
		}
	}
}

// TestLayers_dropout: it lies between the layers, in training only, and its
// gradients are right.
func TestLayers_dropout(t *testing.T) {
	const T, N, in, H = 3, 2, 3, 4
	for _, name := range names() {
		g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
		x := g.Input("x", T, N, in)
		y, _ := newLayer(name, g.Scope(), in, H, recurrent.Opts{Layers: 2, Dropout: 0.5, NoBias: true}).sequence(x, nil, nil)
		prog, err := g.Compile(y.Square().Sum())
		if err != nil {
			t.Fatal(err)
		}
		feed := x.FeedFloat64s(numbers(T * N * in))
		seen := map[float64]bool{}
		for step := range 3 {
			prog.SetStep(step)
			if err := prog.Run(feed); err != nil {
				t.Fatal(err)
			}
			seen[prog.Loss()] = true
		}
		if len(seen) != 3 {
			t.Errorf("%s: %d different losses in 3 steps, want one each", name, len(seen))
		}
		report, err := gradcheck.Check(prog, gradcheck.Opts{})
		if err != nil {
			t.Fatal(err)
		}
		if w := report.Worst(); !w.Right(1e-7) {
			t.Errorf("%s: %s: relative error %g", name, w.Name, w.RelativeError)
		}
	}
}

// TestLayers_names: the parameters are those of PyTorch's state dict, in its
// order.
func TestLayers_names(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	recurrent.NewLSTM(g.Scope().At("lstm"), 3, 4, recurrent.Opts{Layers: 2, Bidirectional: true})
	var got []string
	for _, p := range g.Store().Params() {
		got = append(got, fmt.Sprint(strings.TrimPrefix(p.Name(), "lstm."), p.Shape()))
	}
	want := "weight_ih_l0[16 3] weight_hh_l0[16 4] bias_ih_l0[16] bias_hh_l0[16] " +
		"weight_ih_l0_reverse[16 3] weight_hh_l0_reverse[16 4] bias_ih_l0_reverse[16] bias_hh_l0_reverse[16] " +
		"weight_ih_l1[16 8] weight_hh_l1[16 4] bias_ih_l1[16] bias_hh_l1[16] " +
		"weight_ih_l1_reverse[16 8] weight_hh_l1_reverse[16 4] bias_ih_l1_reverse[16] bias_hh_l1_reverse[16]"
	// Sizes in want are written as the tensor package prints shapes.
	if g := strings.NewReplacer("(", "[", ")", "]", ", ", " ").Replace(strings.Join(got, " ")); g != want {
		t.Errorf("parameters\n%s, want\n%s", g, want)
	}
	for _, p := range g.Store().Params() {
		for _, v := range p.Values() {
			if math.Abs(v) > 0.5 { // 1/√4
				t.Fatalf("%s begins with %v, want within ±0.5", p.Name(), v)
			}
		}
	}
}

func TestLayers_wrongUse(t *testing.T) {
	for _, c := range []struct {
		name string
		use  func(g *graph.Graph, s graph.Scope) *graph.Node
		want string
	}{
		{"step of two directions", func(g *graph.Graph, s graph.Scope) *graph.Node {
			y, _ := recurrent.NewGRU(s, 3, 4, recurrent.Opts{Bidirectional: true}).Step(g.Input("x", 2, 3), nil)
			return y
		}, "GRU: Step of a bidirectional layer"},
		{"step of a sequence", func(g *graph.Graph, s graph.Scope) *graph.Node {
			y, _ := recurrent.NewRNN(s, 3, 4, recurrent.Opts{}).Step(g.Input("x", 5, 2, 3), nil)
			return y
		}, "RNN: Step of x(5, 2, 3), expected [N, in]"},
		{"states of another depth", func(g *graph.Graph, s graph.Scope) *graph.Node {
			l := recurrent.NewLSTM(s, 3, 4, recurrent.Opts{Layers: 2})
			y, _ := l.Sequence(g.Input("x", 5, 2, 3), recurrent.LSTMState{H: g.Input("h0", 1, 2, 4)}, nil)
			return y
		}, "LSTM: first states h0(1, 2, 4), expected [2, N, H]"},
		{"features", func(g *graph.Graph, s graph.Scope) *graph.Node {
			return recurrent.NewLSTM(s, 3, 4, recurrent.Opts{}).Forward(g.Input("x", 5, 2, 7))
		}, "expected rnn.weight_ih_l0 of shape (16, 7)"},
		{"cell on a matrix", func(g *graph.Graph, s graph.Scope) *graph.Node {
			return recurrent.NewGRUCell(s, 3, 4).Run(g.Input("x", 5, 3), nil, false)
		}, "GRUCell: x(5, 3), expected a sequence [T, N, in]"},
		{"memory", func(g *graph.Graph, s graph.Scope) *graph.Node {
			a := recurrent.NewAttention(s, recurrent.General, 3, 4, 0)
			c, _ := a.Attend(g.Input("s", 2, 3), a.Remember(g.Input("a", 2, 5, 3), nil))
			return c
		}, "attention: memory a(2, 5, 3), expected [N, T, 4]"},
		{"queries", func(g *graph.Graph, s graph.Scope) *graph.Node {
			a := recurrent.NewAttention(s, recurrent.Additive, 3, 4, 5)
			c, _ := a.Attend(g.Input("s", 2, 1, 4), a.Remember(g.Input("a", 2, 5, 4), nil))
			return c
		}, "attention: queries s(2, 1, 4), expected [N, U, 3]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
			if _, err := g.Compile(nil, c.use(g, g.Scope().At("rnn"))); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// TestLSTM_allocations: a training step of two layers with dropout allocates
// nothing.
func TestLSTM_allocations(t *testing.T) {
	if raceDetector {
		t.Skip("under the race detector a sync.Pool forgets on purpose")
	}
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x := g.Input("x", 5, 4, 3)
	y := recurrent.NewLSTM(g.Scope(), 3, 8, recurrent.Opts{Layers: 2, Bidirectional: true, Dropout: 0.2}).Forward(x)
	prog, err := g.Compile(y.Square().Mean())
	if err != nil {
		t.Fatal(err)
	}
	feeds := []graph.Feed{x.Feed(make([]float32, 60))}
	if err := prog.Run(feeds...); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(20, func() { _ = prog.Run(feeds...) }); n > 0 {
		t.Errorf("%v allocations a run, want none", n)
	}
}
