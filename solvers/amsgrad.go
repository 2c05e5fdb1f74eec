package solvers

import (
	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// AMSGrad is [Adam] whose divisor never shrinks:
//
//	m ← β₁·m + (1 − β₁)·g     m̂ = m/(1 − β₁ᵗ)
//	v ← β₂·v + (1 − β₂)·g²    u ← max(u, v)    û = u/(1 − β₂ᵗ)
//	w ← w − lr·m̂/(√û + ε)
//
// Source: arXiv:1904.09237 alg. 2, with Adam's corrections as in PyTorch.
type AMSGrad struct {
	Settings
	// Beta1 β₁ and Beta2 β₂ in [0, 1), preset to 0.9 and 0.999.
	Beta1, Beta2 float64
	// Epsilon ε ≥ 0, preset to 1e-8.
	Epsilon float64
}

// NewAMSGrad returns an AMSGrad.
func NewAMSGrad(rate float64) *AMSGrad {
	return &AMSGrad{
		Settings: newSettings("amsgrad", rate, 3, "mean", "mean_square", "max_mean_square"),
		Beta1:    0.9, Beta2: 0.999, Epsilon: 1e-8,
	}
}

// Step changes each value by its mean gradient, scaled.
func (a *AMSGrad) Step(model []gorgonia.ValueGrad) error {
	if err := a.begin(model, [maxArrays]bool{}, fraction("beta1", a.Beta1), fraction("beta2", a.Beta2), notNegative("epsilon", a.Epsilon)); err != nil {
		return err
	}
	for i := range a.live {
		t := a.ready(i)
		p := vec.AdamParams{LR: t.rate, Beta1: a.Beta1, Beta2: a.Beta2, Eps: a.Epsilon, WeightDecay: t.decay}
		p.Correction1, p.Correction2 = t.corrections(a.Beta1, a.Beta2)
		m, v, u := t.state[0], t.state[1], t.state[2]
		if t.w.double() {
			vec.Adam(a.pool, p, t.w.f64, t.g.f64, m.f64, v.f64, u.f64)
		} else {
			vec.Adam(a.pool, p, t.w.f32, t.g.f32, m.f32, v.f32, u.f32)
		}
	}
	a.end()
	return nil
}
