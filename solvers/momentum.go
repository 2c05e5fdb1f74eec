package solvers

import (
	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// Momentum lets the weights roll on, as PyTorch does:
//
//	v ← g at step 1, then v ← β·v + (1 − dampening)·g
//	w ← w − lr·v
//
// With Averaged it is the cheatsheet's form, in which v is a mean of the
// gradients:
//
//	v ← β·v + (1 − β)·g
//	w ← w − lr·v
//
// The second with lr/(1 − β) is the first with lr.
//
// Source: cheatsheet §3.3; Sutskever et al. 2013.
type Momentum struct {
	Settings
	// Beta β in [0, 1), preset to 0.9.
	Beta float64
	// Dampening in [0, 1), preset to 0; not with Averaged.
	Dampening float64
	// Averaged chooses the cheatsheet's form.
	Averaged bool
}

// NewMomentum returns a Momentum.
func NewMomentum(rate float64) *Momentum {
	return &Momentum{Settings: newSettings("momentum", rate, 1, "velocity"), Beta: 0.9}
}

// Step changes each value by its velocity.
func (m *Momentum) Step(model []gorgonia.ValueGrad) error {
	if err := m.begin(model, [maxArrays]bool{}, fraction("beta", m.Beta), fraction("dampening", m.Dampening)); err != nil {
		return err
	}
	for i := range m.live {
		t := m.ready(i)
		t.roll(&m.Settings, vec.MomentumParams{
			LR: t.rate, Beta: m.Beta, Dampening: m.Dampening, WeightDecay: t.decay,
			First: t.steps == 1, Cheatsheet: m.Averaged,
		})
	}
	m.end()
	return nil
}

// roll is the update of Momentum and Nesterov.
func (t *target) roll(s *Settings, p vec.MomentumParams) {
	if t.w.double() {
		vec.Momentum(s.pool, p, t.w.f64, t.g.f64, t.state[0].f64)
	} else {
		vec.Momentum(s.pool, p, t.w.f32, t.g.f32, t.state[0].f32)
	}
}
