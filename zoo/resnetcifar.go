package zoo

import (
	"cmp"
	"fmt"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// CIFARResNet is the residual network for 32×32 pictures with 6n + 2 layers:
// a 3×3 convolution, three stages of n blocks with 16, 32 and 64 channels,
// global average pooling and a fully connected layer.
//
//	x [N, 3, 32, 32] → logits [N, classes]; other sizes work
//
// Names are conv1, bn1, layer1.0.conv1, …, fc.
//
// Source: cheatsheet §1.6.3; arXiv:1512.03385 §4.2.
type CIFARResNet struct {
	conv1  *nn.Conv2d
	bn1    nn.Layer
	blocks nn.Sequential
	fc     *nn.Linear
}

// CIFARResNetOpts are the settings of a CIFARResNet; the zero value is the
// paper's with three blocks a stage, for coloured pictures.
type CIFARResNetOpts struct {
	Channels int // of the pictures; 0 means 3
	Width    int // channels of the first stage; 0 means 16
	Blocks   int // a stage; 0 means 3
	Shortcut Shortcut
	// NoBatchNorm leaves out batch norm, to see what it is for.
	NoBatchNorm bool
	// Dropout is the probability with which a value between the convolutions of
	// a block is dropped; 0 means none.
	Dropout float64
}

// NewResNet20 makes the CIFAR form of 20 layers, whose parameters are named
// below s. The paper's shortcut is [Pad].
func NewResNet20(s graph.Scope, classes int, kind Shortcut) *CIFARResNet {
	return NewCIFARResNet(s, 3, 16, 3, classes, kind)
}

// NewResNet32 makes the CIFAR form of 32 layers.
func NewResNet32(s graph.Scope, classes int, kind Shortcut) *CIFARResNet {
	return NewCIFARResNet(s, 3, 16, 5, classes, kind)
}

// NewResNet44 makes the CIFAR form of 44 layers.
func NewResNet44(s graph.Scope, classes int, kind Shortcut) *CIFARResNet {
	return NewCIFARResNet(s, 3, 16, 7, classes, kind)
}

// NewResNet56 makes the CIFAR form of 56 layers.
func NewResNet56(s graph.Scope, classes int, kind Shortcut) *CIFARResNet {
	return NewCIFARResNet(s, 3, 16, 9, classes, kind)
}

// NewCIFARResNet makes the CIFAR form for pictures of so many channels, with n
// blocks a stage of width, 2·width and 4·width channels.
func NewCIFARResNet(s graph.Scope, channels, width, n, classes int, kind Shortcut) *CIFARResNet {
	if n < 1 {
		s.Fail(errors.Errorf("CIFARResNet: %d blocks a stage, expected at least 1", n))
	}
	return NewCIFARResNetWith(s, classes, CIFARResNetOpts{Channels: channels, Width: width, Blocks: n, Shortcut: kind})
}

// NewCIFARResNetWith makes the CIFAR form as o says.
func NewCIFARResNetWith(s graph.Scope, classes int, o CIFARResNetOpts) *CIFARResNet {
	in := cmp.Or(o.Width, 16)
	m := &CIFARResNet{
		conv1: blockConv(s.At("conv1"), cmp.Or(o.Channels, 3), in, 3, 1, o.NoBatchNorm),
		bn1:   norm(s.At("bn1"), in, o.NoBatchNorm),
	}
	for stage, width := 0, in; stage < 3; stage++ {
		for i := range cmp.Or(o.Blocks, 3) {
			at, out := s.At(fmt.Sprintf("layer%d.%d", stage+1, i)), width<<stage
			m.blocks = append(m.blocks, newBasicBlock(at, in, out, blockStride(stage, i), o.Shortcut, o.NoBatchNorm, o.Dropout))
			in = out
		}
	}
	m.fc = nn.NewLinear(s.At("fc"), in, classes)
	return m
}

// Forward returns the logits [N, classes] of x [N, C, H, W].
func (m *CIFARResNet) Forward(x *graph.Node) *graph.Node { return m.Head(m.Features(x)) }

// Features returns the feature maps [N, 64, H/4, W/4] of the last block.
func (m *CIFARResNet) Features(x *graph.Node) *graph.Node {
	return m.blocks.Forward(m.bn1.Forward(m.conv1.Forward(x)).ReLU())
}

// Head returns the logits [N, classes] of the feature maps.
func (m *CIFARResNet) Head(features *graph.Node) *graph.Node {
	return m.fc.Forward(features.GlobalAvgPool())
}
