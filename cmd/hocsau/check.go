package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
)

func (a *app) checkCommand() *cobra.Command {
	c := onlyBelow(&cobra.Command{
		Use:     "check",
		Short:   "Check a model before training it",
		GroupID: groupTrain,
	})
	var most int
	grad := &cobra.Command{
		Use:     "grad MODEL",
		Short:   "Compare the gradients with finite differences, parameter by parameter",
		Example: "  hocsau check grad lenet",
		Args:    takes(1, 1, "the name of a model; hocsau models lists them"),
		RunE:    func(c *cobra.Command, args []string) error { return a.checkGrad(args[0], most) },
	}
	grad.Flags().IntVar(&most, "most", 50, "elements of each parameter to compare; -1 for all")
	var given settings
	overfit := &cobra.Command{
		Use:     "overfit MODEL",
		Short:   "Train on one small batch, which must be learnt by heart",
		Example: "  hocsau check overfit lenet",
		Args:    takes(1, 1, "the name of a model; hocsau models lists them"),
		RunE:    func(c *cobra.Command, args []string) error { return a.checkOverfit(c, args[0], given) },
	}
	given.stepFlags(overfit)
	c.AddCommand(grad, overfit)
	return c
}

// tolerance is the relative error up to which gradients count as right: with
// h = 1e-6 in float64 rounding alone makes about 1e-8; a kink of ReLU or a tie
// in max pooling within h of a point makes single elements differ.
const tolerance = 1e-5

func (a *app) checkGrad(name string, most int) error {
	m, err := lookUp(name)
	if err != nil {
		return err
	}
	report, err := gradients(m, 4, most)
	if err != nil {
		return err
	}
	bad := 0
	if !a.json {
		fmt.Fprintf(a.out, "%-20s %8s %12s %14s %14s\n", "parameter", "compared", "rel. error", "numerical", "analytical")
	}
	for _, r := range report {
		if r.RelativeError > tolerance {
			bad++
		}
		if a.json {
			err = a.printJSON(map[string]any{"parameter": r.Name, "compared": r.Checked, "relative_error": r.RelativeError, "ok": r.RelativeError <= tolerance})
		} else {
			_, err = fmt.Fprintf(a.out, "%-20s %8d %12.1e %14.6g %14.6g\n", r.Name, r.Checked, r.RelativeError, r.Numerical, r.Analytical)
		}
		if err != nil {
			return err
		}
	}
	if bad > 0 {
		return errors.Errorf("check grad: %d of %d parameters differ by more than %g, expected none", bad, len(report), tolerance)
	}
	if !a.json {
		fmt.Fprintf(a.out, "gradients are right: every relative error is below %g\n", tolerance)
	}
	return nil
}

// randomBatch returns values from the normal distribution and labels.
func randomBatch(n, size, classes int) ([]float64, []int) {
	r := rand.New(rand.NewPCG(1, 1))
	values := make([]float64, n*size)
	for i := range values {
		values[i] = r.NormFloat64()
	}
	labels := make([]int, n)
	for i := range labels {
		labels[i] = i % classes
	}
	return values, labels
}

// The size of the batch to learn by heart, how long that may take, and the
// loss below which it counts as learnt.
const (
	overfitBatch = 16
	overfitSteps = 300
	overfitLoss  = 0.01
)

func (a *app) checkOverfit(c *cobra.Command, name string, given settings) error {
	m, err := lookUp(name)
	if err != nil {
		return err
	}
	s := defaults(name, m)
	s.overlay(given, c)
	s.Val = 0
	if !c.Flags().Changed("batch") {
		s.Batch = overfitBatch
	}
	if err := s.check(m); err != nil {
		return err
	}
	first, last, steps, err := overfit(c.Context(), m, s)
	if err != nil {
		return err
	}
	ok := last < overfitLoss
	if a.json {
		if err := a.printJSON(map[string]any{"model": name, "batch": s.Batch, "steps": steps, "first_loss": first, "last_loss": last, "ok": ok}); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.out, "%d examples: loss %.4f, after %d steps %.4f\n", s.Batch, first, steps, last)
	}
	if ok {
		if !a.json {
			fmt.Fprintln(a.out, "the batch is learnt by heart: model, loss and solver work together")
		}
		return nil
	}
	why := "the model may be too small, or a part of it does not learn; check grad says whether its gradients are right"
	if last >= first {
		why = "the loss does not fall: try a smaller learning rate, and check grad"
	}
	return errors.Errorf("check overfit: the loss is %.4f after %d steps, expected below %g: %s", last, steps, overfitLoss, why)
}

// overfit trains on one batch and returns the first and the last loss.
func overfit(ctx context.Context, m model, s settings) (first, last float64, steps int, err error) {
	data, err := openParts(ctx, s, nil, false, nil)
	if err != nil {
		return 0, 0, 0, err
	}
	store := graph.NewStore(graph.Float32, s.Seed)
	task, err := train.NewClassifier(store, func(sc graph.Scope) nn.Layer {
		return m.build(sc, data.train.Shape(), len(data.train.Classes()))
	}, data.train, nil, train.ClassifierOpts{Batch: s.Batch, Seed: s.Seed})
	if err != nil {
		return 0, 0, 0, err
	}
	defer task.Close()
	solver, err := solvers.New(s.Solver, s.LR)
	if err != nil {
		return 0, 0, 0, usageError{err}
	}
	return train.Overfit(ctx, task, solver, overfitSteps, overfitLoss/2)
}
