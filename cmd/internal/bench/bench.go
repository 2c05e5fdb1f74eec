package bench

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sort"
	"time"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/par"
	"github.com/hocsau/hocsau/internal/kernels/peak"
)

// benchTask is a piece of work to time.
type benchTask struct {
	unit  string
	batch int     // examples a step
	per   float64 // units a step
	flops float64 // floating-point operations a step, 0 where they are not counted
	step  func() error
	extra map[string]any
}

// The length of a benchmark: repeats of at least so long after a warm-up.
const (
	benchRepeats = 7
	benchLeast   = 300 * time.Millisecond
)

// Command returns bench.
func Command(a *run.App) *cobra.Command {
	var profile bool
	var corpus string
	var steps, batch int
	c := &cobra.Command{
		Use:     "bench [TASK|FILE.onnx…]",
		Short:   "Measure the speed of this machine on the usual tasks",
		GroupID: run.GroupLook,
		Long: `bench prints one line of JSON a task: the median of several repeats after a
warm-up. config has the floating-point operations a step and a second, their
share of what this machine can do at most, the memory, and the objects that a
step allocates. Without a task it lists them.`,
		Example: "  hocsau bench lenet_relu_train\n  hocsau bench lenet_relu_train --profile",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return list(a)
			}
			if steps < 0 {
				return run.Usagef("--steps is %d, expected 1 or more", steps)
			}
			// What the process did before would count as its start.
			if slices.Contains(args, "startup") && args[0] != "startup" {
				return run.Usagef("bench startup measures from the start of the process: expected it first, found %s before it", args[0])
			}
			if batch < 1 {
				return run.Usagef("--batch %d: expected at least 1", batch)
			}
			for _, name := range args {
				if err := bench(c.Context(), a, name, profile, corpus, steps, batch); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&corpus, "corpus", "", "a text for the tasks of word vectors (default: a text that is made up)")
	c.Flags().IntVar(&steps, "steps", 0, "time so many steps in place of repeats, for programs that count instructions")
	c.Flags().IntVar(&batch, "batch", 1, "examples a step of an ONNX file whose batch size is free")
	c.Flags().BoolVar(&profile, "profile", false, "print the time of each operation instead")
	return c
}

func list(a *run.App) error {
	names := run.Keys(benchTasks())
	sort.Strings(names)
	for _, n := range names {
		if a.JSON {
			if err := a.PrintJSON(map[string]any{"task": n}); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Fprintln(a.Out, n); err != nil {
			return err
		}
	}
	return nil
}

func bench(ctx context.Context, a *run.App, name string, profile bool, corpus string, steps, batch int) error {
	build, ok := benchTasks()[name]
	if run.IsONNX(name) {
		build, ok = func(b *bencher) (*benchTask, error) { return b.imported(name, batch) }, true
	}
	if !ok {
		return run.Unknown("task", name, run.Keys(benchTasks()))
	}
	b := &bencher{profile: profile, corpus: corpus}
	defer func() {
		for _, end := range b.ends {
			end()
		}
	}()
	t, err := build(b)
	if err != nil {
		return errors.Wrapf(err, "bench %s", name)
	}
	if err := t.step(); err != nil {
		return errors.Wrapf(err, "bench %s", name)
	}
	if steps > 0 && name != "startup" {
		begin := time.Now()
		for range steps {
			if err := t.step(); err != nil {
				return errors.Wrapf(err, "bench %s", name)
			}
		}
		return line(a, name, t, []float64{time.Since(begin).Seconds() / float64(steps)}, 0)
	}
	if name == "startup" {
		return line(a, name, t, []float64{time.Since(processStart()).Seconds()}, 0)
	}
	if profile {
		return showProfile(ctx, a, b, t)
	}
	times, most, err := measure(ctx, t)
	if err != nil {
		return errors.Wrapf(err, "bench %s", name)
	}
	return line(a, name, t, times, most)
}

// allocations returns how many objects a step allocates: the least of a few
// steps, since a thread that had ended for want of work is started anew.
func allocations(step func() error) (uint64, error) {
	least := uint64(math.MaxUint64)
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := step(); err != nil {
			return 0, err
		}
		runtime.ReadMemStats(&after)
		least = min(least, after.Mallocs-before.Mallocs)
	}
	return least, nil
}

