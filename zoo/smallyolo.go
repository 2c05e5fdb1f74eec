package zoo

import (
	"math/rand/v2"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// SmallYOLO is a YOLO that trains in minutes on a CPU: four 3×3 convolutions of
// 16 to 128 maps, each followed by max pooling, then 256, 128 (1×1) and 256, all
// with batch norm and leaky ReLU 0.1, and a 1×1 convolution to the raw boxes.
//
//	x [N, 3, H, W] → t [N, H/16, W/16, anchors, 5 + classes]
//
// The fields are p_c, b_x, b_y, b_h, b_w, then the classes. The scores p_c begin
// at σ(−4): most cells are empty.
//
// Source: cheatsheet §1.6 (the head); arXiv:1612.08242 (the parts, fewer).
type SmallYOLO struct {
	features nn.Sequential
	head     *nn.Conv2d
	anchors  int
}

// SmallStride is by how much the maps of [NewSmallFeatures] are smaller than the
// picture.
const SmallStride = 16

// NewSmallYOLO makes a SmallYOLO whose parameters are named features.0.weight, …,
// head.weight below s.
func NewSmallYOLO(s graph.Scope, anchors, classes int) *SmallYOLO {
	head := nn.NewConv2d(s.At("head"), 256, anchors*(5+classes), 1, nn.ConvOpts{NoBias: true})
	head.Bias = s.At("head").Param("bias", rare(5+classes), anchors*(5+classes))
	return &SmallYOLO{features: NewSmallFeatures(s.At("features")), head: head, anchors: anchors}
}

// NewSmallFeatures makes the seven convolutions of a [SmallYOLO]:
// x [N, 3, H, W] → [N, 256, H/16, W/16].
func NewSmallFeatures(s graph.Scope) nn.Sequential {
	net := chain{scope: s}
	in := 3
	for i, out := range []int{16, 32, 64, 128, 256, 128, 256} {
		kernel := 3
		if i == 5 {
			kernel = 1
		}
		net.add(plainConv(net.next(), in, out, kernel, 1))
		net.add(nn.NewBatchNorm2d(net.next(), out, nn.BatchNormOpts{}))
		net.add(leaky(0.1))
		if i < 4 {
			net.add(nn.Func(func(x *graph.Node) *graph.Node { return x.MaxPool2d(2) }))
		}
		in = out
	}
	return net.layers
}

// rare begins the first of every so many fields at −4, the others at 0.
func rare(fields int) graph.Init {
	return func(_ *rand.Rand, _ []int, values []float64) {
		for i := range values {
			values[i] = 0
			if i%fields == 0 {
				values[i] = -4
			}
		}
	}
}

// Forward returns the raw boxes of x [N, 3, H, W]; H and W are multiples of 16.
func (m *SmallYOLO) Forward(x *graph.Node) *graph.Node {
	return ByCell(m.head.Forward(m.features.Forward(x)), m.anchors)
}
