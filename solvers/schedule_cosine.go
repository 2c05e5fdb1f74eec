package solvers

import "math"

// CosineDecay falls from Start to End along half a cosine:
//
//	end + (lr − end)·(1 + cos(πk/steps))/2
//
// After that it would rise again, as PyTorch's does.
//
// Source: arXiv:1608.03983 eq. 5.
type CosineDecay struct {
	Start float64 // lr
	Steps int     // at least 1
	End   float64
}

// Rate returns the rate of step k.
func (s CosineDecay) Rate(k int) float64 {
	return halfCosine(s.Start, s.End, float64(k)/float64(max(s.Steps, 1)))
}

// halfCosine goes from one value, at part 0, to another, at part 1.
func halfCosine(from, to, part float64) float64 {
	return to + (from-to)*(1+math.Cos(math.Pi*part))/2
}
