package solvers

// WarmupCosine rises in a straight line, which begins at one part of Warmup
// rather than at 0, and then falls to 0 along half a cosine:
//
//	lr·(k + 1)/w                             for k < w
//	lr·(1 + cos(π(k − w)/(steps − w)))/2     from then on
type WarmupCosine struct {
	Peak   float64 // lr
	Warmup int     // w
	Steps  int     // in all
}

// Rate returns the rate of step k.
func (s WarmupCosine) Rate(k int) float64 {
	if k < s.Warmup {
		return s.Peak * float64(k+1) / float64(s.Warmup)
	}
	return halfCosine(s.Peak, 0, float64(k-s.Warmup)/float64(max(s.Steps-s.Warmup, 1)))
}
