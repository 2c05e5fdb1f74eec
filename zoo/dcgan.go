package zoo

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// DCGANGenerator makes pictures of noise by transposed convolutions, each but
// the last followed by batch norm and ReLU.
//
//	z [N, Z] or [N, Z, 1, 1] → [N, channels, side, side], values in (−1, 1)
//
// Names are net.0, net.1, net.3, …, counting every layer.
//
// Source: cheatsheet §1.6.3; arXiv:1511.06434, fig. 1.
type DCGANGenerator struct {
	net nn.Sequential
}

// NewDCGANGenerator makes a generator of pictures of 4·2^stages pixels a side
// from z numbers, with width·2^(stages−1) feature maps at 4×4, halved at each
// stage. Its parameters are named below s.
func NewDCGANGenerator(s graph.Scope, z, width, stages, channels int) *DCGANGenerator {
	net := chain{scope: s.At("net")}
	stages = checkStages(s, "DCGANGenerator", stages)
	c := width << (stages - 1)
	net.add(nn.NewConvTranspose2d(net.next(), z, c, 4, ganConv(1, 0)))
	for range stages - 1 {
		net.add(nn.NewBatchNorm2d(net.next(), c, nn.BatchNormOpts{}))
		net.add(relu())
		net.add(nn.NewConvTranspose2d(net.next(), c, c/2, 4, ganConv(2, 1)))
		c /= 2
	}
	net.add(nn.NewBatchNorm2d(net.next(), c, nn.BatchNormOpts{}))
	net.add(relu())
	net.add(nn.NewConvTranspose2d(net.next(), c, channels, 4, ganConv(2, 1)))
	net.add(nn.Func((*graph.Node).Tanh))
	return &DCGANGenerator{net.layers}
}

// NewDCGANGenerator28 makes a generator of pictures of 28×28 pixels from z
// numbers: a linear projection to 2·width feature maps of 7×7, then two
// transposed convolutions, of which the last has a bias. width is 64.
func NewDCGANGenerator28(s graph.Scope, z, width, channels int) *DCGANGenerator {
	net := chain{scope: s.At("net")}
	net.add(nn.NewLinear(net.next(), z, 2*width*7*7, nn.LinearOpts{NoBias: true, Init: ganInit()}))
	net.add(nn.Func(func(x *graph.Node) *graph.Node { return x.Reshape(x.Dim(0), 2*width, 7, 7) }))
	net.add(nn.NewBatchNorm2d(net.next(), 2*width, nn.BatchNormOpts{}))
	net.add(relu())
	net.add(nn.NewConvTranspose2d(net.next(), 2*width, width, 4, ganConv(2, 1)))
	net.add(nn.NewBatchNorm2d(net.next(), width, nn.BatchNormOpts{}))
	net.add(relu())
	net.add(nn.NewConvTranspose2d(net.next(), width, channels, 4, withBias(ganConv(2, 1))))
	net.add(nn.Func((*graph.Node).Tanh))
	return &DCGANGenerator{net.layers}
}

// Forward returns the pictures [N, channels, side, side] of z [N, Z].
func (m *DCGANGenerator) Forward(z *graph.Node) *graph.Node {
	if _, ok := m.net[0].(*nn.Linear); ok {
		return m.net.Forward(z.Flatten())
	}
	if z.Rank() == 2 {
		z = z.Reshape(z.Dim(0), z.Dim(1), 1, 1)
	}
	return m.net.Forward(z)
}

// DCGANDiscriminator tells real pictures from generated ones by convolutions of
// stride 2, each but the last followed by leaky ReLU 0.2, with batch norm
// between from the second on.
//
//	x [N, channels, side, side] → logits [N]
//
// Names are net.0, net.2, net.3, …, counting every layer.
//
// Source: cheatsheet §1.6.3; arXiv:1511.06434.
type DCGANDiscriminator struct {
	net  nn.Sequential
	side int
}

// NewDCGANDiscriminator makes a discriminator of pictures of 4·2^stages pixels
// a side, with width feature maps at half of that, doubled at each stage. Its
// parameters are named below s.
func NewDCGANDiscriminator(s graph.Scope, channels, width, stages int) *DCGANDiscriminator {
	net := chain{scope: s.At("net")}
	stages = checkStages(s, "DCGANDiscriminator", stages)
	net.add(nn.NewConv2d(net.next(), channels, width, 4, ganConv(2, 1)))
	net.add(leaky(0.2))
	c := width
	for range stages - 1 {
		net.addGANStage(c)
		c *= 2
	}
	net.add(nn.NewConv2d(net.next(), c, 1, 4, ganConv(1, 0)))
	return &DCGANDiscriminator{net.layers, 4 << stages}
}

// NewDCGANDiscriminator28 makes a discriminator of pictures of 28×28 pixels: two
// convolutions of width, which is 64, and 2·width feature maps, the first with a
// bias, then a fully connected layer.
func NewDCGANDiscriminator28(s graph.Scope, channels, width int) *DCGANDiscriminator {
	net := chain{scope: s.At("net")}
	net.add(nn.NewConv2d(net.next(), channels, width, 4, withBias(ganConv(2, 1))))
	net.add(leaky(0.2))
	net.addGANStage(width)
	net.add(nn.Func((*graph.Node).Flatten))
	net.add(nn.NewLinear(net.next(), 2*width*7*7, 1, nn.LinearOpts{Init: ganInit()}))
	return &DCGANDiscriminator{net.layers, 28}
}

// addGANStage doubles the feature maps of the discriminator and halves their size.
func (c *chain) addGANStage(in int) {
	c.add(nn.NewConv2d(c.next(), in, 2*in, 4, ganConv(2, 1)))
	c.add(nn.NewBatchNorm2d(c.next(), 2*in, nn.BatchNormOpts{}))
	c.add(leaky(0.2))
}

// Forward returns the logits [N] of x [N, channels, side, side]: positive for
// what is taken to be real.
func (m *DCGANDiscriminator) Forward(x *graph.Node) *graph.Node {
	if x.Rank() != 4 || x.Dim(2) != m.side || x.Dim(3) != m.side {
		return x.Fail(errors.Errorf("DCGANDiscriminator: x%v, expected [N, C, %d, %d]", x.Shape(), m.side, m.side))
	}
	return m.net.Forward(x).Reshape(x.Dim(0))
}

// maxStages is 4096 pixels a side.
const maxStages = 10

// checkStages makes it an error of the graph where the number of stages is out
// of range, and returns one that is not.
func checkStages(s graph.Scope, name string, stages int) int {
	if stages < 1 || stages > maxStages {
		s.Fail(errors.Errorf("%s: %d stages, expected 1 to %d", name, stages, maxStages))
		return 1
	}
	return stages
}

// ganConv are the settings of both networks' convolutions, which have no bias.
func ganConv(stride, pad int) nn.ConvOpts {
	return nn.ConvOpts{Stride: stride, Pad: pad, NoBias: true, Init: ganInit()}
}

func withBias(o nn.ConvOpts) nn.ConvOpts {
	o.NoBias = false
	return o
}

// ganInit draws weights as the paper does.
func ganInit() graph.Init { return nn.Normal(0, 0.02) }
