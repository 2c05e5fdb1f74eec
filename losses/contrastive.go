package losses

import "github.com/hocsau/hocsau/graph"

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
	return o.apply(name, same.Mul(s).Add(complement(same).Mul(apart)).Scale(0.5))
}
