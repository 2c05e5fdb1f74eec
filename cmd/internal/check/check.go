package check

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
)

// Command returns check.
func Command(a *run.App) *cobra.Command {
	c := run.OnlyBelow(&cobra.Command{
		Use:     "check",
		Short:   "Check a model before training it",
		GroupID: run.GroupTrain,
	})
	var most int
	grad := &cobra.Command{
		Use:     "grad MODEL",
		Short:   "Compare the gradients with finite differences, parameter by parameter",
		Example: "  hocsau check grad lenet",
		Args:    run.Takes(1, 1, "the name of a model; hocsau models lists them"),
		RunE:    func(c *cobra.Command, args []string) error { return checkGrad(c.Context(), a, args[0], most) },
	}
	grad.Flags().IntVar(&most, "most", 50, "elements of each parameter to compare; -1 for all")
	var given run.Settings
	overfit := &cobra.Command{
		Use:     "overfit MODEL",
		Short:   "Train on one small batch, which must be learnt by heart",
		Example: "  hocsau check overfit lenet",
		Args:    run.Takes(1, 1, "the name of a model; hocsau models lists them"),
		RunE:    func(c *cobra.Command, args []string) error { return checkOverfit(a, c, args[0], given) },
	}
	given.StepFlags(overfit)
	c.AddCommand(grad, overfit, dataCommand(a), initCommand(a), gradientsCommand(a), rateCommand(a), solversCommand(a), tipsCommand(a))
	return c
}

// tolerance is the relative error up to which gradients count as right: with
// h = 1e-6 in float64 rounding alone makes about 1e-8; a kink of ReLU or a tie
// in max pooling within h of a point makes single elements differ.
const tolerance = 1e-5

func checkGrad(ctx context.Context, a *run.App, name string, most int) error {
	m, err := a.Model(name)
	if err != nil {
		return err
	}
	report, err := Gradients(ctx, m, 4, most)
	if err != nil {
		return err
	}
	bad := 0
	if !a.JSON {
		fmt.Fprintf(a.Out, "%-20s %8s %12s %14s %14s\n", "parameter", "compared", "rel. error", "numerical", "analytical")
	}
	for _, r := range report {
		if r.RelativeError > tolerance {
			bad++
		}
		if a.JSON {
			err = a.PrintJSON(map[string]any{"parameter": r.Name, "compared": r.Checked, "relative_error": r.RelativeError, "ok": r.RelativeError <= tolerance})
		} else {
			_, err = fmt.Fprintf(a.Out, "%-20s %8d %12.1e %14.6g %14.6g\n", r.Name, r.Checked, r.RelativeError, r.Numerical, r.Analytical)
		}
		if err != nil {
			return err
		}
	}
	if bad > 0 {
		return errors.Errorf("check grad: %d of %d parameters differ by more than %g, expected none", bad, len(report), tolerance)
	}
	if !a.JSON {
		fmt.Fprintf(a.Out, "gradients are right: every relative error is below %g\n", tolerance)
	}
	return nil
}

// Gradients checks the gradients of a model in float64 on random input.
func Gradients(ctx context.Context, m run.Model, batch, most int) (gradcheck.Report, error) {
	store := graph.NewStore(graph.Float64, 1)
	g := graph.New(store, graph.Train)
	built := m.Build(g, batch)
	prog, err := g.Compile(built.Loss)
	if err != nil {
		return nil, err
	}
	if err := prog.Run(built.Feed(rand.New(rand.NewPCG(1, 1)))...); err != nil {
		return nil, err
	}
	return gradcheck.CheckContext(ctx, prog, gradcheck.Opts{Most: most})
}

// The size of the batch to learn by heart, how long that may take, and the
// loss below which it counts as learnt.
const (
	overfitBatch = 16
	overfitSteps = 300
	overfitLoss  = 0.01
)

func checkOverfit(a *run.App, c *cobra.Command, name string, given run.Settings) error {
	m, err := a.Model(name)
	if err != nil {
		return err
	}
	if m.Train != nil {
		return run.Usagef("check overfit: %s is not trained by batches, expected a model that is", name)
	}
	s, err := a.Settings(name, given, c)
	if err != nil {
		return err
	}
	s.Val = 0
	if !c.Flags().Changed("batch") {
		s.Batch = overfitBatch
	}
	first, last, steps, err := overfit(c.Context(), a, m, s)
	if err != nil {
		return err
	}
	enough := learnt(m)
	ok := last < enough
	if a.JSON {
		if err := a.PrintJSON(map[string]any{"model": name, "batch": s.Batch, "steps": steps, "first_loss": first, "last_loss": last, "ok": ok}); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.Out, "%d examples: loss %.4f, after %d steps %.4f\n", s.Batch, first, steps, last)
	}
	if ok {
		if !a.JSON {
			fmt.Fprintln(a.Out, "the batch is learnt by heart: model, loss and solver work together")
		}
		return nil
	}
	why := "the model may be too small, or a part of it does not learn; check grad says whether its gradients are right"
	if last >= first {
		why = "the loss does not fall: try a smaller learning rate, and check grad"
	}
	return errors.Errorf("check overfit: the loss is %.4f after %d steps, expected below %g: %s", last, steps, enough, why)
}

// learnt is the loss below which a model's batch counts as learnt.
func learnt(m run.Model) float64 {
	if m.Learnt > 0 {
		return m.Learnt
	}
	return overfitLoss
}

// overfit trains on one batch and returns the first and the last loss.
func overfit(ctx context.Context, a *run.App, m run.Model, s run.Settings) (first, last float64, steps int, err error) {
	job, err := m.Open(ctx, a, s, run.OpenOptions{})
	if err != nil {
		return 0, 0, 0, err
	}
	defer job.Close()
	tasked, ok := job.(run.Tasked)
	if !ok {
		return 0, 0, 0, run.Usagef("check overfit %s: the model is not trained by the common loop", s.Model)
	}
	solver, err := solvers.New(s.Solver, s.LR)
	if err != nil {
		return 0, 0, 0, run.Usage(err)
	}
	return train.Overfit(ctx, tasked.Task(), solver, overfitSteps, learnt(m)/2)
}
