package losses

import (
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// TripletOpts are the settings of the triplet losses; the zero value is the
// mean over squared distances.
type TripletOpts struct {
	Distance Distance
	// Epsilon is that of EuclideanEps; 0 means 1e-6.
	Epsilon float64
	// Normalize divides each embedding by its norm first, as [L2Normalize].
	Normalize bool
	Reduction Reduction
	// Weights [N] ≥ 0 of the samples, constants. Weight 0 leaves a sample out.
	Weights *graph.Node
}

func (o TripletOpts) epsilon() float64 {
	if o.Epsilon == 0 {
		return 1e-6
	}
	return o.Epsilon
}

// Triplet returns the mean over the batch of
//
//	ℓ(A, P, N) = max(d(A, P) − d(A, N) + α, 0),  d(u, v) = ‖u − v‖²
//
// for embeddings a, p, n [N, D] and margin α ≥ 0.
//
// Source: cheatsheet §1.6.1; arXiv:1503.03832 eq. 1-3. Their d is squared; the
// Euclidean one is a choice in the options.
func Triplet(a, p, n *graph.Node, margin float64, o TripletOpts) *graph.Node {
	const name = "Triplet"
	if !(margin >= 0) {
		return badMargin(name, a, margin)
	}
	if o.Normalize {
		a, p, n = L2Normalize(a), L2Normalize(p), L2Normalize(n)
	}
	dp := o.Distance.between(name, a, p, o.epsilon()) // [N]
	dn := o.Distance.between(name, a, n, o.epsilon())
	return Opts{o.Reduction, o.Weights}.apply(name, dp.Sub(dn).Shift(margin).ReLU())
}

// TripletHard returns the triplet loss of each sample of a batch with the
// hardest partners that the batch has:
//
//	ℓ_i = max(max_{j: y_j = y_i} d(x_i, x_j) − min_{n: y_n ≠ y_i} d(x_i, x_n) + α, 0)
//
// for embeddings x [N, D] and integer labels y [N]. A sample counts among its
// own positives, at distance 0; one without negatives costs 0. A sample of
// weight 0 is no partner either. Memory grows as N²·D.
//
// Source: arXiv:1703.07737 eq. 5 (batch hard).
func TripletHard(x, labels *graph.Node, margin float64, o TripletOpts) *graph.Node {
	const name = "TripletHard"
	b, dead := newTripletBatch(name, x, labels, margin, o)
	if b == nil {
		return dead
	}
	hardest := graph.Where(b.same, b.d, scalar(x, 0)).Max(1)            // [N]
	nearest := graph.Where(b.other, b.d, scalar(x, math.Inf(1))).Min(1) // [N], ∞ where there is none
	l := hardest.Sub(nearest).Shift(margin).ReLU()
	return Opts{o.Reduction, o.Weights}.apply(name, l)
}

// TripletSemiHard returns the triplet loss of every anchor i with every other
// sample j of its label, where the negative is the nearest that is farther than
// the positive:
//
//	ℓ_ij = max(d_ij − d_in + α, 0),  n = argmin {d_in : y_n ≠ y_i, d_in > d_ij}
//
// Where the batch has no such negative it is the farthest of all; an anchor
// without negatives costs 0. Embeddings x are [N, D], labels [N] integers; the
// mean is over the pairs (i, j), 0 where there is none; without reduction the
// result is [N, N]. The weight of a pair is the product of its samples'.
// Memory grows as N²·D and N³.
//
// Source: arXiv:1503.03832 §3.2.
func TripletSemiHard(x, labels *graph.Node, margin float64, o TripletOpts) *graph.Node {
	const name = "TripletSemiHard"
	b, dead := newTripletBatch(name, x, labels, margin, o)
	if b == nil {
		return dead
	}
	n := x.Dim(0)
	pairs := b.others() // [N, N]
	dij, din := b.d.Reshape(n, n, 1), b.d.Reshape(n, 1, n)
	other := b.other.Reshape(n, 1, n)
	farther := din.Gt(dij).Mul(other)                                   // [N, N, N]
	nearest := graph.Where(farther, din, scalar(x, math.Inf(1))).Min(2) // [N, N], ∞ where there is none
	farthest := graph.Where(other, din, scalar(x, 0)).Max(2)            // [N, 1]
	negative := graph.Where(farther.Max(2), nearest, farthest)          // [N, N]
	l := weighed(b.d.Sub(negative).Shift(margin).ReLU(), b.other.Max(1).Reshape(n, 1))
	w := pairs
	if o.Weights != nil {
		w = w.Mul(o.Weights.Reshape(n, 1)).Mul(o.Weights.Reshape(1, n))
	}
	return Opts{o.Reduction, w}.apply(name, l)
}

// TripletAll returns the triplet loss of every anchor i, every other sample j of
// its label and every sample k of another label:
//
//	ℓ_ijk = max(d_ij − d_ik + α, 0)
//
// for embeddings x [N, D] and integer labels [N]. The mean is over the triplets
// of which the loss is above 0, which keeps it from fading as most are learnt; it
// is 0 where there is none. Without reduction the result is [N, N, N]. The weight
// of a triplet is the product of its samples'. Memory grows as N²·D and N³.
//
// Source: arXiv:1703.07737 eq. 6 and §3.2 (batch all, BA≠0).
func TripletAll(x, labels *graph.Node, margin float64, o TripletOpts) *graph.Node {
	const name = "TripletAll"
	b, dead := newTripletBatch(name, x, labels, margin, o)
	if b == nil {
		return dead
	}
	n := x.Dim(0)
	pairs := b.others().Reshape(n, n, 1)
	l := b.d.Reshape(n, n, 1).Sub(b.d.Reshape(n, 1, n)).Shift(margin).ReLU()
	w := pairs.Mul(b.other.Reshape(n, 1, n)) // [N, N, N]
	if o.Weights != nil {
		w = w.Mul(o.Weights.Reshape(n, 1, 1)).Mul(o.Weights.Reshape(1, n, 1)).Mul(o.Weights.Reshape(1, 1, n))
	}
	return Opts{o.Reduction, w.Mul(l.Ne(scalar(l, 0)))}.apply(name, l)
}

// tripletBatch is a batch with its distances and who is whose partner.
type tripletBatch struct {
	d, same, other *graph.Node // [N, N]; same and other are masks
}

func newTripletBatch(name string, x, labels *graph.Node, margin float64, o TripletOpts) (*tripletBatch, *graph.Node) {
	if !(margin >= 0) {
		return nil, badMargin(name, x, margin)
	}
	if dead, ok := rows(name, "embeddings", x); !ok {
		return nil, dead
	}
	if n := x.Dim(0); !slices.Equal(labels.Shape(), []int{n}) {
		return nil, x.Fail(errors.Errorf("%s: labels %s, expected [%d]", name, labels, n))
	}
	if o.Normalize {
		x = L2Normalize(x)
	}
	same := labels.Same(labels)
	b := &tripletBatch{d: o.Distance.pairwise(name, x, o.epsilon()), same: same, other: complement(same)}
	if w := o.Weights; w != nil {
		if !slices.Equal(w.Shape(), []int{x.Dim(0)}) {
			return nil, x.Fail(errors.Errorf("%s: weights %s, expected [%d]", name, w, x.Dim(0)))
		}
		there := w.Positive().Reshape(1, -1) // [1, N]
		b.same, b.other = b.same.Mul(there), b.other.Mul(there)
	}
	return b, nil
}

// others is the mask [N, N] of the pairs of two samples of one label: same
// without its diagonal.
func (b *tripletBatch) others() *graph.Node {
	n := b.same.Dim(0)
	eye := make([]float64, n*n)
	for i := range n {
		eye[i*n+i] = 1
	}
	return b.same.Sub(b.same.Mul(b.same.Graph().Constant(eye, n, n)))
}

func badMargin(name string, n *graph.Node, margin float64) *graph.Node {
	return n.Fail(errors.Errorf("%s: margin %g, expected at least 0", name, margin))
}
