package solvers_test

import (
	"fmt"
	"log"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers"
)

// The least of (w − 3)².
func Example() {
	store := graph.NewStore(graph.Float64, 1)
	g := graph.New(store, graph.Train)
	w := g.Scope().Param("w", graph.Constant(0), 1)
	prog, err := g.Compile(w.Shift(-3).Square().Sum())
	if err != nil {
		log.Fatal(err)
	}
	const steps = 200
	opt := solvers.NewAdam(0.1)
	schedule := solvers.CosineDecay{Start: 0.1, Steps: steps}
	for step := range steps {
		if err := prog.Run(); err != nil {
			log.Fatal(err)
		}
		opt.SetLearnRate(schedule.Rate(step))
		if err := opt.Step(prog.Gradients()); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("%.2f\n", store.Param("w").Values()[0])
	// Output: 3.00
}

func ExampleNew() {
	opt, err := solvers.New("momentum", 0.01)
	if err != nil {
		log.Fatal(err)
	}
	opt.Common().WeightDecay = 1e-4
	opt.Common().Decays = solvers.OnlyWeights

	_, err = solvers.New("adm", 0.01)
	fmt.Println(err)
	// Output: no solver "adm", did you mean adam? There are adadelta, adagrad, adam, adam-uncorrected, adamw, amsgrad, momentum, momentum-averaged, nesterov, rmsprop, rmsprop-centered, rmsprop-momentum, sgd
}

func ExampleEarlyStopping() {
	early := solvers.NewEarlyStopping(2)
	for epoch, loss := range []float64{0.9, 0.7, 0.71, 0.72, 0.5} {
		if early.Report(loss) {
			best, loss := early.Best()
			fmt.Printf("stopped after epoch %d, best %d: %.2f\n", epoch, best, loss)
			break
		}
	}
	// Output: stopped after epoch 3, best 1: 0.70
}
