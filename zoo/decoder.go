package zoo

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
)

// Readout is what a [Decoder] makes its logits from.
type Readout int

const (
	// Hidden is r = tanh(W_ro·[s<t>; c<t>] + b_ro).
	Hidden Readout = iota
	// HiddenWord is r = tanh(W_ro·[s<t>; c<t>; e<t>] + b_ro), with the word
	// before. Source: arXiv:1409.0473, appendix A.2.2.
	HiddenWord
	// Direct is r = [s<t>; c<t>] itself.
	Direct
)

// DecoderOpts are the settings of a [Decoder]; the zero value has gated units,
// additive attention and sizes that are all those of the state.
type DecoderOpts struct {
	Embedding int  // numbers of a word's vector; 0 means those of the state
	Cell      Cell // "" means GRU
	// NoAttention leaves the context out: of the source the decoder knows its
	// first state alone.
	NoAttention bool
	Score       recurrent.Score
	Width       int // K of the scores additive and concat; 0 means the state's
	Readout     Readout
	// Tied makes the words' vectors the weights of the logits as well; the
	// readout has their size then. Source: arXiv:1608.05859.
	Tied bool
	// Dropout is the probability with which elements of the embeddings and of
	// the readout, before and behind its layer, are dropped in training.
	Dropout float64
}

// Decoder writes a sequence word by word, from a state and a memory of states a
// that it attends to:
//
//	c<t> = Σ_t' α<t, t'>·a<t'>, α by the score of s<t−1> and a<t'>
//	s<t> = cell([e<t>; c<t>], s<t−1>)
//	logits = W_out·r<t> + b_out
//
// where e<t> is the vector of the word before and r<t> the readout of s<t>, c<t>.
//
// Source: cheatsheet §2.6-2.7; arXiv:1409.0473, with a plain layer for its
// maxout.
type Decoder struct {
	words           *nn.Embedding
	attention       *recurrent.Attention // nil for none
	cell            stepper
	readout, logits *nn.Linear
	dropout         *nn.Dropout
	opts            DecoderOpts
	hidden          int
}

// NewDecoder makes a Decoder of so many words, with states of hidden numbers,
// of a memory of states of memory numbers. Its parameters are named below s.
func NewDecoder(s graph.Scope, words, memory, hidden int, o DecoderOpts) *Decoder {
	if o.Embedding == 0 {
		o.Embedding = hidden
	}
	if o.Width == 0 {
		o.Width = hidden
	}
	d := &Decoder{hidden: hidden, opts: o, dropout: nn.NewDropout(s.At("dropout"), o.Dropout)}
	d.words = nn.NewEmbedding(s.At("target"), words, o.Embedding, nn.EmbeddingOpts{Init: vectors(o.Embedding)})
	out := hidden
	if !o.NoAttention {
		d.attention = recurrent.NewAttention(s.At("attention"), o.Score, hidden, memory, o.Width)
		out += memory
	}
	d.cell = newStepper(s.At("decoder"), o.Cell, o.Embedding+out-hidden, hidden)
	if o.Readout == HiddenWord {
		out += o.Embedding
	}
	if o.Readout != Direct {
		size := hidden
		if o.Tied {
			size = o.Embedding
		}
		d.readout = nn.NewLinear(s.At("readout"), out, size)
		out = size
	}
	if !o.Tied {
		d.logits = nn.NewLinear(s.At("logits"), out, words)
		return d
	}
	if out != o.Embedding {
		s.Fail(errors.Errorf("decoder: a readout of %d numbers, embeddings of %d: expected as many where they are tied", out, o.Embedding))
	}
	d.logits = &nn.Linear{Weight: d.words.Weight, Bias: s.At("logits").Param("bias", nn.Constant(0), words)}
	return d
}

// Words returns the number of words.
func (d *Decoder) Words() int { return d.words.Weight.Dim(0) }

// Attends reports whether there is attention.
func (d *Decoder) Attends() bool { return d.attention != nil }

// StateLen returns the numbers of a state.
func (d *Decoder) StateLen() int { return d.cell.states() * d.hidden }

// Remember returns what is attended to: the states a [N, T, memory] where the
// mask [N, T] is not 0; a nil mask is 1. Without attention it is nothing.
func (d *Decoder) Remember(a, mask *graph.Node) recurrent.Memory {
	if d.attention == nil {
		return recurrent.Memory{}
	}
	return d.attention.Remember(a, mask)
}

// Recall returns the memory of states a whose keys are known, as the attention's
// [recurrent.Memory.Keys] gave them.
func (d *Decoder) Recall(a, keys, mask *graph.Node) recurrent.Memory {
	return recurrent.NewMemory(a, keys, mask)
}

// Embed returns the vectors e [..., embedding] of words.
func (d *Decoder) Embed(words *graph.Node) *graph.Node {
	return d.dropout.Forward(d.words.Forward(words))
}

// Step returns the state [N, StateLen] after the words' vectors e [N, embedding]
// and the state before, the context c and the attention weights α [N, T]; both
// are nil without attention. The rows are those of the memory, or several
// hypotheses of each of them, side by side.
func (d *Decoder) Step(e, state *graph.Node, m recurrent.Memory) (next, c, alpha *graph.Node) {
	if d.attention == nil {
		return d.cell.step(e, state), nil, nil
	}
	c, alpha = d.attention.Attend(d.cell.output(state), m)
	return d.cell.step(graph.Concat(1, e, c), state), c, alpha
}

// Logits returns the logits [N, words] from states, contexts and the vectors of
// the words before.
func (d *Decoder) Logits(state, c, e *graph.Node) *graph.Node {
	return d.logits.Forward(d.Read(state, c, e))
}

// Read returns the readout r.
func (d *Decoder) Read(state, c, e *graph.Node) *graph.Node {
	r := []*graph.Node{d.cell.output(state)}
	if c != nil {
		r = append(r, c)
	}
	if d.opts.Readout == HiddenWord {
		r = append(r, e)
	}
	x := d.dropout.Forward(join(r))
	if d.readout == nil {
		return x
	}
	return d.dropout.Forward(d.readout.Forward(x).Tanh())
}

// Teach returns the logits [T·N, words] of all steps, each given the true word
// before it: tgt [T, N], which begins with the mark of the beginning. alpha has
// the attention weights [N, T_x] of each step.
func (d *Decoder) Teach(tgt, state *graph.Node, m recurrent.Memory) (logits *graph.Node, alpha []*graph.Node) {
	if tgt.Gorgonia() == nil || tgt.Rank() != 2 {
		return tgt.Fail(errors.Errorf("decoder: words %s, expected [T, N]", tgt)), nil
	}
	e := d.Embed(tgt) // [T, N, E]
	var states, contexts []*graph.Node
	for t := range tgt.Dim(0) {
		next, c, a := d.Step(e.Index(0, t), state, m)
		states, contexts, alpha = append(states, next), append(contexts, c), append(alpha, a)
		state = next
	}
	var c *graph.Node
	if d.attention != nil {
		c = graph.Concat(0, contexts...) // [T·N, G]
	}
	return d.Logits(graph.Concat(0, states...), c, e.Reshape(-1, d.opts.Embedding)), alpha
}

// join joins rows side by side.
func join(x []*graph.Node) *graph.Node {
	if len(x) == 1 {
		return x[0]
	}
	return graph.Concat(1, x...)
}
