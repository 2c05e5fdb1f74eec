package graph_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// recurrentKinds are the layers, each with the number of its gates; those
// without cell states return nil for them.
func recurrentKinds() []recurrentKind {
	return []recurrentKind{
		{"RNN", 1, func(x *graph.Node, o graph.RecurrentOpts, w ...graph.RecurrentWeights) []*graph.Node {
			y, hn := x.RNN(o, w...)
			return []*graph.Node{y, hn}
		}},
		{"GRU", 3, func(x *graph.Node, o graph.RecurrentOpts, w ...graph.RecurrentWeights) []*graph.Node {
			y, hn := x.GRU(o, w...)
			return []*graph.Node{y, hn}
		}},
		{"LSTM", 4, func(x *graph.Node, o graph.RecurrentOpts, w ...graph.RecurrentWeights) []*graph.Node {
			y, hn, cn := x.LSTM(o, w...)
			return []*graph.Node{y, hn, cn}
		}},
	}
}

type recurrentKind struct {
	name  string
	gates int
	apply func(x *graph.Node, o graph.RecurrentOpts, w ...graph.RecurrentWeights) []*graph.Node
}

// weights makes the parameters of a number of directions.
func (k recurrentKind) weights(g *graph.Graph, directions, in, hidden int, bias bool) []graph.RecurrentWeights {
	var all []graph.RecurrentWeights
	draw := nn.Normal(0, 0.4)
	for d := range directions {
		s := g.Scope().At(fmt.Sprint("d", d))
		w := graph.RecurrentWeights{IH: s.Param("ih", draw, k.gates*hidden, in), HH: s.Param("hh", draw, k.gates*hidden, hidden)}
		if bias {
			w.BiasIH, w.BiasHH = s.Param("bias_ih", draw, k.gates*hidden), s.Param("bias_hh", draw, k.gates*hidden)
		}
		all = append(all, w)
	}
	return all
}

// TestGradient_recurrent: every layer, in one and two directions, with and
// without biases, first states and lengths; and where only one of the results
// is read.
func TestGradient_recurrent(t *testing.T) {
	const T, N, in, H = 4, 3, 2, 3
	var cases []gradientCase
	for _, kind := range recurrentKinds() {
		for _, directions := range []int{1, 2} {
			for _, full := range []bool{false, true} {
				cases = append(cases, gradientCase{fmt.Sprint(kind.name, directions, full), func(o *operands) *graph.Node {
					opts := graph.RecurrentOpts{}
					if full {
						opts.H0 = o.any(directions, N, H)
						opts.Lengths = o.ints([]int{2, T, 0}, N)
						if kind.name == "LSTM" {
							opts.C0 = o.any(directions, N, H)
						}
					}
					var loss *graph.Node
					for _, y := range kind.apply(o.any(T, N, in), opts, kind.weights(o.g, directions, in, H, full)...) {
						part := o.weighted(y)
						if loss != nil {
							part = part.Add(loss)
						}
						loss = part
					}
					return loss
				}})
			}
		}
		for i := range kind.apply(probe(kind)) {
			cases = append(cases, gradientCase{fmt.Sprint(kind.name, " result ", i), func(o *operands) *graph.Node {
				return kind.apply(o.any(T, N, in), graph.RecurrentOpts{}, kind.weights(o.g, 1, in, H, true)...)[i]
			}})
		}
	}
	checkGradients(t, cases)
}

// probe returns operands that only serve to count results.
func probe(k recurrentKind) (*graph.Node, graph.RecurrentOpts, graph.RecurrentWeights) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	return g.Input("x", 1, 1, 1), graph.RecurrentOpts{}, k.weights(g, 1, 1, 1, false)[0]
}

