package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/losses"
)

// version returns the version of this build.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		GroupID: groupLook,
		Args:    takes(0, 0, "none"),
		RunE: func(*cobra.Command, []string) error {
			if a.json {
				return a.printJSON(map[string]any{"version": version(), "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH})
			}
			_, err := fmt.Fprintf(a.out, "hocsau %s, %s, %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "doctor",
		Short:   "Check that everything works on this machine",
		GroupID: groupLook,
		Args:    takes(0, 0, "none"),
		RunE:    func(*cobra.Command, []string) error { return a.doctor() },
	}
}

// finding is the result of one of the doctor's checks.
type finding struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Says  string `json:"says"`
}

func (a *app) doctor() error {
	list := []finding{
		{"version", true, fmt.Sprintf("hocsau %s, %s, %s/%s", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)},
		{"kernels", true, fmt.Sprintf("%s (best here: %s), %d threads", cpu.Level(), cpu.Best(), runtime.GOMAXPROCS(0))},
		checkGradients(),
		checkCache(),
		checkWritable(),
	}
	bad := 0
	for _, f := range list {
		if !f.OK {
			bad++
		}
		if a.json {
			if err := a.printJSON(f); err != nil {
				return err
			}
			continue
		}
		mark := "ok  "
		if !f.OK {
			mark = "FAIL"
		}
		fmt.Fprintf(a.out, "%s  %-10s %s\n", mark, f.Check, f.Says)
	}
	if bad > 0 {
		return errors.Errorf("doctor: %d of %d checks failed", bad, len(list))
	}
	return nil
}

// checkGradients compares the gradients of a small LeNet with finite
// differences.
func checkGradients() finding {
	f := finding{Check: "gradients"}
	report, err := gradients(models()["lenet-tanh"], 2, 5)
	if err != nil {
		f.Says = err.Error()
		return f
	}
	w := report.Worst()
	f.OK = w.RelativeError < 1e-5
	f.Says = fmt.Sprintf("LeNet against finite differences: worst relative error %.1e (%s)", w.RelativeError, w.Name)
	return f
}

// gradients checks the gradients of a model in float64 on random input.
func gradients(m model, batch, most int) (gradcheck.Report, error) {
	store := graph.NewStore(graph.Float64, 1)
	g := graph.New(store, graph.Train)
	x := g.Input("x", append([]int{batch}, m.input...)...)
	y := g.Labels("labels", batch)
	loss := losses.CrossEntropy(m.build(g.Scope(), m.input, m.classes).Forward(x), y, losses.CrossEntropyOpts{})
	prog, err := g.Compile(loss)
	if err != nil {
		return nil, err
	}
	values, labels := randomBatch(batch, size(m.input), m.classes)
	if err := prog.Run(x.FeedFloat64s(values), y.FeedInts(labels)); err != nil {
		return nil, err
	}
	return gradcheck.Check(prog, gradcheck.Opts{Most: most})
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
	f.Says = fmt.Sprintf("cache %s; here are: %s", root, orElse(strings.Join(here, ", "), "none but the generated ones"))
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
