package gradcheck_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/nn"
)

// double is an operation of a user: 2x, whose gradient by x is said to be
// slope·dy.
type double struct {
	gorgonia.Op
	slope float64
}

// newDouble borrows shape and name from a stock operation.
func newDouble(x *graph.Node, slope float64) double {
	return double{gorgonia.Must(gorgonia.Tanh(x.Gorgonia())).Op(), slope}
}

func (d double) String() string   { return fmt.Sprintf("double %g", d.slope) }
func (d double) Hashcode() uint32 { return uint32(1000 * d.slope) }
func (d double) Type() hm.Type    { return d.Op.Type() }
func (d double) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return tensor.Mul(in[0], 2.)
}
func (d double) DiffWRT(inputs int) []bool { return []bool{true} }
func (d double) SymDiff(_ gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	n, err := gorgonia.Mul(grad, gorgonia.NewConstant(d.slope))
	return gorgonia.Nodes{n}, err
}

func TestCheck_findsAWrongGradient(t *testing.T) {
	for _, c := range []struct{ slope, want float64 }{
		{2, 0}, {2.002, 0.0005}, {1, 1. / 3}, {-2, 1}, {0, 1},
	} {
		g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
		good, w := g.Scope().Param("good", nn.Normal(0, 1), 4), g.Scope().Param("w", nn.Normal(0, 1), 5)
		loss := good.Square().Sum().Add(g.Apply(newDouble(w, c.slope), w).Sum())
		prog, err := g.Compile(loss)
		if err != nil {
			t.Fatal(err)
		}
		report, err := gradcheck.Check(prog, gradcheck.Opts{})
		if err != nil {
			t.Fatal(err)
		}
		if len(report) != 2 {
			t.Fatalf("%d results, want 2", len(report))
		}
		worst := report.Worst()
		if math.Abs(worst.RelativeError-c.want) > 1e-6 {
			t.Errorf("slope %g: relative error %g, want %g", c.slope, worst.RelativeError, c.want)
		}
		if c.want == 0 {
			continue
		}
		if worst.Name != "w" || worst.Checked != 5 || math.Abs(worst.Numerical-2) > 1e-6 || worst.Analytical != c.slope {
			t.Errorf("slope %g: %+v", c.slope, worst)
		}
		if report[1].Name != "good" || report[1].RelativeError > 1e-6 {
			t.Errorf("slope %g: %+v", c.slope, report[1])
		}
	}
}

// TestCheck_leavesAlone: parameters, buffers and loss are as before, and how
// many elements are checked is as asked for.
func TestCheck_leavesAlone(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x := g.Input("x", 8, 3)
	h := nn.NewLinear(g.Scope().At("fc"), 3, 20).Forward(x).Tanh()
	prog, err := g.Compile(nn.NewLinear(g.Scope().At("head"), 20, 1).Forward(h).Square().Mean())
	if err != nil {
		t.Fatal(err)
	}
	values := make([]float64, x.Len())
	for i := range values {
		values[i] = math.Sin(float64(i))
	}
	if err := prog.Run(x.FeedFloat64s(values)); err != nil {
		t.Fatal(err)
	}
	loss := prog.Loss()
	var before [][]float64
	for _, p := range g.Store().Params() {
		before = append(before, p.Values())
	}
	for _, c := range []struct{ most, want int }{{0, 50}, {7, 7}, {-1, 60}, {100, 60}} {
		report, err := gradcheck.Check(prog, gradcheck.Opts{Most: c.most, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range report {
			if r.Name == "fc.weight" && r.Checked != c.want {
				t.Errorf("most %d: %d elements, want %d", c.most, r.Checked, c.want)
			}
			if r.RelativeError > 1e-7 {
				t.Errorf("most %d: %+v", c.most, r)
			}
		}
	}
	for i, p := range g.Store().Params() {
		if !slices.Equal(p.Values(), before[i]) {
			t.Errorf("%s was changed", p.Name())
		}
	}
	if prog.Loss() != loss {
		t.Errorf("loss %v, was %v", prog.Loss(), loss)
	}
}

// stopAfter is a context that ends when it was asked n times.
type stopAfter struct {
	context.Context
	n int
}

func (s *stopAfter) Err() error {
	if s.n--; s.n < 0 {
		return context.Canceled
	}
	return nil
}

// TestCheckContext_stops: between two elements, with the parameters as before.
func TestCheckContext_stops(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	w := g.Scope().Param("w", nn.Normal(0, 1), 20)
	prog, err := g.Compile(w.Square().Sum())
	if err != nil {
		t.Fatal(err)
	}
	before := g.Store().Param("w").Values()
	ctx := &stopAfter{context.Background(), 7}
	if _, err := gradcheck.CheckContext(ctx, prog, gradcheck.Opts{}); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "gradient check: w") {
		t.Errorf("error %v", err)
	}
	if after := g.Store().Param("w").Values(); !slices.Equal(after, before) {
		t.Errorf("w is %v, was %v", after, before)
	}
}

func TestCheck_vanishing(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	w := g.Scope().Param("w", nn.Normal(0, 1), 2, 3)
	prog, err := g.Compile(w.Softmax(1).Sum()) // 2, whatever w
	if err != nil {
		t.Fatal(err)
	}
	report, err := gradcheck.Check(prog, gradcheck.Opts{})
	if w := report.Worst(); err != nil || !w.Right(1e-9) || !(w.RelativeError > 0.1) || !(w.Noise > w.RelativeError) {
		t.Errorf("%+v, %v: want the true relative error, below its noise", report, err)
	}
	if (gradcheck.Report{}).Worst() != (gradcheck.Result{}) {
		t.Error("the worst of nothing")
	}
}

// TestCheck_total: so many elements in all, of each parameter as many as it has
// and the others leave; progress is told.
func TestCheck_total(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	loss := g.Constant([]float64{0})
	for name, n := range map[string]int{"a": 100, "b": 2, "c": 40} {
		loss = loss.Add(g.Scope().Param(name, nn.Normal(0, 1), n).Square().Sum())
	}
	prog, err := g.Compile(loss)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		most, total int
		want        map[string]int
	}{
		{0, 0, map[string]int{"a": 50, "b": 2, "c": 40}},
		{-1, 200, map[string]int{"a": 100, "b": 2, "c": 40}},
		{-1, 31, map[string]int{"a": 14, "b": 2, "c": 14}},
		{10, 1000, map[string]int{"a": 10, "b": 2, "c": 10}},
		{-1, 3, map[string]int{"a": 1, "b": 1, "c": 1}},
	} {
		var told []int
		report, err := gradcheck.Check(prog, gradcheck.Opts{Most: c.most, Total: c.total, Progress: func(done, total int) { told = []int{done, total} }})
		if err != nil {
			t.Fatal(err)
		}
		got, sum := map[string]int{}, 0
		for _, r := range report {
			got[r.Name] = r.Checked
			sum += r.Checked
		}
		if !maps.Equal(got, c.want) || !slices.Equal(told, []int{sum, sum}) {
			t.Errorf("most %d, total %d: %v, told %v, want %v", c.most, c.total, got, told, c.want)
		}
	}
	report, err := gradcheck.Check(prog, gradcheck.Opts{Total: 2})
	if err != nil || len(report) != 2 || report[0].Checked != 1 {
		t.Errorf("2 of 3 parameters: %+v, %v", report, err)
	}
}

