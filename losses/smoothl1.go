package losses

import "github.com/hocsau/hocsau/graph"

// SmoothL1 returns, for differences d = y − t of one shape,
//
//	ℓ = ½·d² where |d| < 1, |d| − ½ elsewhere
//
// the loss of box regression: a far box pulls no harder than one that is off by
// its own size.
//
// Source: arXiv:1504.08083 eq. 3.
func SmoothL1(y, t *graph.Node, o Opts) *graph.Node {
	const name = "SmoothL1"
	if dead, ok := paired(name, y, t); !ok {
		return dead
	}
	d := y.Sub(t).Abs()
	near := d.Clamp(0, 1) // min(|d|, 1)
	return o.apply(name, near.Mul(d.Sub(near.Scale(0.5))))
}