// TestRecurrent_plan: memory reuse and threads change no bit, and evaluation,
// which keeps no gates, gives the same results.
func TestRecurrent_plan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(recurrentKinds()).Draw(t, "kind")
		size := func(name string, most int) int { return rapid.IntRange(1, most).Draw(t, name) }
		T, N, in, H, directions := size("T", 6), size("N", 8), size("in", 5), size("H", 9), size("directions", 2)
		ragged, first := rapid.Bool().Draw(t, "ragged"), rapid.Bool().Draw(t, "first")
		lengths := make([]int, N)
		for n := range lengths {
			lengths[n] = rapid.IntRange(0, T).Draw(t, "length")
		}
		dtype := graph.DType(rapid.IntRange(0, 1).Draw(t, "dtype"))
		store := graph.NewStore(dtype, 3)
		x := make([]float64, T*N*in)
		for i := range x {
			x[i] = math.Sin(float64(i))
		}
		run := func(mode graph.Mode, plain bool, threads int) (results [][]float64) {
			store.SetThreads(threads)
			g := graph.New(store, mode)
			if plain {
				graph.DisableOptimisation(g)
			}
			input := g.Input("x", T, N, in)
			feeds := []graph.Feed{input.FeedFloat64s(x)}
			o := graph.RecurrentOpts{}
			if first {
				o.H0 = g.Scope().Param("h0", nn.Normal(0, 1), directions, N, H)
			}
			if ragged {
				o.Lengths = g.InputInts("lengths", N)
				feeds = append(feeds, o.Lengths.FeedInts(lengths))
			}
			w := kind.weights(g, directions, in, H, true)
			out := kind.apply(input, o, w...)
			loss := out[0].Mean()
			for _, n := range out[1:] {
				loss = loss.Add(n.Square().Mean())
			}
			prog, err := g.Compile(loss, out...)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = prog.Close() }()
			for range 2 {
				if err := prog.Run(feeds...); err != nil {
					t.Fatal(err)
				}
			}
			for _, n := range out {
				results = append(results, prog.Values(n))
			}
			for _, vg := range prog.Gradients() {
				d, err := vg.Grad()
				if err != nil {
					t.Fatal(err)
				}
				results = append(results, slices.Clone(valuesOf(t, d)))
			}
			return results
		}
		want := run(graph.Train, true, 1)
		got := run(graph.Train, false, 1)
		for i := range want {
			sameBits(t, fmt.Sprint("planned result ", i), got[i], want[i])
		}
		again := run(graph.Train, false, 2)
		eval := run(graph.Eval, false, 2)
		tolerance := 1e-12
		if dtype == graph.Float32 {
			tolerance = 1e-5
		}
		for i := range want {
			closeTo(t, fmt.Sprint("result by two threads ", i), again[i], want[i], tolerance)
		}
		for i := range eval {
			closeTo(t, fmt.Sprint("result in evaluation ", i), eval[i], want[i], tolerance)
		}
	})
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

// TestRecurrent_memory: evaluation keeps no gates, and memory grows linearly
// with the length.
func TestRecurrent_memory(t *testing.T) {
	const N, H = 4, 16
	arena := func(mode graph.Mode, steps int) int {
		g := graph.New(graph.NewStore(graph.Float32, 1), mode)
		k := recurrentKinds()[2]
		y := k.apply(g.Input("x", steps, N, H), graph.RecurrentOpts{}, k.weights(g, 1, H, H, true)...)[0]
		prog, err := g.Compile(y.Mean())
		if err != nil {
			t.Fatal(err)
		}
		return prog.Memory().Arena
	}
	if got, most := arena(graph.Eval, 100), 4*(100+4)*N*H; got > most+1024 {
		t.Errorf("evaluation takes %d bytes, expected y and the states: %d", got, most)
	}
	short, long := arena(graph.Train, 100), arena(graph.Train, 1000)
	if long > 11*short {
		t.Errorf("%d bytes for 100 steps, %d for 1000: expected linear growth", short, long)
	}
}

// TestRecurrent_thousandSteps: a long sequence trains.
func TestRecurrent_thousandSteps(t *testing.T) {
	const T, N, in, H = 1000, 2, 3, 8
	for _, kind := range recurrentKinds() {
		g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
		x := g.Input("x", T, N, in)
		out := kind.apply(x, graph.RecurrentOpts{}, kind.weights(g, 2, in, H, true)...)
		prog, err := g.Compile(out[0].Square().Mean())
		if err != nil {
			t.Fatal(err)
		}
		values := make([]float32, x.Len())
		for i := range values {
			values[i] = float32(math.Sin(float64(i)))
		}
		first := 0.0
		for step := range 6 {
			if err := prog.Run(x.Feed(values)); err != nil {
				t.Fatal(err)
			}
			if step == 0 {
				first = prog.Loss()
			}
			for _, vg := range prog.Gradients() {
				d, err := vg.Grad()
				if err != nil {
					t.Fatal(err)
				}
				w, dw := vg.Value().Data().([]float32), d.Data().([]float32)
				for i := range w {
					w[i] -= 0.3 * dw[i]
				}
			}
		}
		if got := prog.Loss(); !(got < first) {
			t.Errorf("%s: the loss went from %g to %g", kind.name, first, got)
		}
	}
}

