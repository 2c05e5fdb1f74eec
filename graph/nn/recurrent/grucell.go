package recurrent

import "github.com/hocsau/hocsau/graph"

// GRUCell is a gated recurrent unit with the gates update Γ_u and relevance
// Γ_r, Γ = σ(W·x<t> + U·a<t−1> + b):
//
//	c̃<t> = tanh(W_c·[Γ_r ⋆ a<t−1>, x<t>] + b_c)
//	c<t> = Γ_u ⋆ c̃<t> + (1 − Γ_u) ⋆ c<t−1>
//	a<t> = c<t>
//
//	x [N, in], a [N, H]; W_u, W_r [H, in], U_u, U_r [H, H], b_u, b_r [H], W_c [H, H + in], b_c [H]
//
// Source: cheatsheet §2.2. [GRU] is PyTorch's form.
type GRUCell struct {
	update    gate
	candidate candidate
	hidden    int
}

// NewGRUCell makes a cell whose parameters are named below s.
func NewGRUCell(s graph.Scope, in, hidden int) *GRUCell {
	update := newGate(s, "u", in, hidden)
	return &GRUCell{update, newCandidate(s, newGate(s, "r", in, hidden), in, hidden), hidden}
}

// Step returns a<t> [N, H] of x<t> [N, in] and a<t−1> [N, H], 0 where nil; the
// output is the state.
func (c *GRUCell) Step(x, a *graph.Node) (y, next *graph.Node) {
	a = orZero(a, x, c.hidden)
	gammaU := c.update.open(x, a)
	tilde := c.candidate.value(x, a)
	next = a.Add(gammaU.Mul(tilde.Sub(a)))
	return next, next
}

// Unroll returns the states a [T, N, H] of x [T, N, in] and the last one
// [N, H], from a0 [N, H], 0 where nil. mask and reverse are those of [Cell].
func (c *GRUCell) Unroll(x, a0, mask *graph.Node, reverse bool) (a, last *graph.Node) {
	if dead, ok := sequenceOf("GRUCell", x); !ok {
		return dead, dead
	}
	state := orZero(a0, x, c.hidden)
	all := make([]*graph.Node, x.Dim(0))
	for _, t := range times(len(all), reverse) {
		k := keepAt(mask, t)
		y, next := c.Step(x.Index(0, t), state)
		all[t], state = k.output(y), k.state(next, state)
	}
	return graph.Stack(all...), state
}

// Run is Unroll from the state 0; it makes the cell a [Cell].
func (c *GRUCell) Run(x, mask *graph.Node, reverse bool) *graph.Node {
	a, _ := c.Unroll(x, nil, mask, reverse)
	return a
}

// States returns 1: a.
func (c *GRUCell) States() int { return 1 }

// RunFrom is Unroll with the state in a list.
func (c *GRUCell) RunFrom(x *graph.Node, first []*graph.Node, mask *graph.Node, reverse bool) (a *graph.Node, last []*graph.Node) {
	states, dead := firstStates(x, first, 1)
	if dead != nil {
		return dead, nil
	}
	a, end := c.Unroll(x, states[0], mask, reverse)
	return a, []*graph.Node{end}
}
