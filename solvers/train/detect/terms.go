package detect

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
)

// lossTerms sums the terms of the loss over the batches of an epoch.
type lossTerms struct {
	names []string
	sums  []float64 // of the terms times the examples, then of the examples
}

// termsName is that of the sums in a checkpoint.
const termsName = "terms"

// note adds the terms of a step, which its program fetches in the order of names,
// for so many examples.
func (t *lossTerms) note(prog *graph.Program, examples int, names ...string) {
	if len(t.sums) != len(names)+1 {
		t.sums = make([]float64, len(names)+1)
	}
	t.names = names
	for i := range names {
		t.sums[i] += float64(examples) * prog.Scalar(prog.Fetched(i))
	}
	t.sums[len(names)] += float64(examples)
}

// means returns the terms as metrics, each the mean over the examples of the epoch
// so far.
func (t *lossTerms) means() train.Metrics {
	var m train.Metrics
	for i, name := range t.names {
		m = append(m, train.Metric{Name: "loss_" + name, Value: t.sums[i] / t.sums[len(t.names)]})
	}
	return m
}

// Carried returns the sums, for a checkpoint within an epoch.
func (t *lossTerms) Carried() []solvers.StateEntry {
	if len(t.sums) == 0 {
		return nil
	}
	return []solvers.StateEntry{{Name: termsName, Shape: []int{len(t.sums)}, F64: append([]float64(nil), t.sums...)}}
}

// SetCarried puts the sums back. Those of earlier versions have none.
func (t *lossTerms) SetCarried(entries []solvers.StateEntry) error {
	t.sums = nil
	for _, e := range entries {
		if e.Name != termsName || len(e.F64) == 0 {
			return errors.Errorf("state %q, expected the sums of the loss's terms", e.Name)
		}
		t.sums = append(t.sums, e.F64...)
	}
	return nil
}
