package solvers

import (
	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// RMSprop divides by the root of the mean square of the gradients:
//
//	s ← β·s + (1 − β)·g²
//	w ← w − lr·g/(√s + ε)
//
// With EpsilonInside the divisor is √(s + ε), of which the cheatsheet prints
// the case ε = 0: then a weight whose gradients have all been 0 becomes NaN.
// Centered puts s − m² under the root, where m ← β·m + (1 − β)·g. With
// Momentum the quotient q goes into b ← momentum·b + q and w ← w − lr·b.
//
// Source: cheatsheet §3.3; Hinton's lecture 6e; the variants are PyTorch's.
type RMSprop struct {
	Settings
	// Beta β in [0, 1), preset to 0.9 (Hinton's; PyTorch's is 0.99).
	Beta float64
	// Epsilon ε ≥ 0, preset to 1e-8.
	Epsilon float64
	// EpsilonInside puts ε under the root.
	EpsilonInside bool
	// Centered subtracts the square of the mean; not to be changed once steps
	// have been done.
	Centered bool
	// Momentum in [0, 1), preset to 0, which is none; not to be turned on once
	// steps have been done.
	Momentum float64
}

// The arrays of RMSprop.
const (
	rmsSquare = iota
	rmsMean
	rmsVelocity
)

// NewRMSprop returns an RMSprop.
func NewRMSprop(rate float64) *RMSprop {
	return &RMSprop{
		Settings: newSettings("rmsprop", rate, 1, "mean_square", "mean", "velocity"),
		Beta:     0.9, Epsilon: 1e-8,
	}
}

// Step changes each value by its scaled gradient.
func (r *RMSprop) Step(model []gorgonia.ValueGrad) error {
	uses := [maxArrays]bool{rmsMean: r.Centered, rmsVelocity: r.Momentum != 0}
	if err := r.begin(model, uses, fraction("beta", r.Beta), fraction("momentum", r.Momentum), notNegative("epsilon", r.Epsilon)); err != nil {
		return err
	}
	for i := range r.live {
		t := r.ready(i)
		p := vec.RMSpropParams{
			LR: t.rate, Alpha: r.Beta, Eps: r.Epsilon, EpsInside: r.EpsilonInside,
			Momentum: r.Momentum, WeightDecay: t.decay,
		}
		var mean, velocity vector
		if r.Centered {
			mean = t.state[rmsMean]
		}
		if r.Momentum != 0 {
			velocity = t.state[rmsVelocity]
		}
		if t.w.double() {
			vec.RMSprop(r.pool, p, t.w.f64, t.g.f64, t.state[rmsSquare].f64, mean.f64, velocity.f64)
		} else {
			vec.RMSprop(r.pool, p, t.w.f32, t.g.f32, t.state[rmsSquare].f32, mean.f32, velocity.f32)
		}
	}
	r.end()
	return nil
}
