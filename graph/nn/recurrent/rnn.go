package recurrent

import "github.com/hocsau/hocsau/graph"

// RNN is a stack of layers h_t = tanh(W_ih·x_t + b_ih + W_hh·h_{t−1} + b_hh).
//
//	x [T, N, in] → y [T, N, D·H]; weight_ih_l0 [H, in], weight_hh_l0 [H, H], bias_ih_l0 [H], bias_hh_l0 [H]
//
// Source: PyTorch's nn.RNN; [VanillaCell] is the cheatsheet's form, §2.1.
type RNN struct{ stack }

// NewRNN makes an RNN of hidden units whose parameters are named below s.
func NewRNN(s graph.Scope, in, hidden int, o Opts) *RNN {
	l := &RNN{newStack(s, "RNN", 1, in, hidden, o)}
	l.apply = func(x *graph.Node, o graph.RecurrentOpts, w []graph.RecurrentWeights) (y, hn, cn *graph.Node) {
		y, hn = x.RNN(o, w...)
		return y, hn, nil
	}
	return l
}

// Forward returns y [T, N, D·H] of x [T, N, in], from the state 0.
func (l *RNN) Forward(x *graph.Node) *graph.Node {
	y, _ := l.Sequence(x, nil, nil)
	return y
}

// Sequence returns y [T, N, D·H] of x [T, N, in] and the last states hn
// [layers·D, N, H], from the states h0 of that shape, 0 where nil. Sequences
// end at lengths [N], integers, or at T where nil; beyond its end y is 0.
func (l *RNN) Sequence(x, h0, lengths *graph.Node) (y, hn *graph.Node) {
	y, hn, _ = l.sequence(x, h0, nil, lengths)
	return y, hn
}

// Step returns the output [N, H] and the states [layers, N, H] after one step
// of x [N, in] from h, 0 where nil.
func (l *RNN) Step(x, h *graph.Node) (y, next *graph.Node) {
	y, next, _ = l.step(x, h, nil)
	return y, next
}
