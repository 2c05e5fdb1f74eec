package solvers

import "math"

// MultiStepDecay multiplies the rate by Gamma at each of the given steps:
//
//	lr·γ^#{milestones ≤ k}
type MultiStepDecay struct {
	Start      float64 // lr
	Milestones []int   // in any order
	Gamma      float64
}

// Rate returns the rate of step k.
func (s MultiStepDecay) Rate(k int) float64 {
	passed := 0
	for _, m := range s.Milestones {
		if m <= k {
			passed++
		}
	}
	return s.Start * math.Pow(s.Gamma, float64(passed))
}
