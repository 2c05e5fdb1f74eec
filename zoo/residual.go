package zoo

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// Shortcut says how a residual block's input joins its output where their
// shapes differ.
//
// Source: arXiv:1512.03385 §3.3, options A and B.
type Shortcut int

const (
	// Pad takes every second row and column and adds channels of zeros, half of
	// them before and half after: option A, which has no parameters. It is the
	// form of the published CIFAR weights.
	Pad Shortcut = iota
	// PadEnd is Pad with all channels of zeros behind.
	PadEnd
	// Project is a 1×1 convolution with batch norm: option B.
	Project
)

// BasicBlock is a residual block of two 3×3 convolutions:
//
//	a[l+2] = g(a[l] + z[l+2])
//
//	x [N, in, H, W] → [N, out, H/stride, W/stride], sizes rounded up
//
// Source: cheatsheet §1.6.3; arXiv:1512.03385, fig. 2.
type BasicBlock struct {
	conv1, conv2 *nn.Conv2d
	bn1, bn2     nn.Layer
	drop         nn.Layer // between the convolutions; nil for none
	shortcut     shortcut
}

// NewBasicBlock makes a BasicBlock whose parameters are named below s.
func NewBasicBlock(s graph.Scope, in, out, stride int, kind Shortcut) *BasicBlock {
	return newBasicBlock(s, in, out, stride, kind, false, 0)
}

// newBasicBlock leaves out batch norm where bare is true; the convolutions then
// have biases. Between them values are dropped with the probability dropout, as in
// wide ResNets (arXiv:1605.07146 §2.4).
func newBasicBlock(s graph.Scope, in, out, stride int, kind Shortcut, bare bool, dropout float64) *BasicBlock {
	b := &BasicBlock{
		conv1:    blockConv(s.At("conv1"), in, out, 3, stride, bare),
		bn1:      norm(s.At("bn1"), out, bare),
		conv2:    blockConv(s.At("conv2"), out, out, 3, 1, bare),
		bn2:      norm(s.At("bn2"), out, bare),
		shortcut: newShortcut(s, in, out, stride, kind),
	}
	if dropout > 0 {
		b.drop = nn.NewDropout(s.At("drop"), dropout)
	}
	return b
}

// norm is batch norm, or nothing where bare is true.
func norm(s graph.Scope, channels int, bare bool) nn.Layer {
	if bare {
		return nn.Func(func(x *graph.Node) *graph.Node { return x })
	}
	return nn.NewBatchNorm2d(s, channels, nn.BatchNormOpts{})
}

// Forward returns g(x + z).
func (b *BasicBlock) Forward(x *graph.Node) *graph.Node {
	z := b.bn1.Forward(b.conv1.Forward(x)).ReLU()
	if b.drop != nil {
		z = b.drop.Forward(z)
	}
	z = b.bn2.Forward(b.conv2.Forward(z))
	return z.Add(b.shortcut.forward(x)).ReLU()
}

// expansion is how many times wider a Bottleneck's output is than its middle.
const expansion = 4

// Bottleneck is a residual block of three convolutions, of which the 1×1 ones
// narrow and widen what the 3×3 one works on:
//
//	x [N, in, H, W] → [N, 4·width, H/stride, W/stride], sizes rounded up
//
// Source: cheatsheet §1.6.3; arXiv:1512.03385, fig. 5.
// Differs from the paper: the stride is that of the 3×3 convolution, not of the
// first 1×1, as in torchvision.
type Bottleneck struct {
	conv1, conv2, conv3 *nn.Conv2d
	bn1, bn2, bn3       *nn.BatchNorm2d
	shortcut            shortcut
}

// NewBottleneck makes a Bottleneck whose parameters are named below s.
func NewBottleneck(s graph.Scope, in, width, stride int, kind Shortcut) *Bottleneck {
	out := expansion * width
	return &Bottleneck{
		conv1:    plainConv(s.At("conv1"), in, width, 1, 1),
		bn1:      nn.NewBatchNorm2d(s.At("bn1"), width, nn.BatchNormOpts{}),
		conv2:    plainConv(s.At("conv2"), width, width, 3, stride),
		bn2:      nn.NewBatchNorm2d(s.At("bn2"), width, nn.BatchNormOpts{}),
		conv3:    plainConv(s.At("conv3"), width, out, 1, 1),
		bn3:      nn.NewBatchNorm2d(s.At("bn3"), out, nn.BatchNormOpts{}),
		shortcut: newShortcut(s, in, out, stride, kind),
	}
}

// Forward returns g(x + z).
func (b *Bottleneck) Forward(x *graph.Node) *graph.Node {
	z := b.bn1.Forward(b.conv1.Forward(x)).ReLU()
	z = b.bn2.Forward(b.conv2.Forward(z)).ReLU()
	z = b.bn3.Forward(b.conv3.Forward(z))
	return z.Add(b.shortcut.forward(x)).ReLU()
}

// plainConv is a convolution that keeps sizes but for its stride, without
// bias, since batch norm follows.
func plainConv(s graph.Scope, in, out, kernel, stride int) *nn.Conv2d {
	return blockConv(s, in, out, kernel, stride, false)
}

// blockConv is plainConv, with a bias where no batch norm follows.
func blockConv(s graph.Scope, in, out, kernel, stride int, bare bool) *nn.Conv2d {
	return nn.NewConv2d(s, in, out, kernel, nn.ConvOpts{Stride: stride, Pad: kernel / 2, NoBias: !bare, Init: nn.HeFanOutNormal})
}

// shortcut carries a block's input past it.
type shortcut struct {
	stride        int
	before, after int        // channels of zeros
	conv          *nn.Conv2d // of a projection
	bn            *nn.BatchNorm2d
}

func newShortcut(s graph.Scope, in, out, stride int, kind Shortcut) shortcut {
	c := shortcut{stride: stride}
	switch {
	case stride == 1 && in == out:
	case kind == Project:
		c.conv = plainConv(s.At("downsample.0"), in, out, 1, stride)
		c.bn = nn.NewBatchNorm2d(s.At("downsample.1"), out, nn.BatchNormOpts{})
	case kind == PadEnd:
		c.after = out - in
	default:
		c.before = (out - in) / 2
		c.after = out - in - c.before
	}
	return c
}

func (c shortcut) forward(x *graph.Node) *graph.Node {
	if c.conv != nil {
		return c.bn.Forward(c.conv.Forward(x))
	}
	return x.Subsample(c.stride).PadAxis(1, c.before, c.after)
}
