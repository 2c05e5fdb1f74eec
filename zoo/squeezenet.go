package zoo

import (
	"strconv"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// Fire is SqueezeNet's module: a 1×1 convolution to few feature maps, then 1×1
// and 3×3 convolutions side by side, whose outputs are joined.
//
//	x [N, in, H, W] → [N, 8·squeeze, H, W]
//
// Source: arXiv:1602.07360, fig. 1.
type Fire struct {
	squeeze, expand1x1, expand3x3 *nn.Conv2d
}

// NewFire makes a Fire module of squeeze feature maps, expanded to four times
// as many by each convolution, whose parameters are named below s.
func NewFire(s graph.Scope, in, squeeze int) *Fire {
	return &Fire{
		squeeze:   biasedConv(s.At("squeeze"), in, squeeze, 1),
		expand1x1: biasedConv(s.At("expand1x1"), squeeze, 4*squeeze, 1),
		expand3x3: biasedConv(s.At("expand3x3"), squeeze, 4*squeeze, 3),
	}
}

// Forward returns the joined feature maps of x.
func (f *Fire) Forward(x *graph.Node) *graph.Node {
	x = f.squeeze.Forward(x).ReLU()
	return graph.Concat(1, f.expand1x1.Forward(x).ReLU(), f.expand3x3.Forward(x).ReLU())
}

// SqueezeNet is eight Fire modules between a convolution and a 1×1 convolution
// to the classes, averaged over the plane: AlexNet's accuracy with 1/50 of its
// parameters.
//
//	x [N, 3, H, W] → logits [N, classes]; H and W are 224 or 227, any from 32 work
//
// Names are those of torchvision: features.0, features.3.squeeze, …,
// classifier.1.
//
// Source: arXiv:1602.07360, table 1; version 1.1 by the authors' repository.
type SqueezeNet struct {
	features nn.Sequential
	drop     *nn.Dropout
	conv10   *nn.Conv2d
}

// SqueezeNetOpts are the settings of a SqueezeNet; the zero value is
// torchvision's form.
type SqueezeNetOpts struct {
	// HeadPad is how many zeros surround the input of the last convolution: 1
	// for the authors' weights.
	HeadPad int
}

// NewSqueezeNet10 makes version 1.0: 7×7 filters first, pooling after conv1,
// fire4 and fire8. Its parameters are named below s.
func NewSqueezeNet10(s graph.Scope, classes int, o SqueezeNetOpts) *SqueezeNet {
	return newSqueezeNet(s, 96, 7, 16, "P234P5678P9", classes, o)
}

// NewSqueezeNet11 makes version 1.1, which needs 2.4 times fewer operations: 3×3
// filters first, pooling after conv1, fire3 and fire5.
func NewSqueezeNet11(s graph.Scope, classes int, o SqueezeNetOpts) *SqueezeNet {
	return newSqueezeNet(s, 64, 3, 16, "P23P45P6789", classes, o)
}

// newSqueezeNet makes the layers of the layout: a digit is the Fire module of
// that number, P is pooling. The modules squeeze to width, twice as many from
// fire4, three times from fire6, four times from fire8.
func newSqueezeNet(s graph.Scope, first, kernel, width int, layout string, classes int, o SqueezeNetOpts) *SqueezeNet {
	m := &SqueezeNet{drop: nn.NewDropout(s.At("classifier.0"), 0.5)}
	for _, l := range squeezeLayers(s, first, kernel, width, layout, "") {
		m.features = append(m.features, l.layer)
	}
	in := 8 * width * 4
	m.conv10 = nn.NewConv2d(s.At("classifier.1"), in, classes, 1, nn.ConvOpts{Pad: o.HeadPad, Init: nn.HeNormal})
	return m
}

// squeezeLayers makes the layers up to the one named last, or all.
func squeezeLayers(s graph.Scope, first, kernel, width int, layout, last string) []namedLayer {
	var list []namedLayer
	add := func(name string, l nn.Layer) bool {
		list = append(list, namedLayer{name, l})
		return name == last
	}
	next := func() graph.Scope { return s.At("features." + strconv.Itoa(len(list))) }
	add("", nn.NewConv2d(next(), 3, first, kernel, nn.ConvOpts{Stride: 2, Init: nn.HeNormal}))
	if add("conv1", relu()) {
		return list
	}
	in := first
	for _, l := range layout {
		if l == 'P' {
			add("", nn.Func(maxPool3))
			continue
		}
		number, _ := strconv.Atoi(string(l))
		squeeze := width * (number / 2)
		if add("fire"+string(l), NewFire(next(), in, squeeze)) {
			return list
		}
		in = 8 * squeeze
	}
	return list
}

// Forward returns the logits [N, classes] of x [N, 3, H, W].
func (m *SqueezeNet) Forward(x *graph.Node) *graph.Node { return m.Head(m.Features(x)) }

// Features returns the feature maps [N, 512, H/16, W/16] of the last Fire module.
func (m *SqueezeNet) Features(x *graph.Node) *graph.Node { return m.features.Forward(x) }

// Head returns the logits [N, classes] of the feature maps.
func (m *SqueezeNet) Head(features *graph.Node) *graph.Node {
	return m.conv10.Forward(m.drop.Forward(features)).ReLU().GlobalAvgPool()
}

// SqueezeNetFeatures is the lower part of SqueezeNet 1.1, whose activations stand
// for a picture's content and style at a fraction of VGG's work.
//
//	x [N, 3, H, W] → conv1 [N, 64, H/2, W/2], fire2 [N, 128, H/4, W/4], …,
//	fire9 [N, 512, H/16, W/16], each after ReLU
//
// Names of the parameters are those of [NewSqueezeNet11], so that its weights
// load, what is above the cut being left out.
//
// Source: cheatsheet §1.6.2; arXiv:1602.07360.
type SqueezeNetFeatures struct {
	layers []namedLayer
	last   string
}

// NewSqueezeNet11Features makes SqueezeNet 1.1 up to the layer of that name:
// conv1, or fire2 to fire9.
func NewSqueezeNet11Features(s graph.Scope, last string) *SqueezeNetFeatures {
	return newSqueezeNetFeatures(s, 64, 16, last)
}

func newSqueezeNetFeatures(s graph.Scope, first, width int, last string) *SqueezeNetFeatures {
	f := &SqueezeNetFeatures{squeezeLayers(s, first, 3, width, "P23P45P6789", last), last}
	checkLayer(s, "SqueezeNetFeatures", f.layers, last)
	return f
}

// Forward returns the activation of the last layer for x [N, 3, H, W].
func (f *SqueezeNetFeatures) Forward(x *graph.Node) *graph.Node {
	return f.Activations(x, f.last)[f.last]
}

// Activations returns the activations of the named layers for x [N, 3, H, W].
func (f *SqueezeNetFeatures) Activations(x *graph.Node, names ...string) map[string]*graph.Node {
	return activations("SqueezeNetFeatures", f.layers, x, names)
}
