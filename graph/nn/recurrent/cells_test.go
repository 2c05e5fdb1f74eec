package recurrent_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
)

// cells are the cheatsheet's.
func cells() map[string]func(s graph.Scope, in, hidden int) recurrent.Cell {
	return map[string]func(s graph.Scope, in, hidden int) recurrent.Cell{
		"vanilla": func(s graph.Scope, in, hidden int) recurrent.Cell {
			return recurrent.NewVanillaCell(s, in, hidden, nil)
		},
		"GRU":  func(s graph.Scope, in, hidden int) recurrent.Cell { return recurrent.NewGRUCell(s, in, hidden) },
		"LSTM": func(s graph.Scope, in, hidden int) recurrent.Cell { return recurrent.NewLSTMCell(s, in, hidden) },
	}
}

// deepBidirectional joins four cells.
func deepBidirectional(s graph.Scope, in, hidden int, newCell func(s graph.Scope, in, hidden int) recurrent.Cell) recurrent.Cell {
	both := func(s graph.Scope, in int) recurrent.Cell {
		return recurrent.Bidirectional{Forward: newCell(s.At("forward"), in, hidden), Backward: newCell(s.At("backward"), in, hidden)}
	}
	return recurrent.Deep{
		Cells:   []recurrent.Cell{both(s.At("l0"), in), both(s.At("l1"), 2*hidden)},
		Between: nn.NewDropout(s.At("dropout"), 0.3),
	}
}

// TestSection2_2_DeepBidirectional: a padded batch gives what each of its
// sequences gives alone.
func TestSection2_2_DeepBidirectional(t *testing.T) {
	const T, in, H = 4, 3, 2
	lengths := []int{2, 4}
	for name, newCell := range cells() {
		store := graph.NewStore(graph.Float64, 1)
		x := numbers(T * len(lengths) * in)
		g := graph.New(store, graph.Eval)
		node, n := g.Input("x", T, len(lengths), in), g.InputInts("lengths", len(lengths))
		a := deepBidirectional(g.Scope(), in, H, newCell).Run(node, n.LengthMaskByTime(T), false)
		all := evaluate(t, g, []graph.Feed{node.FeedFloat64s(x), n.FeedInts(lengths)}, a)[0]
		for i, length := range lengths {
			g := graph.New(store, graph.Eval)
			node := g.Input("x", length, 1, in)
			var own, got []float64
			for s := range T {
				if s < length {
					own = append(own, x[(s*len(lengths)+i)*in:][:in]...)
					got = append(got, all[(s*len(lengths)+i)*2*H:][:2*H]...)
				} else if v := all[(s*len(lengths)+i)*2*H]; v != 0 {
					t.Errorf("%s: a beyond the end of sequence %d is %v, want 0", name, i, v)
				}
			}
			a := deepBidirectional(g.Scope(), in, H, newCell).Run(node, nil, false)
			want := evaluate(t, g, []graph.Feed{node.FeedFloat64s(own)}, a)[0]
			closeTo(t, fmt.Sprint(name, " sequence ", i), got, want, 1e-12)
		}
	}
}

func TestCells_gradients(t *testing.T) {
	const T, N, in, H = 3, 3, 2, 2
	for name, newCell := range cells() {
		g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
		x := g.Scope().Param("x", nn.Normal(0, 1), T, N, in)
		lengths := g.InputInts("lengths", N)
		a := deepBidirectional(g.Scope(), in, H, newCell).Run(x, lengths.LengthMaskByTime(T), false)
		prog, err := g.Compile(a.Square().Sum())
		if err != nil {
			t.Fatal(err)
		}
		if err := prog.Run(lengths.FeedInts([]int{2, 0, 3})); err != nil {
			t.Fatal(err)
		}
		// Some gradients are near 1e-3: the step outweighs the loss's rounding.
		report, err := gradcheck.Check(prog, gradcheck.Opts{Most: 6, Step: 1e-5})
		if err != nil {
			t.Fatal(err)
		}
		if w := report.Worst(); !w.Right(1e-7) {
			t.Errorf("%s: %s: relative error %g", name, w.Name, w.RelativeError)
		}
	}
}

// TestSection2_2_GRUForms: the cheatsheet's unit equals PyTorch's where W_hn is
// diagonal and b_hn is 0, with Γ_u = 1 − z; elsewhere it does not.
func TestSection2_2_GRUForms(t *testing.T) {
	const T, N, in, H = 4, 2, 3, 3
	for _, diagonal := range []bool{true, false} {
		g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
		s := g.Scope()
		x := g.Input("x", T, N, in)
		a, _ := recurrent.NewGRUCell(s.At("ours"), in, H).Unroll(x, nil, nil, false)
		y := recurrent.NewGRU(s.At("theirs"), in, H, recurrent.Opts{}).Forward(x)
		if g.Err() != nil {
			t.Fatal(g.Err())
		}
		get := func(name string) []float64 { return g.Store().Param("ours." + name).Values() }
		set := func(name string, parts ...[]float64) {
			var v []float64
			for _, p := range parts {
				v = append(v, p...)
			}
			if err := g.Store().Param(name).SetValues(v); err != nil {
				t.Fatal(err)
			}
		}
		minus := func(v []float64) []float64 { // σ(−v) = 1 − σ(v)
			for i := range v {
				v[i] = -v[i]
			}
			return v
		}
		wc := get("W_c")
		for row := range H {
			for col := range H {
				if diagonal && row != col {
					wc[row*(H+in)+col] = 0
				}
			}
		}
		set("ours.W_c", wc)
		var wcA, wcX []float64
		for row := range H {
			wcA = append(wcA, wc[row*(H+in):][:H]...)
			wcX = append(wcX, wc[row*(H+in)+H:][:in]...)
		}
		set("theirs.weight_ih_l0", get("W_r"), minus(get("W_u")), wcX)
		set("theirs.weight_hh_l0", get("U_r"), minus(get("U_u")), wcA)
		set("theirs.bias_ih_l0", get("b_r"), minus(get("b_u")), get("b_c"))
		set("theirs.bias_hh_l0", make([]float64, 3*H))
		v := evaluate(t, g, []graph.Feed{x.FeedFloat64s(numbers(T * N * in))}, a, y)
		if diagonal {
			closeTo(t, "a", v[0], v[1], 1e-12)
		} else if math.Abs(v[0][T*N*H-1]-v[1][T*N*H-1]) < 1e-6 {
			t.Error("the two forms agree where W_hn is not diagonal")
		}
	}
}

