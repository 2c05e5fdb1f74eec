package zoo

import (
	"fmt"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// VGG is stages of 3×3 convolutions, each stage ending in max pooling, then
// three fully connected layers.
//
//	x [N, 3, H, W] → logits [N, classes]; H and W are 224, any from 32 work
//
// Names are those of torchvision: features.0, features.2, …, classifier.0,
// classifier.3, classifier.6.
//
// Source: arXiv:1409.1556, table 1, columns D and E.
// Differs from the paper: other sizes than 224 are brought to 7×7 feature maps
// by averages, as in torchvision; He initialisation.
type VGG struct {
	features   []namedLayer
	classifier nn.Sequential
}

// NewVGG16 makes a VGG of 16 layers, whose parameters are named below s.
func NewVGG16(s graph.Scope, classes int) *VGG {
	return newVGG(s, 64, []int{2, 2, 3, 3, 3}, 4096, classes)
}

// NewVGG19 makes a VGG of 19 layers.
func NewVGG19(s graph.Scope, classes int) *VGG {
	return newVGG(s, 64, vgg19Depths(), 4096, classes)
}

// vgg19Depths are the numbers of convolutions of VGG-19's stages.
func vgg19Depths() []int { return []int{2, 2, 4, 4, 4} }

// newVGG makes stages of so many convolutions with width, 2·width, 4·width and
// twice 8·width feature maps, and so many hidden units.
func newVGG(s graph.Scope, width int, depths []int, hidden, classes int) *VGG {
	c := chain{scope: s.At("classifier")}
	for _, in := range []int{8 * width * 7 * 7, hidden} {
		c.add(nn.NewLinear(c.next(), in, hidden, nn.LinearOpts{Init: nn.HeUniform}))
		c.add(relu())
		c.add(nn.NewDropout(c.next(), 0.5))
	}
	c.add(nn.NewLinear(c.next(), hidden, classes))
	return &VGG{features: vggFeatures(s, width, depths, ""), classifier: c.layers}
}

// Forward returns the logits [N, classes] of x [N, 3, H, W].
func (m *VGG) Forward(x *graph.Node) *graph.Node { return m.Head(m.Features(x)) }

// Features returns the feature maps [N, 512, H/32, W/32] of the last pooling.
func (m *VGG) Features(x *graph.Node) *graph.Node {
	for _, l := range m.features {
		x = l.layer.Forward(x)
	}
	return x
}

// Head returns the logits [N, classes] of the feature maps.
func (m *VGG) Head(features *graph.Node) *graph.Node {
	return m.classifier.Forward(features.AdaptiveAvgPool2d(7, 7).Flatten())
}

// vggFeatures makes the layers up to the one named last, or all.
func vggFeatures(s graph.Scope, width int, depths []int, last string) []namedLayer {
	var list []namedLayer
	done := func(name string, l nn.Layer) bool {
		list = append(list, namedLayer{name, l})
		return name == last
	}
	in := 3
	for stage, depth := range depths {
		out := width << min(stage, 3)
		for i := range depth {
			at := s.At(fmt.Sprintf("features.%d", len(list)))
			conv := nn.NewConv2d(at, in, out, 3, nn.ConvOpts{Pad: 1, Init: nn.HeFanOutNormal})
			in = out
			if done(fmt.Sprintf("conv%d_%d", stage+1, i+1), conv) || done(fmt.Sprintf("relu%d_%d", stage+1, i+1), relu()) {
				return list
			}
		}
		pool := nn.Func(func(x *graph.Node) *graph.Node { return x.MaxPool2d(2) })
		if done(fmt.Sprintf("pool%d", stage+1), pool) {
			return list
		}
	}
	return list
}

// VGGFeatures is the lower part of VGG-19, whose activations stand for a
// picture's content and style.
//
//	x [N, 3, H, W] → relu1_1 [N, 64, H, W], …, relu5_1 [N, 512, H/16, W/16]
//
// Names of the parameters are those of [NewVGG19], so that its weights load, what
// is above the cut being left out.
//
// Source: cheatsheet §1.6.2; arXiv:1508.06576.
type VGGFeatures struct {
	layers []namedLayer
	last   string
}

// NewVGG19Features makes VGG-19 up to the layer of that name, such as
// "relu5_1": conv, relu or pool, the stage from 1, and, but for pool, the number
// of the convolution in its stage.
func NewVGG19Features(s graph.Scope, last string) *VGGFeatures {
	return newVGGFeatures(s, 64, last)
}

func newVGGFeatures(s graph.Scope, width int, last string) *VGGFeatures {
	f := &VGGFeatures{layers: vggFeatures(s, width, vgg19Depths(), last), last: last}
	checkLayer(s, "VGGFeatures", f.layers, last)
	return f
}

// Forward returns the activation of the last layer for x [N, 3, H, W].
func (f *VGGFeatures) Forward(x *graph.Node) *graph.Node { return f.Activations(x, f.last)[f.last] }

// Activations returns the activations of the named layers for x [N, 3, H, W].
func (f *VGGFeatures) Activations(x *graph.Node, names ...string) map[string]*graph.Node {
	return activations("VGGFeatures", f.layers, x, names)
}
