package solvers_test

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/solvers"
)

// line is a bare Gorgonia graph: the mean of (a·x + b − y)² over four points
// of y = 3x − 1, where a [1, 1] is a matrix and b a scalar.
type line struct {
	a, b  *gorgonia.Node
	loss  gorgonia.Value
	vm    gorgonia.VM
	model []gorgonia.ValueGrad
}

func newLine(t *testing.T, dtype tensor.Dtype, names ...gorgonia.NodeConsOpt) *line {
	t.Helper()
	g := gorgonia.NewGraph()
	points, targets := []float64{-1, 0, 1, 2}, []float64{-4, -1, 2, 5}
	constant := func(name string, values []float64) *gorgonia.Node {
		v := newValue("", dtype == tensor.Float32, values, 4, 1)
		return gorgonia.NodeFromAny(g, v.w, gorgonia.WithName(name))
	}
	l := &line{}
	zero := newValue("", dtype == tensor.Float32, []float64{0}, 1, 1)
	l.a = gorgonia.NewMatrix(g, dtype, gorgonia.WithShape(1, 1), gorgonia.WithName("a"), gorgonia.WithValue(zero.w))
	if dtype == tensor.Float32 {
		l.b = gorgonia.NewScalar(g, dtype, gorgonia.WithName("b"), gorgonia.WithValue(float32(0)))
	} else {
		l.b = gorgonia.NewScalar(g, dtype, gorgonia.WithName("b"), gorgonia.WithValue(0.0))
	}
	for _, n := range names {
		n(l.b)
	}
	y := gorgonia.Must(gorgonia.Add(gorgonia.Must(gorgonia.Mul(constant("x", points), l.a)), l.b))
	loss := gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(gorgonia.Must(gorgonia.Sub(y, constant("y", targets)))))))
	gorgonia.Read(loss, &l.loss)
	if _, err := gorgonia.Grad(loss, l.a, l.b); err != nil {
		t.Fatal(err)
	}
	l.vm = gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(l.a, l.b))
	l.model = []gorgonia.ValueGrad{l.a, l.b}
	t.Cleanup(func() { _ = l.vm.Close() })
	return l
}

// step runs the machine and the optimiser once and returns the loss.
func (l *line) step(t *testing.T, opt gorgonia.Solver) float64 {
	t.Helper()
	if err := l.vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	l.vm.Reset()
	loss := scalar(l.loss)
	if err := opt.Step(l.model); err != nil {
		t.Fatal(err)
	}
	return loss
}

func scalar(v gorgonia.Value) float64 {
	switch x := v.(type) {
	case *gorgonia.F32:
		return float64(*x)
	case *gorgonia.F64:
		return float64(*x)
	case *tensor.Dense:
		return get(x)[0]
	}
	return math.NaN()
}

// Every optimiser fits the line on a machine of Gorgonia's, which adds to the
// gradients: it would fail were they not zeroed.
func TestBareGraph(t *testing.T) {
	rates := map[string]float64{"sgd": 0.1, "momentum": 0.02, "nesterov": 0.02, "adagrad": 0.5, "adadelta": 5}
	for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		for _, name := range solvers.Names() {
			t.Run(name+" "+dtype.String(), func(t *testing.T) {
				rate := rates[name]
				if rate == 0 {
					rate = 0.05
				}
				opt, err := solvers.New(name, rate)
				if err != nil {
					t.Fatal(err)
				}
				opt.Common().WeightDecay = 0
				l := newLine(t, dtype)
				loss := 0.0
				for range 300 {
					loss = l.step(t, opt)
					for _, v := range l.model {
						if g, err := v.Grad(); err != nil || scalar(g) != 0 {
							t.Fatalf("gradient %v after a step, error %v; want 0", g, err)
						}
					}
				}
				if a, b := scalar(l.a.Value()), scalar(l.b.Value()); loss > 0.02 || math.Abs(a-3) > 0.2 || math.Abs(b+1) > 0.2 {
					t.Errorf("after 300 steps loss %g, line %gx%+g; want 3x−1", loss, a, b)
				}
			})
		}
	}
}

// SGD and Adam go the way of Gorgonia's own, which are right.
func TestBareGraph_asGorgonia(t *testing.T) {
	for _, test := range []struct {
		name        string
		ours, stock gorgonia.Solver
	}{
		{"sgd", solvers.NewSGD(0.1), gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.1))},
		{"adam", solvers.NewAdam(0.1), gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.1))},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := newLine(t, tensor.Float64), newLine(t, tensor.Float64)
			for k := range 50 {
				got, want := a.step(t, test.ours), b.step(t, test.stock)
				if math.Abs(got-want) > 1e-9*(1+want) { // rounding, grown over the steps
					t.Fatalf("step %d: loss %.17g, Gorgonia's %.17g", k, got, want)
				}
			}
		})
	}
}

// Within one graph Gorgonia takes two leaves without names for one; so each has
// its own.
func TestBareGraph_withoutNames(t *testing.T) {
	var model []gorgonia.ValueGrad
	for range 2 {
		g := gorgonia.NewGraph()
		n := gorgonia.NewScalar(g, tensor.Float64, gorgonia.WithValue(4.0))
		if _, err := gorgonia.Grad(gorgonia.Must(gorgonia.Square(n)), n); err != nil {
			t.Fatal(err)
		}
		vm := gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(n))
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		if err := vm.Close(); err != nil {
			t.Fatal(err)
		}
		model = append(model, n)
	}
	opt := solvers.NewMomentum(0.1)
	if err := opt.Step(model); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range opt.State() {
		names = append(names, e.Name)
	}
	if got, want := strings.Join(names, " "), "#0/steps #0/velocity #1/steps #1/velocity"; got != want {
		t.Errorf("state %s, want %s", got, want)
	}
}

func TestBareGraph_oneNameTwice(t *testing.T) {
	l := newLine(t, tensor.Float64, gorgonia.WithName("a"))
	if err := l.vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	err := solvers.NewAdam(0.1).Step(l.model)
	const want = "adam step: value 1: a: "
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q in it", err, want)
	}
}
