package train

import (
	"context"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/solvers"
)

// Overfit trains on the first batch alone until the loss is below enough, at
// most so many steps, and returns the first and the last loss: a model that
// cannot learn one small batch by heart has a fault. A loss that is not
// finite ends it with an error whose cause is ErrDiverged.
//
// Source: cheatsheet §3.5.
func Overfit(ctx context.Context, t Task, s solvers.Solver, most int, enough float64) (first, last float64, steps int, err error) {
	t.Begin(0, 0)
	prog, _, err := t.Step(0)
	if err != nil {
		return 0, 0, 0, errors.Wrap(err, "overfit")
	}
	first = prog.Loss()
	for last = first; finite(last) && last >= enough && steps < most; steps++ {
		if err := ctx.Err(); err != nil {
			return first, last, steps, err
		}
		if err := s.Step(prog.Gradients()); err != nil {
			return first, last, steps, errors.Wrap(err, "overfit")
		}
		prog.SetStep(steps + 1)
		if err := prog.Run(); err != nil {
			return first, last, steps, errors.Wrap(err, "overfit")
		}
		last = prog.Loss()
	}
	if !finite(last) {
		return first, last, steps, errors.Wrapf(diverged(t.Store(), prog, "loss", last), "overfit: step %d", steps+1)
	}
	return first, last, steps, nil
}
