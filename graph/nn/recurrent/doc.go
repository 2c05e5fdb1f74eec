// Package recurrent makes layers that carry a state from step to step of a
// sequence.
//
// Sequences are [T, N, features], time first. [RNN], [GRU] and [LSTM] are
// PyTorch's layers, whose weights load by name: Sequence takes a whole
// sequence at once, which is fast, Step one step, which is for decoding.
//
//	lstm := recurrent.NewLSTM(s.At("rnn"), 200, 200, recurrent.Opts{Layers: 2, Dropout: 0.5})
//	y, last := lstm.Sequence(x, recurrent.LSTMState{}, nil) // y [T, N, 200]
//
// [VanillaCell], [GRUCell] and [LSTMCell] are the cheatsheet's equations, §2.1
// to §2.2, one line each; unrolling them is a plain loop. [Deep] and
// [Bidirectional] join cells.
//
// [Attention], §2.7, reads a memory of states by queries:
//
//	att := recurrent.NewAttention(s.At("att"), recurrent.Additive, 256, 512, 256)
//	memory := att.Remember(a, mask)                 // a [N, T, 512], mask [N, T]
//	context, alpha := att.Attend(state, memory)     // [N, 512], [N, T]
package recurrent
