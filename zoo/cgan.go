package zoo

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// CGANGenerator makes pictures of 28×28 pixels of a class that is asked for: the
// class is embedded and joined to the noise of a [DCGANGenerator].
//
//	z [N, Z], class [N] → [N, channels, 28, 28], values in (−1, 1)
//
// Names are embed.weight and those of the DCGAN.
//
// Source: arXiv:1411.1784 §3.2.
// Differs from the paper: convolutions for fully connected layers.
type CGANGenerator struct {
	embed *nn.Embedding
	net   *DCGANGenerator
}

// NewCGANGenerator makes a generator of pictures of so many classes from z
// numbers, whose parameters are named below s; see [NewDCGANGenerator28].
func NewCGANGenerator(s graph.Scope, z, classes, width, channels int) *CGANGenerator {
	return &CGANGenerator{
		embed: nn.NewEmbedding(s.At("embed"), classes, classes, nn.EmbeddingOpts{}),
		net:   NewDCGANGenerator28(s, z+classes, width, channels),
	}
}

// Forward returns the pictures [N, channels, 28, 28] of z [N, Z] for class [N].
func (m *CGANGenerator) Forward(z, class *graph.Node) *graph.Node {
	return m.net.Forward(graph.Concat(1, z, m.embed.Forward(class)))
}

// CGANDiscriminator tells real pictures of a class from others: the class is
// embedded as one more channel of a [DCGANDiscriminator].
//
//	x [N, channels, 28, 28], class [N] → logits [N]
//
// Names are embed.weight and those of the DCGAN.
//
// Source: arXiv:1411.1784 §3.2.
type CGANDiscriminator struct {
	embed *nn.Embedding
	net   *DCGANDiscriminator
}

// NewCGANDiscriminator makes a discriminator of pictures of so many classes,
// whose parameters are named below s; see [NewDCGANDiscriminator28].
func NewCGANDiscriminator(s graph.Scope, channels, classes, width int) *CGANDiscriminator {
	return &CGANDiscriminator{
		embed: nn.NewEmbedding(s.At("embed"), classes, 28*28, nn.EmbeddingOpts{}),
		net:   NewDCGANDiscriminator28(s, channels+1, width),
	}
}

// Forward returns the logits [N] of x [N, channels, 28, 28] as pictures of class
// [N].
func (m *CGANDiscriminator) Forward(x, class *graph.Node) *graph.Node {
	plane := m.embed.Forward(class).Reshape(-1, 1, 28, 28)
	return m.net.Forward(graph.Concat(1, x, plane))
}
