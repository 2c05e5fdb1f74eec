package check

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
)

// solversCommand returns check solvers.
func solversCommand(a *run.App) *cobra.Command {
	var given run.Settings
	var out string
	c := &cobra.Command{
		Use:   "solvers MODEL",
		Short: "Train with each solver and compare the losses in one picture",
		Long: `solvers trains the model anew with each solver, from the same weights on the
same batches, at the solver's customary learning rate or at --lr, and draws the
losses in one picture.`,
		Example: "  hocsau check solvers lenet --epochs 2",
		Args:    run.Takes(1, 1, "the name of a model; hocsau models lists them"),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := a.Settings(args[0], given, c)
			if err != nil {
				return err
			}
			names := solvers.Names()
			if c.Flags().Changed("solver") {
				names = []string{s.Solver}
			}
			if !c.Flags().Changed("lr") {
				s.LR = 0 // the customary one of each
			}
			return checkSolvers(a, c, s, names, given.Epochs, run.OrElse(out, args[0]+"-solvers.png"))
		},
	}
	given.StepFlags(c)
	c.Flags().IntVar(&given.Epochs, "epochs", 1, "passes over the training part with each")
	run.PNGVar(c.Flags(), &out, "out", "", "PNG to draw (default MODEL-solvers.png)")
	return c
}

// solved is what training with a solver gave.
type solved struct {
	name       string
	rate       float64
	curve      plot.Series
	loss       float64 // mean of the last epoch
	validation train.Metrics
	perStep    time.Duration
	failed     error
}

func checkSolvers(a *run.App, c *cobra.Command, s run.Settings, names []string, epochs int, out string) error {
	var all []solved
	for _, name := range names {
		r, err := solve(a, c, s, name, epochs)
		if err != nil {
			return err
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(x, y solved) int {
		if (x.failed == nil) != (y.failed == nil) {
			return cmp.Compare(len(x.validation), len(y.validation)) // those that failed come last
		}
		return cmp.Compare(x.loss, y.loss)
	})
	panel := plot.Panel{Title: fmt.Sprintf("%s: loss by solver", s.Model), XLabel: "step", LogY: true}
	for _, r := range all {
		if len(r.curve.Y) > 0 {
			panel.Series = append(panel.Series, r.curve)
		}
	}
	img, err := plot.Curves(panel)
	if err != nil {
		return err
	}
	if err := plot.WritePNG(out, img); err != nil {
		return err
	}
	if !a.JSON {
		fmt.Fprintf(a.Out, "%-18s %10s %12s %10s  %s\n", "solver", "rate", "train_loss", "ms a step", "validation")
	}
	for _, r := range all {
		if err := r.print(a); err != nil {
			return err
		}
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"event": "done", "model": s.Model, "file": filepath.ToSlash(out)})
	}
	_, err = fmt.Fprintf(a.Out, "drawn in %s\n", out)
	return err
}

// solve trains with one solver. That training diverges is a result.
func solve(a *run.App, c *cobra.Command, s run.Settings, name string, epochs int) (solved, error) {
	r := solved{name: name}
	solver, err := solvers.New(name, s.LR)
	if err != nil {
		return r, run.Usage(err)
	}
	r.rate, r.curve.Name = solver.LearnRate(), name
	job, task, err := openTask(a, c, s, "solvers")
	if err != nil {
		return r, err
	}
	defer job.Close()
	loop := &train.Loop{Task: task, Solver: solver, Epochs: epochs}
	every := max(1, epochs*task.Steps()/25)
	sum, n := 0.0, 0
	before := 0.0
	loop.OnStep = func(p train.Step) {
		total := p.Loss * float64(p.Batch) // the mean of the epoch so far, times batches
		if p.Batch == 1 {
			before = 0
		}
		sum, n = sum+total-before, n+1
		before = total
		if n == every {
			r.curve.X = append(r.curve.X, float64((p.Epoch-1)*p.Batches+p.Batch))
			r.curve.Y = append(r.curve.Y, sum/float64(n))
			sum, n = 0, 0
		}
	}
	begin := time.Now()
	for loop.Next(c.Context()) {
	}
	if err := loop.Err(); err != nil {
		if c.Context().Err() != nil {
			return r, err
		}
		r.failed = err
	}
	p := loop.Progress()
	r.loss, r.validation = loop.Epoch().TrainLoss, loop.Epoch().Validation
	r.perStep = time.Since(begin) / time.Duration(max(1, p.Step))
	return r, nil
}

func (r solved) print(a *run.App) error {
	if a.JSON {
		line := map[string]any{"solver": r.name, "learn_rate": r.rate, "ms_per_step": float64(r.perStep.Microseconds()) / 1e3}
		if r.failed != nil {
			line["error"] = run.OneLine(r.failed.Error())
			return a.PrintJSON(line)
		}
		line["train_loss"] = r.loss
		for _, m := range r.validation {
			line[m.Name] = m.Value
		}
		return a.PrintJSON(line)
	}
	if r.failed != nil {
		_, err := fmt.Fprintf(a.Out, "%-18s %10.3g %s\n", r.name, r.rate, run.OneLine(r.failed.Error()))
		return err
	}
	text := ""
	for _, m := range r.validation {
		text += fmt.Sprintf("%s %.4f  ", m.Name, m.Value)
	}
	_, err := fmt.Fprintf(a.Out, "%-18s %10.3g %12.4f %10.2f  %s\n", r.name, r.rate, r.loss, float64(r.perStep.Microseconds())/1e3, text)
	return err
}
