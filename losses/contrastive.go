package losses

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// Contrastive returns the mean over the pairs of
//
//	ℓ = ½·[y·d² + (1 − y)·max(0, m − d)²],  d = ‖a − b‖
//
// for embeddings a, b [N, D], y [N] 1 where they belong together and 0 where
// they do not, and margin m ≥ 0. At a = b the gradient is 0.
//
// Source: Hadsell, Chopra, LeCun, doi:10.1109/CVPR.2006.100 eq. 4, with y
// counted the other way round.
func Contrastive(a, b, same *graph.Node, margin float64, o Opts) *graph.Node {
	const name = "Contrastive"
	if !(margin >= 0) {
		return badMargin(name, a, margin)
	}
	s := Squared.between(name, a, b, 0) // [N]
	if dead, ok := paired(name, s, same); !ok {
		return dead
	}
	d := atLeastTiny(s).Sqrt()
	apart := d.Neg().Shift(margin).ReLU().Square()
	return o.apply(name, weighed(s, same).Add(complement(same).Mul(apart)).Scale(0.5))
}

// ContrastiveAll returns the contrastive loss of each row of a [N, D] with each
// row of b [M, D], of labels [N] and [M]:
//
//	½·mean {d_ij² : y_i = y_j} + ½·mean {(m − d_ij)² : y_i ≠ y_j, d_ij < m},  d_ij = ‖a_i − b_j‖
//
// The mean over pairs of two labels is over those that are nearer than the margin
// m ≥ 0; a mean over none is 0. So the few pairs of one label count as much as
// the many others, and of those the ones that are still to be learnt.
//
// Source: Hadsell, Chopra, LeCun, doi:10.1109/CVPR.2006.100 eq. 4.
// Differs from it: all pairs of a batch at once, each kind with its own mean.
func ContrastiveAll(a, b, labelsA, labelsB *graph.Node, margin float64) *graph.Node {
	const name = "ContrastiveAll"
	if !(margin >= 0) {
		return badMargin(name, a, margin)
	}
	for _, e := range []*graph.Node{a, b} {
		if dead, ok := rows(name, "embeddings", e); !ok {
			return dead
		}
	}
	n, m := a.Dim(0), b.Dim(0)
	if a.Dim(1) != b.Dim(1) || !slices.Equal(labelsA.Shape(), []int{n}) || !slices.Equal(labelsB.Shape(), []int{m}) {
		return a.Fail(errors.Errorf("%s: %s, %s with labels %s, %s: expected [N, D], [M, D], [N], [M]", name, a, b, labelsA, labelsB))
	}
	s := SquaredDistances(a, b) // [N, M]
	same := labelsA.Same(labelsB)
	apart := atLeastTiny(s).Sqrt().Neg().Shift(margin).ReLU() // m − d, 0 beyond
	near := complement(same).Mul(apart.Ne(scalar(apart, 0)))
	of := func(l, which *graph.Node) *graph.Node { return Opts{Weights: which}.apply(name, l) }
	return of(s, same).Add(of(apart.Square(), near)).Scale(0.5)
}
