package solvers

// Schedule gives the learning rate by the number of the step (or the epoch, as
// the caller counts), from 0. It has no state: a run that is resumed at a step
// goes on as it would have. [Plateau], which watches a metric, is apart.
//
// Source: cheatsheet §3.3, the learning rate.
type Schedule interface {
	Rate(step int) float64
}

// ConstantRate is the same at every step.
type ConstantRate float64

// Rate returns the rate.
func (c ConstantRate) Rate(int) float64 { return float64(c) }
