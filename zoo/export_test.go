package zoo

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// The architectures in a small size, which a test can train and differentiate
// numerically.

// SmallResNet is a ResNet with one block a stage.
func SmallResNet(s graph.Scope, classes int, bottleneck bool) *ResNet {
	return newResNet(s, 4, []int{1, 1, 1, 1}, classes, bottleneck)
}

// SmallGoogLeNet has a sixteenth of the feature maps.
func SmallGoogLeNet(s graph.Scope, classes int, o GoogLeNetOpts) *GoogLeNet {
	return newGoogLeNet(s, 16, classes, o)
}

// SmallVGG has all layers of VGG-16, or VGG-19, with 1/32 of the feature maps.
func SmallVGG(s graph.Scope, classes int, nineteen bool) *VGG {
	if nineteen {
		return newVGG(s, 2, vgg19Depths(), 64, classes)
	}
	return newVGG(s, 2, []int{2, 2, 3, 3, 3}, 64, classes)
}

// SmallVGGFeatures has 1/32 of the feature maps.
func SmallVGGFeatures(s graph.Scope, last string) *VGGFeatures { return newVGGFeatures(s, 2, last) }

// SmallSqueezeNet10 has an eighth of the feature maps.
func SmallSqueezeNet10(s graph.Scope, classes int) *SqueezeNet {
	return newSqueezeNet(s, 12, 7, 2, "P234P5678P9", classes, SqueezeNetOpts{HeadPad: 1})
}

// SmallSqueezeNet11 has an eighth of the feature maps.
func SmallSqueezeNet11(s graph.Scope, classes int) *SqueezeNet {
	return newSqueezeNet(s, 8, 3, 2, "P23P45P6789", classes, SqueezeNetOpts{})
}

// SmallSqueezeNetFeatures has an eighth of the feature maps.
func SmallSqueezeNetFeatures(s graph.Scope, last string) *SqueezeNetFeatures {
	return newSqueezeNetFeatures(s, 8, 2, last)
}

// SmallTinyYOLO has a sixteenth of the feature maps.
func SmallTinyYOLO(s graph.Scope, anchors, classes int) nn.Layer {
	return newTinyYOLO(s, 1, anchors, classes)
}
