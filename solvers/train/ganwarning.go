package train

import "fmt"

// When training counts as collapsed.
const (
	certainReal, certainFake = 0.99, 0.01 // D is certain of everything
	fewClasses               = 0.5        // share of the classes that are present
	unevenClasses            = 0.6        // entropy as a share of the greatest
	takenFor                 = 0.5        // confidence from which pictures show anything
	infancy                  = 300        // steps in which nothing is expected
)

// Warning says in a sentence what went wrong by the last validation; "" where
// nothing did.
func (t *GANTask) Warning() string { return t.warned }

// warnModes warns of a generator that makes only a few kinds of pictures.
func (t *GANTask) warnModes(v Verdict) {
	present := v.Covered(presentShare)
	if t.steps < infancy || v.Confidence < takenFor || float64(present) >= fewClasses*float64(len(v.Counts)) && v.evenness() >= unevenClasses {
		return
	}
	t.warned = fmt.Sprintf("the generator makes %d of %d classes (entropy %.2f nats): it has collapsed to a few pictures; a smaller learning rate or another seed may help",
		present, len(v.Counts), v.Entropy)
}

// warnBalance warns of a discriminator from which the generator learns nothing.
func (t *GANTask) warnBalance(dReal, dFake float64) {
	if dReal < certainReal || dFake > certainFake {
		return
	}
	t.warned = fmt.Sprintf("the discriminator is certain (real %.3f, generated %.3f): the generator learns nothing from it; a smaller learning rate or real_label=0.9 may help", dReal, dFake)
}
