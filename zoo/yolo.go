package zoo

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// TinyYOLO is the small form of YOLO v2: eight 3×3 convolutions with batch norm
// and leaky ReLU 0.1, of which the first five are followed by max pooling, then
// a 1×1 convolution to the raw boxes.
//
//	x [N, 3, H, W] → [N, anchors·(5 + classes), H/32, W/32]; H and W are 416
//
// The channels of a cell are for each anchor t_x, t_y, t_w, t_h, the raw score
// p_c and the classes' logits.
//
// Names are net.0, net.1, net.4, …, counting every layer.
//
// Source: cheatsheet §1.5.3; arXiv:1612.08242; darknet's tiny-yolo-voc.cfg.
type TinyYOLO struct {
	net nn.Sequential
}

// NewTinyYOLO makes a TinyYOLO whose parameters are named below s; 5 anchors
// and 20 classes are the form for VOC.
func NewTinyYOLO(s graph.Scope, anchors, classes int) *TinyYOLO {
	return newTinyYOLO(s, 16, anchors, classes)
}

// newTinyYOLO makes convolutions of width, 2·width, …, 64·width and once more
// 64·width feature maps.
func newTinyYOLO(s graph.Scope, width, anchors, classes int) *TinyYOLO {
	net := chain{scope: s.At("net")}
	in := 3
	for i := range 8 {
		out := width << min(i, 6)
		net.add(plainConv(net.next(), in, out, 3, 1))
		net.add(nn.NewBatchNorm2d(net.next(), out, nn.BatchNormOpts{}))
		net.add(leaky(0.1))
		switch {
		case i < 5:
			net.add(nn.Func(func(x *graph.Node) *graph.Node { return x.MaxPool2d(2) }))
		case i == 5:
			net.add(nn.Func(zeroBehind), nn.Func(densePool))
		}
		in = out
	}
	net.add(nn.NewConv2d(net.next(), in, anchors*(5+classes), 1, nn.ConvOpts{}))
	return &TinyYOLO{net.layers}
}

// Forward returns the raw boxes [N, anchors·(5 + classes), H/32, W/32] of x
// [N, 3, H, W].
func (m *TinyYOLO) Forward(x *graph.Node) *graph.Node { return m.net.Forward(x) }

// zeroBehind adds a row and a column of zeros at the end.
func zeroBehind(x *graph.Node) *graph.Node { return x.PadAxis(2, 0, 1).PadAxis(3, 0, 1) }

// densePool is the maximum over windows of 2×2 at every place.
func densePool(x *graph.Node) *graph.Node {
	return x.MaxPool(graph.PoolOpts{Kernel: []int{2}, Stride: []int{1}})
}

// YOLOHead is the end of a YOLO network: a 3×3 convolution with leaky ReLU 0.1,
// then a 1×1 convolution to the raw boxes of each cell.
//
//	x [N, in, G, G] → t [N, G, G, k, 5 + p] with the fields p_c, b_x, b_y, b_h, b_w, c_1 … c_p
//
// Source: cheatsheet §1.6 (YOLO, y ∈ R^{G×G×k×(5+p)}).
type YOLOHead struct {
	conv1, conv2     *nn.Conv2d
	anchors, classes int
}

// NewYOLOHead makes a YOLOHead with hidden feature maps between its two
// convolutions, named conv1, conv2 below s.
func NewYOLOHead(s graph.Scope, in, hidden, anchors, classes int) *YOLOHead {
	return &YOLOHead{
		conv1:   nn.NewConv2d(s.At("conv1"), in, hidden, 3, nn.ConvOpts{Pad: 1}),
		conv2:   nn.NewConv2d(s.At("conv2"), hidden, anchors*(5+classes), 1, nn.ConvOpts{}),
		anchors: anchors, classes: classes,
	}
}

// Forward returns the raw boxes [N, G, G, k, 5 + p] of x [N, in, G, G]; the losses'
// YOLOCells makes predictions of them.
func (h *YOLOHead) Forward(x *graph.Node) *graph.Node {
	return ByCell(h.conv2.Forward(h.conv1.Forward(x).LeakyReLU(0.1)), h.anchors)
}

// ByCell turns maps [N, k·f, G, G], the f fields of an anchor side by side, into
// [N, G, G, k, f].
func ByCell(x *graph.Node, anchors int) *graph.Node {
	if x.Graph().Err() != nil {
		return x
	}
	if x.Rank() != 4 || anchors < 1 || x.Dim(1)%anchors != 0 {
		return x.Fail(errors.Errorf("ByCell: %s with %d anchors, expected [N, anchors·fields, G, G]", x, anchors))
	}
	n, h, w := x.Dim(0), x.Dim(2), x.Dim(3)
	return x.Reshape(n, anchors, -1, h, w).Transpose(0, 3, 4, 1, 2)
}
