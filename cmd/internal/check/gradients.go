package check

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers/train"
)

// gradientsCommand returns check gradients.
func gradientsCommand(a *run.App) *cobra.Command {
	var given run.Settings
	var out string
	c := &cobra.Command{
		Use:   "gradients RUN|MODEL",
		Short: "Show where gradients vanish or explode",
		Long: `gradients takes one batch through the model and says how large the gradient of
each parameter is: which vanish beside the largest, which explode.

For recurrent models it draws the norm of the gradient of the loss at the last
step by the state of each step before it, ‖∂L/∂a<t>‖, of a fresh vanilla
network, a GRU and an LSTM side by side, and of the run itself where it is a
language model; for residual networks it draws the norm by the depth of a plain
network of fully connected layers beside that of a residual one.`,
		Example: "  hocsau check gradients charlm\n  hocsau check gradients last --out flow.png",
		Args:    run.Takes(1, 1, "the folder of a run, last, or the name of a model"),
		RunE: func(c *cobra.Command, args []string) error {
			return checkGradients(c.Context(), a, c, args[0], given, out)
		},
	}
	given.StepFlags(c)
	run.PNGVar(c.Flags(), &out, "out", "", "PNG to draw (default MODEL-gradients.png, or in the run's folder)")
	return c
}

// openForGradients opens the model of that name, or a run with its weights.
func openForGradients(ctx context.Context, a *run.App, c *cobra.Command, name string, given run.Settings) (run.Job, string, error) {
	if _, isModel := a.Models()[name]; isModel {
		if _, err := os.Stat(name); err != nil {
			s, err := a.Settings(name, given, c)
			if err != nil {
				return nil, "", err
			}
			job, err := a.Models()[name].Open(ctx, a, s, run.OpenOptions{})
			return job, name + "-gradients.png", err
		}
	}
	r, err := a.OpenRun(name)
	if err != nil {
		return nil, "", err
	}
	job, err := r.Model.Open(ctx, a, r.Settings, run.OpenOptions{About: r.About, Path: r.Path})
	if err != nil {
		return nil, "", err
	}
	if err := r.Load(job); err != nil {
		job.Close()
		return nil, "", err
	}
	return job, r.Path + string(os.PathSeparator) + "gradients.png", nil
}

func checkGradients(ctx context.Context, a *run.App, c *cobra.Command, name string, given run.Settings, out string) error {
	job, usual, err := openForGradients(ctx, a, c, name, given)
	if err != nil {
		return err
	}
	defer job.Close()
	tasked, ok := job.(run.Tasked)
	if !ok {
		return run.Usagef("check gradients %s: the model is not trained by the common loop", name)
	}
	layers, err := train.LayerGradients(tasked.Task())
	if err != nil {
		return err
	}
	if !a.JSON {
		fmt.Fprintf(a.Out, "%-28s %12s %12s\n", "parameter", "‖∂L/∂W‖", "beside ‖W‖")
	}
	var named []string
	for _, l := range layers {
		if l.Verdict != "" {
			named = append(named, fmt.Sprintf("%s (%s)", l.Name, verdict(l.Verdict)))
		}
		if a.JSON {
			err = a.PrintJSON(l)
		} else {
			_, err = fmt.Fprintf(a.Out, "%-28s %12.3g %12.3g  %s\n", l.Name, l.Norm, l.Relative, verdict(l.Verdict))
		}
		if err != nil {
			return err
		}
	}
	if !a.JSON {
		if len(named) == 0 {
			fmt.Fprintln(a.Out, "no gradient vanishes or explodes")
		} else {
			fmt.Fprintf(a.Out, "look at: %s\n", strings.Join(named, ", "))
		}
	}
	f, ok := job.(run.Flowing)
	if !ok {
		return nil
	}
	axis, flows, err := f.Flow()
	if err != nil || len(flows) == 0 {
		return err
	}
	return showFlows(a, axis, flows, run.OrElse(out, usual))
}

// verdict says it in words.
func verdict(v string) string {
	if v == "none" {
		return "no gradient"
	}
	return v
}

// showFlows prints how fast each gradient falls, and draws them.
func showFlows(a *run.App, axis string, flows []train.Flow, out string) error {
	panel := plot.Panel{Title: "gradient of the loss by the state", XLabel: axis, YLabel: "norm", LogY: true}
	if !a.JSON {
		fmt.Fprintf(a.Out, "\n%-22s %12s %12s %14s\n", "gradient by the state", "at the first", "at the last", "factor a "+unitOf(axis))
	}
	for _, f := range flows {
		first, last := f.Norms[0], f.Norms[len(f.Norms)-1]
		sound := "keeps"
		switch d := f.Decay(); {
		case first == 0 || d < 0.95:
			sound = "vanishes"
		case d > 1.05 || math.IsInf(d, 1) || math.IsNaN(d):
			sound = "explodes"
		}
		var err error
		if a.JSON {
			err = a.PrintJSON(map[string]any{"flow": f.Name, "axis": axis, "norms": f.Norms, "factor": f.Decay(), "verdict": sound})
		} else {
			_, err = fmt.Fprintf(a.Out, "%-22s %12.3g %12.3g %14.4f  %s\n", f.Name, first, last, f.Decay(), sound)
		}
		if err != nil {
			return err
		}
		panel.Series = append(panel.Series, plot.Series{Name: f.Name, Y: f.Norms})
	}
	img, err := plot.Curves(panel)
	if err != nil {
		return errors.Wrap(err, "draw the gradients")
	}
	if err := plot.WritePNG(out, img); err != nil {
		return err
	}
	if !a.JSON {
		fmt.Fprintf(a.Out, "drawn: %s\n", out)
	}
	return nil
}

func unitOf(axis string) string {
	if strings.HasPrefix(axis, "layer") {
		return "pair"
	}
	return "step"
}
