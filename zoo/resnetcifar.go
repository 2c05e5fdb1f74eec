package zoo

import (
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
	bn1    *nn.BatchNorm2d
	blocks nn.Sequential
	fc     *nn.Linear
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
	m := &CIFARResNet{
		conv1: plainConv(s.At("conv1"), channels, width, 3, 1),
		bn1:   nn.NewBatchNorm2d(s.At("bn1"), width, nn.BatchNormOpts{}),
	}
	in := width
	for stage := range 3 {
		for i := range n {
			at, out := s.At(fmt.Sprintf("layer%d.%d", stage+1, i)), width<<stage
			m.blocks = append(m.blocks, NewBasicBlock(at, in, out, blockStride(stage, i), kind))
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
