package recurrent_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
)

// TestSection2_1_Vanilla: a<t> = g₁(W_aa·a<t−1> + W_ax·x<t> + b_a),
// y<t> = g₂(W_ya·a<t> + b_y), over two steps by hand.
func TestSection2_1_Vanilla(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
	v := recurrent.NewVanilla(g.Scope(), 1, 1, 2, nil, recurrent.Softmax)
	x := g.Input("x", 2, 1, 1)
	y, a := v.ManyToMany(x, nil)
	for name, values := range map[string][]float64{"W_aa": {0.5}, "W_ax": {2}, "b_a": {0.1}, "W_ya": {3, -1}, "b_y": {0, 1}} {
		if err := g.Store().Param(name).SetValues(values); err != nil {
			t.Fatal(err)
		}
	}
	got := evaluate(t, g, []graph.Feed{x.FeedFloat64s([]float64{1, -0.5})}, a, y)
	a1 := math.Tanh(2*1 + 0.1)
	a2 := math.Tanh(0.5*a1 + 2*-0.5 + 0.1)
	closeTo(t, "a", got[0], []float64{a1, a2}, 1e-14)
	var want []float64
	for _, a := range []float64{a1, a2} {
		p := 1 / (1 + math.Exp(-a+1-3*a)) // softmax of (3a, 1 − a)
		want = append(want, p, 1-p)
	}
	closeTo(t, "y", got[1], want, 1e-14)
}

// TestSection2_1_BackpropagationThroughTime: ∂L/∂W = Σ_t ∂L/∂W|(t), where |(t)
// is the gradient of a copy of W that step t alone uses.
func TestSection2_1_BackpropagationThroughTime(t *testing.T) {
	const T, N, in, H = 4, 2, 3, 2
	gradients := func(copies int) (waa, wax, ba []float64) {
		g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
		x, a := g.Input("x", T, N, in), g.Input("a0", N, H)
		feeds := []graph.Feed{x.FeedFloat64s(numbers(T * N * in)), a.FeedFloat64s(numbers(N * H))}
		cells := make([]*recurrent.VanillaCell, copies)
		for i := range cells {
			cells[i] = recurrent.NewVanillaCell(g.Scope().At(fmt.Sprint("copy", i)), in, H, nil)
		}
		for _, p := range g.Store().Params() {
			if err := p.SetValues(numbers(p.Len())); err != nil {
				t.Fatal(err)
			}
		}
		for step := range T {
			_, a = cells[step%copies].Step(x.Index(0, step), a)
		}
		prog, err := g.Compile(a.Square().Sum())
		if err != nil {
			t.Fatal(err)
		}
		if err := prog.Run(feeds...); err != nil {
			t.Fatal(err)
		}
		waa, wax, ba = make([]float64, H*H), make([]float64, H*in), make([]float64, H)
		for _, c := range cells {
			for w, sum := range map[*graph.Node][]float64{c.Waa: waa, c.Wax: wax, c.Ba: ba} {
				for i, v := range prog.Gradient(w) {
					sum[i] += v
				}
			}
		}
		return waa, wax, ba
	}
	waa, wax, ba := gradients(1)
	waaSum, waxSum, baSum := gradients(T)
	closeTo(t, "W_aa", waa, waaSum, 1e-13)
	closeTo(t, "W_ax", wax, waxSum, 1e-13)
	closeTo(t, "b_a", ba, baSum, 1e-13)
	if waa[0] == 0 {
		t.Error("no gradient: nothing was tested")
	}
}

// TestSection2_2_Gates: what each gate does when it is shut, and open.
func TestSection2_2_Gates(t *testing.T) {
	const x1, a, c = 0.5, 0.7, -0.3
	// step runs one unit whose weights are 1 and whose gates are 0 or 1, by a bias
	// that outweighs all else.
	step := func(lstm bool, gates map[string]float64) (nextA, nextC float64) {
		g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
		x, a0, c0 := g.Input("x", 1, 1), g.Input("a0", 1, 1), g.Input("c0", 1, 1)
		feeds := []graph.Feed{x.FeedFloat64s([]float64{x1}), a0.FeedFloat64s([]float64{a})}
		var nodes []*graph.Node
		if lstm {
			_, next := recurrent.NewLSTMCell(g.Scope(), 1, 1).Step(x, recurrent.LSTMCellState{A: a0, C: c0})
			nodes, feeds = []*graph.Node{next.A, next.C}, append(feeds, c0.FeedFloat64s([]float64{c}))
		} else {
			_, next := recurrent.NewGRUCell(g.Scope(), 1, 1).Step(x, a0)
			nodes = []*graph.Node{next, next}
		}
		for _, p := range g.Store().Params() {
			values := make([]float64, p.Len())
			for i := range values {
				values[i] = 1
			}
			switch gate, isBias := strings.CutPrefix(p.Name(), "b_"); {
			case isBias && gate == "c":
				values[0] = 0
			case isBias:
				values[0] = 1000*gates[gate] - 500
			}
			if err := p.SetValues(values); err != nil {
				t.Fatal(err)
			}
		}
		v := evaluate(t, g, feeds, nodes...)
		return v[0][0], v[1][0]
	}
	blind, whole := math.Tanh(x1), math.Tanh(a+x1) // the candidates without and with the past
	type gates = map[string]float64
	for _, try := range []struct {
		name         string
		lstm         bool
		gates        gates
		wantA, wantC float64
	}{
		{"GRU, update shut: the past stays", false, gates{"u": 0, "r": 1}, a, a},
		{"GRU, update open: the candidate", false, gates{"u": 1, "r": 1}, whole, whole},
		{"GRU, relevance shut: the candidate without the past", false, gates{"u": 1, "r": 0}, blind, blind},
		{"LSTM, all open", true, gates{"u": 1, "r": 1, "f": 1, "o": 1}, whole + c, whole + c},
		{"LSTM, update shut: nothing new", true, gates{"u": 0, "r": 1, "f": 1, "o": 1}, c, c},
		{"LSTM, relevance shut: the candidate without the past", true, gates{"u": 1, "r": 0, "f": 1, "o": 1}, blind + c, blind + c},
		{"LSTM, forget shut: the cell is erased", true, gates{"u": 1, "r": 1, "f": 0, "o": 1}, whole, whole},
		{"LSTM, output shut: the cell is hidden", true, gates{"u": 1, "r": 1, "f": 1, "o": 0}, 0, whole + c},
	} {
		gotA, gotC := step(try.lstm, try.gates)
		closeTo(t, try.name+": a", []float64{gotA}, []float64{try.wantA}, 1e-14)
		closeTo(t, try.name+": c", []float64{gotC}, []float64{try.wantC}, 1e-14)
	}
}
