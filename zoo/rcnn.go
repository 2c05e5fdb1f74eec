package zoo

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// RegionStride is by how much the maps of a [FastRCNN] are smaller than the
// picture.
const RegionStride = 8

// regionMaps is how many maps a region is described by.
const regionMaps = 128

// regionBins is the height = width of a region's maps.
const regionBins = 5

// NewRegionFeatures makes five 3×3 convolutions with batch norm and leaky ReLU
// 0.1, the first three followed by max pooling: x [N, 3, H, W] →
// [N, 128, H/8, W/8]. Small objects keep some cells of the map.
func NewRegionFeatures(s graph.Scope) nn.Sequential {
	net := chain{scope: s}
	in := 3
	for i, out := range []int{16, 32, 64, regionMaps, regionMaps} {
		net.add(plainConv(net.next(), in, out, 3, 1))
		net.add(nn.NewBatchNorm2d(net.next(), out, nn.BatchNormOpts{}))
		net.add(leaky(0.1))
		if i < 3 {
			net.add(nn.Func(func(x *graph.Node) *graph.Node { return x.MaxPool2d(2) }))
		}
		in = out
	}
	return net.layers
}

// RegionHead says of a region's features which class it shows, if any, and how
// its box is to be moved.
//
//	v [R, in] → logits [R, 1 + classes], the first of background; t [R, classes, 4]
//
// Source: arXiv:1504.08083 §2.
type RegionHead struct {
	fc, class, box *nn.Linear
	classes        int
}

// NewRegionHead makes a RegionHead whose layers are named fc, class, box below s.
func NewRegionHead(s graph.Scope, in, classes int) *RegionHead {
	const hidden = 256
	return &RegionHead{
		fc:      nn.NewLinear(s.At("fc"), in, hidden),
		class:   nn.NewLinear(s.At("class"), hidden, 1+classes),
		box:     nn.NewLinear(s.At("box"), hidden, 4*classes),
		classes: classes,
	}
}

// Forward returns the logits and the moves t of features v [R, …].
func (h *RegionHead) Forward(v *graph.Node) (logits, t *graph.Node) {
	v = h.fc.Forward(v.Flatten()).LeakyReLU(0.1) // [R, 256]
	return h.class.Forward(v), h.box.Forward(v).Reshape(-1, h.classes, 4)
}

// RCNN looks at each region by itself: it is cut out of the picture, warped to a
// fixed size and goes through a convolutional network.
//
//	crops [R, 3, S, S] → logits [R, 1 + classes], t [R, classes, 4]
//
// Source: cheatsheet §1.6 (R-CNN); arXiv:1311.2524. Differs from the paper: one
// network with softmax for features, classes, boxes, in place of support vector
// machines over stored features.
type RCNN struct {
	features nn.Sequential
	head     *RegionHead
}

// NewRCNN makes an RCNN for crops of side × side, a multiple of 16, named below s.
func NewRCNN(s graph.Scope, side, classes int) *RCNN {
	cells := side / SmallStride
	return &RCNN{
		features: NewSmallFeatures(s.At("features")),
		head:     NewRegionHead(s.At("head"), 256*cells*cells, classes),
	}
}

// Forward returns the logits and the moves t of crops [R, 3, S, S].
func (m *RCNN) Forward(crops *graph.Node) (logits, t *graph.Node) {
	return m.head.Forward(m.features.Forward(crops))
}

// FastRCNN computes the maps of a picture once, and pools each region from them.
//
//	x [N, 3, H, W], rois [R, 5] → logits [R, 1 + classes], t [R, classes, 4]
//
// Source: arXiv:1504.08083.
type FastRCNN struct {
	features nn.Sequential
	head     *RegionHead
}

// NewFastRCNN makes a FastRCNN whose layers are named features, head below s.
func NewFastRCNN(s graph.Scope, classes int) *FastRCNN {
	return &FastRCNN{
		features: NewRegionFeatures(s.At("features")),
		head:     NewRegionHead(s.At("head"), regionMaps*regionBins*regionBins, classes),
	}
}

// Forward returns the logits and the moves t of the regions rois, each the number
// of its picture with its corners in pixels.
func (m *FastRCNN) Forward(x, rois *graph.Node) (logits, t *graph.Node) {
	return m.Classify(m.Features(x), rois)
}

// Features returns the maps [N, 128, H/8, W/8] of x [N, 3, H, W].
func (m *FastRCNN) Features(x *graph.Node) *graph.Node { return m.features.Forward(x) }

// Classify is the part of Forward behind the maps.
func (m *FastRCNN) Classify(maps, rois *graph.Node) (logits, t *graph.Node) {
	return m.head.Forward(maps.RoIPool(rois, regionBins, regionBins, 1.0/RegionStride)) // [R, 128, 5, 5]
}

// RegionProposer is the region proposal network of Faster R-CNN: at each cell of
// the maps, for each anchor, whether there is an object, and how the anchor is to
// be moved onto it.
//
//	maps [N, 128, G, G] → score [N, G, G, k], t [N, G, G, k, 4]
//
// Source: arXiv:1506.01497 §3.1. Differs from the paper: one score a box, for
// sigmoid, in place of two for softmax.
type RegionProposer struct {
	conv, score, box *nn.Conv2d
	anchors          int
}

// NewRegionProposer makes a RegionProposer whose layers are named conv, score, box
// below s. The scores begin at σ(−4): most places are empty.
func NewRegionProposer(s graph.Scope, anchors int) *RegionProposer {
	score := nn.NewConv2d(s.At("score"), regionMaps, anchors, 1, nn.ConvOpts{NoBias: true})
	score.Bias = s.At("score").Param("bias", graph.Constant(-4), anchors)
	return &RegionProposer{
		conv:  nn.NewConv2d(s.At("conv"), regionMaps, regionMaps, 3, nn.ConvOpts{Pad: 1, Init: nn.HeFanOutNormal}),
		score: score,
		box:   nn.NewConv2d(s.At("box"), regionMaps, 4*anchors, 1, nn.ConvOpts{}),

		anchors: anchors,
	}
}

// Forward returns the scores, before sigmoid, and the moves t.
func (p *RegionProposer) Forward(maps *graph.Node) (score, t *graph.Node) {
	maps = p.conv.Forward(maps).LeakyReLU(0.1)
	n, h, w := maps.Dim(0), maps.Dim(2), maps.Dim(3)
	return ByCell(p.score.Forward(maps), p.anchors).Reshape(n, h, w, p.anchors), ByCell(p.box.Forward(maps), p.anchors)
}
