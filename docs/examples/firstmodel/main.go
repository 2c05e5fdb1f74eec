// Command firstmodel goes from data to a used network: the program of the
// tutorial.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/digits"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
)

func main() {
	dir, err := os.MkdirTemp("", "firstmodel")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "lenet.safetensors")
	if err := learn(context.Background(), path); err != nil {
		log.Fatal(err)
	}
	if err := use(path); err != nil {
		log.Fatal(err)
	}
}

// lenet makes the model; its parameters get their names below s.
func lenet(s graph.Scope) nn.Layer { return zoo.NewLeNet(s, 10) }

// learn trains a LeNet, measures it, saves its weights.
func learn(ctx context.Context, path string) error {
	// The data: 10,000 examples to learn from, 2,000 to be measured on. A
	// twentieth of the first is kept to choose by.
	all, testSet := digits.Open(1)
	trainSet, valSet, err := datasets.Split(all, 0.05, 1)
	if err != nil {
		return err
	}

	// The model with its data is a task; the store holds the parameters.
	store := graph.NewStore(graph.Float32, 1)
	task, err := train.NewClassifier(store, lenet, trainSet, valSet, train.ClassifierOpts{Batch: 64, Seed: 1})
	if err != nil {
		return err
	}
	defer task.Close()

	// The loop takes a solver through the epochs.
	loop := train.Loop{Task: task, Solver: solvers.NewAdam(1e-3), Epochs: 3}
	for loop.Next(ctx) {
		e := loop.Epoch()
		accuracy, _ := e.Validation.Get("val_accuracy")
		fmt.Printf("epoch %d: loss %.3f, right of the validation part %.3f\n", e.Epoch, e.TrainLoss, accuracy)
	}
	if err := loop.Err(); err != nil {
		return err
	}

	// The test part is looked at once, at the end.
	result, err := task.Evaluate(testSet)
	if err != nil {
		return err
	}
	fmt.Printf("right of the test part: %.3f\n", result.Accuracy)
	return checkpoint.Save(path, store, nil)
}

// use loads the weights and says what is in one picture.
func use(path string) error {
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Eval) // one graph: one batch size, one mode
	x := g.Input("x", 1, 1, 28, 28)
	probabilities := lenet(g.Scope()).Forward(x).Softmax(1)
	program, err := g.Compile(nil, probabilities)
	if err != nil {
		return err
	}
	if _, err := checkpoint.Load(path, store, checkpoint.Opts{}); err != nil {
		return err
	}

	_, testSet := digits.Open(1)
	picture := make([]float32, 28*28)
	label, err := testSet.At(0, picture)
	if err != nil {
		return err
	}
	if err := program.Run(x.Feed(picture)); err != nil {
		return err
	}
	best, p := 0, program.Values(probabilities)
	for i := range p {
		if p[i] > p[best] {
			best = i
		}
	}
	fmt.Printf("a picture of %d: %d with probability %.2f\n", label, best, p[best])
	return nil
}
