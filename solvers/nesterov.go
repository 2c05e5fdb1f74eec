package solvers

import (
	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// Nesterov is momentum that looks ahead, as PyTorch does:
//
//	v ← g at step 1, then v ← β·v + g
//	w ← w − lr·(g + β·v)
//
// Source: Sutskever et al. 2013, rewritten for the weights after the look.
type Nesterov struct {
	Settings
	// Beta β in [0, 1), preset to 0.9.
	Beta float64
}

// NewNesterov returns a Nesterov.
func NewNesterov(rate float64) *Nesterov {
	return &Nesterov{Settings: newSettings("nesterov", rate, 1, "velocity"), Beta: 0.9}
}

// Step changes each value by its gradient and velocity.
func (n *Nesterov) Step(model []gorgonia.ValueGrad) error {
	if err := n.begin(model, [maxArrays]bool{}, fraction("beta", n.Beta)); err != nil {
		return err
	}
	for i := range n.live {
		t := n.ready(i)
		t.roll(&n.Settings, vec.MomentumParams{
			LR: t.rate, Beta: n.Beta, WeightDecay: t.decay, First: t.steps == 1, Nesterov: true,
		})
	}
	n.end()
	return nil
}
