package train_test

import (
	"context"
	"fmt"
	"math"

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

// A network learns embeddings from some people and tells others by them.
func ExampleNewEmbedder() {
	// Four pictures of each person: two numbers that tell who it is, one that
	// does not.
	people := func(first, n int) (*datasets.InMemory, error) {
		var names []string
		var x []float32
		var y []int
		for p := range n {
			names = append(names, fmt.Sprint("person ", first+p))
			angle := float64(first+p) * 2.4
			for k := range 4 {
				x = append(x, float32(math.Cos(angle)), float32(math.Sin(angle)), float32(k)*2)
				y = append(y, p)
			}
		}
		return datasets.NewInMemory([]int{3}, names, x, y)
	}
	known, err := people(0, 10)
	if err != nil {
		fmt.Println(err)
		return
	}
	others, err := people(10, 5)
	if err != nil {
		fmt.Println(err)
		return
	}
	model := func(s graph.Scope) nn.Layer {
		return zoo.NewSiamese(nn.NewLinear(s.At("fc"), 3, 2), zoo.SiameseOpts{})
	}
	task, err := train.NewEmbedder(graph.NewStore(graph.Float32, 1), model, known, nil, train.EmbedderOpts{
		Objective: train.AllTriplets, Margin: 0.2, People: 10, Pictures: 4, Seed: 1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	loop := &train.Loop{Task: task, Solver: solvers.NewAdam(0.02), Epochs: 3}
	for loop.Next(context.Background()) {
	}
	if err := loop.Err(); err != nil {
		fmt.Println(err)
		return
	}
	v, err := task.Verify(others)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d pairs, area under the curve above 0.95: %t\n", len(v.Distances), v.AUC > 0.95)
	// Output: 190 pairs, area under the curve above 0.95: true
}
