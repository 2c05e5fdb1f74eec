package zoo

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// Captioner says in words what a picture shows: convolutions read it, a
// [Decoder] writes the sentence and attends to places of the picture.
//
//	x [N, C, H, W], tgt [T, N] → logits [T·N, words]
//
// The states a that it attends to are the features of H/4·W/4 places, each with
// a learnt vector for where it is; the first state is s<0> = tanh(W_init·ā +
// b_init) of their mean.
//
// Source: cheatsheet §2.7; arXiv:1502.03044, with a small network of its own for
// VGG.
type Captioner struct {
	*Decoder
	stages nn.Sequential
	places *graph.Node // [1, H/4·W/4, features]
	init   *nn.Linear
	input  []int
}

// captionFeatures is how many numbers describe a place.
const captionFeatures = 64

// NewCaptioner makes a Captioner of pictures of the given shape [C, H, W] in so
// many words, with states of hidden numbers, whose parameters are named below s.
func NewCaptioner(s graph.Scope, input []int, words, hidden int, o DecoderOpts) *Captioner {
	m := &Captioner{input: input}
	if len(input) != 3 || input[1]%4 != 0 || input[2]%4 != 0 {
		s.Fail(errors.Errorf("captioner: pictures %v, expected [C, H, W] with sides that 4 divides", input))
		m.input = []int{1, 4, 4}
	}
	channels := m.input[0]
	for i, c := range []int{16, 32, captionFeatures} {
		at := s.At([]string{"stage1", "stage2", "stage3"}[i])
		m.stages = append(m.stages, nn.NewConv2d(at.At("conv"), channels, c, 3, nn.ConvOpts{Pad: 1, NoBias: true}),
			nn.NewBatchNorm2d(at.At("bn"), c, nn.BatchNormOpts{}), nn.Func((*graph.Node).ReLU))
		if i < 2 {
			m.stages = append(m.stages, nn.Func(func(x *graph.Node) *graph.Node { return x.MaxPool2d(2) }))
		}
		channels = c
	}
	m.places = s.Param("places", nn.Normal(0, 0.1), 1, m.input[1]/4*(m.input[2]/4), captionFeatures)
	m.Decoder = NewDecoder(s, words, captionFeatures, hidden, o)
	m.init = nn.NewLinear(s.At("init"), captionFeatures, m.StateLen())
	return m
}

// Input returns the shape of a picture.
func (m *Captioner) Input() []int { return m.input }

// Encode returns the states a [N, places, features] of pictures x [N, C, H, W]
// and the first state of the decoder [N, StateLen].
func (m *Captioner) Encode(x *graph.Node) (a, first *graph.Node) {
	a = m.stages.Forward(x)                                                // [N, F, H/4, W/4]
	a = a.Reshape(a.Dim(0), a.Dim(1), -1).Transpose(0, 2, 1).Add(m.places) // [N, P, F]
	return a, m.init.Forward(a.Mean(1)).Tanh()
}

// Forward returns the logits [T·N, words] for pictures x, each step given the
// true word before it, tgt [T, N], and the attention weights [N, places] of the
// steps.
func (m *Captioner) Forward(x, tgt *graph.Node) (logits *graph.Node, alpha []*graph.Node) {
	a, first := m.Encode(x)
	return m.Teach(tgt, first, m.Remember(a, nil))
}
