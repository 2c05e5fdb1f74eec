package zoo

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// InceptionChannels are the numbers of feature maps of an Inception module.
type InceptionChannels struct {
	One                int // of the 1×1 convolution
	ThreeReduce, Three int // before and of the 3×3 convolution
	FiveReduce, Five   int // before and of the 5×5 convolution
	Pool               int // after the pooling
}

// Inception is a module of parallel convolutions of several sizes whose
// outputs are joined; 1×1 convolutions before the large ones keep the cost low.
//
//	x [N, in, H, W] → [N, One + Three + Five + Pool, H, W]
//
// Source: cheatsheet §1.6.3; arXiv:1409.4842, fig. 2b.
type Inception struct {
	b1, b2a, b2b, b3a, b3b, b4 *nn.Conv2d
}

// NewInception makes an Inception module whose parameters are named below s.
func NewInception(s graph.Scope, in int, c InceptionChannels) *Inception {
	return &Inception{
		b1:  nn.NewConv2d(s.At("b1"), in, c.One, 1, nn.ConvOpts{}),
		b2a: nn.NewConv2d(s.At("b2a"), in, c.ThreeReduce, 1, nn.ConvOpts{}),
		b2b: nn.NewConv2d(s.At("b2b"), c.ThreeReduce, c.Three, 3, nn.ConvOpts{Pad: 1}),
		b3a: nn.NewConv2d(s.At("b3a"), in, c.FiveReduce, 1, nn.ConvOpts{}),
		b3b: nn.NewConv2d(s.At("b3b"), c.FiveReduce, c.Five, 5, nn.ConvOpts{Pad: 2}),
		b4:  nn.NewConv2d(s.At("b4"), in, c.Pool, 1, nn.ConvOpts{}),
	}
}

// Forward returns the joined feature maps of x.
func (m *Inception) Forward(x *graph.Node) *graph.Node {
	one := m.b1.Forward(x).ReLU()
	three := m.b2b.Forward(m.b2a.Forward(x).ReLU()).ReLU()
	five := m.b3b.Forward(m.b3a.Forward(x).ReLU()).ReLU()
	pooled := x.MaxPool(graph.PoolOpts{Kernel: []int{3}, Stride: []int{1}, Pad: [][2]int{{1, 1}}})
	return graph.Concat(1, one, three, five, m.b4.Forward(pooled).ReLU())
}
