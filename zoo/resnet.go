package zoo

import (
	"fmt"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// Shortcut says how a residual block's input joins its output where their
// shapes differ.
type Shortcut int

const (
	// Pad takes every second element and adds channels of zeros, half of them
	// before and half after: option A, which has no parameters.
	Pad Shortcut = iota
	// Project is a 1×1 convolution with batch norm: option B.
	Project
)

// BasicBlock is a residual block of two 3×3 convolutions:
//
//	a[l+2] = g(a[l] + z[l+2])
//
//	x [N, in, H, W] → [N, out, H/stride, W/stride]
//
// Source: cheatsheet §1.6.3; arXiv:1512.03385, fig. 2.
type BasicBlock struct {
	conv1, conv2 *nn.Conv2d
	bn1, bn2     *nn.BatchNorm2d
	shortcut     shortcut
}

// NewBasicBlock makes a BasicBlock whose parameters are named below s.
func NewBasicBlock(s graph.Scope, in, out, stride int, kind Shortcut) *BasicBlock {
	return &BasicBlock{
		conv1:    conv3x3(s.At("conv1"), in, out, stride),
		bn1:      nn.NewBatchNorm2d(s.At("bn1"), out, nn.BatchNormOpts{}),
		conv2:    conv3x3(s.At("conv2"), out, out, 1),
		bn2:      nn.NewBatchNorm2d(s.At("bn2"), out, nn.BatchNormOpts{}),
		shortcut: newShortcut(s, in, out, stride, kind),
	}
}

// Forward returns g(x + z).
func (b *BasicBlock) Forward(x *graph.Node) *graph.Node {
	z := b.bn1.Forward(b.conv1.Forward(x)).ReLU()
	z = b.bn2.Forward(b.conv2.Forward(z))
	return z.Add(b.shortcut.forward(x)).ReLU()
}

// shortcut carries a block's input past it.
type shortcut struct {
	pad, stride int
	conv        *nn.Conv2d // of a projection
	bn          *nn.BatchNorm2d
}

func newShortcut(s graph.Scope, in, out, stride int, kind Shortcut) shortcut {
	c := shortcut{stride: stride, pad: out - in}
	if (stride != 1 || in != out) && kind == Project {
		down := s.At("downsample")
		c.conv = nn.NewConv2d(down.At("0"), in, out, 1, nn.ConvOpts{Stride: stride, NoBias: true, Init: nn.HeFanOutNormal})
		c.bn = nn.NewBatchNorm2d(down.At("1"), out, nn.BatchNormOpts{})
	}
	return c
}

func (c shortcut) forward(x *graph.Node) *graph.Node {
	if c.conv != nil {
		return c.bn.Forward(c.conv.Forward(x))
	}
	if c.stride != 1 {
		x = x.Subsample(c.stride)
	}
	if c.pad > 0 {
		x = x.PadAxis(1, c.pad/2, c.pad-c.pad/2)
	}
	return x
}

func conv3x3(s graph.Scope, in, out, stride int) *nn.Conv2d {
	return nn.NewConv2d(s, in, out, 3, nn.ConvOpts{Stride: stride, Pad: 1, NoBias: true, Init: nn.HeFanOutNormal})
}

// CIFARResNet is the residual network for 32×32 pictures with 6n + 2 layers:
// a 3×3 convolution, three stages of n blocks with 16, 32 and 64 channels,
// global average pooling and a fully connected layer.
//
//	x [N, 3, 32, 32] → logits [N, classes]
//
// Source: cheatsheet §1.6.3; arXiv:1512.03385 §4.2.
type CIFARResNet struct {
	conv1  *nn.Conv2d
	bn1    *nn.BatchNorm2d
	blocks []*BasicBlock
	fc     *nn.Linear
}

// NewResNet20 makes the CIFAR form with 20 layers.
func NewResNet20(s graph.Scope, classes int, kind Shortcut) *CIFARResNet {
	return NewCIFARResNet(s, 3, 16, 3, classes, kind)
}

// NewCIFARResNet makes the CIFAR form with n blocks a stage of width, 2·width
// and 4·width channels: 20, 32, 44 and 56 layers are n = 3, 5, 7, 9.
func NewCIFARResNet(s graph.Scope, in, width, n, classes int, kind Shortcut) *CIFARResNet {
	m := &CIFARResNet{
		conv1: conv3x3(s.At("conv1"), in, width, 1),
		bn1:   nn.NewBatchNorm2d(s.At("bn1"), width, nn.BatchNormOpts{}),
	}
	channels := width
	for stage := range 3 {
		out := width << stage
		for i := range n {
			stride := 1
			if stage > 0 && i == 0 {
				stride = 2
			}
			at := s.At(fmt.Sprintf("layer%d.%d", stage+1, i))
			m.blocks = append(m.blocks, NewBasicBlock(at, channels, out, stride, kind))
			channels = out
		}
	}
	m.fc = nn.NewLinear(s.At("fc"), channels, classes)
	return m
}

// Forward returns the logits [N, classes] of x [N, 3, H, W].
func (m *CIFARResNet) Forward(x *graph.Node) *graph.Node {
	x = m.bn1.Forward(m.conv1.Forward(x)).ReLU()
	for _, b := range m.blocks {
		x = b.Forward(x)
	}
	return m.fc.Forward(x.GlobalAvgPool())
}
