package main

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo"
)

// model is a row of the table of models.
type model struct {
	about   string
	section string // of the cheatsheet
	data    []string
	input   []int // of one example, where no data set says so
	classes int
	build   func(s graph.Scope, input []int, classes int) nn.Layer
	epochs  int
	batch   int
	solver  string
	rate    float64
}

// models is what train, eval and the others know.
func models() map[string]model {
	digitData := []string{"digits", "mnist", "fashion-mnist", "idx"}
	return map[string]model{
		"lenet": {
			about: "LeNet-5 with ReLU and max pooling", section: "1.1", data: digitData,
			input: []int{1, 28, 28}, classes: 10, epochs: 10, batch: 64, solver: "adam", rate: 1e-3,
			build: lenet(false),
		},
		"lenet-tanh": {
			about: "LeNet-5 as in the paper: tanh and average pooling", section: "1.1", data: digitData,
			input: []int{1, 28, 28}, classes: 10, epochs: 10, batch: 64, solver: "adam", rate: 1e-3,
			build: lenet(true),
		},
		"mlp": {
			about: "a plain network: one hidden layer", section: "2.1", data: digitData,
			input: []int{1, 28, 28}, classes: 10, epochs: 10, batch: 64, solver: "adam", rate: 1e-3,
			build: func(s graph.Scope, input []int, classes int) nn.Layer {
				return zoo.NewMLP(s, size(input), 128, classes)
			},
		},
	}
}

// lenet makes a LeNet for pictures of 28×28 or, without padding, of 32×32, the
// size of the paper; for others the first operation that does not fit says so.
func lenet(classic bool) func(graph.Scope, []int, int) nn.Layer {
	return func(s graph.Scope, input []int, classes int) nn.Layer {
		return zoo.NewLeNetWith(s, classes, zoo.LeNetOpts{
			Channels: input[0], Unpadded: input[len(input)-1] == 32, Tanh: classic, AvgPool: classic,
		})
	}
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// lookUp returns the model of that name.
func lookUp(name string) (model, error) {
	all := models()
	if m, ok := all[name]; ok {
		return m, nil
	}
	return model{}, unknown("model", name, keys(all))
}

func keys[V any](m map[string]V) []string {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	return names
}
