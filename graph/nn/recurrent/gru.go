package recurrent

import "github.com/hocsau/hocsau/graph"

// GRU is a stack of layers of gated recurrent units:
//
//	r = σ(W_ir·x + b_ir + W_hr·h + b_hr), z = σ(W_iz·x + b_iz + W_hz·h + b_hz)
//	n = tanh(W_in·x + b_in + r ⋆ (W_hn·h + b_hn))
//	h ← (1 − z) ⋆ n + z ⋆ h
//
//	x [T, N, in] → y [T, N, D·H]; weight_ih_l0 [3·H, in], weight_hh_l0 [3·H, H], bias_ih_l0 [3·H], bias_hh_l0 [3·H]
//
// Source: arXiv:1406.1078 in the form of PyTorch's nn.GRU, gates in the order
// r, z, n. [GRUCell] is the cheatsheet's form, §2.2: Γ_u = 1 − z, and Γ_r
// multiplies before the matrix product.
type GRU struct{ stack }

// NewGRU makes a GRU of hidden units whose parameters are named below s.
func NewGRU(s graph.Scope, in, hidden int, o Opts) *GRU {
	l := &GRU{newStack(s, "GRU", 3, in, hidden, o)}
	l.apply = func(x *graph.Node, o graph.RecurrentOpts, w []graph.RecurrentWeights) (y, hn, cn *graph.Node) {
		y, hn = x.GRU(o, w...)
		return y, hn, nil
	}
	return l
}

// Forward returns y [T, N, D·H] of x [T, N, in], from the state 0.
func (l *GRU) Forward(x *graph.Node) *graph.Node {
	y, _ := l.Sequence(x, nil, nil)
	return y
}

// Sequence returns y [T, N, D·H] of x [T, N, in] and the last states hn
// [layers·D, N, H], from the states h0 of that shape, 0 where nil. Sequences
// end at lengths [N], integers, or at T where nil; beyond its end y is 0.
func (l *GRU) Sequence(x, h0, lengths *graph.Node) (y, hn *graph.Node) {
	y, hn, _ = l.sequence(x, h0, nil, lengths)
	return y, hn
}

// Step returns the output [N, H] and the states [layers, N, H] after one step
// of x [N, in] from h, 0 where nil.
func (l *GRU) Step(x, h *graph.Node) (y, next *graph.Node) {
	y, next, _ = l.step(x, h, nil)
	return y, next
}
