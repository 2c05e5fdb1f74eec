package solvers_test

import (
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/solvers"
)

// A step over a million float32 parameters, ours and Gorgonia's.
func BenchmarkStep(b *testing.B) {
	forms := map[string]gorgonia.Solver{
		"adam, Gorgonia": gorgonia.NewAdamSolver(),
	}
	for _, name := range solvers.Names() {
		s, err := solvers.New(name, 1e-6)
		if err != nil {
			b.Fatal(err)
		}
		forms[name] = s
	}
	for name, opt := range forms {
		b.Run(name, func(b *testing.B) {
			v := newValue("w", true, make([]float64, 1<<20), 1024, 1024)
			model := []gorgonia.ValueGrad{v}
			if err := opt.Step(model); err != nil { // makes the state
				b.Fatal(err)
			}
			b.SetBytes(4 << 20)
			b.ReportAllocs()
			for b.Loop() {
				if err := opt.Step(model); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
