package solvers

// Trapezoid rises in a straight line, stays, and falls in a straight line to a
// last share of its peak:
//
//	lr·(k + 1)/w                                  for k < w
//	lr                                            for k < steps/2
//	lr·max(least, 2·(1 − k/steps))                from then on
type Trapezoid struct {
	Peak   float64 // lr
	Warmup int     // w
	Steps  int     // in all
	Least  float64 // in [0, 1]
}

// Rate returns the rate of step k.
func (s Trapezoid) Rate(k int) float64 {
	rate := s.Peak
	if 2*k >= s.Steps {
		rate *= max(s.Least, 2*(1-float64(k)/float64(max(s.Steps, 1))))
	}
	if k < s.Warmup {
		rate *= float64(k+1) / float64(s.Warmup)
	}
	return rate
}
