package zoo

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
)

// Siamese compares pictures by one network f, which is used once for each of
// them with the same weights:
//
//	d(x1, x2) = ‖f(x1) − f(x2)‖²
//
//	x [N, …] → f(x) [N, D]
//
// A small d says that both show the same person, or character. The gradient of
// a weight is the sum over the uses of f.
//
// Source: cheatsheet §1.6.1; arXiv:1503.03832 §3, whose embeddings have length 1.
type Siamese struct {
	f    nn.Layer
	opts SiameseOpts
}

// SiameseOpts are the settings of a Siamese; the zero value is the squared
// distance of embeddings of length 1, which lies in [0, 4].
type SiameseOpts struct {
	Distance losses.Distance
	// Unnormalized leaves the embeddings as f gives them.
	Unnormalized bool
}

// NewSiamese makes a Siamese network of f, which maps pictures to rows [N, D].
func NewSiamese(f nn.Layer, o SiameseOpts) *Siamese { return &Siamese{f, o} }

// Forward returns the embeddings f(x) [N, D], divided by their norms unless the
// options say otherwise.
func (m *Siamese) Forward(x *graph.Node) *graph.Node {
	x = m.f.Forward(x)
	if m.opts.Unnormalized {
		return x
	}
	return losses.L2Normalize(x)
}

// Distance returns d(x1, x2) [N] of each picture of x1 and the one of x2 at its
// place.
func (m *Siamese) Distance(x1, x2 *graph.Node) *graph.Node {
	return m.opts.Distance.Between(m.Forward(x1), m.Forward(x2))
}

// Triplet returns the triplet loss of pictures: anchors a, positives p of the
// same person, negatives n of another.
func (m *Siamese) Triplet(a, p, n *graph.Node, margin float64) *graph.Node {
	return losses.Triplet(m.Forward(a), m.Forward(p), m.Forward(n), margin, losses.TripletOpts{Distance: m.opts.Distance})
}

// Contrastive returns the contrastive loss of pairs of pictures, same [N] being
// 1 where both show one person and 0 where they do not. Its distance is
// Euclidean.
func (m *Siamese) Contrastive(x1, x2, same *graph.Node, margin float64) *graph.Node {
	return losses.Contrastive(m.Forward(x1), m.Forward(x2), same, margin, losses.Opts{})
}
