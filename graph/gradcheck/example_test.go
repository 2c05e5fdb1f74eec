package gradcheck_test

import (
	"fmt"
	"log"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/nn"
)

func ExampleCheck() {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x := g.Input("x", 2, 3)
	y := nn.NewLinear(g.Scope().At("fc"), 3, 4).Forward(x).Tanh()
	prog, err := g.Compile(y.Square().Mean())
	if err != nil {
		log.Fatal(err)
	}
	if err := prog.Run(x.FeedFloat64s([]float64{1, 2, 3, -1, 0, 1})); err != nil {
		log.Fatal(err)
	}
	report, err := gradcheck.Check(prog, gradcheck.Opts{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(report), "parameters, all right:", report.Worst().Right(1e-7))
	// Output:
	// 2 parameters, all right: true
}

func ExampleNumerical() {
	f := func(x []float64) float64 { return x[0]*x[0] + 3*x[1] }
	fmt.Printf("%.6f\n", gradcheck.Numerical(f, []float64{5, 1}, 1e-4))
	// Output:
	// [10.000000 3.000000]
}
