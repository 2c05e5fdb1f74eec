package look

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/check"
	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/internal/kernels/cpu"
)

// Version returns the command that prints the version.
func Version(a *run.App) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		GroupID: run.GroupLook,
		Args:    run.Takes(0, 0, "none"),
		RunE: func(*cobra.Command, []string) error {
			if a.JSON {
				return a.PrintJSON(map[string]any{"version": run.Version(), "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH})
			}
			_, err := fmt.Fprintf(a.Out, "hocsau %s, %s, %s/%s\n", run.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// Doctor returns the command that checks the machine.
func Doctor(a *run.App) *cobra.Command {
	return &cobra.Command{
		Use:     "doctor",
		Short:   "Check that everything works on this machine",
		GroupID: run.GroupLook,
		Args:    run.Takes(0, 0, "none"),
		RunE:    func(c *cobra.Command, _ []string) error { return doctor(c.Context(), a) },
	}
}

// finding is the result of one of the doctor's checks.
type finding struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Says  string `json:"says"`
}

func doctor(ctx context.Context, a *run.App) error {
	list := []finding{
		{"version", true, fmt.Sprintf("hocsau %s, %s, %s/%s", run.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)},
		{"kernels", true, fmt.Sprintf("%s (best here: %s), %d threads", cpu.Level(), cpu.Best(), runtime.GOMAXPROCS(0))},
		checkGradients(ctx, a),
		checkCache(),
		checkWritable(),
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	bad := 0
	for _, f := range list {
		if !f.OK {
			bad++
		}
		if a.JSON {
			if err := a.PrintJSON(f); err != nil {
				return err
			}
			continue
		}
		mark := "ok  "
		if !f.OK {
			mark = "FAIL"
		}
		fmt.Fprintf(a.Out, "%s  %-10s %s\n", mark, f.Check, f.Says)
	}
	if bad > 0 {
		return errors.Errorf("doctor: %d of %d checks failed", bad, len(list))
	}
	return nil
}

// checkGradients compares the gradients of a small LeNet with finite
// differences.
func checkGradients(ctx context.Context, a *run.App) finding {
	f := finding{Check: "gradients"}
	report, err := check.Gradients(ctx, a.Models()["lenet-tanh"], 2, 5)
	if err != nil {
		f.Says = err.Error()
		return f
	}
	w := report.Worst()
	f.OK = w.Right(1e-5)
	f.Says = fmt.Sprintf("LeNet against finite differences: worst relative error %.1e (%s), rounding alone %.1e", w.RelativeError, w.Name, w.Noise)
	return f
}

func checkCache() finding {
	f := finding{Check: "data"}
	root, err := datasets.CacheRoot()
	if err != nil {
		f.Says = err.Error()
		return f
	}
	var here []string
	for _, s := range datasets.Catalog() {
		if s.Origin != datasets.Known {
			continue
		}
		if _, err := datasets.Find(s.Name, ""); err == nil {
			here = append(here, s.Name)
		}
	}
	f.OK = true
	f.Says = fmt.Sprintf("cache %s; here are: %s", root, run.OrElse(strings.Join(here, ", "), "none but the generated ones"))
	return f
}

func checkWritable() finding {
	f := finding{Check: "folder"}
	tmp, err := os.CreateTemp(".", ".hocsau-*")
	if err != nil {
		f.Says = "runs cannot be kept in this folder: " + err.Error()
		return f
	}
	_ = tmp.Close()
	if err := os.Remove(tmp.Name()); err != nil {
		f.Says = err.Error()
		return f
	}
	f.OK, f.Says = true, "runs can be kept in this folder"
	return f
}
