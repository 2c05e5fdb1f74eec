package recurrent

import "github.com/hocsau/hocsau/graph"

// LSTM is a stack of layers of long short-term memory:
//
//	i, f, o = σ(W·x + b_i + U·h + b_h), g = tanh(W_ig·x + b_ig + W_hg·h + b_hg)
//	c ← f ⋆ c + i ⋆ g, h ← o ⋆ tanh(c)
//
//	x [T, N, in] → y [T, N, D·H]; weight_ih_l0 [4·H, in], weight_hh_l0 [4·H, H], bias_ih_l0 [4·H], bias_hh_l0 [4·H]
//
// Source: doi:10.1162/neco.1997.9.8.1735 in the form of PyTorch's nn.LSTM,
// gates in the order i, f, g, o. [LSTMCell] is the cheatsheet's form, §2.2.
type LSTM struct{ stack }

// LSTMState is the state of an LSTM, H and C [layers·D, N, H]; nil stands for 0.
type LSTMState struct{ H, C *graph.Node }

// NewLSTM makes an LSTM of hidden units whose parameters are named below s.
func NewLSTM(s graph.Scope, in, hidden int, o Opts) *LSTM {
	l := &LSTM{newStack(s, "LSTM", 4, in, hidden, o)}
	l.apply = func(x *graph.Node, o graph.RecurrentOpts, w []graph.RecurrentWeights) (y, hn, cn *graph.Node) {
		return x.LSTM(o, w...)
	}
	return l
}

// Forward returns y [T, N, D·H] of x [T, N, in], from the state 0.
func (l *LSTM) Forward(x *graph.Node) *graph.Node {
	y, _ := l.Sequence(x, LSTMState{}, nil)
	return y
}

// Sequence returns y [T, N, D·H] of x [T, N, in] and the last state, from the
// given one. Sequences end at lengths [N], integers, or at T where nil; beyond
// its end y is 0.
func (l *LSTM) Sequence(x *graph.Node, first LSTMState, lengths *graph.Node) (y *graph.Node, last LSTMState) {
	y, last.H, last.C = l.sequence(x, first.H, first.C, lengths)
	return y, last
}

// Step returns the output [N, H] and the state, of H and C [layers, N, H], after
// one step of x [N, in].
func (l *LSTM) Step(x *graph.Node, state LSTMState) (y *graph.Node, next LSTMState) {
	y, next.H, next.C = l.step(x, state.H, state.C)
	return y, next
}
