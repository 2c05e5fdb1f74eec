package recurrent

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// Activation is a function applied to a node, such as (*graph.Node).Tanh.
type Activation func(*graph.Node) *graph.Node

// Identity returns x.
func Identity(x *graph.Node) *graph.Node { return x }

// Softmax is the softmax over the last axis.
func Softmax(x *graph.Node) *graph.Node { return x.Softmax(-1) }

// VanillaCell is the state of a recurrent network, with coefficients shared
// over time:
//
//	a<t> = g₁(W_aa·a<t−1> + W_ax·x<t> + b_a)
//
//	x [N, in], a [N, H]; W_aa [H, H], W_ax [H, in], b_a [H]
//
// Source: cheatsheet §2.1.
type VanillaCell struct {
	Waa, Wax, Ba *graph.Node
	G1           Activation
}

// NewVanillaCell makes a cell whose parameters are named below s; g1 is tanh
// where nil.
func NewVanillaCell(s graph.Scope, in, hidden int, g1 Activation) *VanillaCell {
	if g1 == nil {
		g1 = (*graph.Node).Tanh
	}
	return &VanillaCell{
		Waa: s.Param("W_aa", nn.FanInUniform, hidden, hidden),
		Wax: s.Param("W_ax", nn.FanInUniform, hidden, in),
		Ba:  s.Param("b_a", nn.Constant(0), hidden),
		G1:  g1,
	}
}

// Step returns a<t> [N, H] of x<t> [N, in] and a<t−1> [N, H], 0 where nil; the
// output is the state.
func (c *VanillaCell) Step(x, a *graph.Node) (y, next *graph.Node) {
	z := x.Linear(c.Wax, c.Ba)
	if a != nil {
		z = a.MatMulT(c.Waa).Add(z)
	}
	next = c.G1(z)
	return next, next
}

// Unroll returns the states a [T, N, H] of x [T, N, in] and the last one
// [N, H], from a0 [N, H], 0 where nil. mask and reverse are those of [Cell].
func (c *VanillaCell) Unroll(x, a0, mask *graph.Node, reverse bool) (a, last *graph.Node) {
	if dead, ok := sequenceOf("VanillaCell", x); !ok {
		return dead, dead
	}
	state := orZero(a0, x, c.Waa.Dim(-1))
	all := make([]*graph.Node, x.Dim(0))
	for _, t := range times(len(all), reverse) {
		k := keepAt(mask, t)
		y, next := c.Step(x.Index(0, t), state)
		all[t], state = k.output(y), k.state(next, state)
	}
	return graph.Stack(all...), state
}

// Run is Unroll from the state 0; it makes the cell a [Cell].
func (c *VanillaCell) Run(x, mask *graph.Node, reverse bool) *graph.Node {
	a, _ := c.Unroll(x, nil, mask, reverse)
	return a
}

// States returns 1: a.
func (c *VanillaCell) States() int { return 1 }

// RunFrom is Unroll with the state in a list.
func (c *VanillaCell) RunFrom(x *graph.Node, first []*graph.Node, mask *graph.Node, reverse bool) (a *graph.Node, last []*graph.Node) {
	states, dead := firstStates(x, first, 1)
	if dead != nil {
		return dead, nil
	}
	a, end := c.Unroll(x, states[0], mask, reverse)
	return a, []*graph.Node{end}
}

// Output is what a recurrent network says at a step: y<t> = g₂(W_ya·a<t> + b_y).
//
//	a [N, H] → y [N, out]; W_ya [out, H], b_y [out]
//
// Source: cheatsheet §2.1.
type Output struct {
	Wya, By *graph.Node
	G2      Activation
}

// NewOutput makes an Output whose parameters are named below s; g2 is the
// identity where nil.
func NewOutput(s graph.Scope, hidden, out int, g2 Activation) *Output {
	if g2 == nil {
		g2 = Identity
	}
	return &Output{
		Wya: s.Param("W_ya", nn.FanInUniform, out, hidden),
		By:  s.Param("b_y", nn.Constant(0), out),
		G2:  g2,
	}
}

// Forward returns y [N, out] of a [N, H], or y [T, N, out] of a [T, N, H].
func (o *Output) Forward(a *graph.Node) *graph.Node {
	if a.Rank() != 3 {
		return o.G2(a.Linear(o.Wya, o.By))
	}
	y := a.Reshape(-1, a.Dim(2)).Linear(o.Wya, o.By)
	return o.G2(y).Reshape(a.Dim(0), a.Dim(1), y.Dim(-1))
}

// Vanilla is a recurrent network of one cell, as the cheatsheet draws it.
//
// Source: cheatsheet §2.1.
type Vanilla struct {
	Cell   *VanillaCell
	Output *Output
}

// NewVanilla makes a network whose parameters are named below s: W_aa, W_ax,
// b_a, W_ya, b_y.
func NewVanilla(s graph.Scope, in, hidden, out int, g1, g2 Activation) *Vanilla {
	return &Vanilla{NewVanillaCell(s, in, hidden, g1), NewOutput(s, hidden, out, g2)}
}

// Step returns y<t> [N, out] and a<t> [N, H] of x<t> [N, in] and a<t−1>.
func (v *Vanilla) Step(x, a *graph.Node) (y, next *graph.Node) {
	_, next = v.Cell.Step(x, a)
	return v.Output.Forward(next), next
}

// ManyToMany returns, for x [T, N, in] and the first state a0 [N, H], 0 where
// nil, the outputs of all steps y [T, N, out] and the states a [T, N, H]: one
// label a word. One step is the kind one-to-one.
func (v *Vanilla) ManyToMany(x, a0 *graph.Node) (y, a *graph.Node) {
	a, _ = v.Cell.Unroll(x, a0, nil, false)
	return v.Output.Forward(a), a
}

// ManyToOne returns the output after the last step, y [N, out], and the states
// a [T, N, H]: one label a text.
func (v *Vanilla) ManyToOne(x, a0 *graph.Node) (y, a *graph.Node) {
	a, last := v.Cell.Unroll(x, a0, nil, false)
	return v.Output.Forward(last), a
}

// OneToMany returns the outputs y [steps, N, out] and states a [steps, N, H]
// that begin with x [N, in]; the output of a step is the next input, so that
// out = in: a melody from its first note.
func (v *Vanilla) OneToMany(x, a0 *graph.Node, steps int) (y, a *graph.Node) {
	ys, as := make([]*graph.Node, steps), make([]*graph.Node, steps)
	state := a0
	for t := range steps {
		x, state = v.Step(x, state)
		ys[t], as[t] = x, state
	}
	return graph.Stack(ys...), graph.Stack(as...)
}
