package solvers

import "math"

// ExponentialDecay multiplies the rate by Gamma at every step: lr·γᵏ.
type ExponentialDecay struct {
	Start float64 // lr
	Gamma float64
}

// Rate returns the rate of step k.
func (s ExponentialDecay) Rate(k int) float64 { return s.Start * math.Pow(s.Gamma, float64(k)) }
