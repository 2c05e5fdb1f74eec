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
	set     map[string]string   // of --set, where the model has other than none
	rename  func(string) string // of tensors in published weights; nil keeps names
}

// models is what train, eval and the others know.
func models() map[string]model {
	digitData := []string{"digits", "mnist", "fashion-mnist", "idx"}
	all := map[string]model{
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
	for name, m := range pictureModels() {
		all[name] = m
	}
	return all
}

// pictureModels are the classifiers of coloured pictures, of any size from the
// one that they are given here: the CIFAR form of ResNet at 32×32, those for
// ImageNet at 64×64.
func pictureModels() map[string]model {
	row := func(about string, side int, build func(s graph.Scope, classes int) nn.Layer) model {
		return model{
			about: about, section: "1.6.3", data: []string{"shapes", "cifar10", "folder"},
			input: []int{3, side, side}, classes: 10, epochs: 6, batch: 64, solver: "adam", rate: 3e-3,
			set:    map[string]string{"schedule": "onecycle", "weight_decay": "5e-4"},
			rename: zoo.ResNetName,
			build:  func(s graph.Scope, _ []int, classes int) nn.Layer { return build(s, classes) },
		}
	}
	return map[string]model{
		"resnet20": row("ResNet with 20 layers for small pictures", 32, func(s graph.Scope, n int) nn.Layer { return zoo.NewResNet20(s, n, zoo.Pad) }),
		"resnet32": row("ResNet with 32 layers for small pictures", 32, func(s graph.Scope, n int) nn.Layer { return zoo.NewResNet32(s, n, zoo.Pad) }),
		"resnet44": row("ResNet with 44 layers for small pictures", 32, func(s graph.Scope, n int) nn.Layer { return zoo.NewResNet44(s, n, zoo.Pad) }),
		"resnet56": row("ResNet with 56 layers for small pictures", 32, func(s graph.Scope, n int) nn.Layer { return zoo.NewResNet56(s, n, zoo.Pad) }),
		"resnet18": row("ResNet with 18 layers, the ImageNet form", 64, func(s graph.Scope, n int) nn.Layer { return zoo.NewResNet18(s, n) }),
		"resnet34": row("ResNet with 34 layers, the ImageNet form", 64, func(s graph.Scope, n int) nn.Layer { return zoo.NewResNet34(s, n) }),
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
