package zoo

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// LeNet is LeNet-5: two convolutions, each followed by pooling, then three
// fully connected layers.
//
//	x [N, 1, 28, 28] → logits [N, classes]
//
// It has two forms: the modern one of [NewLeNet], with ReLU and max pooling,
// and the classic one of [NewLeNetTanh], with tanh and average pooling. An
// input of 32×32 is not padded.
//
// Source: cheatsheet §1.1-1.2; doi:10.1109/5.726791, fig. 2.
// Differs from the paper: every filter of the second convolution sees all
// feature maps; pooling has no weights; the output is linear.
type LeNet struct {
	conv1, conv2  *nn.Conv2d
	fc1, fc2, fc3 *nn.Linear
	classic       bool
}

// NewLeNet makes a LeNet with ReLU and max pooling for 28×28 images, whose
// parameters are named below s.
func NewLeNet(s graph.Scope, classes int) *LeNet { return newLeNet(s, classes, 2, false) }

// NewLeNetTanh makes a LeNet with tanh and average pooling for 28×28 images.
func NewLeNetTanh(s graph.Scope, classes int) *LeNet { return newLeNet(s, classes, 2, true) }

// NewLeNet32 makes a LeNet for 32×32 images, the size of the paper: classic
// with tanh and average pooling, else with ReLU and max pooling.
func NewLeNet32(s graph.Scope, classes int, classic bool) *LeNet {
	return newLeNet(s, classes, 0, classic)
}

func newLeNet(s graph.Scope, classes, pad int, classic bool) *LeNet {
	return &LeNet{
		conv1:   nn.NewConv2d(s.At("conv1"), 1, 6, 5, nn.ConvOpts{Pad: pad}),
		conv2:   nn.NewConv2d(s.At("conv2"), 6, 16, 5, nn.ConvOpts{}),
		fc1:     nn.NewLinear(s.At("fc1"), 16*5*5, 120),
		fc2:     nn.NewLinear(s.At("fc2"), 120, 84),
		fc3:     nn.NewLinear(s.At("fc3"), 84, classes),
		classic: classic,
	}
}

// Forward returns the logits [N, classes] of x [N, 1, 28, 28].
func (m *LeNet) Forward(x *graph.Node) *graph.Node {
	x = m.pool(m.activate(m.conv1.Forward(x))) // [N, 6, 14, 14]
	x = m.pool(m.activate(m.conv2.Forward(x))) // [N, 16, 5, 5]
	x = m.activate(m.fc1.Forward(x.Flatten())) // [N, 120]
	x = m.activate(m.fc2.Forward(x))           // [N, 84]
	return m.fc3.Forward(x)
}

func (m *LeNet) activate(x *graph.Node) *graph.Node {
	if m.classic {
		return x.Tanh()
	}
	return x.ReLU()
}

func (m *LeNet) pool(x *graph.Node) *graph.Node {
	if m.classic {
		return x.AvgPool2d(2)
	}
	return x.MaxPool2d(2)
}
