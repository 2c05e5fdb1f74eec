package solvers_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers"
)

// valley is Rosenbrock's function (1 − x)² + 100·(y − x²)², lowest at (1, 1).
func valley(t *testing.T, dtype graph.DType) (*graph.Store, *graph.Program) {
	t.Helper()
	store := graph.NewStore(dtype, 1)
	g := graph.New(store, graph.Train)
	p := g.Scope().Param("p", nn.Constant(-1.2), 2)
	x, y := p.Slice(0, 0, 1), p.Slice(0, 1, 2)
	f := x.Neg().Shift(1).Square().Add(y.Sub(x.Square()).Square().Scale(100)).Sum()
	prog, err := g.Compile(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Param("p").SetValues([]float64{-1.2, 1}); err != nil {
		t.Fatal(err)
	}
	return store, prog
}

func lossOf(prog *graph.Program) func() (float64, error) {
	return func() (float64, error) {
		err := prog.Run()
		return prog.Loss(), err
	}
}

func TestLBFGS_valley(t *testing.T) {
	for _, c := range []struct {
		dtype     graph.DType
		tolerance float64
	}{
		{graph.Float64, 1e-5}, // the square root of the change at which the search ends
		{graph.Float32, 1e-2}, // the valley is flat: rounding of 1e-7 hides steps of its root
	} {
		store, prog := valley(t, c.dtype)
		m, err := solvers.NewLBFGS(prog.Gradients()).Minimize(lossOf(prog))
		if err != nil {
			t.Fatal(err)
		}
		at := store.Param("p").Values()
		if math.Abs(at[0]-1) > c.tolerance || math.Abs(at[1]-1) > 2*c.tolerance || !m.Converged {
			t.Errorf("%v: %v at %v, want 0 at (1, 1)", c.dtype, m, at)
		}
		// Steepest descent needs thousands.
		if m.Evaluations > 100 {
			t.Errorf("%v: %d evaluations", c.dtype, m.Evaluations)
		}
	}
}

// A quadratic over several values, curved 122 times more along one axis than
// along another.
func TestLBFGS_quadratic(t *testing.T) {
	store := graph.NewStore(graph.Float64, 1)
	g := graph.New(store, graph.Train)
	a := g.Scope().Param("a", nn.Normal(0, 3), 12)
	b := g.Scope().Param("b", nn.Normal(0, 3), 2, 3)
	var scales []float64
	for i := range 12 {
		scales = append(scales, float64(1+i*i))
	}
	prog, err := g.Compile(a.Shift(-2).Square().Mul(g.Constant(scales, 12)).Sum().Add(b.Shift(1).Square().Sum()))
	if err != nil {
		t.Fatal(err)
	}
	m, err := solvers.NewLBFGS(prog.Gradients()).Minimize(lossOf(prog))
	if err != nil || m.Iterations > 80 {
		t.Errorf("%+v, %v", m, err)
	}
	for _, v := range store.Param("a").Values() {
		if math.Abs(v-2) > 1e-4 {
			t.Errorf("a has %v, want 2", v)
		}
	}
	for _, v := range store.Param("b").Values() {
		if math.Abs(v+1) > 1e-4 {
			t.Errorf("b has %v, want -1", v)
		}
	}
}

// The function never rises from iteration to iteration, and what is left behind
// is the best, also where the evaluations end in the middle or one fails.
func TestLBFGS_stops(t *testing.T) {
	for _, most := range []int{1, 2, 7, 20} {
		store, prog := valley(t, graph.Float64)
		opt := solvers.NewLBFGS(prog.Gradients())
		opt.Evaluations = most
		best, calls := math.Inf(1), 0
		m, err := opt.Minimize(func() (float64, error) {
			calls++
			err := prog.Run()
			best = min(best, prog.Loss())
			return prog.Loss(), err
		})
		if err != nil || calls > most || m.Evaluations != calls {
			t.Fatalf("%d calls of %d, %+v, %v", calls, most, m, err)
		}
		if err := prog.Run(); err != nil || prog.Loss() != m.Value || m.Value > 24.2+1e-9 {
			t.Errorf("after %d evaluations %v at %v, said %v (%v)", most, prog.Loss(), store.Param("p").Values(), m.Value, err)
		}
	}
	_, prog := valley(t, graph.Float64)
	stop := errors.New("enough")
	calls := 0
	m, err := solvers.NewLBFGS(prog.Gradients()).Minimize(func() (float64, error) {
		if calls++; calls == 9 {
			return 0, stop
		}
		err := prog.Run()
		return prog.Loss(), err
	})
	if !errors.Is(err, stop) {
		t.Errorf("error %v, want that of the evaluation", err)
	}
	if err := prog.Run(); err != nil || prog.Loss() != m.Value {
		t.Errorf("left %v, said %v", prog.Loss(), m.Value)
	}
}

// Where the function is not a number the search turns back.
func TestLBFGS_edge(t *testing.T) {
	store := graph.NewStore(graph.Float64, 1)
	g := graph.New(store, graph.Train)
	x := g.Scope().Param("x", nn.Constant(8), 1)
	prog, err := g.Compile(x.Sub(x.Log()).Sum()) // lowest at 1, not a number below 0
	if err != nil {
		t.Fatal(err)
	}
	if _, err := solvers.NewLBFGS(prog.Gradients()).Minimize(lossOf(prog)); err != nil {
		t.Fatal(err)
	}
	if got := store.Param("x").Values()[0]; math.Abs(got-1) > 1e-4 {
		t.Errorf("x = %v, want 1", got)
	}
}

func TestLBFGS_errors(t *testing.T) {
	_, prog := valley(t, graph.Float64)
	for _, c := range []struct {
		change func(l *solvers.LBFGS)
		want   string
	}{
		{func(l *solvers.LBFGS) { l.History = 0 }, "history 0"},
		{func(l *solvers.LBFGS) { l.Evaluations = 0 }, "0 evaluations"},
	} {
		l := solvers.NewLBFGS(prog.Gradients())
		c.change(l)
		if _, err := l.Minimize(lossOf(prog)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q in it", err, c.want)
		}
	}
	if _, err := solvers.NewLBFGS(nil).Minimize(lossOf(prog)); err == nil || !strings.Contains(err.Error(), "nothing to change") {
		t.Errorf("error %v", err)
	}
}

// The length and the width of a sheet of area 12 and perimeter 14.
func ExampleLBFGS_Minimize() {
	store := graph.NewStore(graph.Float64, 1)
	g := graph.New(store, graph.Train)
	sides := g.Scope().Param("sides", nn.Uniform(1, 2), 2)
	a, b := sides.Slice(0, 0, 1), sides.Slice(0, 1, 2)
	area, perimeter := a.Mul(b).Shift(-12), a.Add(b).Scale(2).Shift(-14)
	prog, err := g.Compile(area.Square().Add(perimeter.Square()).Sum())
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = solvers.NewLBFGS(prog.Gradients()).Minimize(func() (float64, error) {
		err := prog.Run()
		return prog.Loss(), err
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := store.Param("sides").Values()
	fmt.Printf("%.3f by %.3f\n", max(x[0], x[1]), min(x[0], x[1]))
	// Output: 4.000 by 3.000
}
