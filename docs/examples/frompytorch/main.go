// Command frompytorch writes a network as PyTorch's users know it and gives it the
// weights of a state dict.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/graph/nn"
)

// net is, with the same names,
//
//	self.conv1 = nn.Conv2d(1, 32, 3)
//	self.conv2 = nn.Conv2d(32, 64, 3)
//	self.fc1 = nn.Linear(9216, 128)
//	self.fc2 = nn.Linear(128, 10)
type net struct {
	conv1, conv2       *nn.Conv2d
	fc1, fc2           *nn.Linear
	dropout1, dropout2 *nn.Dropout
}

func newNet(s graph.Scope) *net {
	return &net{
		conv1:    nn.NewConv2d(s.At("conv1"), 1, 32, 3, nn.ConvOpts{}),
		conv2:    nn.NewConv2d(s.At("conv2"), 32, 64, 3, nn.ConvOpts{}),
		dropout1: nn.NewDropout(s.At("dropout1"), 0.25),
		dropout2: nn.NewDropout(s.At("dropout2"), 0.5),
		fc1:      nn.NewLinear(s.At("fc1"), 9216, 128),
		fc2:      nn.NewLinear(s.At("fc2"), 128, 10),
	}
}

// Forward returns the logits [N, 10] of x [N, 1, 28, 28].
func (m *net) Forward(x *graph.Node) *graph.Node {
	x = m.conv1.Forward(x).ReLU()
	x = m.conv2.Forward(x).ReLU().MaxPool2d(2)
	x = m.dropout1.Forward(x).Flatten()
	x = m.fc1.Forward(x).ReLU()
	return m.fc2.Forward(m.dropout2.Forward(x))
}

// load builds the network for one picture and gives it the weights of a file,
// model.pt as torch.save(model.state_dict(), …) writes it or safetensors.
func load(path string) (*graph.Program, *graph.Store, error) {
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Eval) // as model.eval()
	logits := newNet(g.Scope()).Forward(g.Input("x", 1, 1, 28, 28))
	program, err := g.Compile(nil, logits)
	if err != nil {
		return nil, nil, err
	}
	// A network saved from DataParallel has module. before each name.
	rename := func(name string) string { return strings.TrimPrefix(name, "module.") }
	_, err = checkpoint.Load(path, store, checkpoint.Opts{Rename: rename})
	return program, store, err
}

// save writes the weights that the network begins with.
func save(path string) error {
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Eval)
	newNet(g.Scope()).Forward(g.Input("x", 1, 1, 28, 28))
	if err := g.Err(); err != nil {
		return err
	}
	return checkpoint.Save(path, store, nil)
}

func main() {
	dir, err := os.MkdirTemp("", "frompytorch")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.safetensors") // in the place of model.pt
	if err := save(path); err != nil {
		log.Fatal(err)
	}
	program, store, err := load(path)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range store.Params() {
		fmt.Println(p.Name(), p.Shape())
	}
	if err := program.Run(program.Input("x").Feed(make([]float32, 28*28))); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(program.Values(program.Fetched(0))), "logits")
}
