package zoo

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
)

// Sentiment tells the class of a text: many-to-one. A bidirectional LSTM reads
// the words; what it says of the text is the maximum over time of its states,
// joined with the last state of each direction.
//
//	words [T, N], lengths [N] → logits [N, classes]
//
// Source: cheatsheet §2.1, many-to-one, and §2.2; max over time as in
// arXiv:1705.02364 §3.2.
type Sentiment struct {
	emb  *nn.Embedding
	rnn  *recurrent.LSTM
	drop *nn.Dropout
	out  *nn.Linear
}

// SentimentOpts are the sizes of a Sentiment; the zero value is the usual one, without
// dropout.
type SentimentOpts struct {
	Embedding int     // numbers a word; 0 means 100
	Hidden    int     // units a direction; 0 means 128
	Dropout   float64 // of words and of what is read; 0.5 is usual
}

// NewSentiment makes a Sentiment for a vocabulary of so many words, of which 0
// fills up, whose parameters are named below s.
func NewSentiment(s graph.Scope, words, classes int, o SentimentOpts) *Sentiment {
	o.Embedding, o.Hidden = orSize(o.Embedding, 100), orSize(o.Hidden, 128)
	return &Sentiment{
		emb:  nn.NewEmbedding(s.At("emb"), words, o.Embedding, nn.EmbeddingOpts{HasPadding: true, Init: nn.Normal(0, 0.1)}),
		rnn:  recurrent.NewLSTM(s.At("rnn"), o.Embedding, o.Hidden, recurrent.Opts{Bidirectional: true}),
		drop: nn.NewDropout(s.At("drop"), o.Dropout),
		out:  nn.NewLinear(s.At("out"), 4*o.Hidden, classes),
	}
}

// Forward returns the logits [N, classes] of the words [T, N], of which those
// before lengths [N], at least 1, count.
func (m *Sentiment) Forward(words, lengths *graph.Node) *graph.Node {
	y, last := m.rnn.Sequence(m.drop.Forward(m.emb.Forward(words)), recurrent.LSTMState{}, lengths) // [T, N, 2H], [2, N, H]
	peak := maxOverTime(y, lengths)
	return m.out.Forward(m.drop.Forward(graph.Concat(1, peak, last.H.Index(0, 0), last.H.Index(0, 1))))
}

// maxOverTime returns the maximum [N, D] of y [T, N, D] over the steps before
// the lengths [N].
func maxOverTime(y, lengths *graph.Node) *graph.Node {
	const below = 1e9 // far more than any state
	after := lengths.LengthMaskByTime(y.Dim(0)).Shift(-1).Scale(below)
	return y.Add(after.Reshape(y.Dim(0), y.Dim(1), 1)).Max(0)
}

// orSize returns n, or the usual size where n is 0.
func orSize(n, usual int) int {
	if n == 0 {
		return usual
	}
	return n
}
