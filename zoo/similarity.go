package zoo

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// Similarity tells from two embeddings whether their pictures belong together:
//
//	p = σ(Σ_k w_k·|f_k(x1) − f_k(x2)| + b)
//
//	a, b [N, D] → logits [N]
//
// It is trained with binary cross-entropy, 1 being the same person.
//
// Source: cheatsheet §1.6.1; Koch, Zemel, Salakhutdinov, "Siamese neural networks
// for one-shot image recognition", ICML 2015 workshop, §3.1.
type Similarity struct {
	fc *nn.Linear
}

// NewSimilarity makes a Similarity of embeddings of so many numbers, whose
// parameters are named below s.
func NewSimilarity(s graph.Scope, dim int) *Similarity {
	return &Similarity{nn.NewLinear(s.At("fc"), dim, 1)}
}

// Forward returns the logits [N] of embeddings a and b [N, D].
func (m *Similarity) Forward(a, b *graph.Node) *graph.Node {
	return m.fc.Forward(a.Sub(b).Abs()).Reshape(-1) // [N]
}
