package solvers

import (
	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// Adagrad divides by the root of the sum of all squared gradients:
//
//	s ← s + g²
//	w ← w − lr/(1 + (t − 1)·decay)·g/(√s + ε)
//
// Source: cheatsheet §3.3; Duchi, Hazan, Singer 2011.
type Adagrad struct {
	Settings
	// RateDecay ≥ 0 lowers the learning rate from step to step, preset to 0.
	RateDecay float64
	// InitialSum ≥ 0 is what s starts at, preset to 0.
	InitialSum float64
	// Epsilon ε ≥ 0, preset to 1e-10.
	Epsilon float64
}

// NewAdagrad returns an Adagrad.
func NewAdagrad(rate float64) *Adagrad {
	return &Adagrad{Settings: newSettings("adagrad", rate, 1, "square_sum"), Epsilon: 1e-10}
}

// Step changes each value by its scaled gradient.
func (a *Adagrad) Step(model []gorgonia.ValueGrad) error {
	if err := a.begin(model, [maxArrays]bool{}, notNegative("rate decay", a.RateDecay), notNegative("initial sum", a.InitialSum), notNegative("epsilon", a.Epsilon)); err != nil {
		return err
	}
	for i := range a.live {
		t := a.ready(i)
		sum := t.state[0]
		if t.steps == 1 {
			sum.fill(a.InitialSum)
		}
		p := vec.AdagradParams{LR: t.rate / (1 + float64(t.steps-1)*a.RateDecay), Eps: a.Epsilon, WeightDecay: t.decay}
		if t.w.double() {
			vec.Adagrad(a.pool, p, t.w.f64, t.g.f64, sum.f64)
		} else {
			vec.Adagrad(a.pool, p, t.w.f32, t.g.f32, sum.f32)
		}
	}
	a.end()
	return nil
}
