package zoo

import (
	"math"

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

// DistanceSimilarity tells from the squared distances of embeddings, as of a
// [Siamese] network, whether their pictures belong together:
//
//	p = σ(b − w·d²),  w = e^t
//
//	d² of any shape → logits of that shape
//
// so that the distance alone decides, at d² = b/w; t and b are learnt. It is
// trained with binary cross-entropy, 1 being the same person.
//
// Source: arXiv:2303.15343 eq. 1, where cos = 1 − d²/2 stands for the distance.
type DistanceSimilarity struct {
	scale, bias *graph.Node // t, b [1]
}

// NewDistanceSimilarity makes a DistanceSimilarity with w = 5, as there, and b of
// which pairs at d² = 1/2 are undecided. Its parameters are named below s.
func NewDistanceSimilarity(s graph.Scope) *DistanceSimilarity {
	const w = 5
	return &DistanceSimilarity{scale: s.Param("scale", nn.Constant(math.Log(w)), 1), bias: s.Param("bias", nn.Constant(w/2.0), 1)}
}

// Forward returns the logits of squared distances.
func (m *DistanceSimilarity) Forward(squared *graph.Node) *graph.Node {
	one := make([]int, squared.Rank())
	for i := range one {
		one[i] = 1
	}
	return m.bias.Reshape(one...).Sub(squared.Mul(m.scale.Exp().Reshape(one...)))
}
