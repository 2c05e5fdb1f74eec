package solvers

import "math"

// EarlyStopping ends training when the validation loss no longer falls: at the
// first epoch k with k − (best epoch) ≥ Patience. A loss is an improvement when
// it is below best − MinDelta; a NaN never is. Epochs count from 0. The caller
// keeps the weights of the best epoch.
//
//	if stop := early.Report(loss); early.Improved() { save() } else if stop { break }
//
// Source: cheatsheet §3.4.
type EarlyStopping struct {
	Patience int // epochs, at least 1
	MinDelta float64

	state EarlyStoppingState
}

// EarlyStoppingState is what an EarlyStopping remembers, for checkpoints.
type EarlyStoppingState struct {
	Epochs    int  // reported so far
	Found     bool // there is a best
	BestEpoch int
	Best      float64
	Stopped   bool
}

// NewEarlyStopping returns an EarlyStopping with MinDelta 0.
func NewEarlyStopping(patience int) *EarlyStopping {
	return &EarlyStopping{Patience: patience}
}

// Report takes the loss of the next epoch and reports whether to stop. After
// the stop it reads nothing more.
func (e *EarlyStopping) Report(loss float64) (stop bool) {
	s := &e.state
	if s.Stopped {
		return true
	}
	if loss < s.Best-e.MinDelta || !s.Found && !math.IsNaN(loss) {
		s.Best, s.BestEpoch, s.Found = loss, s.Epochs, true
	}
	best, _ := e.Best()
	s.Stopped = s.Epochs-best >= max(e.Patience, 1)
	s.Epochs++
	return s.Stopped
}

// Improved reports whether the last loss was the best so far.
func (e *EarlyStopping) Improved() bool {
	return e.state.Found && e.state.BestEpoch == e.state.Epochs-1
}

// Best returns the best epoch and its loss; −1 and 0 before there is one.
func (e *EarlyStopping) Best() (epoch int, loss float64) {
	if !e.state.Found {
		return -1, 0
	}
	return e.state.BestEpoch, e.state.Best
}

// State returns what is remembered.
func (e *EarlyStopping) State() EarlyStoppingState { return e.state }

// SetState makes e go on from there.
func (e *EarlyStopping) SetState(s EarlyStoppingState) { e.state = s }
