package zoo

import (
	"strconv"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// Embedding is a small convolutional network that maps a picture to a point:
// stages of a 3×3 convolution, batch norm, ReLU and 2×2 max pooling, then a
// linear layer.
//
//	x [N, C, H, W] → [N, dim]
//
// It is the f of a [Siamese] network.
//
// Source: cheatsheet §1.6.1; the stages are those of arXiv:1703.05175 §3.1.
// Differs from it: a linear layer follows the last stage.
type Embedding struct {
	convs       []*nn.Conv2d
	norms       []*nn.BatchNorm2d
	drop        *nn.Dropout
	fc          *nn.Linear
	standardize bool
}

// EmbeddingOpts are the settings of an Embedding.
type EmbeddingOpts struct {
	Widths  []int   // feature maps of each stage
	Dropout float64 // of the last feature maps, in training
	// Standardize gives each picture mean 0 and deviation 1 first, so that light
	// and contrast do not count.
	Standardize bool
}

// NewFaceEmbedding makes an Embedding for small faces x [N, C, H, W], such as
// [N, 1, 56, 46].
func NewFaceEmbedding(s graph.Scope, input []int, dim int) *Embedding {
	return NewEmbedding(s, input, dim, EmbeddingOpts{Widths: []int{16, 32, 64}, Dropout: 0.3, Standardize: true})
}

// NewOmniglotEmbedding makes an Embedding for drawn characters or digits x [N, C,
// 28, 28]: four stages of 64 feature maps.
func NewOmniglotEmbedding(s graph.Scope, input []int, dim int) *Embedding {
	return NewEmbedding(s, input, dim, EmbeddingOpts{Widths: []int{64, 64, 64, 64}})
}

// NewEmbedding makes an Embedding for pictures [C, H, W], whose parameters are
// named below s.
func NewEmbedding(s graph.Scope, input []int, dim int, o EmbeddingOpts) *Embedding {
	m := &Embedding{standardize: o.Standardize}
	if len(input) != 3 {
		s.Fail(errors.Errorf("Embedding: pictures of shape %v, expected [C, H, W]", input))
		return m
	}
	channels, h, w := input[0], input[1], input[2]
	for i, width := range o.Widths {
		n := strconv.Itoa(i + 1)
		m.convs = append(m.convs, nn.NewConv2d(s.At("conv"+n), channels, width, 3, nn.ConvOpts{Pad: 1, NoBias: true, Init: nn.HeNormal}))
		m.norms = append(m.norms, nn.NewBatchNorm2d(s.At("bn"+n), width, nn.BatchNormOpts{}))
		channels, h, w = width, h/2, w/2
	}
	if h < 1 || w < 1 {
		s.Fail(errors.Errorf("Embedding: pictures of %d by %d are too small for %d stages that halve them", input[1], input[2], len(o.Widths)))
		return m
	}
	if o.Dropout > 0 {
		m.drop = nn.NewDropout(s.At("drop"), o.Dropout)
	}
	m.fc = nn.NewLinear(s.At("fc"), channels*h*w, dim)
	return m
}

// Forward returns the points [N, dim] of x [N, C, H, W].
func (m *Embedding) Forward(x *graph.Node) *graph.Node {
	if m.fc == nil { // the graph has the error
		return x
	}
	if m.standardize {
		x = standardized(x)
	}
	for i, conv := range m.convs {
		x = m.norms[i].Forward(conv.Forward(x)).ReLU().MaxPool2d(2) // [N, width, H/2, W/2]
	}
	x = x.Flatten()
	if m.drop != nil {
		x = m.drop.Forward(x)
	}
	return m.fc.Forward(x)
}

// standardized returns each picture of x [N, C, H, W] as (x − μ)/√(σ² + ε) with
// its own mean and variance; ε = 1e-5 keeps an even picture at 0.
func standardized(x *graph.Node) *graph.Node {
	shape := x.Shape()
	x = x.Flatten() // [N, C·H·W]
	x = x.Sub(x.Mean(1).Reshape(-1, 1))
	deviation := x.Square().Mean(1).Shift(1e-5).Sqrt().Reshape(-1, 1)
	return x.Div(deviation).Reshape(shape...)
}
