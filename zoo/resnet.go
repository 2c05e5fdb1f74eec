package zoo

import (
	"fmt"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// ResNet is the residual network for ImageNet: a 7×7 convolution, max pooling,
// four stages of blocks, global average pooling and a fully connected layer.
//
//	x [N, 3, H, W] → logits [N, classes]; H and W are 224, any from 32 work
//
// Names are those of torchvision: conv1, bn1, layer1.0.conv1, …,
// layer2.0.downsample.0, …, fc.
//
// Source: cheatsheet §1.6.3; arXiv:1512.03385, table 1.
type ResNet struct {
	conv1  *nn.Conv2d
	bn1    *nn.BatchNorm2d
	blocks nn.Sequential
	fc     *nn.Linear
}

// NewResNet18 makes a ResNet of 18 layers, whose parameters are named below s.
func NewResNet18(s graph.Scope, classes int) *ResNet {
	return newResNet(s, 64, []int{2, 2, 2, 2}, classes, false)
}

// NewResNet34 makes a ResNet of 34 layers.
func NewResNet34(s graph.Scope, classes int) *ResNet {
	return newResNet(s, 64, []int{3, 4, 6, 3}, classes, false)
}

// NewResNet50 makes a ResNet of 50 layers, of bottleneck blocks.
func NewResNet50(s graph.Scope, classes int) *ResNet {
	return newResNet(s, 64, []int{3, 4, 6, 3}, classes, true)
}

// newResNet makes stages of so many blocks with width, 2·width, 4·width and
// 8·width channels.
func newResNet(s graph.Scope, width int, depths []int, classes int, bottleneck bool) *ResNet {
	m := &ResNet{
		conv1: nn.NewConv2d(s.At("conv1"), 3, width, 7, nn.ConvOpts{Stride: 2, Pad: 3, NoBias: true, Init: nn.HeFanOutNormal}),
		bn1:   nn.NewBatchNorm2d(s.At("bn1"), width, nn.BatchNormOpts{}),
	}
	in := width
	for stage, depth := range depths {
		for i := range depth {
			at, out, stride := s.At(fmt.Sprintf("layer%d.%d", stage+1, i)), width<<stage, blockStride(stage, i)
			if bottleneck {
				m.blocks = append(m.blocks, NewBottleneck(at, in, out, stride, Project))
				in = expansion * out
			} else {
				m.blocks = append(m.blocks, NewBasicBlock(at, in, out, stride, Project))
				in = out
			}
		}
	}
	m.fc = nn.NewLinear(s.At("fc"), in, classes)
	return m
}

// blockStride is 2 in the first block of a stage, but for the first stage.
func blockStride(stage, block int) int {
	if stage > 0 && block == 0 {
		return 2
	}
	return 1
}

// Forward returns the logits [N, classes] of x [N, 3, H, W].
func (m *ResNet) Forward(x *graph.Node) *graph.Node { return m.Head(m.Features(x)) }

// Features returns the feature maps of the last block: [N, 512, H/32, W/32] of
// x [N, 3, H, W]; 2048 for bottleneck blocks.
func (m *ResNet) Features(x *graph.Node) *graph.Node {
	x = m.bn1.Forward(m.conv1.Forward(x)).ReLU() // [N, 64, H/2, W/2]
	x = x.MaxPool(graph.PoolOpts{Kernel: []int{3}, Stride: []int{2}, Pad: [][2]int{{1, 1}}})
	return m.blocks.Forward(x)
}

// Head returns the logits [N, classes] of the feature maps.
func (m *ResNet) Head(features *graph.Node) *graph.Node {
	return m.fc.Forward(features.GlobalAvgPool())
}
