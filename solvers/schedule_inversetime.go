package solvers

// InverseTimeDecay divides the rate by time: lr/(1 + decay·k).
type InverseTimeDecay struct {
	Start float64 // lr
	Decay float64
}

// Rate returns the rate of step k.
func (s InverseTimeDecay) Rate(k int) float64 { return s.Start / (1 + s.Decay*float64(k)) }
