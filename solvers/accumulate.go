package solvers

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// Accumulator makes one gradient of those of several batches, where the batch
// that one would like does not fit into memory:
//
//	g = Σ n_i·g_i / Σ n_i
//
// for the mean gradients g_i of batches of n_i examples. It equals the gradient
// of one batch of Σ n_i, but for layers that use the statistics of their batch.
// The zero value is empty.
type Accumulator struct {
	sums  []vector
	total float64
}

// Add adds the gradients of a batch of so many examples. The model must be the
// same in every call.
func (a *Accumulator) Add(model []gorgonia.ValueGrad, examples float64) error {
	if !(examples > 0) {
		return errors.Errorf("accumulate gradients: %g examples, expected more than 0", examples)
	}
	if a.sums == nil {
		a.sums = make([]vector, len(model))
	}
	if len(model) != len(a.sums) {
		return errors.Errorf("accumulate gradients: %d of them, expected %d as before", len(model), len(a.sums))
	}
	for i, v := range model {
		g, err := gradientOf(i, v)
		if err != nil {
			return errors.Wrap(err, "accumulate gradients")
		}
		s := &a.sums[i]
		if s.len() == 0 {
			*s = g.like(g.len())
		}
		if s.len() != g.len() || s.double() != g.double() {
			return errors.Errorf("accumulate gradients: value %d has %d elements of %s, expected %d of %s as before",
				i, g.len(), typeName(g.double()), s.len(), typeName(s.double()))
		}
		vec.Axpy(nil, float32(examples), g.f32, s.f32)
		vec.Axpy(nil, examples, g.f64, s.f64)
	}
	a.total += examples
	return nil
}

// Mean writes the gradient of all batches into the model's and is empty again.
func (a *Accumulator) Mean(model []gorgonia.ValueGrad) error {
	if a.total == 0 || len(model) != len(a.sums) {
		return errors.Errorf("accumulate gradients: the sum of %d for %d, expected as many, and at least one batch", len(a.sums), len(model))
	}
	for i, v := range model {
		g, err := gradientOf(i, v)
		if err != nil {
			return errors.Wrap(err, "accumulate gradients")
		}
		s := a.sums[i]
		vec.Map(nil, vec.Scale, s.f32, g.f32, float32(1/a.total))
		vec.Map(nil, vec.Scale, s.f64, g.f64, 1/a.total)
		s.fill(0)
	}
	a.total = 0
	return nil
}
