// Package solvers changes weights along their gradients, one optimiser a file.
// Beside the optimisers stand schedules of the learning rate, gradient clipping
// and early stopping.
//
//	opt := solvers.NewAdam(1e-3)
//	opt.Beta1 = 0.5
//	for step := range steps {
//		if err := prog.Run(x.Feed(images), y.FeedInts(labels)); err != nil {
//			return err
//		}
//		if _, err := solvers.ClipByGlobalNorm(prog.Gradients(), 1, 1e-6); err != nil {
//			return err
//		}
//		opt.SetLearnRate(schedule.Rate(step))
//		if err := opt.Step(prog.Gradients()); err != nil {
//			return err
//		}
//	}
//
// Every optimiser is a gorgonia.Solver, so it serves the programs of package
// graph and bare Gorgonia graphs alike, in float32 and float64. What it
// remembers of a parameter it keeps by the parameter's name: programs of other
// batch sizes share it, and [Settings.State] saves it bit for bit. A step in
// steady state allocates nothing.
//
// The formulas are written with w for a parameter, g for its gradient, lr for
// the learning rate and t for the number of the step, from 1. State starts at
// 0. [LBFGS] is apart: it minimises a function that stays the same, by several
// evaluations a step. Where the cheatsheet prints another form than the libraries the doc
// comment says which field chooses.
package solvers