// TestRecurrent_allocations: a step in steady state allocates nothing.
func TestRecurrent_allocations(t *testing.T) {
	if raceDetector {
		t.Skip("under the race detector a sync.Pool forgets on purpose")
	}
	for _, kind := range recurrentKinds() {
		for _, mode := range []graph.Mode{graph.Train, graph.Eval} {
			g := graph.New(graph.NewStore(graph.Float32, 1), mode)
			x, lengths := g.Input("x", 5, 4, 3), g.InputInts("lengths", 4)
			h0 := g.Input("h0", 2, 4, 20).RequireGrad()
			out := kind.apply(x, graph.RecurrentOpts{H0: h0, Lengths: lengths}, kind.weights(g, 2, 3, 20, true)...)
			prog, err := g.Compile(out[0].Mean().Add(out[1].Mean()), out...)
			if err != nil {
				t.Fatal(err)
			}
			feeds := []graph.Feed{x.Feed(make([]float32, 60)), h0.Feed(make([]float32, 160)), lengths.FeedInts([]int{5, 0, 2, 3})}
			if err := prog.Run(feeds...); err != nil {
				t.Fatal(err)
			}
			if n := testing.AllocsPerRun(20, func() { _ = prog.Run(feeds...) }); n > 0 {
				t.Errorf("%s, %v: %v allocations a run, want none", kind.name, mode, n)
			}
		}
	}
}

func TestRecurrent_wrongUse(t *testing.T) {
	lstm := recurrentKinds()[2]
	for _, c := range []struct {
		name string
		use  func(g *graph.Graph) *graph.Node
		want string
	}{
		{"rank", func(g *graph.Graph) *graph.Node {
			return lstm.apply(g.Input("x", 2, 3), graph.RecurrentOpts{}, lstm.weights(g, 1, 3, 4, true)...)[0]
		}, "LSTM: x(2, 3): expected a sequence [T, N, in]"},
		{"weight", func(g *graph.Graph) *graph.Node {
			return lstm.apply(g.Input("x", 2, 3, 5), graph.RecurrentOpts{}, lstm.weights(g, 1, 3, 4, true)...)[0]
		}, "expected d0.ih of shape (16, 5)"},
		{"directions", func(g *graph.Graph) *graph.Node {
			return lstm.apply(g.Input("x", 2, 3, 5), graph.RecurrentOpts{})[0]
		}, "weights of 0 directions, expected 1 or 2"},
		{"state", func(g *graph.Graph) *graph.Node {
			return lstm.apply(g.Input("x", 2, 3, 5), graph.RecurrentOpts{H0: g.Input("h0", 3, 4)}, lstm.weights(g, 1, 5, 4, false)...)[0]
		}, "first state 0 of shape (3, 4), expected (1, 3, 4)"},
		{"lengths", func(g *graph.Graph) *graph.Node {
			return lstm.apply(g.Input("x", 2, 3, 5), graph.RecurrentOpts{Lengths: g.Input("n", 3)}, lstm.weights(g, 1, 5, 4, false)...)[0]
		}, "expected integer lengths [3]"},
		{"cell state", func(g *graph.Graph) *graph.Node {
			k := recurrentKinds()[1]
			return k.apply(g.Input("x", 2, 3, 5), graph.RecurrentOpts{C0: g.Input("c0", 1, 3, 4)}, k.weights(g, 1, 5, 4, false)...)[0]
		}, "a cell state, which only an LSTM has"},
		{"half the biases", func(g *graph.Graph) *graph.Node {
			w := lstm.weights(g, 1, 5, 4, true)
			w[0].BiasHH = nil
			return lstm.apply(g.Input("x", 2, 3, 5), graph.RecurrentOpts{}, w...)[0]
		}, "expected all biases or none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
			_, err := g.Compile(nil, c.use(g))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// TestRecurrent_lengthOutOfRange: the run names the length.
func TestRecurrent_lengthOutOfRange(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	x, lengths := g.Input("x", 2, 3, 5), g.InputInts("lengths", 3)
	k := recurrentKinds()[1]
	y := k.apply(x, graph.RecurrentOpts{Lengths: lengths}, k.weights(g, 1, 5, 4, true)...)[0]
	prog, err := g.Compile(nil, y)
	if err != nil {
		t.Fatal(err)
	}
	err = prog.Run(x.Feed(make([]float32, 30)), lengths.FeedInts([]int{2, 3, 1}))
	if err == nil || !strings.Contains(err.Error(), "length 3 at position 1, expected 0 to 2") {
		t.Errorf("error %v, want one that names the length", err)
	}
}
