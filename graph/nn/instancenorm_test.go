package nn_test

import (
	"math"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/nn"
)

func TestInstanceNorm2d(t *testing.T) {
	for _, mode := range []graph.Mode{graph.Train, graph.Eval} {
		g := newGraph(mode)
		x := g.Input("x", 2, 3, 2, 2)
		y := nn.NewInstanceNorm2d(g.Scope(), 3).Forward(x)
		for name, v := range map[string][]float64{"weight": {1, 2, 3}, "bias": {0, -1, 5}} {
			if err := g.Store().Param(name).SetValues(v); err != nil {
				t.Fatal(err)
			}
		}
		values := make([]float64, x.Len())
		for i := range values {
			values[i] = math.Sin(float64(3*i)) * float64(1+i/4)
		}
		prog := run(t, y, x.FeedFloat64s(values))
		got := prog.Values(y)
		for plane := range 6 {
			c := plane % 3
			p := values[4*plane : 4*plane+4]
			mean := (p[0] + p[1] + p[2] + p[3]) / 4
			variance := 0.0
			for _, v := range p {
				variance += (v - mean) * (v - mean) / 4
			}
			for i, v := range p {
				want := float64(c+1)*(v-mean)/math.Sqrt(variance+1e-5) + []float64{0, -1, 5}[c]
				if math.Abs(got[4*plane+i]-want) > 1e-9 { // rounding
					t.Fatalf("%v: plane %d, pixel %d: %v, want %v", mode, plane, i, got[4*plane+i], want)
				}
			}
		}
	}
}

func TestInstanceNorm2d_gradient(t *testing.T) {
	g := newGraph(graph.Train)
	x := g.Scope().Param("x", nn.Normal(0, 1), 2, 3, 3, 2)
	y := nn.NewInstanceNorm2d(g.Scope().At("norm"), 3).Forward(x)
	prog, err := g.Compile(y.Mul(y).Mul(y).Add(y.Tanh()).Sum())
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	report, err := gradcheck.Check(prog, gradcheck.Opts{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report {
		if !(r.Right(1e-6) || math.Abs(r.Numerical-r.Analytical) < 1e-8) {
			t.Errorf("%s[%d]: numerical %g, analytical %g", r.Name, r.Index, r.Numerical, r.Analytical)
		}
	}
}

func TestInstanceNorm2d_shape(t *testing.T) {
	g := newGraph(graph.Train)
	y := nn.NewInstanceNorm2d(g.Scope(), 3).Forward(g.Input("x", 2, 4, 2, 2))
	if _, err := g.Compile(y.Sum()); err == nil || !strings.Contains(err.Error(), "InstanceNorm2d: x[2 4 2 2], expected [N, 3, H, W]") {
		t.Errorf("error %v", err)
	}
}
