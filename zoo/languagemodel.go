package zoo

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
)

// Cell is the kind of a recurrent layer.
type Cell string

// The kinds of recurrent layers.
const (
	RNN  Cell = "rnn"
	GRU  Cell = "gru"
	LSTM Cell = "lstm"
)

// Cells returns the kinds of recurrent layers.
func Cells() []Cell { return []Cell{RNN, GRU, LSTM} }

// LanguageModel gives the probability of the next token after those so far:
// ŷ<t> = P(y<t+1> | y<1>, …, y<t>). Tokens are characters, words, or the signs
// of a melody: what it is sampled from is one-to-many.
//
//	tokens [T, N], states → logits [T·N, V], states
//
// Its state after one piece of a text is where the next piece begins, so that a
// text of any length is read in pieces: truncated back-propagation through
// time.
//
// Source: cheatsheet §2.1, one-to-many, and §2.5.
type LanguageModel struct {
	emb  *nn.Embedding
	drop *nn.Dropout
	rnn  layer
	out  *nn.Linear
	o    LanguageModelOpts
}

// LanguageModelOpts are the sizes of a LanguageModel; the zero value is that
// of a model of characters.
type LanguageModelOpts struct {
	Cell      Cell       // "" means GRU
	Embedding int        // numbers a token; 0 means 64
	Hidden    int        // units a layer; 0 means 256
	Layers    int        // 0 means 1
	Dropout   float64    // before, between and behind the layers
	Init      graph.Init // of all parameters; nil means PyTorch's of each
}

// layer is a stack of recurrent layers whose states [layers, N, H] are a list.
type layer interface {
	sequence(x *graph.Node, states []*graph.Node) (y *graph.Node, last []*graph.Node)
	step(x *graph.Node, states []*graph.Node) (y *graph.Node, next []*graph.Node)
}

// NewLanguageModel makes a LanguageModel for a vocabulary of so many tokens,
// whose parameters are named below s.
func NewLanguageModel(s graph.Scope, tokens int, o LanguageModelOpts) *LanguageModel {
	o.Embedding, o.Hidden, o.Layers = orSize(o.Embedding, 64), orSize(o.Hidden, 256), orSize(o.Layers, 1)
	if o.Cell == "" {
		o.Cell = GRU
	}
	return &LanguageModel{
		emb:  nn.NewEmbedding(s.At("emb"), tokens, o.Embedding, nn.EmbeddingOpts{Init: o.Init}),
		drop: nn.NewDropout(s.At("drop"), o.Dropout),
		rnn:  newLayer(s.At("rnn"), o),
		out:  nn.NewLinear(s.At("out"), o.Hidden, tokens, nn.LinearOpts{Init: o.Init}),
		o:    o,
	}
}

func newLayer(s graph.Scope, o LanguageModelOpts) layer {
	opts := recurrent.Opts{Layers: o.Layers, Dropout: o.Dropout, Init: o.Init}
	switch o.Cell {
	case RNN:
		return rnnLayer{recurrent.NewRNN(s, o.Embedding, o.Hidden, opts)}
	case LSTM:
		return lstmLayer{recurrent.NewLSTM(s, o.Embedding, o.Hidden, opts)}
	}
	return gruLayer{recurrent.NewGRU(s, o.Embedding, o.Hidden, opts)}
}

type rnnLayer struct{ *recurrent.RNN }

func (l rnnLayer) sequence(x *graph.Node, states []*graph.Node) (*graph.Node, []*graph.Node) {
	y, last := l.Sequence(x, states[0], nil)
	return y, []*graph.Node{last}
}

func (l rnnLayer) step(x *graph.Node, states []*graph.Node) (*graph.Node, []*graph.Node) {
	y, next := l.Step(x, states[0])
	return y, []*graph.Node{next}
}

type gruLayer struct{ *recurrent.GRU }

func (l gruLayer) sequence(x *graph.Node, states []*graph.Node) (*graph.Node, []*graph.Node) {
	y, last := l.Sequence(x, states[0], nil)
	return y, []*graph.Node{last}
}

func (l gruLayer) step(x *graph.Node, states []*graph.Node) (*graph.Node, []*graph.Node) {
	y, next := l.Step(x, states[0])
	return y, []*graph.Node{next}
}

type lstmLayer struct{ *recurrent.LSTM }

func (l lstmLayer) sequence(x *graph.Node, states []*graph.Node) (*graph.Node, []*graph.Node) {
	y, last := l.Sequence(x, recurrent.LSTMState{H: states[0], C: states[1]}, nil)
	return y, []*graph.Node{last.H, last.C}
}

func (l lstmLayer) step(x *graph.Node, states []*graph.Node) (*graph.Node, []*graph.Node) {
	y, next := l.Step(x, recurrent.LSTMState{H: states[0], C: states[1]})
	return y, []*graph.Node{next.H, next.C}
}

// StateShapes returns the shapes of the states of n texts: [layers, n, H], and
// for an LSTM a second one.
func (m *LanguageModel) StateShapes(n int) [][]int {
	shape := []int{m.o.Layers, n, m.o.Hidden}
	if m.o.Cell == LSTM {
		return [][]int{shape, shape}
	}
	return [][]int{shape}
}

// Forward returns the logits [T·N, V] of the token after each of tokens [T, N],
// and the states after the last, from the states given.
func (m *LanguageModel) Forward(tokens *graph.Node, states []*graph.Node) (logits *graph.Node, last []*graph.Node) {
	if want := len(m.StateShapes(1)); len(states) != want {
		dead := tokens.Fail(errors.Errorf("LanguageModel: %d states, expected the %d of %s", len(states), want, m.o.Cell))
		return dead, []*graph.Node{dead}
	}
	y, last := m.rnn.sequence(m.drop.Forward(m.emb.Forward(tokens)), states) // [T, N, H]
	return m.out.Forward(m.drop.Forward(y.Reshape(-1, m.o.Hidden))), last
}

// Unroll returns the logits [N, V] of the token after the last of tokens [T, N],
// computed step by step from the states, with probes [T, layers, N, H] added to
// the hidden states: a<t> ← a<t> + e<t>. With probes of 0 that changes nothing,
// and ∂L/∂e<t> = ∂L/∂a<t>.
func (m *LanguageModel) Unroll(tokens *graph.Node, states []*graph.Node, probes *graph.Node) *graph.Node {
	x := m.drop.Forward(m.emb.Forward(tokens)) // [T, N, D]
	var y *graph.Node
	for t := range tokens.Dim(0) {
		_, states = m.rnn.step(x.Index(0, t), states)
		states[0] = states[0].Add(probes.Index(0, t))
		y = states[0].Index(0, m.o.Layers-1)
	}
	return m.out.Forward(m.drop.Forward(y))
}
