package nn

import "github.com/hocsau/hocsau/graph"

// Embedding is a table of vectors, one for each token: e_w = E·o_w for the
// one-hot o_w, computed as a look-up.
//
//	ids [...] → e [..., dim]; weight [vocabulary, dim]
//
// Source: cheatsheet §2.3.
type Embedding struct {
	Weight  *graph.Node
	padding int
}

// EmbeddingOpts are the settings of an Embedding; the zero value is the common
// case.
type EmbeddingOpts struct {
	// Padding, where HasPadding, is the index whose vector starts at 0 and gets
	// no gradient.
	Padding    int
	HasPadding bool
	Init       graph.Init // nil means Normal(0, 1)
}

// NewEmbedding makes an Embedding of vocabulary vectors of dim numbers, named
// below s.
func NewEmbedding(s graph.Scope, vocabulary, dim int, o EmbeddingOpts) *Embedding {
	init := o.Init
	if init == nil {
		init = Normal(0, 1)
	}
	e := &Embedding{padding: -1}
	if o.HasPadding {
		e.padding = o.Padding
		init = zeroRow(init, o.Padding)
	}
	e.Weight = s.Param("weight", init, vocabulary, dim)
	return e
}

// Forward returns the vectors [..., dim] of the integers ids [...].
func (e *Embedding) Forward(ids *graph.Node) *graph.Node {
	if e.padding >= 0 {
		return e.Weight.EmbeddingPadded(ids, e.padding)
	}
	return e.Weight.Embedding(ids)
}
