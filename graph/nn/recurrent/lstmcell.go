package recurrent

import "github.com/hocsau/hocsau/graph"

// LSTMCell is long short-term memory with the gates update Γ_u, relevance Γ_r,
// forget Γ_f and output Γ_o, Γ = σ(W·x<t> + U·a<t−1> + b):
//
//	c̃<t> = tanh(W_c·[Γ_r ⋆ a<t−1>, x<t>] + b_c)
//	c<t> = Γ_u ⋆ c̃<t> + Γ_f ⋆ c<t−1>
//	a<t> = Γ_o ⋆ c<t>
//
//	x [N, in], a and c [N, H]; W_u, W_r, W_f, W_o [H, in], U_u, … [H, H], b_u, … [H], W_c [H, H + in], b_c [H]
//
// Source: cheatsheet §2.2. [LSTM] is PyTorch's form, which has no relevance
// gate and gives Γ_o ⋆ tanh(c<t>).
type LSTMCell struct {
	update, forget, output gate
	candidate              candidate
	hidden                 int
}

// LSTMCellState is the state of an LSTMCell, or its states over time: A and C
// [N, H], or [T, N, H]; nil stands for 0.
type LSTMCellState struct{ A, C *graph.Node }

// NewLSTMCell makes a cell whose parameters are named below s.
func NewLSTMCell(s graph.Scope, in, hidden int) *LSTMCell {
	c := &LSTMCell{hidden: hidden}
	c.update = newGate(s, "u", in, hidden)
	relevance := newGate(s, "r", in, hidden)
	c.forget = newGate(s, "f", in, hidden)
	c.output = newGate(s, "o", in, hidden)
	c.candidate = newCandidate(s, relevance, in, hidden)
	return c
}

// Step returns a<t> [N, H], and the state with c<t>, of x<t> [N, in] and the
// state before.
func (c *LSTMCell) Step(x *graph.Node, state LSTMCellState) (y *graph.Node, next LSTMCellState) {
	a, cell := orZero(state.A, x, c.hidden), orZero(state.C, x, c.hidden)
	gammaU := c.update.open(x, a)
	gammaF := c.forget.open(x, a)
	gammaO := c.output.open(x, a)
	tilde := c.candidate.value(x, a)
	next.C = gammaU.Mul(tilde).Add(gammaF.Mul(cell))
	next.A = gammaO.Mul(next.C)
	return next.A, next
}

// Unroll returns the states [T, N, H] of x [T, N, in] and the last one, from
// the given one. mask and reverse are those of [Cell].
func (c *LSTMCell) Unroll(x *graph.Node, first LSTMCellState, mask *graph.Node, reverse bool) (all, last LSTMCellState) {
	if dead, ok := sequenceOf("LSTMCell", x); !ok {
		return LSTMCellState{dead, dead}, LSTMCellState{dead, dead}
	}
	state := LSTMCellState{orZero(first.A, x, c.hidden), orZero(first.C, x, c.hidden)}
	as, cs := make([]*graph.Node, x.Dim(0)), make([]*graph.Node, x.Dim(0))
	for _, t := range times(len(as), reverse) {
		k := keepAt(mask, t)
		y, next := c.Step(x.Index(0, t), state)
		as[t], cs[t] = k.output(y), k.output(next.C)
		state = LSTMCellState{k.state(next.A, state.A), k.state(next.C, state.C)}
	}
	return LSTMCellState{graph.Stack(as...), graph.Stack(cs...)}, state
}

// Run is Unroll from the state 0; it makes the cell a [Cell].
func (c *LSTMCell) Run(x, mask *graph.Node, reverse bool) *graph.Node {
	all, _ := c.Unroll(x, LSTMCellState{}, mask, reverse)
	return all.A
}

// States returns 2: a and c.
func (c *LSTMCell) States() int { return 2 }

// RunFrom is Unroll with a and c in a list.
func (c *LSTMCell) RunFrom(x *graph.Node, first []*graph.Node, mask *graph.Node, reverse bool) (a *graph.Node, last []*graph.Node) {
	states, dead := firstStates(x, first, 2)
	if dead != nil {
		return dead, nil
	}
	all, end := c.Unroll(x, LSTMCellState{A: states[0], C: states[1]}, mask, reverse)
	return all.A, []*graph.Node{end.A, end.C}
}
