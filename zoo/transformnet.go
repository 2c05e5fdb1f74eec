package zoo

import (
	"strconv"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// TransformNet paints a picture in the style that it was trained for, in one
// pass: it shrinks it to a quarter, changes it by residual blocks, and enlarges
// it again.
//
//	x [N, 3, H, W] → [N, 3, H, W], values in (0, 1); H and W are multiples of 4
//
// Names are conv1.conv, conv1.norm, conv2, conv3, block1.a, block1.b, …, up1, up2,
// out.
//
// Source: arXiv:1603.08155, supplementary table 1; arXiv:1607.08022 for instance
// norm.
// Differs from the paper: width and number of blocks are chosen, zeros are around
// the picture and nearest neighbours enlarge it (doi:10.23915/distill.00003).
type TransformNet struct {
	down   []*normedConv
	blocks [][2]*normedConv
	up     []*normedConv
	out    *nn.Conv2d
}

// normedConv is a convolution, then instance norm.
type normedConv struct {
	conv *nn.Conv2d
	norm *nn.InstanceNorm2d
}

func newNormedConv(s graph.Scope, in, out, kernel, stride int) *normedConv {
	o := nn.ConvOpts{Stride: stride, Pad: kernel / 2, NoBias: true, Init: nn.HeNormal} // the norm has a bias
	return &normedConv{nn.NewConv2d(s.At("conv"), in, out, kernel, o), nn.NewInstanceNorm2d(s.At("norm"), out)}
}

func (c *normedConv) Forward(x *graph.Node) *graph.Node { return c.norm.Forward(c.conv.Forward(x)) }

// NewTransformNet makes a TransformNet of width feature maps at the full size,
// which is 32 in the paper, and so many residual blocks, 5 in the paper.
func NewTransformNet(s graph.Scope, width, blocks int) *TransformNet {
	m := &TransformNet{
		down: []*normedConv{
			newNormedConv(s.At("conv1"), 3, width, 9, 1),
			newNormedConv(s.At("conv2"), width, 2*width, 3, 2),
			newNormedConv(s.At("conv3"), 2*width, 4*width, 3, 2),
		},
		up: []*normedConv{
			newNormedConv(s.At("up1"), 4*width, 2*width, 3, 1),
			newNormedConv(s.At("up2"), 2*width, width, 3, 1),
		},
		out: nn.NewConv2d(s.At("out"), width, 3, 9, nn.ConvOpts{Pad: 4}),
	}
	for i := range blocks {
		at := s.At("block" + strconv.Itoa(i+1))
		m.blocks = append(m.blocks, [2]*normedConv{
			newNormedConv(at.At("a"), 4*width, 4*width, 3, 1),
			newNormedConv(at.At("b"), 4*width, 4*width, 3, 1),
		})
	}
	return m
}

// Forward returns the painted picture of x, values from 0 to 1.
func (m *TransformNet) Forward(x *graph.Node) *graph.Node {
	if x.Graph().Err() == nil && (x.Rank() != 4 || x.Dim(2)%4 != 0 || x.Dim(3)%4 != 0) {
		return x.Fail(errors.Errorf("TransformNet: x%v, expected [N, 3, H, W] with H and W multiples of 4", x.Shape()))
	}
	x = x.Shift(-0.5).Scale(4) // about the range of normal numbers
	for _, c := range m.down {
		x = c.Forward(x).ReLU()
	}
	for _, b := range m.blocks {
		x = x.Add(b[1].Forward(b[0].Forward(x).ReLU()))
	}
	for _, c := range m.up {
		x = c.Forward(x.UpsampleNearest(2*x.Dim(2), 2*x.Dim(3))).ReLU()
	}
	return m.out.Forward(x).Sigmoid()
}