// TestSection2_2_LSTM checks one step against the equations for one unit.
func TestSection2_2_LSTM(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
	cell := recurrent.NewLSTMCell(g.Scope(), 1, 1)
	x, a0, c0 := g.Input("x", 1, 1), g.Input("a0", 1, 1), g.Input("c0", 1, 1)
	_, next := cell.Step(x, recurrent.LSTMCellState{A: a0, C: c0})
	values := map[string]float64{}
	for i, p := range g.Store().Params() {
		v := numbers(20)[i : i+p.Len()]
		if err := p.SetValues(v); err != nil {
			t.Fatal(err)
		}
		values[p.Name()] = v[0]
		if p.Name() == "W_c" {
			values["W_cx"] = v[1]
		}
	}
	const x1, a, c = 0.7, -0.4, 0.9
	sigma := func(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
	gamma := func(name string) float64 {
		return sigma(values["W_"+name]*x1 + values["U_"+name]*a + values["b_"+name])
	}
	tilde := math.Tanh(values["W_c"]*gamma("r")*a + values["W_cx"]*x1 + values["b_c"])
	wantC := gamma("u")*tilde + gamma("f")*c
	got := evaluate(t, g, []graph.Feed{x.FeedFloat64s([]float64{x1}), a0.FeedFloat64s([]float64{a}), c0.FeedFloat64s([]float64{c})}, next.A, next.C)
	closeTo(t, "c", got[1], []float64{wantC}, 1e-14)
	closeTo(t, "a", got[0], []float64{gamma("o") * wantC}, 1e-14)
}

// TestVanilla_kinds: the kinds differ in what of the outputs they give.
func TestVanilla_kinds(t *testing.T) {
	const T, N, in, H = 3, 2, 2, 3
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
	v := recurrent.NewVanilla(g.Scope(), in, H, in, nil, nil)
	x := g.Input("x", T, N, in)
	all, _ := v.ManyToMany(x, nil)
	one, _ := v.ManyToOne(x, nil)
	tune, _ := v.OneToMany(x.Index(0, 0), nil, 2)
	y0, a0 := v.Step(x.Index(0, 0), nil)
	y1, _ := v.Step(y0, a0)
	got := evaluate(t, g, []graph.Feed{x.FeedFloat64s(numbers(T * N * in))}, all, one, tune, y0, y1)
	closeTo(t, "many to one", got[1], got[0][(T-1)*N*in:], 0)
	closeTo(t, "one to many", got[2], append(got[3], got[4]...), 0)
	closeTo(t, "first step", got[3], got[0][:N*in], 0)
}

// TestSection2_2_CarriedState: a sequence cut in two, the second half begun with
// the states after the first, gives what the whole gives; each direction of a
// bidirectional cell begins with its own state.
func TestSection2_2_CarriedState(t *testing.T) {
	const T, N, in, H = 6, 2, 3, 2
	for name, newCell := range cells() {
		g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
		x := g.Input("x", T, N, in)
		deep := recurrent.Deep{
			Cells:   []recurrent.Cell{newCell(g.Scope().At("l0"), in, H), newCell(g.Scope().At("l1"), H, H)},
			Between: nn.NewDropout(g.Scope().At("dropout"), 0.3),
		}
		whole := deep.Run(x, nil, false)
		head, states := deep.RunFrom(x.Slice(0, 0, 2), nil, nil, false)
		tail, _ := deep.RunFrom(x.Slice(0, 2, T), states, nil, false)
		if len(states) != deep.States() {
			t.Fatalf("%s: %d states, want %d", name, len(states), deep.States())
		}

		both := recurrent.Bidirectional{Forward: newCell(g.Scope().At("f"), in, H), Backward: newCell(g.Scope().At("b"), in, H)}
		all := both.Run(x, nil, false)
		_, before := both.Forward.RunFrom(x.Slice(0, 0, 2), nil, nil, false)
		_, behind := both.Backward.RunFrom(x.Slice(0, 4, T), nil, nil, true)
		middle, _ := both.RunFrom(x.Slice(0, 2, 4), append(before, behind...), nil, false)

		v := evaluate(t, g, []graph.Feed{x.FeedFloat64s(numbers(T * N * in))}, whole, graph.Concat(0, head, tail), all.Slice(0, 2, 4), middle)
		closeTo(t, name+", deep", v[1], v[0], 1e-12)
		closeTo(t, name+", bidirectional", v[3], v[2], 1e-12)

		g = graph.New(g.Store(), graph.Eval)
		x = g.Input("x", T, N, in)
		y, _ := newCell(g.Scope().At("l0"), in, H).RunFrom(x, []*graph.Node{x, x, x}, nil, false)
		if _, err := g.Compile(nil, y); err == nil || !strings.Contains(err.Error(), "3 first states") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
