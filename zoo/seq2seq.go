package zoo

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// Seq2Seq turns a sequence of words into another one: a bidirectional recurrent
// layer reads the source, a [Decoder] writes the target and attends to what was
// read.
//
//	src [T_x, N], tgt [T_y, N] → logits [T_y·N, target words]
//
// The states of the source are a<t'> = [a→; a←], the first state of the decoder
// s<0> = tanh(W_init·a←<1> + b_init): the last one that the backward direction
// has.
//
// Source: cheatsheet §2.6-2.7; arXiv:1409.0473.
type Seq2Seq struct {
	*Decoder
	source *nn.Embedding
	reader reader
	init   *nn.Linear
	drop   *nn.Dropout
	opts   Seq2SeqOpts
	hidden int
}

// Seq2SeqOpts are the settings of a [Seq2Seq].
type Seq2SeqOpts struct {
	DecoderOpts
	// MeanStart takes the mean of the states a for the last state of the
	// backward direction.
	MeanStart bool
}

// NewSeq2Seq makes a Seq2Seq of gated units with additive attention for
// vocabularies of so many words, with embeddings and states of hidden numbers,
// whose parameters are named below s.
func NewSeq2Seq(s graph.Scope, sourceWords, targetWords, hidden int) *Seq2Seq {
	return NewSeq2SeqWith(s, sourceWords, targetWords, hidden, Seq2SeqOpts{})
}

// NewSeq2SeqWith is [NewSeq2Seq] with other settings.
func NewSeq2SeqWith(s graph.Scope, sourceWords, targetWords, hidden int, o Seq2SeqOpts) *Seq2Seq {
	embedding := o.Embedding
	if embedding == 0 {
		embedding = hidden
	}
	m := &Seq2Seq{opts: o, hidden: hidden, drop: nn.NewDropout(s.At("source.dropout"), o.Dropout)}
	m.source = nn.NewEmbedding(s.At("source"), sourceWords, embedding, nn.EmbeddingOpts{Init: vectors(embedding)})
	m.reader = newReader(s.At("encoder"), o.Cell, embedding, hidden)
	m.Decoder = NewDecoder(s, targetWords, 2*hidden, hidden, o.DecoderOpts)
	from := hidden
	if o.MeanStart {
		from = 2 * hidden
	}
	m.init = nn.NewLinear(s.At("init"), from, m.StateLen())
	return m
}

// Encode returns the states a [N, T, 2·hidden] of the source [T, N], their mask
// [N, T] and the first state of the decoder [N, StateLen]. Sources end at
// lengths [N], integers, or at T where nil; then the mask is nil, too.
func (m *Seq2Seq) Encode(src, lengths *graph.Node) (a, mask, first *graph.Node) {
	y := m.reader.read(m.drop.Forward(m.source.Forward(src)), lengths) // [T, N, 2H]
	if lengths != nil && src.Gorgonia() != nil {
		mask = lengths.LengthMask(src.Dim(0))
	}
	return y.Transpose(1, 0, 2), mask, m.init.Forward(m.summary(y, mask)).Tanh()
}

// summary returns what the decoder starts from, of y [T, N, 2·hidden].
func (m *Seq2Seq) summary(y, mask *graph.Node) *graph.Node {
	if !m.opts.MeanStart {
		return y.Index(0, 0).Slice(1, m.hidden, 2*m.hidden)
	}
	if mask == nil {
		return y.Mean(0)
	}
	const tiny = 1e-30 // a source without words has the mean 0
	return y.Sum(0).Div(mask.Sum(1).Shift(tiny).Reshape(-1, 1))
}

// Forward returns the logits [T_y·N, target words] for the source [T_x, N], each
// step given the true word before it, tgt [T_y, N], and the attention weights
// [N, T_x] of the steps. lengths [N] are those of the sources, nil for T_x.
func (m *Seq2Seq) Forward(src, lengths, tgt *graph.Node) (logits *graph.Node, alpha []*graph.Node) {
	a, mask, first := m.Encode(src, lengths)
	return m.Teach(tgt, first, m.Remember(a, mask))
}
