package zoo

import (
	"math"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
)

// Tagger gives each word of a sentence a tag, such as the kind of entity it
// belongs to or its part of speech: many-to-many, T_x = T_y. A word is its
// embedding, joined with what a convolution sees in its characters; a
// bidirectional LSTM reads the words.
//
//	words [T, N], characters [T, N, L], lengths [N] → logits [T, N, tags]
//
// Source: cheatsheet §2.1, many-to-many, and §2.2; arXiv:1603.01354 without its
// CRF.
type Tagger struct {
	w, c    *nn.Embedding
	conv    *nn.Conv1d
	rnn     *recurrent.LSTM
	drop    *nn.Dropout
	out     *nn.Linear
	filters int
}

// TaggerOpts are the sizes of a Tagger; the zero value is the usual one, without
// dropout.
type TaggerOpts struct {
	Embedding int     // numbers a word; 0 means 100
	Character int     // numbers a character; 0 means 30
	Filters   int     // of the convolution over characters; 0 means 50
	Hidden    int     // units a direction; 0 means 100
	Dropout   float64 // of words and of what is read; 0.5 is usual
}

// NewTagger makes a Tagger for vocabularies of so many words and characters, of
// which 0 fills up, whose parameters are named below s.
func NewTagger(s graph.Scope, words, characters, tags int, o TaggerOpts) *Tagger {
	o.Embedding, o.Character, o.Filters, o.Hidden = orSize(o.Embedding, 100), orSize(o.Character, 30), orSize(o.Filters, 50), orSize(o.Hidden, 100)
	embedding := func(name string, tokens, dim int) *nn.Embedding {
		bound := math.Sqrt(3 / float64(dim)) // a variance of 1/dim, arXiv:1603.01354 §3.1.1
		return nn.NewEmbedding(s.At(name), tokens, dim, nn.EmbeddingOpts{HasPadding: true, Init: nn.Uniform(-bound, bound)})
	}
	return &Tagger{
		w:       embedding("w", words, o.Embedding),
		c:       embedding("c", characters, o.Character),
		conv:    nn.NewConv1d(s.At("conv"), o.Character, o.Filters, 3, nn.ConvOpts{Pad: 1}),
		rnn:     recurrent.NewLSTM(s.At("rnn"), o.Embedding+o.Filters, o.Hidden, recurrent.Opts{Bidirectional: true}),
		drop:    nn.NewDropout(s.At("drop"), o.Dropout),
		out:     nn.NewLinear(s.At("out"), 2*o.Hidden, tags),
		filters: o.Filters,
	}
}

// Forward returns the logits [T, N, tags] of the words [T, N] with their first
// L characters [T, N, L], of which those before lengths [N] count.
func (m *Tagger) Forward(words, characters, lengths *graph.Node) *graph.Node {
	steps, batch := words.Dim(0), words.Dim(1)
	x := m.drop.Forward(graph.Concat(2, m.w.Forward(words), m.spell(characters)))
	y, _ := m.rnn.Sequence(x, recurrent.LSTMState{}, lengths) // [T, N, 2H]
	logits := m.out.Forward(m.drop.Forward(y.Reshape(steps*batch, -1)))
	return logits.Reshape(steps, batch, -1)
}

// spell returns what the convolution sees in the characters [T, N, L]:
// [T, N, filters], the maximum over the word.
func (m *Tagger) spell(characters *graph.Node) *graph.Node {
	steps, batch, length := characters.Dim(0), characters.Dim(1), characters.Dim(2)
	c := m.c.Forward(characters.Reshape(steps*batch, length)).Transpose(0, 2, 1) // [T·N, 30, L]
	return m.conv.Forward(c).ReLU().Max(2).Reshape(steps, batch, m.filters)
}
