// Package nn has the layers that models are made of.
//
// A layer is a struct whose constructor names its parameters below a
// [graph.Scope], as PyTorch's state dict does, and whose Forward applies it.
// Calling Forward again shares the parameters:
//
//	conv1 := nn.NewConv2d(s.At("conv1"), 1, 6, 5, nn.ConvOpts{Pad: 2})
//	x = conv1.Forward(x).ReLU().MaxPool2d(2)
//
// Operations without parameters are methods of [graph.Node]. The package also
// has the initialisers and the shape arithmetic of convolutions.
package nn
