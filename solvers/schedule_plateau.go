package solvers

import "math"

// Plateau lowers the learning rate when a metric, of which less is better,
// stops falling. The first metric is the first best; better is
//
//	metric < best·(1 − threshold), or with Absolute metric < best − threshold
//
// More than Patience reports in a row that are not better multiply the rate by
// Factor, down to Floor at most; the Cooldown reports after that do not count.
// A NaN is not better.
type Plateau struct {
	Factor    float64 // preset to 0.1
	Patience  int     // preset to 10
	Threshold float64 // preset to 1e-4
	Absolute  bool
	Cooldown  int
	Floor     float64

	state PlateauState
}

// PlateauState is what a Plateau remembers, for checkpoints.
type PlateauState struct {
	Rate    float64
	Best    float64 // only where Seen
	Seen    bool    // a metric has been reported
	Bad     int     // reports in a row that were not better
	Cooling int     // reports that will not count
}

// NewPlateau returns a Plateau with PyTorch's presets that starts at rate.
func NewPlateau(rate float64) *Plateau {
	return &Plateau{Factor: 0.1, Patience: 10, Threshold: 1e-4, state: PlateauState{Rate: rate}}
}

// Rate returns the present learning rate.
func (p *Plateau) Rate() float64 { return p.state.Rate }

// Report takes the metric of an epoch and returns the learning rate of the
// next.
func (p *Plateau) Report(metric float64) float64 {
	s := &p.state
	if p.better(metric) {
		s.Best, s.Seen, s.Bad = metric, true, 0
	} else {
		s.Bad++
	}
	if s.Cooling > 0 {
		s.Cooling--
		s.Bad = 0
	}
	if s.Bad > p.Patience {
		s.Rate = max(s.Rate*p.Factor, min(p.Floor, s.Rate))
		s.Bad, s.Cooling = 0, p.Cooldown
	}
	return s.Rate
}

func (p *Plateau) better(metric float64) bool {
	switch {
	case !p.state.Seen:
		return !math.IsNaN(metric)
	case p.Absolute:
		return metric < p.state.Best-p.Threshold
	}
	return metric < p.state.Best*(1-p.Threshold)
}

// State returns what is remembered.
func (p *Plateau) State() PlateauState { return p.state }

// SetState makes p go on from there.
func (p *Plateau) SetState(s PlateauState) { p.state = s }
