package check

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers/train"
)

// trial is a way to train, told by what it sets.
type trial struct {
	name string
	says string
	set  map[string]string
}

// trials are the ways to train that tips compares: each tip of the cheatsheet
// with and without.
//
// Source: cheatsheet §3.1, §3.3, §3.4.
func trials(patience int) []trial {
	stop := fmt.Sprint(patience)
	return []trial{
		{"all", "augmentation, batch norm, He's weights, L2", nil},
		{"no-augmentation", "without augmentation", map[string]string{"augment": "none"}},
		{"no-l2", "without L2", map[string]string{"weight_decay": "0"}},
		{"neither", "without augmentation, without L2", map[string]string{"augment": "none", "weight_decay": "0"}},
		{"dropout", "neither, but dropout of 0.2", map[string]string{"augment": "none", "weight_decay": "0", "dropout": "0.2"}},
		{"constant", "neither, at a constant learning rate", map[string]string{"augment": "none", "weight_decay": "0", "schedule": "constant"}},
		{"early-stopping", "the same with early stopping", map[string]string{"augment": "none", "weight_decay": "0", "schedule": "constant", "patience": stop}},
		{"no-batch-norm", "without batch norm", map[string]string{"batch_norm": "false"}},
		{"xavier", "without batch norm, Xavier's weights", map[string]string{"batch_norm": "false", "init": "xavier"}},
		{"naive", "without batch norm, weights of deviation 0.01", map[string]string{"batch_norm": "false", "init": "normal0.01"}},
	}
}

// tipsCommand returns check tips.
func tipsCommand(a *run.App) *cobra.Command {
	var given run.Settings
	var out string
	var patience int
	c := &cobra.Command{
		Use:   "tips [MODEL]",
		Short: "Train with and without each tip of the cheatsheet, and compare",
		Long: `tips trains a network (resnet20 unless another ResNet for small pictures is named)
several times: with augmentation, batch norm, He's initialisation and L2
together, without each of them, with dropout in their place, at a constant
learning rate without and with early stopping, and without batch norm under three
initialisations. It prints one table (train_loss of the last epoch, the best
val_acc, test_acc and test_loss of the weights that reached it) and draws one
picture. An interrupted command goes on where it was.`,
		Example: "  hocsau check tips --data cifar10 --epochs 24 --patience 5",
		Args:    run.Takes(0, 1, "at most the name of a model"),
		RunE: func(c *cobra.Command, args []string) error {
			name := "resnet20"
			if len(args) == 1 {
				name = args[0]
			}
			s, err := a.Settings(name, given, c)
			if err != nil {
				return err
			}
			s.Epochs = given.Epochs
			if patience < 1 {
				return run.Usagef("--patience %d: expected at least 1", patience)
			}
			return checkTips(a, c, s, patience, run.OrElse(out, filepath.Join("runs", "tips-"+name)))
		},
	}
	given.StepFlags(c)
	f := c.Flags()
	f.IntVar(&given.Epochs, "epochs", 12, "passes over the training part in each trial")
	f.IntVar(&patience, "patience", 3, "epochs without improvement that end the trial of early stopping")
	f.StringVar(&out, "out", "", "folder of the runs and the picture (default runs/tips-MODEL)")
	return c
}

func checkTips(a *run.App, c *cobra.Command, s run.Settings, patience int, out string) error {
	m, err := a.Model(s.Model)
	if err != nil {
		return err
	}
	if _, ok := m.Keys["batch_norm"]; !ok {
		return run.Usagef("check tips %s: the model cannot do without batch norm; expected resnet20 or another ResNet for small pictures", s.Model)
	}
	base := map[string]string{"augment": "crop+flip", "weight_decay": "5e-4"}
	maps.Copy(base, s.Set)
	quiet := &run.App{In: a.In, Out: io.Discard, Err: a.Err, Areas: a.Areas, Catalog: a.Catalog}
	if !a.JSON {
		fmt.Fprintf(a.Out, "%s on %s, %d epochs, %s, learning rate %g\n", s.Model, s.Data, s.Epochs, s.Solver, s.LR)
		fmt.Fprintf(a.Out, "%-48s %10s %10s %10s %10s %7s\n", "", "train_loss", "val_acc", "test_acc", "test_loss", "epochs")
	}
	panels := []plot.Panel{{Title: "train_loss", XLabel: "epoch", LogY: true}, {Title: "val_loss", XLabel: "epoch", LogY: true}, {Title: "val_accuracy", XLabel: "epoch"}}
	for _, t := range trials(patience) {
		s.Set = maps.Clone(base)
		maps.Copy(s.Set, t.set)
		r, err := quiet.Train(c.Context(), filepath.Join(out, t.name), s)
		if errors.Is(err, train.ErrDiverged) {
			if err := t.diverged(a, err); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return errors.Wrapf(err, "trial %s", t.name)
		}
		if err := t.print(a, r); err != nil {
			return err
		}
		for i := range panels {
			line := plot.Series{Name: t.name}
			for _, e := range r.Last().History {
				v, ok := e.Validation.Get(panels[i].Title)
				if !ok {
					v = e.TrainLoss
				}
				line.Y = append(line.Y, v)
			}
			panels[i].Series = append(panels[i].Series, line)
		}
	}
	img, err := plot.Curves(panels...)
	if err != nil {
		return err
	}
	file := filepath.Join(out, "tips.png")
	if err := plot.WritePNG(file, img); err != nil {
		return err
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"event": "done", "model": s.Model, "data": s.Data, "file": filepath.ToSlash(file)})
	}
	_, err = fmt.Fprintf(a.Out, "drawn in %s\n", file)
	return err
}

// print prints the row of a trial.
func (t trial) print(a *run.App, r *run.Run) error {
	h := r.Last().History
	last := h[len(h)-1]
	best := 0.0
	for _, e := range h {
		v, _ := e.Validation.Get("val_accuracy")
		best = max(best, v)
	}
	test, _ := r.Tested().Get("test_accuracy")
	testLoss, _ := r.Tested().Get("test_loss")
	if a.JSON {
		keys := slices.Sorted(maps.Keys(t.set))
		set := make([]string, len(keys))
		for i, k := range keys {
			set[i] = k + "=" + t.set[k]
		}
		return a.PrintJSON(map[string]any{
			"trial": t.name, "set": strings.Join(set, ","), "train_loss": last.TrainLoss, "val_accuracy": best, "test_accuracy": test, "test_loss": testLoss, "epochs": len(h),
		})
	}
	_, err := fmt.Fprintf(a.Out, "%-48s %10.4f %10.4f %10.4f %10.4f %7d\n", t.says, last.TrainLoss, best, test, testLoss, len(h))
	return err
}

// diverged prints the row of a trial whose loss became infinite.
func (t trial) diverged(a *run.App, why error) error {
	if a.JSON {
		return a.PrintJSON(map[string]any{"trial": t.name, "error": run.OneLine(why.Error())})
	}
	_, err := fmt.Fprintf(a.Out, "%-48s training diverged\n", t.says)
	return err
}
