package losses

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// CrossEntropyOpts are the settings of the cross-entropies over classes; the
// zero value is the plain mean.
type CrossEntropyOpts struct {
	Reduction Reduction
	// Smoothing s in [0, 1) gives the share s of each target evenly to all
	// classes: y ← (1 − s)·y + s/C. Source: arXiv:1512.00567 §7.
	Smoothing float64
	// ClassWeights [C], constants: each term of the sum over classes is
	// multiplied by its class's weight. Where targets are labels the mean
	// divides by the sum of the weights of the labels, as in PyTorch.
	ClassWeights *graph.Node
	// Weights [N] ≥ 0 of the samples, constants. Weight 0 leaves a sample out.
	Weights *graph.Node
}

// CrossEntropy returns the categorical cross-entropy of logits z [N, C] and
// integer labels [N],
//
//	ℓ = −log softmax(z)[label]
//
// from the logits directly: no probability is ever rounded to 0. A label out
// of range fails the run.
//
// Source: cheatsheet §3.2, for C classes; loss and gradient are one pass each.
func CrossEntropy(logits, labels *graph.Node, o CrossEntropyOpts) *graph.Node {
	if dead, ok := matrix("CrossEntropy", "logits", logits); !ok {
		return dead
	}
	return labelled("CrossEntropy", logits.LogSoftmax(-1), labels, o)
}

// NLL returns the negative log-likelihood ℓ = −z[label] of log-probabilities
// z [N, C] and integer labels [N]: what follows a LogSoftmax.
func NLL(logp, labels *graph.Node, o CrossEntropyOpts) *graph.Node {
	if dead, ok := matrix("NLL", "log-probabilities", logp); !ok {
		return dead
	}
	return labelled("NLL", logp, labels, o)
}

func labelled(name string, logp, labels *graph.Node, o CrossEntropyOpts) *graph.Node {
	l := logp.NLL(labels, graph.NLLOpts{Smoothing: o.Smoothing, ClassWeights: o.ClassWeights}) // [N]
	if o.ClassWeights == nil || o.Reduction != Mean {
		return Opts{o.Reduction, o.Weights}.apply(name, l)
	}
	used := o.ClassWeights.Reshape(-1, 1).Embedding(labels).Reshape(-1) // [N]: the weight of each label
	if o.Weights != nil {
		w, ok := spread(name, l, o.Weights)
		if !ok {
			return w
		}
		l, used = weighed(l, w), used.Mul(w)
	}
	return reduce(name, Mean, l, used.Sum())
}

// CrossEntropyDistribution is [CrossEntropy] with a distribution y [N, C] as
// the target of each sample,
//
//	ℓ = −Σ_c y_c·log softmax(z)_c
//
// The mean divides by the number of samples, or the sum of their weights.
func CrossEntropyDistribution(logits, target *graph.Node, o CrossEntropyOpts) *graph.Node {
	const name = "CrossEntropyDistribution"
	if dead, ok := matrix(name, "logits", logits); !ok {
		return dead
	}
	return expected(name, logits, logits.LogSoftmax(-1), target, o)
}

// CrossEntropyProbability returns the categorical cross-entropy of
// probabilities z [N, C] and distributions y [N, C], such as one-hot rows,
//
//	ℓ = −Σ_c y_c·log z_c
//
// whose gradient is −y/z: no softmax inside. A probability below 1e-30 counts
// as 1e-30 and gets no gradient, so that 0·log 0 is 0. Where there are logits
// [CrossEntropy] is more exact.
//
// Source: cheatsheet §3.2, for C classes.
func CrossEntropyProbability(z, target *graph.Node, o CrossEntropyOpts) *graph.Node {
	const name = "CrossEntropyProbability"
	if dead, ok := matrix(name, "probabilities", z); !ok {
		return dead
	}
	return expected(name, z, atLeastTiny(z).Log(), target, o)
}

// expected is −Σ_c w_c·y_c·logp_c for each row, reduced.
func expected(name string, z, logp, y *graph.Node, o CrossEntropyOpts) *graph.Node {
	if dead, ok := paired(name, z, y); !ok {
		return dead
	}
	if !(o.Smoothing >= 0 && o.Smoothing < 1) {
		return z.Fail(errors.Errorf("%s: smoothing %g, expected in [0, 1)", name, o.Smoothing))
	}
	classes := z.Dim(1)
	if o.Smoothing > 0 {
		y = y.Scale(1 - o.Smoothing).Shift(o.Smoothing / float64(classes))
	}
	if w := o.ClassWeights; w != nil {
		if !slices.Equal(w.Shape(), []int{classes}) {
			return z.Fail(errors.Errorf("%s: class weights %s, expected [%d]", name, w, classes))
		}
		y = y.Mul(w.Reshape(1, classes))
	}
	l := timesLog(y, logp).Sum(1).Neg() // [N]
	return Opts{o.Reduction, o.Weights}.apply(name, l)
}
