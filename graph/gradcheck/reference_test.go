package gradcheck_test

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/internal/golden"
)

func TestReference(t *testing.T) {
	golden.Run(t, "graph/gradcheck", func(t *testing.T, c *golden.Case) {
		if c.Op != "numerical_gradient" {
			t.Fatalf("no test for %s", c.Op)
		}
		const function = "sum(sin(x)*x^2) + x[0]*x[1]"
		if f := c.Params.String("function"); f != function {
			t.Fatalf("function %q, expected %q", f, function)
		}
		x := c.Tensor("input.x").F64
		n := gradcheck.Numerical(sinSquare, x, c.Params.Float("h"))
		a := analytical(t, x)
		shape := []int{len(x)}
		c.Check("output.numerical", n, shape)
		c.Check("output.analytic", a, shape)
		c.Check("output.relative_error", []float64{gradcheck.RelativeError(n, a)}, []int{})
	})
}

// sinSquare is Σ sin(x_i)·x_i² + x_0·x_1.
func sinSquare(x []float64) float64 {
	y := x[0] * x[1]
	for _, v := range x {
		y += math.Sin(v) * v * v
	}
	return y
}

// analytical returns the gradient of sinSquare from a graph.
func analytical(t *testing.T, values []float64) []float64 {
	t.Helper()
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x := g.Input("x", len(values)).RequireGrad()
	sin := g.Wrap(gorgonia.Must(gorgonia.Sin(x.Gorgonia())))
	loss := sin.Mul(x.Square()).Sum().Add(x.Index(0, 0).Mul(x.Index(0, 1)))
	prog, err := g.Compile(loss)
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(x.FeedFloat64s(values)); err != nil {
		t.Fatal(err)
	}
	if got, want := prog.Loss(), sinSquare(values); math.Abs(got-want) > 1e-13*math.Max(1, math.Abs(want)) {
		t.Errorf("loss %g, want %g", got, want)
	}
	return prog.Gradient(x)
}
