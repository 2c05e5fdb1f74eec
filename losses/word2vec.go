package losses

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// The tables of word2vec are e [V, D], whose rows e_c stand for words as
// context, and theta [V, D], whose rows θ_t stand for them as target. The
// embedding that is kept is e.

// SkipGramProbability returns the distribution over the targets of each
// context word, [n, V], for integers context [n]:
//
//	P(t | c) = exp(θ_tᵀe_c) / Σ_j exp(θ_jᵀe_c)
//
// Source: cheatsheet §2.3.
func SkipGramProbability(e, theta, context *graph.Node) *graph.Node {
	h, dead := contextVector("SkipGramProbability", e, theta, context)
	if h == nil {
		return dead
	}
	return h.MatMulT(theta).Softmax(1)
}

// SkipGram returns the mean over the pairs of
//
//	ℓ = −log P(t | c)
//
// with the full softmax of [SkipGramProbability], for integers context,
// target [n].
//
// Source: cheatsheet §2.3; arXiv:1301.3781 §3.2.
func SkipGram(e, theta, context, target *graph.Node, o Opts) *graph.Node {
	h, dead := contextVector("SkipGram", e, theta, context)
	if h == nil {
		return dead
	}
	return CrossEntropy(h.MatMulT(theta), target, CrossEntropyOpts{Reduction: o.Reduction, Weights: o.Weights})
}

// NegativeSampling returns the mean over the pairs of
//
//	ℓ = −log σ(θ_tᵀe_c) − Σ_k log σ(−θ_kᵀe_c)
//
// for integers context, target [n] and k words of noise for each, negatives
// [n, k].
//
// Source: cheatsheet §2.3; arXiv:1310.4546 eq. 4.
func NegativeSampling(e, theta, context, target, negatives *graph.Node, o Opts) *graph.Node {
	const name = "NegativeSampling"
	h, dead := contextVector(name, e, theta, context)
	if h == nil {
		return dead
	}
	return oneAgainstNoise(name, h, theta, target, negatives, o)
}

// NegativeSamplingProbability returns the probability that a word was seen with
// its context,
//
//	P(y = 1 | c, t) = σ(θ_tᵀe_c)
//
// for integers context [n] and words [n] or [n, k], in the shape of words.
//
// Source: cheatsheet §2.3.
func NegativeSamplingProbability(e, theta, context, words *graph.Node) *graph.Node {
	const name = "NegativeSamplingProbability"
	h, dead := contextVector(name, e, theta, context)
	if h == nil {
		return dead
	}
	if r := words.Rank(); r < 1 || r > 2 || words.Dim(0) != h.Dim(0) {
		return e.Fail(errors.Errorf("%s: words %s, expected [%d] or [%d, k]", name, words, h.Dim(0), h.Dim(0)))
	}
	return agreement(h, theta, words).Sigmoid()
}

// CBOWOpts are the settings of the continuous bag of words; the zero value is
// the mean over the context, and over the pairs.
type CBOWOpts struct {
	// Sum adds the vectors of the context rather than taking their mean.
	Sum bool
	// Mask [n, m] is 1 for the words of the context and 0 where it is shorter
	// than m; nil for ones. A context without words has the vector 0.
	Mask      *graph.Node
	Reduction Reduction
	// Weights [n] ≥ 0 of the pairs, constants. Weight 0 leaves a pair out.
	Weights *graph.Node
}

// CBOW returns the mean over the targets of
//
//	ℓ = −log softmax(θ·h)_t,  h = 1/m·Σ e_c
//
// for integers contexts [n, m], the words around each target [n].
//
// Source: cheatsheet §2.3; arXiv:1301.3781 §3.1.
func CBOW(e, theta, contexts, target *graph.Node, o CBOWOpts) *graph.Node {
	h, dead := o.context("CBOW", e, theta, contexts)
	if h == nil {
		return dead
	}
	return CrossEntropy(h.MatMulT(theta), target, CrossEntropyOpts{Reduction: o.Reduction, Weights: o.Weights})
}

// CBOWNegativeSampling is [CBOW] with negatives [n, k] in place of the softmax,
// as in [NegativeSampling].
//
// Source: arXiv:1310.4546 eq. 4.
func CBOWNegativeSampling(e, theta, contexts, target, negatives *graph.Node, o CBOWOpts) *graph.Node {
	const name = "CBOWNegativeSampling"
	h, dead := o.context(name, e, theta, contexts)
	if h == nil {
		return dead
	}
	return oneAgainstNoise(name, h, theta, target, negatives, Opts{o.Reduction, o.Weights})
}

// context returns h [n, D]; nil, and the dead node, after wrong use.
func (o CBOWOpts) context(name string, e, theta, contexts *graph.Node) (h, dead *graph.Node) {
	if dead, ok := rows(name, "a table", e); !ok {
		return nil, dead
	}
	if dead, ok := paired(name, e, theta); !ok {
		return nil, dead
	}
	if contexts.Rank() != 2 {
		return nil, e.Fail(errors.Errorf("%s: contexts %s, expected [n, m]", name, contexts))
	}
	v := e.Embedding(contexts) // [n, m, D]
	n, m := contexts.Dim(0), contexts.Dim(1)
	switch {
	case o.Mask == nil && o.Sum:
		return v.Sum(1), nil
	case o.Mask == nil:
		return v.Mean(1), nil
	case !slices.Equal(o.Mask.Shape(), []int{n, m}):
		return nil, e.Fail(errors.Errorf("%s: mask %s, expected [%d, %d]", name, o.Mask, n, m))
	}
	h = v.Mul(o.Mask.Reshape(n, m, 1)).Sum(1)
	if !o.Sum {
		h = h.Div(atLeastTiny(o.Mask.Sum(1)).Reshape(n, 1))
	}
	return h, nil
}

// contextVector returns e_c [n, D]; nil, and the dead node, after wrong use.
func contextVector(name string, e, theta, context *graph.Node) (h, dead *graph.Node) {
	if dead, ok := rows(name, "a table", e); !ok {
		return nil, dead
	}
	if dead, ok := paired(name, e, theta); !ok {
		return nil, dead
	}
	if context.Rank() != 1 {
		return nil, e.Fail(errors.Errorf("%s: context %s, expected [n]", name, context))
	}
	return e.Embedding(context), nil
}

// oneAgainstNoise is the loss of one target against k words of noise, for contexts h.
func oneAgainstNoise(name string, h, theta, target, negatives *graph.Node, o Opts) *graph.Node {
	n := h.Dim(0)
	if !slices.Equal(target.Shape(), []int{n}) || negatives.Rank() != 2 || negatives.Dim(0) != n {
		return h.Fail(errors.Errorf("%s: target %s, negatives %s: expected [%d], [%d, k]", name, target, negatives, n, n))
	}
	seen := agreement(h, theta, target).LogSigmoid()                  // [n]
	noise := agreement(h, theta, negatives).Neg().LogSigmoid().Sum(1) // [n]
	return o.apply(name, seen.Add(noise).Neg())
}

// agreement returns θ_tᵀh in the shape of the words t, [n] or [n, k].
func agreement(h, theta, words *graph.Node) *graph.Node {
	t := theta.Embedding(words)
	if words.Rank() == 2 {
		h = h.Reshape(h.Dim(0), 1, -1)
	}
	return t.Mul(h).Sum(-1)
}
