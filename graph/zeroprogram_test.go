package graph_test

import (
	"math"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
)

// A Program that Compile did not make says so.
func TestProgram_zero(t *testing.T) {
	node := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval).Input("x", 1)
	for _, p := range []*graph.Program{nil, {}} {
		for name, run := range map[string]func() error{
			"Run": func() error { return p.Run() }, "RunAll": p.RunAll, "Diagnose": p.Diagnose, "a feed": func() error { return p.Run(node.Feed([]float32{1})) },
		} {
			if err := run(); err == nil || !strings.Contains(err.Error(), "a program that Compile did not make") {
				t.Errorf("%s: error %v", name, err)
			}
		}
		p.Profile(true)
		p.SetStep(1)
		p.Reset()
		if p.Input("x") != nil || p.Fetched(0) != nil || p.Times() != nil || p.Value(node) != nil || p.Values(node) != nil || p.Float32s(node) != nil ||
			!math.IsNaN(p.Scalar(node)) || !math.IsNaN(p.Loss()) || p.Gradients() != nil || p.Gradient(node) != nil || p.Unreached() != nil {
			t.Error("a value")
		}
		_ = p.Memory()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}
