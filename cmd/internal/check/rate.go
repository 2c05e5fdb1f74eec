package check

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"

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
	run.PNGVar(f, &out, "out", "", "PNG to draw (default MODEL-lr.png)")
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
	n, top := beforeDivergence(found.Smooth)
	each := slices.Clone(found.Losses[:n])
	for i, l := range each {
		if l > top {
			each[i] = math.NaN() // a gap
		}
	}
	img, err := plot.Curves(plot.Panel{
		Title:  fmt.Sprintf("%s with %s: the loss falls fastest at %.2g", s.Model, s.Solver, found.Suggestion),
		XLabel: "learning rate", YLabel: "loss", LogX: true,
		Series:   []plot.Series{{Name: "each batch", X: found.Rates[:n], Y: each}, {Name: "smoothed", X: found.Rates[:n], Y: found.Smooth[:n]}},
		Uprights: []plot.Upright{{X: found.Suggestion, Name: fmt.Sprintf("chosen: %.2g", found.Suggestion)}},
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

// beforeDivergence returns how many losses there are before they rise above what
// they were before their least, and a little more than the most of those.
func beforeDivergence(smooth []float64) (n int, top float64) {
	least := 0
	for i, v := range smooth {
		if v < smooth[least] {
			least = i
		}
	}
	const more = 1.1
	top = more * slices.Max(smooth[:least+1])
	for n = least + 1; n < len(smooth) && smooth[n] <= top; n++ {
	}
	return n, top
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
