package solvers_test

import (
	"math"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers"
)

func TestAverage_formula(t *testing.T) {
	store := graph.NewStore(graph.Float64, 1)
	s := graph.New(store, graph.Eval).Scope()
	s.Param("w", graph.Constant(1), 2)
	s.Buffer("running", graph.Constant(0), 1)
	a, err := solvers.NewAverage(store, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	w, running := store.Param("w").Float64s(), store.Param("running").Float64s()
	want := 1.0
	for step := 1; step <= 20; step++ {
		w[0], running[0] = float64(step), float64(step)
		if step == 1 {
			want = 1 // it begins with the parameters
		}
		a.Update()
		d := min(0.5, float64(1+step)/float64(10+step))
		want = d*want + (1-d)*float64(step)
	}
	a.Swap()
	if math.Abs(w[0]-want) > 1e-12 || w[1] != 1 || running[0] != 20 {
		t.Errorf("average %g, %g and %g, want %g, 1 and 20", w[0], w[1], running[0], want)
	}
	if a.Swap(); w[0] != 20 {
		t.Errorf("after the second swap %g, want 20", w[0])
	}
}

func TestAverage_refuses(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	for _, d := range []float64{-1, 1, math.NaN()} {
		if _, err := solvers.NewAverage(store, d); err == nil || !strings.Contains(err.Error(), "expected in [0, 1)") {
			t.Errorf("decay %g: %v", d, err)
		}
	}
	a, err := solvers.NewAverage(store, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.SetState(nil); err == nil || !strings.Contains(err.Error(), "steps is missing") {
		t.Errorf("no state: %v", err)
	}
	graph.New(store, graph.Eval).Scope().Param("w", nil, 2)
	if err := a.SetState([]solvers.StateEntry{{Name: "/steps", F64: []float64{3}}}); err == nil || !strings.Contains(err.Error(), "w is missing") {
		t.Errorf("no weights: %v", err)
	}
}

func TestAccumulator_refuses(t *testing.T) {
	var a solvers.Accumulator
	if err := a.Add(nil, 0); err == nil || !strings.Contains(err.Error(), "expected more than 0") {
		t.Errorf("no examples: %v", err)
	}
	if err := a.Mean(nil); err == nil || !strings.Contains(err.Error(), "at least one batch") {
		t.Errorf("empty: %v", err)
	}
}
