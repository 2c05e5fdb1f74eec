package train

import (
	"context"
	"math"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/solvers"
)

// RateSearch is what the learning-rate range test found.
type RateSearch struct {
	Rates  []float64
	Losses []float64 // of each batch, before its step
	Smooth []float64 // their moving average, without its bias
	// Suggestion is the rate at which the smooth loss fell fastest.
	Suggestion float64
}

// RateRange says which learning rates FindRate tries: Steps of them, each the
// same factor above the one before.
type RateRange struct {
	Low, High float64
	Steps     int
}

// smoothing is the decay of the moving average of the losses.
const smoothing = 0.9

// FindRate trains with a learning rate that grows from step to step and notes
// the loss, until it is four times its least or no longer finite. The
// parameters of the task are spoilt by it.
//
// Source: cheatsheet §3.3; arXiv:1506.01186 §3.3.
func FindRate(ctx context.Context, t Task, s solvers.Solver, r RateRange) (*RateSearch, error) {
	if !(r.Low > 0 && r.High > r.Low) || r.Steps < 3 || math.IsInf(r.High, 1) {
		return nil, errors.Errorf("find rate: from %g to %g in %d steps, expected 0 < low < high and at least 3 steps", r.Low, r.High, r.Steps)
	}
	found := &RateSearch{}
	least, mean := math.Inf(1), 0.0
	epoch := 0
	t.Begin(0, 0)
	for i := range r.Steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if i > 0 && i%t.Steps() == 0 {
			epoch++
			t.Begin(epoch, 0)
		}
		rate := r.Low * math.Pow(r.High/r.Low, float64(i)/float64(r.Steps-1))
		prog, _, err := t.Step(i)
		if err != nil {
			return nil, errors.Wrap(err, "find rate")
		}
		loss := prog.Loss()
		if !finite(loss) {
			break
		}
		mean = smoothing*mean + (1-smoothing)*loss
		smooth := mean / (1 - math.Pow(smoothing, float64(i+1)))
		found.Rates, found.Losses, found.Smooth = append(found.Rates, rate), append(found.Losses, loss), append(found.Smooth, smooth)
		if least = min(least, smooth); smooth > 4*least {
			break
		}
		s.SetLearnRate(rate)
		if err := s.Step(prog.Gradients()); err != nil {
			return nil, errors.Wrap(err, "find rate")
		}
	}
	if len(found.Rates) < 3 {
		return nil, errors.Errorf("find rate: the loss is not finite after %d steps at a rate of %g: try a smaller low end", len(found.Rates), r.Low)
	}
	found.Suggestion = steepest(found.Rates, found.Smooth)
	return found, nil
}

// steepest returns the rate at which the loss falls fastest by the logarithm of
// the rate, from where the average has settled.
func steepest(rates, losses []float64) float64 {
	best, at := math.Inf(1), len(rates)/2
	for i := min(len(rates)/10, len(rates)-3) + 1; i+1 < len(rates); i++ {
		slope := (losses[i+1] - losses[i-1]) / math.Log(rates[i+1]/rates[i-1])
		if slope < best {
			best, at = slope, i
		}
	}
	return rates[at]
}
