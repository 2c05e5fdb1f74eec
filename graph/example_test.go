package graph_test

import (
	"fmt"
	"log"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// A linear model is fitted to two points by gradient descent.
func Example() {
	store := graph.NewStore(graph.Float64, 1)
	g := graph.New(store, graph.Train)
	x, y := g.Input("x", 2, 1), g.Input("y", 2, 1)
	w, b := g.Scope().Param("weight", nn.XavierNormal, 1, 1), g.Scope().Param("bias", nn.Constant(0), 1)
	loss := x.Linear(w, b).Sub(y).Square().Mean()

	prog, err := g.Compile(loss)
	if err != nil {
		log.Fatal(err)
	}
	for range 1000 { // y = 2x + 1
		if err := prog.Run(x.FeedFloat64s([]float64{0, 1}), y.FeedFloat64s([]float64{1, 3})); err != nil {
			log.Fatal(err)
		}
		for _, name := range []string{"weight", "bias"} {
			p := store.Param(name).Float64s()
			n := map[string]*graph.Node{"weight": w, "bias": b}[name]
			p[0] -= 0.5 * prog.Gradient(n)[0]
		}
	}
	fmt.Printf("%.3f x + %.3f, loss %.3f\n", store.Param("weight").Values()[0], store.Param("bias").Values()[0], prog.Loss())
	// Output:
	// 2.000 x + 1.000, loss 0.000
}

// An error while building names the operation, its operands and their shapes;
// it is kept until Compile.
func ExampleGraph_Compile_error() {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x := g.Input("x", 64, 3, 32, 32)
	conv := nn.NewConv2d(g.Scope().At("conv1"), 1, 6, 5, nn.ConvOpts{})
	_, err := g.Compile(conv.Forward(x).ReLU().Mean())
	fmt.Println(err)
	// Output:
	// Conv2d: x(64, 3, 32, 32), conv1.weight(6, 1, 5, 5), conv1.bias(6): weight for 1 input channels, expected 3
}

// Operations of Gorgonia and those of this package mix in one graph.
func ExampleGraph_Wrap() {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x := g.Input("x", 3).RequireGrad()
	cos := g.Wrap(gorgonia.Must(gorgonia.Cos(x.Gorgonia())))
	loss := cos.Square().Sum()
	prog, err := g.Compile(loss, cos)
	if err != nil {
		log.Fatal(err)
	}
	if err := prog.Run(x.FeedFloat64s([]float64{0, 1, 2})); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f\n%.3f\n", prog.Values(cos), prog.Gradient(x))
	// Output:
	// [1.000 0.540 -0.416]
	// [-0.000 -0.909 0.757]
}

// Axes of size 1 are repeated; operands of unlike rank are refused.
func ExampleNode_Add() {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
	a, b := g.Input("a", 2, 3), g.Input("b", 2, 1)
	sum := a.Add(b)
	prog, err := g.Compile(nil, sum)
	if err != nil {
		log.Fatal(err)
	}
	if err := prog.Run(a.FeedFloat64s([]float64{1, 2, 3, 4, 5, 6}), b.FeedFloat64s([]float64{10, 20})); err != nil {
		log.Fatal(err)
	}
	fmt.Println(sum.Shape(), prog.Values(sum))

	a.Add(g.Input("c", 3))
	fmt.Println(g.Err())
	// Output:
	// [2 3] [11 12 13 24 25 26]
	// Add: a(2, 3), c(3): the shapes do not broadcast: expected one rank, and in each axis equal sizes or 1
}

// One store serves graphs for training and for evaluation of any batch size.
func ExampleNewPrograms() {
	store := graph.NewStore(graph.Float64, 1)
	inputs := map[int]*graph.Node{}
	outputs := map[int]*graph.Node{}
	set := graph.NewPrograms(store, graph.Eval, func(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
		x := g.Input("x", size.Batch, 2)
		y := x.MatMul(g.Scope().Param("w", graph.Constant(2), 2, 1))
		inputs[size.Batch], outputs[size.Batch] = x, y
		return compile(nil, y)
	})
	for _, rows := range [][]float64{{1, 2, 3, 4}, {5, 6}} {
		n := len(rows) / 2
		prog, err := set.For(graph.Size{Batch: n})
		if err != nil {
			log.Fatal(err)
		}
		if err := prog.Run(inputs[n].FeedFloat64s(rows)); err != nil {
			log.Fatal(err)
		}
		fmt.Println(prog.Values(outputs[n]))
	}
	// Output:
	// [6 14]
	// [22]
}

// A leaf made with Gorgonia has the value that gorgonia.Let gives it.
func ExampleGraph_Wrap_leaf() {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	v := gorgonia.NewVector(g.Gorgonia(), tensor.Float32, gorgonia.WithShape(2), gorgonia.WithName("v"))
	sum := g.Wrap(v).Scale(10).Sum()
	prog, err := g.Compile(nil, sum)
	if err != nil {
		log.Fatal(err)
	}
	if err := gorgonia.Let(v, tensor.New(tensor.WithBacking([]float32{1, 2}))); err != nil {
		log.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(prog.Scalar(sum))
	// Output:
	// 30
}
