package graph

import (
	"testing"

	"gorgonia.org/gorgonia"
)

// TestPlaces: Gorgonia has the index that is filled here, and finds each node in
// it; also after nodes were removed, and among nodes that it made itself.
func TestPlaces(t *testing.T) {
	g := New(NewStore(Float32, 1), Train)
	x := g.Input("x", 2)
	y := x
	for range 20 {
		y = y.Scale(2)
	}
	if g.places.byID == nil || g.places.entered != len(g.expr.AllNodes())-1 {
		t.Fatalf("%d of %d nodes entered: another version of Gorgonia may have changed its ExprGraph", g.places.entered, len(g.expr.AllNodes()))
	}
	stray := gorgonia.NewScalar(g.expr, gorgonia.Float32, gorgonia.WithName("stray"))
	y = y.Shift(1)
	g.expr.RemoveNode(stray)
	y = y.Shift(1)
	z := g.Wrap(gorgonia.Must(gorgonia.Tanh(y.Gorgonia())))
	z = z.Shift(1).Shift(2)
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	for i, n := range g.expr.AllNodes() {
		if got := g.expr.Node(n.ID()); got != n {
			t.Errorf("node %d: the number %d leads to %v, want %v", i, n.ID(), got, n)
		}
	}
	if g.expr.To(z.n.ID()).Len() != 0 || g.expr.To(y.n.ID()).Len() != 1 || g.expr.From(z.n.ID()).Len() != 1 {
		t.Error("edges are missing")
	}
	g.expr.RemoveNode(z.n)
	if n := g.expr.Node(z.n.ID()); n == z.n {
		t.Error("a removed node is found")
	}
}
