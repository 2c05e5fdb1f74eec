package solvers

// WarmRestarts is [CosineDecay] that starts again, after First steps for the
// first time; each period is Factor times as long as the one before.
//
// Source: arXiv:1608.03983 eq. 5.
type WarmRestarts struct {
	Start  float64 // lr
	First  int     // steps of the first period, at least 1
	Factor int     // at least 1
	End    float64
}

// Rate returns the rate of step k.
func (s WarmRestarts) Rate(k int) float64 {
	period, factor := max(s.First, 1), max(s.Factor, 1)
	if factor == 1 {
		k %= period
	}
	for k >= period {
		k -= period
		period *= factor
	}
	return halfCosine(s.Start, s.End, float64(k)/float64(period))
}
