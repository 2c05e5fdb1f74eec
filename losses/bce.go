package losses

import "github.com/hocsau/hocsau/graph"

// BinaryCrossEntropy returns the cross-entropy of probabilities z in [0, 1] and
// targets y in [0, 1], of one shape:
//
//	ℓ = −[y·log z + (1 − y)·log(1 − z)]
//
// A probability below 1e-30 counts as 1e-30 and gets no gradient, so that
// 0·log 0 is 0. Where there are logits [BinaryCrossEntropyLogit] is more exact.
//
// Source: cheatsheet §3.2.
func BinaryCrossEntropy(z, y *graph.Node, o Opts) *graph.Node {
	const name = "BinaryCrossEntropy"
	if dead, ok := paired(name, z, y); !ok {
		return dead
	}
	logZ, logNotZ := atLeastTiny(z).Log(), atLeastTiny(complement(z)).Log()
	l := y.Mul(logZ).Add(complement(y).Mul(logNotZ)).Neg()
	return o.apply(name, l)
}

// BinaryCrossEntropyLogit is [BinaryCrossEntropy] of σ(z) for logits z,
//
//	ℓ = −[y·log σ(z) + (1 − y)·log σ(−z)],  log σ(z) = −log(1 + e^−z)
//
// which neither overflows nor rounds σ(z) to 1.
func BinaryCrossEntropyLogit(z, y *graph.Node, o Opts) *graph.Node {
	const name = "BinaryCrossEntropyLogit"
	if dead, ok := paired(name, z, y); !ok {
		return dead
	}
	return o.apply(name, logistic(z, y))
}

// logistic is −[y·log σ(z) + (1 − y)·log σ(−z)].
func logistic(z, y *graph.Node) *graph.Node {
	return timesLog(y, z.LogSigmoid()).Add(timesLog(complement(y), z.Neg().LogSigmoid())).Neg()
}

// complement returns 1 − n.
func complement(n *graph.Node) *graph.Node { return n.Neg().Shift(1) }
