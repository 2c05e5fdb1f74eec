package solvers

import (
	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// Adadelta takes steps in the unit of the weights, from the ratio of the mean
// squares of past steps and gradients:
//
//	s ← ρ·s + (1 − ρ)·g²
//	d = √(u + ε)/√(s + ε)·g
//	u ← ρ·u + (1 − ρ)·d²
//	w ← w − lr·d
//
// Source: cheatsheet §3.3; arXiv:1212.5701 alg. 1, which has lr = 1.
type Adadelta struct {
	Settings
	// Rho ρ in [0, 1), preset to 0.95.
	Rho float64
	// Epsilon ε ≥ 0, preset to 1e-6.
	Epsilon float64
}

// NewAdadelta returns an Adadelta; the paper's learning rate is 1.
func NewAdadelta(rate float64) *Adadelta {
	return &Adadelta{
		Settings: newSettings("adadelta", rate, 2, "mean_square", "mean_square_step"),
		Rho:      0.95, Epsilon: 1e-6,
	}
}

// Step changes each value by its scaled gradient.
func (a *Adadelta) Step(model []gorgonia.ValueGrad) error {
	if err := a.begin(model, [maxArrays]bool{}, fraction("rho", a.Rho), notNegative("epsilon", a.Epsilon)); err != nil {
		return err
	}
	for i := range a.live {
		t := a.ready(i)
		p := vec.AdadeltaParams{LR: t.rate, Rho: a.Rho, Eps: a.Epsilon, WeightDecay: t.decay}
		if t.w.double() {
			vec.Adadelta(a.pool, p, t.w.f64, t.g.f64, t.state[0].f64, t.state[1].f64)
		} else {
			vec.Adadelta(a.pool, p, t.w.f32, t.g.f32, t.state[0].f32, t.state[1].f32)
		}
	}
	a.end()
	return nil
}
