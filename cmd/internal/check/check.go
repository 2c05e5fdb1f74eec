package check

import (
	"context"
	"fmt"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
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
	var sampled sample
	grad := &cobra.Command{
		Use:   "grad MODEL",
		Short: "Compare the gradients with finite differences, parameter by parameter",
		Long: `grad compares gradients with finite differences, element by element, in float64
on random input. By default it takes a sample that ends within a minute, at most
50 elements of each parameter, and says how large it is.

The noise beside a relative error is what the rounding of the loss alone may make
of it: where gradients vanish it is large, and the error says nothing.`,
		Example: "  hocsau check grad lenet\n  hocsau check grad resnet20 --most 3",
		Args:    run.Takes(1, 1, "the name of a model; hocsau models lists them"),
		RunE: func(c *cobra.Command, args []string) error {
			sampled.given = c.Flags().Changed("most")
			return checkGrad(c.Context(), a, args[0], sampled)
		},
	}
	grad.Flags().IntVar(&sampled.most, "most", 50, "elements of each parameter to compare, however long it takes; -1 for all")
	grad.Flags().BoolVar(&sampled.all, "all", false, "compare all elements, however long it takes")
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
