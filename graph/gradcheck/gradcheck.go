// Package gradcheck compares the gradients of a program with finite
// differences:
//
//	report, err := gradcheck.Check(prog, gradcheck.Opts{})
//	if w := report.Worst(); w.RelativeError > 1e-6 { … }
//
// The program's store is float64; its inputs have been fed by a run.
//
// Source: cheatsheet §3.5.
package gradcheck

import (
	"context"
	"math"
	"math/rand/v2"
	"sort"

	"github.com/pkg/errors"
	"gonum.org/v1/gonum/floats"

	"github.com/hocsau/hocsau/graph"
)

// Opts are the settings of a check; the zero value is the common case.
type Opts struct {
	// Step is h in (f(x + h) − f(x − h))/2h; 0 means 1e-6·max(1, |x|), near
	// the cube root of the machine precision, where the error of the formula
	// and that of rounding are about equal.
	Step float64
	// Most is how many elements of each parameter are checked, chosen by Seed;
	// 0 means 50, a negative number all.
	Most int
	Seed uint64
}

// Result is the comparison for one parameter.
type Result struct {
	Name string
	// Checked is the number of elements compared.
	Checked int
	// RelativeError is ‖n − a‖/(‖n‖ + ‖a‖) over them, for the numerical
	// gradient n and the analytical one a; 0 where they are equal, or both
	// vanish, up to what the rounding of the loss does to n.
	RelativeError float64
	// Index is the element with the greatest difference.
	Index                 int
	Numerical, Analytical float64
}

// Report is the comparison for all parameters, the worst first.
type Report []Result

// Worst returns the result with the greatest relative error.
func (r Report) Worst() Result {
	if len(r) == 0 {
		return Result{}
	}
	return r[0]
}

// Check compares the program's gradients by its parameters with finite
// differences. The parameters are left as they were.
func Check(prog *graph.Program, o Opts) (Report, error) {
	return CheckContext(context.Background(), prog, o)
}

// CheckContext is Check until ctx is done; it then returns the context's error.
// An element takes two runs of the program.
func CheckContext(ctx context.Context, prog *graph.Program, o Opts) (Report, error) {
	if err := prog.Run(); err != nil {
		return nil, errors.Wrap(err, "gradient check")
	}
	if len(prog.Gradients()) == 0 {
		return nil, errors.New("gradient check: the program has no gradients by parameters")
	}
	// All gradients are taken first: the runs that follow overwrite them.
	var params []param
	for _, vg := range prog.Gradients() {
		p, ok := vg.(named)
		if !ok || p.Float64s() == nil {
			return nil, errors.New("gradient check: a store of float32, expected float64")
		}
		grad, err := vg.Grad()
		if err != nil {
			return nil, errors.Wrapf(err, "gradient check: %s", p.Name())
		}
		params = append(params, param{p, append([]float64(nil), grad.Data().([]float64)...)})
	}
	var report Report
	for _, p := range params {
		r, err := compare(ctx, prog, p, o)
		if err != nil {
			return nil, err
		}
		report = append(report, r)
	}
	if err := prog.Run(); err != nil {
		return nil, err
	}
	sort.SliceStable(report, func(i, j int) bool { return report[i].RelativeError > report[j].RelativeError })
	return report, nil
}

// named is a parameter of a float64 store.
type named interface {
	Name() string
	Float64s() []float64
}

// param is a parameter with its analytical gradient.
type param struct {
	named
	analytical []float64
}

func compare(ctx context.Context, prog *graph.Program, p param, o Opts) (Result, error) {
	r := Result{Name: p.Name()}
	x := p.Float64s()
	noise := 0.0
	var ns, as []float64
	worst := -1.0
	for _, i := range chosen(len(x), o) {
		if err := ctx.Err(); err != nil {
			return r, errors.Wrapf(err, "gradient check: %s", p.Name())
		}
		h := o.Step
		if h == 0 {
			h = 1e-6 * math.Max(1, math.Abs(x[i]))
		}
		var failure error
		n := central(func(v float64) float64 {
			old := x[i]
			x[i] = v
			err := prog.Run()
			x[i] = old
			if err != nil && failure == nil {
				failure = err
			}
			return prog.Loss()
		}, x[i], h)
		if failure != nil {
			return r, errors.Wrapf(failure, "gradient check: %s", p.Name())
		}
		ns, as = append(ns, n), append(as, p.analytical[i])
		noise = math.Max(noise, 1e-15*math.Max(1, math.Abs(prog.Loss()))/h)
		if d := math.Abs(n - p.analytical[i]); d > worst || math.IsNaN(d) {
			worst, r.Index, r.Numerical, r.Analytical = d, i, n, p.analytical[i]
		}
	}
	r.Checked = len(ns)
	r.RelativeError = RelativeError(ns, as)
	if worst <= noise || worst <= 10*noise && norm(as) <= 10*noise*math.Sqrt(float64(r.Checked)) {
		r.RelativeError = 0 // they are equal, or both vanish, up to the rounding of the loss
	}
	return r, nil
}

// chosen returns the elements to check.
func chosen(n int, o Opts) []int {
	most := o.Most
	if most == 0 {
		most = 50
	}
	order := rand.New(rand.NewPCG(o.Seed, uint64(n))).Perm(n)
	if most > 0 && most < n {
		order = order[:most]
	}
	sort.Ints(order)
	return order
}

// central returns (f(x + h) − f(x − h))/2h.
func central(f func(float64) float64, x, h float64) float64 {
	return (f(x+h) - f(x-h)) / (2 * h)
}

// Numerical returns the gradient of f at x by central differences of step h:
// (f(x + h·e_i) − f(x − h·e_i))/2h for each i. x is left as it was.
//
// Source: cheatsheet §3.5.
func Numerical(f func(x []float64) float64, x []float64, h float64) []float64 {
	g := make([]float64, len(x))
	for i, old := range x {
		g[i] = central(func(v float64) float64 {
			x[i] = v
			y := f(x)
			x[i] = old
			return y
		}, old, h)
	}
	return g
}

// RelativeError returns ‖n − a‖/(‖n‖ + ‖a‖), in Euclidean norms; 0 where both
// vanish.
func RelativeError(numerical, analytical []float64) float64 {
	d := make([]float64, len(numerical))
	for i := range d {
		d[i] = numerical[i] - analytical[i]
	}
	if norm(d) == 0 {
		return 0
	}
	return norm(d) / (norm(numerical) + norm(analytical))
}

func norm(x []float64) float64 { return floats.Norm(x, 2) }
