package solvers

import "math"

// PolynomialDecay falls to 0 in the given number of steps and stays there:
//
//	lr·(1 − k/steps)^power
type PolynomialDecay struct {
	Start float64 // lr
	Steps int
	Power float64 // 1 is a straight line
}

// Rate returns the rate of step k.
func (s PolynomialDecay) Rate(k int) float64 {
	if k >= s.Steps {
		return 0
	}
	return s.Start * math.Pow(1-float64(k)/float64(s.Steps), s.Power)
}
