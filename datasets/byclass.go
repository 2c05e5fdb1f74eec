package datasets

import (
	"math"
	"slices"

	"github.com/pkg/errors"
)

// Labels returns the label of each example of d. A set that has a method
// Label(i int) (int, error) is asked; others are read once.
func Labels(d Dataset) ([]int, error) {
	labels := make([]int, d.Len())
	if l, ok := d.(labelled); ok {
		for i := range labels {
			label, err := l.Label(i)
			if err != nil {
				return nil, errors.Wrapf(err, "label of example %d", i)
			}
			labels[i] = label
		}
		return labels, nil
	}
	x := make([]float32, Size(d.Shape()))
	for i := range labels {
		label, err := d.At(i, x)
		if err != nil {
			return nil, errors.Wrapf(err, "label of example %d", i)
		}
		labels[i] = label
	}
	return labels, nil
}

// labelled are sets that know the labels without reading the examples.
type labelled interface {
	Label(i int) (int, error)
}

// ofClasses shows the examples of some classes of a set.
type ofClasses struct {
	subset
	classes []string
	label   []int // of each label of the set, the label here
}

// OfClasses returns the examples of d whose class is named, in the order of d.
// Their labels count the names.
func OfClasses(d Dataset, names []string) (Dataset, error) {
	s := &ofClasses{subset: subset{Dataset: d}, classes: slices.Clone(names), label: make([]int, len(d.Classes()))}
	for i := range s.label {
		s.label[i] = -1
	}
	for k, name := range names {
		i := slices.Index(d.Classes(), name)
		if i < 0 {
			return nil, errors.Errorf("examples of class %q: the set has no such class", name)
		}
		if s.label[i] >= 0 {
			return nil, errors.Errorf("examples of class %q: named twice", name)
		}
		s.label[i] = k
	}
	labels, err := Labels(d)
	if err != nil {
		return nil, err
	}
	for i, label := range labels {
		if s.label[label] >= 0 {
			s.indices = append(s.indices, i)
		}
	}
	return s, nil
}

// Classes returns the names.
func (s *ofClasses) Classes() []string { return s.classes }

// Label returns the label of the example named by index i.
func (s *ofClasses) Label(i int) (int, error) {
	label, err := s.subset.Label(i)
	if err != nil {
		return 0, err
	}
	return s.label[label], nil
}

// At writes the example named by index i into x.
func (s *ofClasses) At(i int, x []float32) (int, error) {
	label, err := s.subset.At(i, x)
	if err != nil {
		return 0, err
	}
	return s.label[label], nil
}

// SplitClasses divides d by class, so that no class, such as a person, is in
// both parts: round(fraction · classes) of them, at least one, drawn by the seed,
// and the rest. Each part keeps the order of d.
func SplitClasses(d Dataset, fraction float64, seed uint64) (rest, part Dataset, err error) {
	names := d.Classes()
	n := len(names)
	if !(fraction > 0 && fraction < 1) {
		return nil, nil, errors.Errorf("split by class: fraction %v, expected a number between 0 and 1", fraction)
	}
	if n < 2 {
		return nil, nil, errors.Wrapf(ErrEmpty, "split of %d classes: one part", n)
	}
	k := min(max(int(math.Round(fraction*float64(n))), 1), n-1)
	order := make([]int, n)
	shuffle(order, stream(seed, "split by class", 0))
	slices.Sort(order[:k])
	slices.Sort(order[k:])
	named := func(list []int) []string {
		chosen := make([]string, len(list))
		for i, label := range list {
			chosen[i] = names[label]
		}
		return chosen
	}
	if rest, err = OfClasses(d, named(order[k:])); err != nil {
		return nil, nil, err
	}
	part, err = OfClasses(d, named(order[:k]))
	return rest, part, err
}
