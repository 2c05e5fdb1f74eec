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
// It has two usual forms: the modern one of [NewLeNet], with ReLU and max
// pooling, and the classic one of [NewLeNetTanh], with tanh and average
// pooling.
//
// Source: cheatsheet §1.1-1.2; doi:10.1109/5.726791, fig. 2.
// Differs from the paper: every filter of the second convolution sees all
// feature maps; pooling has no weights; the output is linear.
type LeNet struct {
	conv1, conv2  *nn.Conv2d
	fc1, fc2, fc3 *nn.Linear
	opts          LeNetOpts
}

// LeNetOpts are the forms of a LeNet; the zero value is that of [NewLeNet].
type LeNetOpts struct {
	Channels int  // of the pictures; 0 means 1
	Unpadded bool // for pictures of 32×32, the size of the paper, not 28×28
	Tanh     bool // for ReLU
	AvgPool  bool // for max pooling
}

// NewLeNet makes a LeNet with ReLU and max pooling for 28×28 images, whose
// parameters are named below s.
func NewLeNet(s graph.Scope, classes int) *LeNet { return NewLeNetWith(s, classes, LeNetOpts{}) }

// NewLeNetTanh makes a LeNet with tanh and average pooling for 28×28 images.
func NewLeNetTanh(s graph.Scope, classes int) *LeNet {
	return NewLeNetWith(s, classes, LeNetOpts{Tanh: true, AvgPool: true})
}

// NewLeNetWith makes a LeNet of another form.
func NewLeNetWith(s graph.Scope, classes int, o LeNetOpts) *LeNet {
	pad := 2
	if o.Unpadded {
		pad = 0
	}
	return &LeNet{
		conv1: nn.NewConv2d(s.At("conv1"), max(1, o.Channels), 6, 5, nn.ConvOpts{Pad: pad}),
		conv2: nn.NewConv2d(s.At("conv2"), 6, 16, 5, nn.ConvOpts{}),
		fc1:   nn.NewLinear(s.At("fc1"), 16*5*5, 120),
		fc2:   nn.NewLinear(s.At("fc2"), 120, 84),
		fc3:   nn.NewLinear(s.At("fc3"), 84, classes),
		opts:  o,
	}
}

// Forward returns the logits [N, classes] of x [N, C, 28, 28], or 32 by 32.
func (m *LeNet) Forward(x *graph.Node) *graph.Node {
	x = m.pool(m.activate(m.conv1.Forward(x))) // [N, 6, 14, 14]
	x = m.pool(m.activate(m.conv2.Forward(x))) // [N, 16, 5, 5]
	x = m.activate(m.fc1.Forward(x.Flatten())) // [N, 120]
	x = m.activate(m.fc2.Forward(x))           // [N, 84]
	return m.fc3.Forward(x)
}

// Features returns the feature maps [N, 16, 5, 5] of x; Forward is Head of them.
func (m *LeNet) Features(x *graph.Node) *graph.Node {
	x = m.pool(m.activate(m.conv1.Forward(x)))
	return m.pool(m.activate(m.conv2.Forward(x)))
}

// Head returns the logits [N, classes] of feature maps.
func (m *LeNet) Head(maps *graph.Node) *graph.Node { return m.fc3.Forward(m.Hidden(maps)) }

// Hidden returns what the last layer reads, [N, 84], of feature maps.
func (m *LeNet) Hidden(maps *graph.Node) *graph.Node {
	x := m.activate(m.fc1.Forward(maps.Flatten()))
	return m.activate(m.fc2.Forward(x))
}

func (m *LeNet) activate(x *graph.Node) *graph.Node {
	if m.opts.Tanh {
		return x.Tanh()
	}
	return x.ReLU()
}

func (m *LeNet) pool(x *graph.Node) *graph.Node {
	if m.opts.AvgPool {
		return x.AvgPool2d(2)
	}
	return x.MaxPool2d(2)
}
