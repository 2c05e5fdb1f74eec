// Command ownmodel trains a network that is not in the zoo.
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
)

// block adds to its input what two convolutions make of it.
type block struct {
	conv1, conv2 *nn.Conv2d
	bn1, bn2     *nn.BatchNorm2d
}

func newBlock(s graph.Scope, channels int) *block {
	return &block{
		conv1: nn.NewConv2d(s.At("conv1"), channels, channels, 3, nn.ConvOpts{Pad: 1, NoBias: true}),
		bn1:   nn.NewBatchNorm2d(s.At("bn1"), channels, nn.BatchNormOpts{}),
		conv2: nn.NewConv2d(s.At("conv2"), channels, channels, 3, nn.ConvOpts{Pad: 1, NoBias: true}),
		bn2:   nn.NewBatchNorm2d(s.At("bn2"), channels, nn.BatchNormOpts{}),
	}
}

// Forward keeps the shape [N, C, H, W].
func (b *block) Forward(x *graph.Node) *graph.Node {
	z := b.bn1.Forward(b.conv1.Forward(x)).ReLU()
	z = b.bn2.Forward(b.conv2.Forward(z))
	return z.Add(x).ReLU()
}

// digitNet tells digits apart.
//
//	x [N, 1, 28, 28] → logits [N, 10]
type digitNet struct {
	stem    *nn.Conv2d
	block   *block
	dropout *nn.Dropout
	head    *nn.Linear
}

func newDigitNet(s graph.Scope) *digitNet {
	return &digitNet{
		stem:    nn.NewConv2d(s.At("stem"), 1, 16, 3, nn.ConvOpts{Pad: 1, Stride: 2}),
		block:   newBlock(s.At("block"), 16),
		dropout: nn.NewDropout(s.At("dropout"), 0.2),
		head:    nn.NewLinear(s.At("head"), 16*7*7, 10),
	}
}

// Forward returns the logits.
func (m *digitNet) Forward(x *graph.Node) *graph.Node {
	x = m.stem.Forward(x).ReLU() // [N, 16, 14, 14]
	x = m.block.Forward(x)       // [N, 16, 14, 14]
	x = x.MaxPool2d(2).Flatten() // [N, 784]
	return m.head.Forward(m.dropout.Forward(x))
}

func main() {
	trainSet, testSet := digits.Open(1)
	store := graph.NewStore(graph.Float32, 1)
	model := func(s graph.Scope) nn.Layer { return newDigitNet(s) }
	task, err := train.NewClassifier(store, model, trainSet, testSet, train.ClassifierOpts{Batch: 50, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer task.Close()
	loop := train.Loop{Task: task, Solver: solvers.NewAdam(1e-3), Epochs: 2}
	for loop.Next(context.Background()) {
		fmt.Println(loop.Epoch().TrainLoss, loop.Epoch().Validation)
	}
	if err := loop.Err(); err != nil {
		log.Fatal(err)
	}
	for _, p := range store.Params() {
		fmt.Println(p.Name(), p.Shape())
	}
}
