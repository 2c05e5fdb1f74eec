package graph_test

import (
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// Parameters whose gradients are the same numbers have memory of their own for
// them: a solver, or clipping, changes gradients in place.
func TestGradients_haveMemoryOfTheirOwn(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	s := g.Scope()
	a := s.Param("a", nn.Constant(1), 2, 3)
	b := s.Param("b", nn.Constant(2), 2, 3)
	c := s.Param("c", nn.Constant(3), 6)
	prog, err := g.Compile(a.Add(b).Add(c.Reshape(2, 3)).Square().Sum())
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	for i, vg := range prog.Gradients() {
		grad, err := vg.Grad()
		if err != nil {
			t.Fatal(err)
		}
		values := grad.Data().([]float64)
		for j, v := range values {
			if v != 12 {
				t.Fatalf("gradient %d, element %d is %g, want 12: another's change shows", i, j, v)
			}
			values[j] = 0
		}
	}
}
