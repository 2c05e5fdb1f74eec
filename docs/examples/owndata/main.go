// Command owndata trains on data that only the reader has: a set of its own type,
// a set in memory, a folder of pictures.
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
)

func main() {
	ctx := context.Background()
	accuracy, err := fit(ctx, spirals{n: 600})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("spirals: %.2f right\n", accuracy)

	heights, err := table()
	if err != nil {
		log.Fatal(err)
	}
	if accuracy, err = fit(ctx, heights); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("a table: %.2f right\n", accuracy)

	if len(os.Args) > 1 { // a folder with a sub-folder a class
		pictures, err := folder(os.Args[1])
		if err != nil {
			log.Fatal(err)
		}
		if accuracy, err = fit(ctx, pictures); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %.2f right\n", os.Args[1], accuracy)
	}
}

// spirals are points of two spirals, computed when they are asked for.
type spirals struct{ n int }

// Len returns the number of examples.
func (s spirals) Len() int { return s.n }

// Shape returns the shape of one example.
func (s spirals) Shape() []int { return []int{2} }

// Classes returns the names of the classes.
func (s spirals) Classes() []string { return []string{"first", "second"} }

// At writes example i into x and returns its label.
func (s spirals) At(i int, x []float32) (int, error) {
	label, t := i%2, float64(i)/float64(s.n)
	angle := 5*t + math.Pi*float64(label)
	x[0], x[1] = float32(t*math.Cos(angle)), float32(t*math.Sin(angle))
	return label, nil
}

// table makes a set of rows that are in memory already.
func table() (datasets.Dataset, error) {
	rows := []float32{ // height in m, weight in 10 kg
		0.3, 0.4, 0.25, 0.3, 0.28, 0.45, 0.35, 0.5,
		0.6, 2.8, 0.55, 2.2, 0.7, 3.5, 0.65, 3.0,
	}
	labels := []int{0, 0, 0, 0, 1, 1, 1, 1}
	return datasets.NewInMemory([]int{2}, []string{"cat", "dog"}, rows, labels)
}

// folder opens pictures of which every sub-folder is a class.
func folder(path string) (datasets.Dataset, error) {
	return image.OpenFolder(path, image.FolderOptions{Height: 32, Width: 32})
}

// fit trains a small network on four fifths of a set and returns the share of
// the rest that it has right.
func fit(ctx context.Context, all datasets.Dataset) (float64, error) {
	trainSet, testSet, err := datasets.Split(all, 0.2, 1)
	if err != nil {
		return 0, err
	}
	in, classes := datasets.Size(all.Shape()), len(all.Classes())
	model := func(s graph.Scope) nn.Layer { return zoo.NewMLP(s, in, 32, classes) }
	task, err := train.NewClassifier(graph.NewStore(graph.Float32, 1), model, trainSet, nil, train.ClassifierOpts{Batch: 20, Seed: 1})
	if err != nil {
		return 0, err
	}
	defer task.Close()
	loop := train.Loop{Task: task, Solver: solvers.NewAdam(0.02), Epochs: 60}
	for loop.Next(ctx) {
	}
	if err := loop.Err(); err != nil {
		return 0, err
	}
	result, err := task.Evaluate(testSet)
	if err != nil {
		return 0, err
	}
	return result.Accuracy, nil
}
