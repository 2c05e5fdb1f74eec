// Command lenet trains LeNet on the embedded digits: the program of the README.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/hocsau/hocsau/datasets/digits"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
)

func main() {
	trainSet, testSet := digits.Open(1)
	store := graph.NewStore(graph.Float32, 1)
	lenet := func(s graph.Scope) nn.Layer { return zoo.NewLeNet(s, 10) }
	task, err := train.NewClassifier(store, lenet, trainSet, testSet, train.ClassifierOpts{Batch: 64, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	loop := train.Loop{Task: task, Solver: solvers.NewAdam(1e-3), Epochs: 3}
	for loop.Next(context.Background()) {
		fmt.Println(loop.Epoch().TrainLoss, loop.Epoch().Validation)
	}
	if err := loop.Err(); err != nil {
		log.Fatal(err)
	}
}
