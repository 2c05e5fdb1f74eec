package solvers

import (
	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// SGD is stochastic gradient descent:
//
//	w ← w − lr·g
//
// Source: cheatsheet §3.2, §3.3.
type SGD struct{ Settings }

// NewSGD returns an SGD.
func NewSGD(rate float64) *SGD { return &SGD{newSettings("sgd", rate, 0)} }

// Step changes each value by its gradient.
func (s *SGD) Step(model []gorgonia.ValueGrad) error {
	if err := s.begin(model, [maxArrays]bool{}); err != nil {
		return err
	}
	for i := range s.live {
		s.live[i].slope += s.live[i].decay // the kernel has no decay of its own
		t := s.ready(i)
		if t.w.double() {
			vec.SGD(s.pool, t.rate, t.w.f64, t.g.f64)
		} else {
			vec.SGD(s.pool, float32(t.rate), t.w.f32, t.g.f32)
		}
	}
	s.end()
	return nil
}
