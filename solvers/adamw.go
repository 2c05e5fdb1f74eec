package solvers

import (
	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// AdamW is [Adam] whose weight decay is no part of the gradient, so that it is
// not scaled by √v̂:
//
//	w ← w − lr·λ·w, then Adam
//
// A [Penalty] still goes into the gradient.
//
// Source: arXiv:1711.05101 alg. 2, with lr multiplying λ as in PyTorch.
type AdamW struct {
	Settings
	// Beta1 β₁ and Beta2 β₂ in [0, 1), preset to 0.9 and 0.999.
	Beta1, Beta2 float64
	// Epsilon ε ≥ 0, preset to 1e-8.
	Epsilon float64
}

// NewAdamW returns an AdamW with WeightDecay λ preset to 0.01.
func NewAdamW(rate float64) *AdamW {
	a := &AdamW{
		Settings: newSettings("adamw", rate, 2, "mean", "mean_square"),
		Beta1:    0.9, Beta2: 0.999, Epsilon: 1e-8,
	}
	a.WeightDecay, a.decoupled = 0.01, true
	return a
}

// Step shrinks each value, then changes it by its mean gradient, scaled.
func (a *AdamW) Step(model []gorgonia.ValueGrad) error {
	if err := a.begin(model, [maxArrays]bool{}, fraction("beta1", a.Beta1), fraction("beta2", a.Beta2), notNegative("epsilon", a.Epsilon)); err != nil {
		return err
	}
	for i := range a.live {
		t := a.ready(i)
		p := vec.AdamParams{
			LR: t.rate, Beta1: a.Beta1, Beta2: a.Beta2, Eps: a.Epsilon,
			WeightDecay: t.decay, Decoupled: true,
		}
		p.Correction1, p.Correction2 = t.corrections(a.Beta1, a.Beta2)
		if t.w.double() {
			vec.Adam(a.pool, p, t.w.f64, t.g.f64, t.state[0].f64, t.state[1].f64, nil)
		} else {
			vec.Adam(a.pool, p, t.w.f32, t.g.f32, t.state[0].f32, t.state[1].f32, nil)
		}
	}
	a.end()
	return nil
}
