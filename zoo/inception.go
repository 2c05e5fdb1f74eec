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

// Out returns the number of feature maps of the module's output.
func (c InceptionChannels) Out() int { return c.One + c.Three + c.Five + c.Pool }

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
		b1:  biasedConv(s.At("b1"), in, c.One, 1),
		b2a: biasedConv(s.At("b2a"), in, c.ThreeReduce, 1),
		b2b: biasedConv(s.At("b2b"), c.ThreeReduce, c.Three, 3),
		b3a: biasedConv(s.At("b3a"), in, c.FiveReduce, 1),
		b3b: biasedConv(s.At("b3b"), c.FiveReduce, c.Five, 5),
		b4:  biasedConv(s.At("b4"), in, c.Pool, 1),
	}
}

// Forward returns the joined feature maps of x.
func (m *Inception) Forward(x *graph.Node) *graph.Node {
	one := m.b1.Forward(x).ReLU()
	three := m.b2b.Forward(m.b2a.Forward(x).ReLU()).ReLU()
	five := m.b3b.Forward(m.b3a.Forward(x).ReLU()).ReLU()
	pooled := m.b4.Forward(sizeKeepingPool(x)).ReLU()
	return graph.Concat(1, one, three, five, pooled)
}

// InceptionNaive is the module without 1×1 convolutions before the large ones.
// The pooled input is joined as it is, so that the number of feature maps grows
// from module to module.
//
//	x [N, in, H, W] → [N, One + Three + Five + in, H, W]
//
// Source: cheatsheet §1.6.3; arXiv:1409.4842, fig. 2a.
type InceptionNaive struct {
	b1, b2, b3 *nn.Conv2d
}

// NewInceptionNaive makes a module with one, three and five feature maps of the
// convolutions 1×1, 3×3 and 5×5, whose parameters are named below s.
func NewInceptionNaive(s graph.Scope, in, one, three, five int) *InceptionNaive {
	return &InceptionNaive{
		b1: biasedConv(s.At("b1"), in, one, 1),
		b2: biasedConv(s.At("b2"), in, three, 3),
		b3: biasedConv(s.At("b3"), in, five, 5),
	}
}

// Forward returns the joined feature maps of x.
func (m *InceptionNaive) Forward(x *graph.Node) *graph.Node {
	one, three, five := m.b1.Forward(x).ReLU(), m.b2.Forward(x).ReLU(), m.b3.Forward(x).ReLU()
	return graph.Concat(1, one, three, five, sizeKeepingPool(x))
}

// biasedConv is a convolution that keeps sizes, initialised for the ReLU that
// follows it.
func biasedConv(s graph.Scope, in, out, kernel int) *nn.Conv2d {
	return nn.NewConv2d(s, in, out, kernel, nn.ConvOpts{Pad: kernel / 2, Init: nn.HeNormal})
}

// sizeKeepingPool is the maximum over windows of 3×3 at every place.
func sizeKeepingPool(x *graph.Node) *graph.Node {
	return x.MaxPool(graph.PoolOpts{Kernel: []int{3}, Stride: []int{1}, Pad: [][2]int{{1, 1}}})
}
