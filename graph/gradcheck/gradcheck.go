// Package gradcheck compares the gradients of a program with finite
// differences:
//
//	report, err := gradcheck.Check(prog, gradcheck.Opts{})
//	if w := report.Worst(); !w.Right(1e-6) { … }
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
	// Total is how many elements are checked at most: fewer of the parameters that
	// have many. Below the number of parameters, some are left out. 0 means no
	// bound.
	Total int
	Seed  uint64
	// Progress, where it is set, is called after each element.
	Progress func(done, total int)
}

// Result is the comparison for one parameter.
type Result struct {
	Name string
	// Checked is the number of elements compared.
	Checked int
	// RelativeError is ‖n − a‖/(‖n‖ + ‖a‖) over them, for the numerical
	// gradient n and the analytical one a; 0 where both are 0.
	RelativeError float64
	// Noise is the relative error that the rounding of the loss alone may make of
	// n. It is large where the gradients vanish.
	Noise float64
	// Index is the element with the greatest difference.
	Index                 int
	Numerical, Analytical float64
}

// Right reports whether the relative error is within the tolerance, or within
// what rounding may make of it.
func (r Result) Right(tolerance float64) bool { return r.RelativeError <= max(tolerance, r.Noise) }

// excess is how far the relative error is beyond the noise.
func (r Result) excess() float64 {
	if math.IsNaN(r.RelativeError) {
		return math.Inf(1)
	}
	return r.RelativeError - r.Noise
}

// Report is the comparison for all parameters, that with the greatest relative
// error beyond its noise first.
type Report []Result

// Worst returns the result with the greatest relative error beyond its noise.
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
// An element takes two runs of the loss.
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
	loss, err := prog.LossAlone()
	if err != nil {
		return nil, errors.Wrap(err, "gradient check")
	}
	elements := chosen(params, o)
	total, done := 0, 0
	for _, list := range elements {
		total += len(list)
	}
	var report Report
	for i, p := range params {
		if len(elements[i]) == 0 {
			continue
		}
		r, err := p.compare(ctx, loss, elements[i], o.Step, func() {
			if done++; o.Progress != nil {
				o.Progress(done, total)
			}
		})
		if err != nil {
			return nil, errors.Wrapf(err, "gradient check: %s", p.Name())
		}
		report = append(report, r)
	}
	sort.SliceStable(report, func(i, j int) bool { return report[i].excess() > report[j].excess() })
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

// compare compares some elements, with step h or, where that is 0, one of each's
// own.
func (p param) compare(ctx context.Context, loss *graph.Program, elements []int, step float64, done func()) (Result, error) {
	r := Result{Name: p.Name(), Checked: len(elements)}
	x := p.Float64s()
	noise := 0.0
	var ns, as []float64
	worst := -1.0
	for _, i := range elements {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		h := step
		if h == 0 {
			h = 1e-6 * math.Max(1, math.Abs(x[i]))
		}
		var failure error
		n := central(func(v float64) float64 {
			old := x[i]
			x[i] = v
			err := loss.Run()
			x[i] = old
			if err != nil && failure == nil {
				failure = err
			}
			return loss.Scalar(loss.Fetched(0))
		}, x[i], h)
		if failure != nil {
			return r, failure
		}
		ns, as = append(ns, n), append(as, p.analytical[i])
		noise = math.Max(noise, 1e-15*math.Max(1, math.Abs(loss.Scalar(loss.Fetched(0))))/h)
		if d := math.Abs(n - p.analytical[i]); d > worst || math.IsNaN(d) {
			worst, r.Index, r.Numerical, r.Analytical = d, i, n, p.analytical[i]
		}
		done()
	}
	r.RelativeError = RelativeError(ns, as)
	spread := noise * math.Sqrt(float64(r.Checked)) // of all elements together
	if norm(as) <= 10*spread {
		spread *= 10 // little but rounding is left, of more than the last operation
	}
	if size := norm(ns) + norm(as); size > 0 {
		r.Noise = spread / size
	}
	return r, nil
}

// chosen returns the elements of each parameter to check.
func chosen(params []param, o Opts) [][]int {
	most := o.Most
	if most == 0 {
		most = 50
	}
	sizes := make([]int, len(params))
	largest := 0
	for i, p := range params {
		if sizes[i] = len(p.analytical); most > 0 {
			sizes[i] = min(sizes[i], most)
		}
		largest = max(largest, sizes[i])
	}
	each := largest
	if o.Total > 0 {
		each = sort.Search(largest, func(n int) bool { return sumOf(sizes, n+1) > o.Total })
	}
	elements := make([][]int, len(params))
	for i, p := range params {
		elements[i] = sample(len(p.analytical), min(sizes[i], each), o.Seed)
	}
	if each == 0 { // not even one of each
		for _, i := range sample(len(params), min(o.Total, len(params)), o.Seed) {
			elements[i] = sample(len(params[i].analytical), 1, o.Seed)
		}
	}
	return elements
}

// sumOf returns Σ min(size, most).
func sumOf(sizes []int, most int) int {
	sum := 0
	for _, n := range sizes {
		sum += min(n, most)
	}
	return sum
}

// sample returns k of the numbers below n, in order.
func sample(n, k int, seed uint64) []int {
	order := rand.New(rand.NewPCG(seed, uint64(n))).Perm(n)[:k]
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