// measure returns the seconds a step takes in each repeat, sorted, and the
// floating-point operations a second that the machine can do: the median of
// what it did before, between and after the repeats.
func measure(ctx context.Context, t *benchTask) (times []float64, most float64, err error) {
	repeat := func(steps int) (time.Duration, error) {
		begin := time.Now()
		for range steps {
			if err := t.step(); err != nil {
				return 0, err
			}
		}
		return time.Since(begin), nil
	}
	inner := 1
	for { // the warm-up also finds how many steps a repeat has
		took, err := repeat(inner)
		if err != nil {
			return nil, 0, err
		}
		if took >= benchLeast {
			break
		} else if took < benchLeast/8 {
			inner *= 4
		} else {
			inner = int(1.2*float64(inner)*float64(benchLeast)/float64(took)) + 1
		}
	}
	pool := par.New(0)
	defer pool.Close()
	peaks := []float64{peak.Measure(pool)}
	for range benchRepeats {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		took, err := repeat(inner)
		if err != nil {
			return nil, 0, err
		}
		times = append(times, took.Seconds()/float64(inner))
		peaks = append(peaks, peak.Measure(pool))
	}
	slices.Sort(times)
	slices.Sort(peaks)
	return times, peaks[len(peaks)/2], nil
}

func line(a *run.App, name string, t *benchTask, times []float64, most float64) error {
	median := times[len(times)/2]
	objects, err := allocations(t.step)
	if err != nil {
		return errors.Wrapf(err, "bench %s", name)
	}
	memory := peakMemory() >> 20
	config := map[string]any{
		"threads": graph.NewStore(graph.Float32, 0).Threads(),
		"ms":      1e3 * median, "ms_min": 1e3 * times[0], "ms_max": 1e3 * times[len(times)-1],
		"repeats": len(times), "rss_mb": memory,
		"allocations": objects, "kernels": cpu.Level().String(),
	}
	if t.batch > 0 {
		config["batch"] = t.batch
	}
	if t.flops > 0 {
		config["gflop"], config["gflops"] = t.flops/1e9, t.flops/median/1e9
		if most > 0 {
			config["peak_gflops"], config["share_of_peak"] = most/1e9, t.flops/median/most
		}
	}
	for k, v := range t.extra {
		config[k] = v
	}
	value := t.per / median
	if t.unit == "s" {
		value = median
	}
	return a.PrintJSON(map[string]any{"system": "hocsau", "task": name, "unit": t.unit, "value": value, "config": config})
}

// bencher makes the inputs of tasks.
type bencher struct {
	profile bool
	corpus  string   // a text for word vectors; "" for one that is made
	ends    []func() // called when the task is no longer needed
	progs   []*graph.Program
}

// normal returns n numbers from the normal distribution.
func normal(n int) []float32 {
	r := rand.New(rand.NewPCG(0, uint64(n)))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// below returns n integers in [0, m).
func below(n, m int) []int {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	x := make([]int, n)
	for i := range x {
		x[i] = r.IntN(m)
	}
	return x
}

// showProfile prints where the time of a step goes.
func showProfile(ctx context.Context, a *run.App, b *bencher, t *benchTask) error {
	for _, p := range b.progs {
		p.Profile(true)
	}
	steps := 0
	for begin := time.Now(); time.Since(begin) < 2*time.Second; steps++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := t.step(); err != nil {
			return err
		}
	}
	for _, p := range b.progs {
		total := time.Duration(0)
		rows := p.Times()
		for _, r := range rows {
			total += r.Time
		}
		for _, r := range rows {
			fmt.Fprintf(a.Out, "%9.1f µs  %5.1f %%  %s\n", float64(r.Time.Microseconds())/float64(steps), 100*float64(r.Time)/float64(total), r.Operation)
		}
		fmt.Fprintf(a.Out, "%9.1f µs in operations\n", float64(total.Microseconds())/float64(steps))
	}
	return nil
}
