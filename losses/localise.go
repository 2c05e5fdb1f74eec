package losses

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// LocaliseParts is the loss of [Localise] with the three parts that it is the
// sum of.
type LocaliseParts struct {
	Loss               *graph.Node
	Object, Box, Class *graph.Node
}

// Localise returns the loss of the raw outputs t of a classifier with
// localisation, and targets y [N, 5 + p] with the fields p_c, b_x, b_y, b_h, b_w,
// c_1 … c_p,
//
//	ℓ = H(σ(t_0), p_c) + p_c·[λ·Σ (σ(t_i) − b_i)² + H(softmax(t_c), c)]
//
// the mean over the pictures, H being the cross-entropy. Where p_c is 0 the other
// fields do not count. Boxes are shares of the picture.
//
// Source: cheatsheet §1.6 (classification with localisation).
func Localise(raw, target *graph.Node, lambda float64) LocaliseParts {
	const name = "Localise"
	fail := func(dead *graph.Node) LocaliseParts { return LocaliseParts{dead, dead, dead, dead} }
	if raw.Rank() != 2 || raw.Dim(1) < 6 || !(lambda >= 0) {
		return fail(raw.Fail(errors.Errorf("%s: %s, lambda %g, expected [N, 5 + p] with at least one class, lambda at least 0", name, raw, lambda)))
	}
	if dead, ok := paired(name, raw, target); !ok {
		return fail(dead)
	}
	f := raw.Dim(1)
	obj := target.Slice(1, 0, 1) // [N, 1]
	seen := raw.Slice(1, 0, 1)
	mean := func(terms *graph.Node) *graph.Node { return terms.Sum().Scale(1 / float64(raw.Dim(0))) }
	off := raw.Slice(1, 1, 5).Sigmoid().Sub(target.Slice(1, 1, 5))
	p := LocaliseParts{
		Object: mean(logistic(seen, obj)),
		Box:    mean(weighed(off.Square(), obj)).Scale(lambda),
		Class:  mean(weighed(timesLog(target.Slice(1, 5, f), raw.Slice(1, 5, f).LogSoftmax(1)), obj).Neg()),
	}
	p.Loss = p.Object.Add(p.Box).Add(p.Class)
	return p
}
