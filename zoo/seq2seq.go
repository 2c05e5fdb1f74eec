package zoo

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
)

// Seq2Seq turns a sequence of tokens into another one: a bidirectional GRU reads
// the source, a GRU writes the target and attends to what was read.
//
//	src [T_x, N], tgt [T_y, N] → logits [T_y·N, target words]
//
// At each step, from the state s<t−1> and the token before,
//
//	c<t> = Σ_t' α<t, t'>·a<t'>, α by the additive score of s<t−1> and a<t'>
//	s<t> = GRU([e; c<t>], s<t−1>)
//	logits = W_out·tanh(W_ro·[s<t>; c<t>] + b_ro) + b_out
//
// and s<0> = tanh(W_init·a← + b_init) of the last state of the backward
// direction.
//
// Source: cheatsheet §2.6-2.7; arXiv:1409.0473, with a plain layer for its
// maxout.
type Seq2Seq struct {
	source, target  *nn.Embedding
	encoder         *recurrent.GRU
	attention       *recurrent.Attention
	init            *nn.Linear
	decoder         *recurrent.GRU
	readout, logits *nn.Linear
	hidden          int
}

// NewSeq2Seq makes a Seq2Seq for vocabularies of so many words, with embeddings
// and states of hidden numbers, whose parameters are named below s.
func NewSeq2Seq(s graph.Scope, sourceWords, targetWords, hidden int) *Seq2Seq {
	return &Seq2Seq{
		source:    nn.NewEmbedding(s.At("source"), sourceWords, hidden, nn.EmbeddingOpts{}),
		target:    nn.NewEmbedding(s.At("target"), targetWords, hidden, nn.EmbeddingOpts{}),
		encoder:   recurrent.NewGRU(s.At("encoder"), hidden, hidden, recurrent.Opts{Bidirectional: true}),
		attention: recurrent.NewAttention(s.At("attention"), recurrent.Additive, hidden, 2*hidden, hidden),
		init:      nn.NewLinear(s.At("init"), hidden, hidden),
		decoder:   recurrent.NewGRU(s.At("decoder"), 3*hidden, hidden, recurrent.Opts{}),
		readout:   nn.NewLinear(s.At("readout"), 3*hidden, hidden),
		logits:    nn.NewLinear(s.At("logits"), hidden, targetWords),
		hidden:    hidden,
	}
}

// Encode returns the states a [N, T, 2·hidden] of the source [T, N] and the
// first state of the decoder [N, hidden].
func (m *Seq2Seq) Encode(src *graph.Node) (a, first *graph.Node) {
	y, last := m.encoder.Sequence(m.source.Forward(src), nil, nil) // [T, N, 2H], [2, N, H]
	return y.Transpose(1, 0, 2), m.init.Forward(last.Index(0, 1)).Tanh()
}

// Remember returns what the decoder attends to: the states a.
func (m *Seq2Seq) Remember(a *graph.Node) recurrent.Memory { return m.attention.Remember(a, nil) }

// Step returns the new state [N, hidden] and the readout [N, hidden] for the
// tokens' embeddings e [N, hidden] and the state before. The rows are sentences,
// or where the memory has one sentence, hypotheses of it.
func (m *Seq2Seq) Step(e, state *graph.Node, memory recurrent.Memory, hypotheses bool) (next, readout *graph.Node) {
	var c *graph.Node
	if hypotheses {
		c, _ = m.attention.Attend(state.Reshape(1, -1, m.hidden), memory)
		c = c.Reshape(-1, 2*m.hidden)
	} else {
		c, _ = m.attention.Attend(state, memory)
	}
	next, _ = m.decoder.Step(graph.Concat(1, e, c), state.Reshape(1, -1, m.hidden))
	return next, m.readout.Forward(graph.Concat(1, next, c)).Tanh()
}

// Embed returns the embeddings [..., hidden] of target tokens.
func (m *Seq2Seq) Embed(tokens *graph.Node) *graph.Node { return m.target.Forward(tokens) }

// Logits returns the logits [N, target words] of readouts [N, hidden].
func (m *Seq2Seq) Logits(readout *graph.Node) *graph.Node { return m.logits.Forward(readout) }

// Forward returns the logits [T_y·N, target words] for the source [T_x, N], each
// step given the true token before it: tgt [T_y, N].
func (m *Seq2Seq) Forward(src, tgt *graph.Node) *graph.Node {
	a, state := m.Encode(src)
	memory := m.Remember(a)
	e := m.Embed(tgt) // [T_y, N, H]
	var readouts []*graph.Node
	for t := range tgt.Dim(0) {
		var r *graph.Node
		state, r = m.Step(e.Index(0, t), state, memory, false)
		readouts = append(readouts, r)
	}
	return m.Logits(graph.Concat(0, readouts...))
}
