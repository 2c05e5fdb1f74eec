package solvers

// OneCycle rises from Peak/StartDivisor to Peak and falls to a rate far below
// where it began, along half cosines, as PyTorch's OneCycleLR does (without its
// cycle of the momentum). Steps after the last keep the last rate.
//
// Source: arXiv:1708.07120.
type OneCycle struct {
	Peak  float64
	Steps int // in all
	// Rise is the share of the steps that rise, preset to 0.3.
	Rise float64
	// StartDivisor, preset to 25, divides the peak into the first rate, which
	// EndDivisor, preset to 1e4, divides into the last.
	StartDivisor, EndDivisor float64
	// ThreePhases falls as long as it rose, to the first rate, and then to the
	// last one.
	ThreePhases bool
	// Linear goes along straight lines.
	Linear bool
}

// NewOneCycle returns a OneCycle with PyTorch's presets.
func NewOneCycle(peak float64, steps int) OneCycle {
	return OneCycle{Peak: peak, Steps: steps, Rise: 0.3, StartDivisor: 25, EndDivisor: 1e4}
}

// Rate returns the rate of step k.
func (s OneCycle) Rate(k int) float64 {
	first := s.Peak / s.StartDivisor
	last := first / s.EndDivisor
	rise, end := s.Rise*float64(s.Steps)-1, float64(s.Steps-1)
	at := min(float64(k), end)
	switch {
	case at <= rise:
		return s.between(first, s.Peak, at, 0, rise)
	case !s.ThreePhases:
		return s.between(s.Peak, last, at, rise, end)
	case at <= 2*rise:
		return s.between(s.Peak, first, at, rise, 2*rise)
	}
	return s.between(first, last, at, 2*rise, end)
}

// between is on the way from one rate, at lo, to another, at hi.
func (s OneCycle) between(from, to, at, lo, hi float64) float64 {
	if hi <= lo {
		return to
	}
	part := (at - lo) / (hi - lo)
	if s.Linear {
		return from + (to-from)*part
	}
	return halfCosine(from, to, part)
}
