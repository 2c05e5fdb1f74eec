package solvers

// LinearWarmup rises in a straight line from From·Peak to Peak in the given
// number of steps, then stays.
type LinearWarmup struct {
	Peak   float64 // lr
	Warmup int     // steps
	From   float64 // share of the peak at step 0
}

// Rate returns the rate of step k.
func (s LinearWarmup) Rate(k int) float64 {
	if k >= s.Warmup {
		return s.Peak
	}
	return s.Peak * (s.From + (1-s.From)*float64(k)/float64(s.Warmup))
}
