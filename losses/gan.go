package losses

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// GANOpts are the settings of the adversarial losses; the zero value takes
// logits.
type GANOpts struct {
	// Probability says that the discriminator's outputs are probabilities. One
	// below 1e-30 counts as 1e-30 and gets no gradient.
	Probability bool
	// RealLabel r in (0, 1] is the target of the real samples; 0 means 1. With
	// 0.9 the discriminator is kept from being certain (one-sided smoothing,
	// arXiv:1606.03498 §3.4).
	RealLabel float64
}

// logs returns log D and log(1 − D).
func (o GANOpts) logs(d *graph.Node) (yes, no *graph.Node) {
	if o.Probability {
		return atLeastTiny(d).Log(), atLeastTiny(complement(d)).Log()
	}
	return d.LogSigmoid(), d.Neg().LogSigmoid()
}

// GANDiscriminator returns what the discriminator makes small,
//
//	−mean[r·log D(x) + (1 − r)·log(1 − D(x))] − mean log(1 − D(G(z)))
//
// from its outputs for real samples x and for generated ones G(z), of any
// shapes; r is 1 but for smoothing.
//
// Source: cheatsheet §1.6.3; arXiv:1406.2661 eq. 1.
func GANDiscriminator(dReal, dFake *graph.Node, o GANOpts) *graph.Node {
	r := o.RealLabel
	if r == 0 {
		r = 1
	}
	if !(r > 0 && r <= 1) {
		return dReal.Fail(errors.Errorf("GANDiscriminator: real label %g, expected in (0, 1]", r))
	}
	yes, no := o.logs(dReal)
	l := yes
	if r < 1 {
		l = yes.Scale(r).Add(no.Scale(1 - r))
	}
	_, caught := o.logs(dFake)
	return l.Mean().Add(caught.Mean()).Neg()
}

// GANGenerator returns what the generator makes small in practice,
//
//	−mean log D(G(z))
//
// whose gradient is large where the discriminator is not fooled.
//
// Source: arXiv:1406.2661 §3 (the non-saturating form).
func GANGenerator(fake *graph.Node, o GANOpts) *graph.Node {
	yes, _ := o.logs(fake)
	return yes.Mean().Neg()
}

// GANGeneratorMinimax returns the generator's side of the game to the letter,
//
//	mean log(1 − D(G(z)))
//
// whose gradient vanishes where the discriminator is certain.
//
// Source: arXiv:1406.2661 eq. 1.
func GANGeneratorMinimax(fake *graph.Node, o GANOpts) *graph.Node {
	_, no := o.logs(fake)
	return no.Mean()
}
