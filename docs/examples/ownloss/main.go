// Command ownloss writes a loss, checks its gradient, trains with it in a loop of
// its own.
package main

import (
	"fmt"
	"log"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers"
)

// huber returns the mean of the Huber loss of predictions z and targets y,
//
//	ℓ = ½·min(|d|, δ)² + δ·max(|d| − δ, 0),  d = z − y
//
// which is quadratic near 0, linear beyond δ.
func huber(z, y *graph.Node, delta float64) *graph.Node {
	d := z.Sub(y).Abs()
	beyond := d.Shift(-delta).ReLU() // max(|d| − δ, 0)
	within := d.Sub(beyond)          // min(|d|, δ)
	return within.Square().Scale(0.5).Add(beyond.Scale(delta)).Mean()
}

// checkGradient compares the gradient with finite differences, in float64.
func checkGradient() error {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	z := g.Scope().Param("z", nn.Normal(0, 2), 10)
	y := g.Input("y", 10)
	program, err := g.Compile(huber(z, y, 1))
	if err != nil {
		return err
	}
	if err := program.Run(y.FeedFloat64s(make([]float64, 10))); err != nil {
		return err
	}
	report, err := gradcheck.Check(program, gradcheck.Opts{Most: -1})
	if err != nil {
		return err
	}
	fmt.Println("gradient right:", report.Worst().Right(1e-6))
	return nil
}

// fitLine trains y = w·x + b on points of which one lies far off.
func fitLine() error {
	points := []float32{0, 1, 2, 3, 4, 5, 6, 7}
	targets := []float32{1, 3, 5, 7, 100, 11, 13, 15} // y = 2x + 1, but for one

	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Train)
	x, y := g.Input("x", 8, 1), g.Input("y", 8, 1)
	line := nn.NewLinear(g.Scope().At("line"), 1, 1)
	program, err := g.Compile(huber(line.Forward(x), y, 0.1))
	if err != nil {
		return err
	}
	solver := solvers.NewAdam(0.05)
	for range 2000 {
		if err := program.Run(x.Feed(points), y.Feed(targets)); err != nil {
			return err
		}
		if err := solver.Step(program.Gradients()); err != nil {
			return err
		}
	}
	w, b := store.Param("line.weight").Values()[0], store.Param("line.bias").Values()[0]
	fmt.Printf("y = %.1f x + %.1f, loss %.1f\n", w, b, program.Loss())
	return nil
}

func main() {
	if err := checkGradient(); err != nil {
		log.Fatal(err)
	}
	if err := fitLine(); err != nil {
		log.Fatal(err)
	}
}
