package losses

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// SequenceReduction says what becomes of the losses of the steps of a batch of
// sequences.
type SequenceReduction int

const (
	// SumSteps is the sum over all steps and sequences.
	SumSteps SequenceReduction = iota
	// MeanSteps is the mean over all steps that the mask leaves.
	MeanSteps
	// MeanSequences is the mean over the sequences of the mean over the steps
	// of each. A sequence without steps does not count.
	MeanSequences
)

// Sequence returns the loss over time
//
//	L = Σ_t ℓ(ŷ<t>, y<t>), ℓ = −log softmax(ŷ<t>)[y<t>]
//
// of logits [T, N, C] and integer labels [T, N], reduced to a scalar, and the
// losses of the steps [T], each summed over the batch. mask [T, N], constants 1
// or 0, leaves out the steps behind the end of a sequence; nil is 1
// everywhere. Where it leaves nothing the loss is 0. A label out of range fails
// the run, also where it is masked.
//
// Source: cheatsheet §2.1.
func Sequence(logits, labels, mask *graph.Node, r SequenceReduction) (loss, perStep *graph.Node) {
	const name = "Sequence"
	fail := func(format string, args ...any) (loss, perStep *graph.Node) {
		dead := logits.Fail(errors.Errorf(name+": "+format, args...))
		return dead, dead
	}
	if logits.Gorgonia() == nil || labels.Gorgonia() == nil {
		return logits, logits
	}
	if logits.Rank() != 3 {
		return fail("%s, expected logits [T, N, C]", logits)
	}
	steps, batch := logits.Dim(0), logits.Dim(1)
	want := []int{steps, batch}
	switch {
	case !slices.Equal(labels.Shape(), want):
		return fail("%s, %s: expected labels [%d, %d]", logits, labels, steps, batch)
	case mask != nil && !slices.Equal(mask.Shape(), want):
		return fail("%s, %s: expected a mask [%d, %d]", logits, mask, steps, batch)
	case r != SumSteps && r != MeanSteps && r != MeanSequences:
		return fail("reduction %d, expected SumSteps, MeanSteps or MeanSequences", r)
	}
	logp := logits.Reshape(steps*batch, logits.Dim(2)).LogSoftmax(-1)
	l := logp.NLL(labels.Reshape(steps*batch), graph.NLLOpts{}).Reshape(steps, batch)
	if mask != nil {
		l = weighed(l, mask)
	}
	perStep = l.Sum(1)
	switch {
	case r == SumSteps:
		return l.Sum(), perStep
	case mask == nil: // then both means are the same
		return l.Mean(), perStep
	case r == MeanSteps:
		return reduce(name, Mean, l, mask.Sum()), perStep
	}
	each := l.Sum(0).Div(atLeastTiny(mask.Sum(0))) // [N]
	return reduce(name, Mean, each, mask.Max(0).Sum()), perStep
}