func TestCheck_oneElement(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	prog, err := g.Compile(g.Scope().Param("w", graph.Constant(3), 1).Square().Sum())
	if err != nil {
		t.Fatal(err)
	}
	report, err := gradcheck.Check(prog, gradcheck.Opts{})
	if err != nil || report.Worst().RelativeError > 1e-8 || report.Worst().Analytical != 6 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestCheck_failures(t *testing.T) {
	for name, c := range map[string]struct {
		dtype graph.DType
		mode  graph.Mode
		feed  bool
		want  string
	}{
		"float32":      {graph.Float32, graph.Train, true, "gradient check: a store of float32, expected float64"},
		"evaluation":   {graph.Float64, graph.Eval, true, "gradient check: the program has no gradients by parameters"},
		"without feed": {graph.Float64, graph.Train, false, "gradient check: Run: input x(2) is not fed"},
	} {
		g := graph.New(graph.NewStore(c.dtype, 1), c.mode)
		x := g.Input("x", 2)
		prog, err := g.Compile(g.Scope().Param("w", graph.Constant(1), 2).Mul(x).Sum())
		if err != nil {
			t.Fatal(err)
		}
		if c.feed {
			if err := prog.Run(x.FeedFloat64s([]float64{1, 2})); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := gradcheck.Check(prog, gradcheck.Opts{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// TestSection3_5_StepSize: for f = x³ the error of the central difference is
// h² exactly, as far as rounding lets it be seen.
func TestSection3_5_StepSize(t *testing.T) {
	cube := func(x []float64) float64 { return x[0] * x[0] * x[0] }
	for _, h := range []float64{1, 0.5, 0.125} { // powers of two: no rounding
		x := []float64{2}
		if got, want := gradcheck.Numerical(cube, x, h)[0], 12+h*h; got != want {
			t.Errorf("h = %g: %v, want %v", h, got, want)
		}
		if x[0] != 2 {
			t.Errorf("x was changed to %v", x[0])
		}
	}
	errorAt := func(h float64) float64 {
		return gradcheck.RelativeError(gradcheck.Numerical(cube, []float64{2}, h), []float64{12})
	}
	if best := errorAt(1e-5); best > errorAt(1e-1) || best > errorAt(1e-13) {
		t.Error("a step of 1e-5 is not better than 0.1, where the formula errs, or 1e-13, where rounding does")
	}
}

func TestSection3_5_RelativeError(t *testing.T) {
	for _, c := range []struct {
		n, a []float64
		want float64
	}{
		{[]float64{3, 4}, []float64{3, 4}, 0},
		{[]float64{3, 4}, []float64{0, 0}, 1},
		{[]float64{3, 4}, []float64{-3, -4}, 1},
		{[]float64{3, 0}, []float64{1, 0}, 0.5},
		{[]float64{0, 0}, []float64{0, 0}, 0},
		{nil, nil, 0},
	} {
		if got := gradcheck.RelativeError(c.n, c.a); got != c.want {
			t.Errorf("%v %v: %v, want %v", c.n, c.a, got, c.want)
		}
	}
}
