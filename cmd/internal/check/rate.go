package check

import (
	"fmt"
	"math"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
)

// rateCommand returns check lr.
func rateCommand(a *run.App) *cobra.Command {
	var given run.Settings
	var out string
	r := train.RateRange{Low: 1e-6, High: 10, Steps: 200}
	c := &cobra.Command{
		Use:   "lr MODEL",
		Short: "Find a learning rate: train while it grows, and see where the loss falls",
		Example: `  hocsau check lr lenet
  hocsau check lr resnet20 --solver nesterov --steps 300 --out lr.png`,
		Args: run.Takes(1, 1, "the name of a model; hocsau models lists them"),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := a.Settings(args[0], given, c)
			if err != nil {
				return err
			}
			return checkRate(a, c, s, r, run.OrElse(out, args[0]+"-lr.png"))
		},
	}
	given.StepFlags(c)
	f := c.Flags()
	f.Float64Var(&r.Low, "low", r.Low, "first learning rate")
	f.Float64Var(&r.High, "high", r.High, "last learning rate")
	f.IntVar(&r.Steps, "steps", r.Steps, "how many")
	f.StringVar(&out, "out", "", "PNG to draw (default MODEL-lr.png)")
	return c
}

func checkRate(a *run.App, c *cobra.Command, s run.Settings, r train.RateRange, out string) error {
	job, task, err := openTask(a, c, s, "lr")
	if err != nil {
		return err
	}
	defer job.Close()
	solver, err := solvers.New(s.Solver, s.LR)
	if err != nil {
		return run.Usage(err)
	}
	found, err := train.FindRate(c.Context(), task, solver, r)
	if err != nil {
		return err
	}
	powers := make([]float64, len(found.Rates))
	for i, rate := range found.Rates {
		powers[i] = math.Log10(rate)
	}
	img, err := plot.Curves(plot.Panel{
		Title:  fmt.Sprintf("%s with %s: steepest at %.2g", s.Model, s.Solver, found.Suggestion),
		XLabel: "learning rate, as a power of 10", YLabel: "loss",
		Series: []plot.Series{{Name: "each batch", X: powers, Y: found.Losses}, {Name: "smoothed", X: powers, Y: found.Smooth}},
	})
	if err != nil {
		return err
	}
	if err := plot.WritePNG(out, img); err != nil {
		return err
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{
			"model": s.Model, "solver": s.Solver, "suggestion": found.Suggestion, "rates": found.Rates, "losses": found.Losses,
			"smooth": found.Smooth, "file": filepath.ToSlash(out),
		})
	}
	_, err = fmt.Fprintf(a.Out, "the loss falls fastest at a learning rate of %.2g (drawn in %s); try\n%s train %s --solver %s --lr %.1g\n",
		found.Suggestion, out, run.Self(), s.Model, s.Solver, found.Suggestion)
	return err
}

// openTask opens a model with its data for the common loop.
func openTask(a *run.App, c *cobra.Command, s run.Settings, what string) (run.Job, train.Task, error) {
	m, err := a.Model(s.Model)
	if err != nil {
		return nil, nil, err
	}
	job, err := m.Open(c.Context(), a, s, run.OpenOptions{})
	if err != nil {
		return nil, nil, err
	}
	tasked, ok := job.(run.Tasked)
	if !ok || m.Train != nil {
		job.Close()
		return nil, nil, run.Usagef("check %s %s: the model is not trained by the common loop", what, s.Model)
	}
	return job, tasked.Task(), job.Build()
}
