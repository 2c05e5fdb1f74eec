package solvers

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// Adam joins momentum and RMSprop:
//
//	m ← β₁·m + (1 − β₁)·g     m̂ = m/(1 − β₁ᵗ)
//	v ← β₂·v + (1 − β₂)·g²    v̂ = v/(1 − β₂ᵗ)
//	w ← w − lr·m̂/(√v̂ + ε)
//
// Without BiasCorrection m̂ = m and v̂ = v, as the cheatsheet prints it; the
// first steps are then too long.
//
// Source: arXiv:1412.6980 alg. 1; cheatsheet §3.3.
type Adam struct {
	Settings
	// Beta1 β₁ and Beta2 β₂ in [0, 1), preset to 0.9 and 0.999.
	Beta1, Beta2 float64
	// Epsilon ε ≥ 0, preset to 1e-8.
	Epsilon float64
	// BiasCorrection makes up for the state's start at 0, preset to true.
	BiasCorrection bool
}

// NewAdam returns an Adam; the paper's learning rate is 1e-3.
func NewAdam(rate float64) *Adam {
	return &Adam{
		Settings: newSettings("adam", rate, 2, "mean", "mean_square"),
		Beta1:    0.9, Beta2: 0.999, Epsilon: 1e-8, BiasCorrection: true,
	}
}

// Step changes each value by its mean gradient, scaled.
func (a *Adam) Step(model []gorgonia.ValueGrad) error {
	if err := a.begin(model, [maxArrays]bool{}, fraction("beta1", a.Beta1), fraction("beta2", a.Beta2), notNegative("epsilon", a.Epsilon)); err != nil {
		return err
	}
	for i := range a.live {
		t := a.ready(i)
		p := vec.AdamParams{
			LR: t.rate, Beta1: a.Beta1, Beta2: a.Beta2, Eps: a.Epsilon,
			Correction1: 1, Correction2: 1, WeightDecay: t.decay,
		}
		if a.BiasCorrection {
			p.Correction1, p.Correction2 = t.corrections(a.Beta1, a.Beta2)
		}
		if t.w.double() {
			vec.Adam(a.pool, p, t.w.f64, t.g.f64, t.state[0].f64, t.state[1].f64, nil)
		} else {
			vec.Adam(a.pool, p, t.w.f32, t.g.f32, t.state[0].f32, t.state[1].f32, nil)
		}
	}
	a.end()
	return nil
}

// corrections returns 1 − β₁ᵗ and 1 − β₂ᵗ.
func (t *target) corrections(beta1, beta2 float64) (c1, c2 float64) {
	n := float64(t.steps)
	return 1 - math.Pow(beta1, n), 1 - math.Pow(beta2, n)
}
