package solvers

import "math"

// StepDecay multiplies the rate by Gamma once in Every steps:
//
//	lr·γ^⌊k/every⌋
//
// Every below 1 means never.
type StepDecay struct {
	Start float64 // lr
	Every int
	Gamma float64
}

// Rate returns the rate of step k.
func (s StepDecay) Rate(k int) float64 {
	if s.Every < 1 {
		return s.Start
	}
	return s.Start * math.Pow(s.Gamma, float64(k/s.Every))
}
