package look

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers/train"
)

// Runs returns the commands that list and compare runs.
func Runs(a *run.App) *cobra.Command {
	c := run.OnlyBelow(&cobra.Command{Use: "runs", Short: "List and compare runs", GroupID: run.GroupLook})
	list := &cobra.Command{
		Use: "list [FOLDER]", Short: "List the runs in a folder (default runs)",
		Args: run.Takes(0, 1, "at most one folder"),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "runs"
			if len(args) == 1 {
				dir = args[0]
			}
			return runsList(a, dir)
		},
	}
	var out string
	compare := &cobra.Command{
		Use: "compare RUN RUN…", Short: "Show in what runs differ, and draw their curves in one picture",
		Example: "  hocsau runs compare runs/lenet-1 runs/lenet-2 --out compare.png",
		Args:    run.Takes(2, 20, "2 to 20 folders of runs"),
		RunE:    func(_ *cobra.Command, args []string) error { return runsCompare(a, args, out) },
	}
	run.PNGVar(compare.Flags(), &out, "out", "compare.png", "PNG to draw")
	c.AddCommand(list, compare)
	return c
}

func runsList(a *run.App, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return run.Usagef("no runs in %s: %v", dir, err)
	}
	shown := 0
	for _, e := range entries {
		r, err := a.OpenRun(filepath.Join(dir, e.Name()))
		if err != nil {
			continue // no run, or one without a checkpoint yet
		}
		shown++
		if a.JSON {
			line := map[string]any{"run": r.Path, "model": r.Settings.Model, "data": r.Settings.Data, "epochs": r.Last().Epoch, "done": r.Last().Done}
			for _, m := range r.Tested() {
				line[m.Name] = m.Value
			}
			if err := a.PrintJSON(line); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(a.Out, "%-28s %-18s %-15s %3d of %3d epochs  %s\n", r.Path, r.Settings.Model, r.Settings.Data, r.Last().Epoch, r.Settings.Epochs, words(r))
	}
	if shown == 0 && !a.JSON {
		fmt.Fprintf(a.Out, "no runs in %s; %s train lenet makes one\n", dir, run.Self())
	}
	return nil
}

// words says what a run reached.
func words(r *run.Run) string {
	m := r.Tested()
	if m == nil {
		if h := r.Last().History; len(h) > 0 {
			m = h[len(h)-1].Validation
		}
	}
	var parts []string
	for _, x := range m {
		parts = append(parts, fmt.Sprintf("%s %.4f", x.Name, x.Value))
	}
	return strings.Join(parts, "  ")
}

func runsCompare(a *run.App, paths []string, out string) error {
	var runs []*run.Run
	for _, p := range paths {
		r, err := a.OpenRun(p)
		if err != nil {
			return err
		}
		runs = append(runs, r)
	}
	img, err := curves(runs)
	if err != nil {
		return err
	}
	if img != nil {
		if err := plot.WritePNG(out, img); err != nil {
			return err
		}
	}
	for i, r := range runs {
		differs := []string{}
		if i > 0 {
			differs = append(differs, runs[0].Settings.Differences(r.Settings)...)
		}
		if a.JSON {
			line := map[string]any{"run": r.Path, "model": r.Settings.Model, "data": r.Settings.Data, "epochs": r.Last().Epoch, "differences": differs}
			for _, m := range r.Tested() {
				line[m.Name] = m.Value
			}
			if err := a.PrintJSON(line); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(a.Out, "%s: %s\n", r.Path, words(r))
		for _, d := range differs {
			fmt.Fprintf(a.Out, "  %s\n", strings.NewReplacer("the run has ", "", ", now ", " → ").Replace(d))
		}
	}
	if a.JSON || img == nil {
		return nil
	}
	_, err = fmt.Fprintf(a.Out, "drawn in %s\n", out)
	return err
}

// curves draws the training loss of the runs, and beside it the metric of
// validation that the most of them have; nothing where none has finished an
// epoch.
func curves(runs []*run.Run) (image.Image, error) {
	loss := plot.Panel{Title: "train_loss", XLabel: "epoch", LogY: true}
	names := map[string]int{}
	for _, r := range runs {
		for i, e := range r.Last().History {
			if i == 0 && len(e.Validation) > 0 {
				names[e.Validation[0].Name]++
			}
		}
	}
	metric := ""
	for _, n := range slices.Sorted(slices.Values(run.Keys(names))) {
		if names[n] > names[metric] {
			metric = n
		}
	}
	other := plot.Panel{Title: metric, XLabel: "epoch"}
	for _, r := range runs {
		name := filepath.Base(r.Path)
		a, b := series(name, r.Last().History, metric)
		if len(a.Y) > 0 {
			loss.Series = append(loss.Series, a)
		}
		if len(b.Y) > 0 {
			other.Series = append(other.Series, b)
		}
	}
	switch {
	case len(loss.Series) == 0:
		return nil, nil
	case len(other.Series) == 0:
		return plot.Curves(loss)
	}
	return plot.Curves(loss, other)
}

func series(name string, history []train.Epoch, metric string) (loss, other plot.Series) {
	loss.Name, other.Name = name, name
	for _, e := range history {
		loss.Y = append(loss.Y, e.TrainLoss)
		if v, ok := e.Validation.Get(metric); ok {
			other.Y = append(other.Y, v)
		}
	}
	return loss, other
}
