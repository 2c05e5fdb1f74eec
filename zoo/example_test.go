package zoo_test

import (
	"fmt"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/zoo"
)

// A model is built over a store, which holds its parameters by name.
func Example() {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	x := g.Input("x", 1, 3, 32, 32)
	logits := zoo.NewResNet20(g.Scope(), 10, zoo.Pad).Forward(x)
	fmt.Println(logits.Shape(), g.Err())
	for _, l := range g.Layers(logits) {
		if l.Operation == "Conv2d" && l.Output[2] == 16 {
			fmt.Println(l.Name, l.Output, l.Parameters)
		}
	}
	// Output:
	// [1 10] <nil>
	// layer2.0.conv1 [1 32 16 16] 4608
	// layer2.0.conv2 [1 32 16 16] 9216
	// layer2.1.conv1 [1 32 16 16] 9216
	// layer2.1.conv2 [1 32 16 16] 9216
	// layer2.2.conv1 [1 32 16 16] 9216
	// layer2.2.conv2 [1 32 16 16] 9216
}

// digitNet is a network as a user of this module writes one: three convolutions,
// batch norm, two fully connected layers, batch norm.
type digitNet struct {
	conv1, conv2, conv3 *nn.Conv2d
	norm1, norm2        *nn.BatchNorm
	fc1, fc2            *nn.Linear
}

func newDigitNet(s graph.Scope) *digitNet {
	return &digitNet{
		conv1: nn.NewConv2d(s.At("conv1"), 1, 8, 3, nn.ConvOpts{}),
		conv2: nn.NewConv2d(s.At("conv2"), 8, 16, 3, nn.ConvOpts{}),
		conv3: nn.NewConv2d(s.At("conv3"), 16, 24, 3, nn.ConvOpts{}),
		norm1: nn.NewBatchNorm2d(s.At("norm1"), 24, nn.BatchNormOpts{}),
		fc1:   nn.NewLinear(s.At("fc1"), 24*22*22, 32),
		fc2:   nn.NewLinear(s.At("fc2"), 32, 10),
		norm2: nn.NewBatchNorm(s.At("norm2"), 10, nn.BatchNormOpts{}),
	}
}

// Forward returns the logits [N, 10] of x [N, 1, 28, 28].
func (m *digitNet) Forward(x *graph.Node) *graph.Node {
	x = m.conv1.Forward(x).ReLU() // [N, 8, 26, 26]
	x = m.conv2.Forward(x).ReLU() // [N, 16, 24, 24]
	x = m.conv3.Forward(x).ReLU() // [N, 24, 22, 22]
	x = m.norm1.Forward(x).Flatten()
	x = m.fc1.Forward(x).ReLU() // [N, 32]
	return m.norm2.Forward(m.fc2.Forward(x))
}

// A model of one's own has the form of those here; it learns two pictures, one
// dark, one bright.
func Example_ownModel() {
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Train)
	x, y := g.Input("x", 2, 1, 28, 28), g.Labels("y", 2)
	logits := newDigitNet(g.Scope()).Forward(x)
	prog, err := g.Compile(losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	pictures := make([]float32, x.Len())
	for i := range pictures[:len(pictures)/2] {
		pictures[i] = -1
	}
	opt := solvers.NewAdam(1e-2)
	first := 0.0
	for step := range 20 {
		if err := prog.Run(x.Feed(pictures), y.FeedInts([]int{3, 7})); err != nil {
			fmt.Println(err)
			return
		}
		if step == 0 {
			first = prog.Loss()
		}
		if err := opt.Step(prog.Gradients()); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Println(logits.Shape(), store.Param("fc1.weight").Shape(), prog.Loss() < first)
	// Output: [2 10] [32 11616] true
}

// The activations of some layers of VGG-19 describe a picture's style.
func ExampleVGGFeatures_Activations() {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	x := g.Input("x", 1, 3, 32, 32)
	style := []string{"relu1_1", "relu2_1", "relu3_1"}
	activations := zoo.NewVGG19Features(g.Scope(), "relu3_1").Activations(x, style...)
	for _, name := range style {
		fmt.Println(name, activations[name].Shape())
	}
	// Output:
	// relu1_1 [1 64 32 32]
	// relu2_1 [1 128 16 16]
	// relu3_1 [1 256 8 8]
}

// A Siamese network uses one f for two pictures: f(x) are points of length 1,
// d(x1, x2) is the squared distance between two of them.
func ExampleSiamese() {
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Eval)
	x1, x2 := g.Input("x1", 2, 1, 28, 28), g.Input("x2", 2, 1, 28, 28)
	m := zoo.NewSiamese(zoo.NewOmniglotEmbedding(g.Scope(), []int{1, 28, 28}, 64), zoo.SiameseOpts{})
	f, d := m.Forward(x1), m.Distance(x1, x2)
	prog, err := g.Compile(nil, f, d)
	if err != nil {
		fmt.Println(err)
		return
	}
	pictures := make([]float32, x1.Len())
	for i := range pictures {
		pictures[i] = float32(i%28) / 28
	}
	if err := prog.Run(x1.Feed(pictures), x2.Feed(pictures)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Shape(), prog.Values(d))
	// Output: [2 64] [0 0]
}
