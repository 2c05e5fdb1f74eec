// Command fromgorgonia takes a graph that was written with Gorgonia alone: first
// one of the solvers, then the machine as well.
package main

import (
	"fmt"
	"log"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers"
)

var (
	points  = []float64{-1, 0, 1, 2}
	targets = []float64{-4, -1, 2, 5} // y = 3x − 1
)

// column makes a matrix of one column.
func column(values []float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(values), 1), tensor.WithBacking(values))
}

// squares returns the mean of (x·w − 1 − y)², in Gorgonia's own words.
func squares(x, y, w *gorgonia.Node) *gorgonia.Node {
	line := gorgonia.Must(gorgonia.Sub(gorgonia.Must(gorgonia.Mul(x, w)), gorgonia.NewConstant(1.0)))
	return gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(gorgonia.Must(gorgonia.Sub(line, y))))))
}

// solverOnly leaves graph and machine as they are.
func solverOnly() error {
	g := gorgonia.NewGraph()
	x := gorgonia.NodeFromAny(g, column(points), gorgonia.WithName("x"))
	y := gorgonia.NodeFromAny(g, column(targets), gorgonia.WithName("y"))
	w := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithName("w"), gorgonia.WithValue(column([]float64{0})))
	if _, err := gorgonia.Grad(squares(x, y, w), w); err != nil {
		return err
	}
	vm := gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(w))
	defer vm.Close()
	solver := solvers.NewAdamW(0.1) // in the place of gorgonia.NewAdamW
	solver.WeightDecay = 0
	for range 500 {
		if err := vm.RunAll(); err != nil {
			return err
		}
		if err := solver.Step(gorgonia.NodesToValueGrads(gorgonia.Nodes{w})); err != nil {
			return err
		}
		vm.Reset()
	}
	fmt.Printf("TapeMachine: w = %.2f\n", w.Value().Data().([]float64)[0])
	return nil
}

// machineToo keeps the formula and runs it as a Program.
func machineToo() error {
	store := graph.NewStore(graph.Float64, 1)
	g := graph.New(store, graph.Train)
	x, y := g.Input("x", 4, 1), g.Input("y", 4, 1)
	w := g.Scope().Param("w", graph.Constant(0), 1, 1)
	loss := g.Wrap(squares(x.Gorgonia(), y.Gorgonia(), w.Gorgonia()))
	program, err := g.Compile(loss) // differentiates, too
	if err != nil {
		return err
	}
	solver := solvers.NewAdam(0.1)
	for range 500 {
		if err := program.Run(x.FeedFloat64s(points), y.FeedFloat64s(targets)); err != nil {
			return err
		}
		if err := solver.Step(program.Gradients()); err != nil {
			return err
		}
	}
	fmt.Printf("Program: w = %.2f\n", store.Param("w").Values()[0])
	return nil
}

func main() {
	if err := solverOnly(); err != nil {
		log.Fatal(err)
	}
	if err := machineToo(); err != nil {
		log.Fatal(err)
	}
}
