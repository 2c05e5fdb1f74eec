package nn_test

import (
	"fmt"
	"log"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// A small network of layers; its parameters are named as in PyTorch.
func Example() {
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Eval)
	s := g.Scope()
	x := g.Input("x", 16, 1, 28, 28)
	y := nn.NewConv2d(s.At("conv1"), 1, 6, 5, nn.ConvOpts{Padding: nn.Same}).Forward(x).ReLU().MaxPool2d(2)
	y = nn.NewLinear(s.At("fc"), 6*14*14, 10).Forward(y.Flatten())
	if _, err := g.Compile(nil, y); err != nil {
		log.Fatal(err)
	}
	fmt.Println(y.Shape())
	for _, p := range store.Params() {
		fmt.Println(p.Name(), p.Shape())
	}
	// Output:
	// [16 10]
	// conv1.weight [6 1 5 5]
	// conv1.bias [6]
	// fc.weight [10 1176]
	// fc.bias [10]
}

func ExampleOutputSize() {
	size, err := nn.OutputSize(224, 7, 2, 3, 3)
	fmt.Println(size, err)
	_, err = nn.OutputSize(4, 7, 1, 0, 0)
	fmt.Println(err)
	// Output:
	// 112 <nil>
	// a filter of size 7 on an input of 4 padded by 0 and 0: expected at most 4
}

func ExampleSequential() {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	s := g.Scope()
	mlp := nn.Sequential{
		nn.Func((*graph.Node).Flatten),
		nn.NewLinear(s.At("0"), 784, 32),
		nn.Func((*graph.Node).ReLU),
		nn.NewDropout(s.At("2"), 0.2),
		nn.NewLinear(s.At("3"), 32, 10),
	}
	fmt.Println(mlp.Forward(g.Input("x", 8, 1, 28, 28)).Shape())
	// Output:
	// [8 10]
}

func ExampleReceptiveField() {
	fields, err := nn.ReceptiveField([]int{3, 2, 3}, []int{1, 2, 1})
	fmt.Println(fields, err)
	// Output:
	// [3 4 8] <nil>
}
