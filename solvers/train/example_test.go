package train_test

import (
	"context"
	"fmt"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
)

// A small network learns which of two numbers is larger.
func Example() {
	x, y := make([]float32, 200), make([]int, 100)
	for i := range y {
		x[2*i], x[2*i+1] = float32(i%10), float32(i/10)+0.5
		if x[2*i+1] > x[2*i] {
			y[i] = 1
		}
	}
	data, err := datasets.NewInMemory([]int{2}, []string{"first", "second"}, x, y)
	if err != nil {
		fmt.Println(err)
		return
	}
	store := graph.NewStore(graph.Float32, 1)
	model := func(s graph.Scope) nn.Layer { return zoo.NewMLP(s, 2, 16, 2) }
	task, err := train.NewClassifier(store, model, data, data, train.ClassifierOpts{Batch: 20, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer task.Close()
	loop := &train.Loop{Task: task, Solver: solvers.NewAdam(0.02), Epochs: 20}
	for loop.Next(context.Background()) {
	}
	if err := loop.Err(); err != nil {
		fmt.Println(err)
		return
	}
	accuracy, _ := loop.Epoch().Validation.Get("val_accuracy")
	fmt.Println(loop.Epoch().Epoch, "epochs, right in more than nine of ten:", accuracy > 0.9)
	// Output: 20 epochs, right in more than nine of ten: true
}
