package check

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
)

// tolerance is the relative error up to which gradients count as right: with
// h = 1e-6 in float64 rounding alone makes about 1e-8; a kink of ReLU or a tie
// in max pooling within h of a point makes single elements differ.
const tolerance = 1e-5

// sample says which elements are compared.
type sample struct {
	most  int  // of each parameter; -1 for all
	given bool // most was asked for: the time does not count
	all   bool
}

// The time that a sample is made for, and between two lines of progress.
const (
	enoughTime   = 30 * time.Second
	progressTime = 5 * time.Second
)

func checkGrad(ctx context.Context, a *run.App, name string, s sample) error {
	m, err := a.Model(name)
	if err != nil {
		return err
	}
	if s.all {
		s.most = -1
	}
	prog, one, err := program(m, 4)
	if err != nil {
		return err
	}
	o := gradcheck.Opts{Most: s.most}
	if !s.all && !s.given {
		o.Total = max(1, int(enoughTime/(2*one)))
	}
	began, told := time.Now(), time.Time{}
	o.Progress = func(done, total int) {
		switch now := time.Now(); {
		case told.IsZero():
			fmt.Fprintf(a.Err, "hocsau: comparing %s\n", s.size(prog, total))
			told = now
		case done < total && now.Sub(told) >= progressTime:
			left := time.Duration(float64(now.Sub(began)) / float64(done) * float64(total-done))
			fmt.Fprintf(a.Err, "hocsau: compared %d of %d, about %s left\n", done, total, left.Round(time.Second))
			told = now
		}
	}
	report, err := gradcheck.CheckContext(ctx, prog, o)
	if err != nil {
		return err
	}
	return showGrad(a, report, len(prog.Gradients()))
}

// size says in words how large the sample is.
func (s sample) size(prog *graph.Program, total int) string {
	all := 0
	for _, vg := range prog.Gradients() {
		if d, err := vg.Grad(); err == nil {
			all += d.Shape().TotalSize()
		}
	}
	parameters := fmt.Sprintf("of the %d numbers of %d parameters", all, len(prog.Gradients()))
	if total == all {
		return fmt.Sprintf("all %s", parameters[len("of "):])
	}
	return fmt.Sprintf("a sample of %d %s; --all compares all", total, parameters)
}

func showGrad(a *run.App, report gradcheck.Report, parameters int) error {
	bad, noisy := 0, 0
	if !a.JSON {
		fmt.Fprintf(a.Out, "%-20s %8s %12s %12s %14s %14s\n", "parameter", "compared", "rel. error", "noise", "numerical", "analytical")
	}
	for _, r := range report {
		right := r.Right(tolerance)
		switch {
		case !right:
			bad++
		case r.RelativeError > tolerance:
			noisy++
		}
		var err error
		if a.JSON {
			err = a.PrintJSON(map[string]any{"parameter": r.Name, "compared": r.Checked, "relative_error": r.RelativeError, "noise": r.Noise, "ok": right})
		} else {
			_, err = fmt.Fprintf(a.Out, "%-20s %8d %12.1e %12.1e %14.6g %14.6g\n", r.Name, r.Checked, r.RelativeError, r.Noise, r.Numerical, r.Analytical)
		}
		if err != nil {
			return err
		}
	}
	if bad > 0 {
		return errors.Errorf("check grad: %d of %d parameters differ by more than %g and by more than rounding, expected none", bad, len(report), tolerance)
	}
	if !a.JSON {
		verdict := fmt.Sprintf("gradients are right: every relative error is below %g", tolerance)
		if noisy > 0 {
			verdict += fmt.Sprintf(", or below its noise (%d)", noisy)
		}
		if n := parameters - len(report); n > 0 {
			verdict += fmt.Sprintf("; %d parameters were not compared", n)
		}
		fmt.Fprintln(a.Out, verdict)
	}
	return nil
}

// Gradients checks the gradients of a model in float64 on random input.
func Gradients(ctx context.Context, m run.Model, batch, most int) (gradcheck.Report, error) {
	prog, _, err := program(m, batch)
	if err != nil {
		return nil, err
	}
	return gradcheck.CheckContext(ctx, prog, gradcheck.Opts{Most: most})
}

// program compiles a model in float64, runs it on random input and returns how
// long its loss alone takes.
func program(m run.Model, batch int) (*graph.Program, time.Duration, error) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	built := m.Build(g, batch)
	prog, err := g.Compile(built.Loss)
	if err != nil {
		return nil, 0, err
	}
	if err := prog.Run(built.Feed(rand.New(rand.NewPCG(1, 1)))...); err != nil {
		return nil, 0, err
	}
	loss, err := prog.LossAlone()
	if err != nil {
		return nil, 0, err
	}
	var one time.Duration
	for i := range 3 { // the first one warms up
		began := time.Now()
		if err := loss.Run(); err != nil {
			return nil, 0, err
		}
		if took := time.Since(began); i == 1 || i > 1 && took < one {
			one = took
		}
	}
	return prog, max(one, time.Microsecond), nil
}
