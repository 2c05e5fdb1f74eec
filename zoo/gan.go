package zoo

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// GANGenerator makes pictures of noise by fully connected layers of 256, 512
// and 1024 units with leaky ReLU 0.2, from the second on with batch norm.
//
//	z [N, Z] → [N, C, H, W], values in (−1, 1)
//
// Names are net.0, net.2, net.3, …, counting every layer.
//
// Source: cheatsheet §1.6.3; arXiv:1406.2661.
// Differs from the paper: batch norm and leaky ReLU, as since arXiv:1511.06434.
type GANGenerator struct {
	net   nn.Sequential
	shape []int
}

// NewGANGenerator makes a generator of pictures of a shape [C, H, W] from z
// numbers, whose parameters are named below s.
func NewGANGenerator(s graph.Scope, z int, shape []int) *GANGenerator {
	net := chain{scope: s.At("net")}
	in := z
	for i, out := range []int{256, 512, 1024} {
		net.add(nn.NewLinear(net.next(), in, out))
		if i > 0 {
			net.add(nn.NewBatchNorm(net.next(), out, nn.BatchNormOpts{}))
		}
		net.add(leaky(0.2))
		in = out
	}
	net.add(nn.NewLinear(net.next(), in, area(shape)))
	net.add(nn.Func((*graph.Node).Tanh))
	return &GANGenerator{net.layers, shape}
}

// Forward returns the pictures [N, C, H, W] of z [N, Z].
func (m *GANGenerator) Forward(z *graph.Node) *graph.Node {
	return m.net.Forward(z).Reshape(append([]int{z.Dim(0)}, m.shape...)...)
}

// GANDiscriminator tells real pictures from generated ones by fully connected
// layers of 512 and 256 units with leaky ReLU 0.2.
//
//	x [N, C, H, W] → logits [N]
//
// Names are net.1, net.3, net.5, counting every layer.
//
// Source: cheatsheet §1.6.3; arXiv:1406.2661.
type GANDiscriminator struct {
	net nn.Sequential
}

// NewGANDiscriminator makes a discriminator of pictures of a shape [C, H, W],
// whose parameters are named below s.
func NewGANDiscriminator(s graph.Scope, shape []int) *GANDiscriminator {
	net := chain{scope: s.At("net")}
	net.add(nn.Func((*graph.Node).Flatten))
	in := area(shape)
	for _, out := range []int{512, 256} {
		net.add(nn.NewLinear(net.next(), in, out))
		net.add(leaky(0.2))
		in = out
	}
	net.add(nn.NewLinear(net.next(), in, 1))
	return &GANDiscriminator{net.layers}
}

// Forward returns the logits [N] of x [N, C, H, W]: positive for what is taken
// to be real.
func (m *GANDiscriminator) Forward(x *graph.Node) *graph.Node {
	return m.net.Forward(x).Reshape(x.Dim(0))
}

func area(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
