package datasets

import (
	"math"
	"slices"

	"github.com/pkg/errors"
)

// subset shows the examples of d named by indices, in that order.
type subset struct {
	Dataset
	indices []int
}

// Subset returns the examples of d named by indices, in that order; an index
// may occur more than once.
func Subset(d Dataset, indices []int) (Dataset, error) {
	for k, i := range indices {
		if i < 0 || i >= d.Len() {
			return nil, errors.Wrapf(ErrRange, "subset: index %d at place %d, the set has %d examples", i, k, d.Len())
		}
	}
	return &subset{d, slices.Clone(indices)}, nil
}

// Len returns the number of indices.
func (s *subset) Len() int { return len(s.indices) }

// Label returns the label of the example named by index i.
func (s *subset) Label(i int) (int, error) {
	if i < 0 || i >= len(s.indices) {
		return 0, errors.Wrapf(ErrRange, "example %d of a set of %d", i, len(s.indices))
	}
	if l, ok := s.Dataset.(labelled); ok {
		return l.Label(s.indices[i])
	}
	return s.At(i, make([]float32, Size(s.Shape())))
}

// At writes the example named by index i into x.
func (s *subset) At(i int, x []float32) (int, error) {
	if err := checkAt(i, len(s.indices), x, len(x)); err != nil {
		return 0, err
	}
	return s.Dataset.At(s.indices[i], x)
}

// Split divides d at random into a part of round(fraction · Len) examples,
// at least one, and the rest. Each keeps the order of d. The same set size,
// fraction and seed always give the same parts; the draw is independent of
// the shuffles of a Loader of the same seed.
func Split(d Dataset, fraction float64, seed uint64) (rest, part Dataset, err error) {
	order, k, err := draw(d.Len(), fraction, seed)
	if err != nil {
		return nil, nil, err
	}
	slices.Sort(order[:k])
	slices.Sort(order[k:])
	return &subset{d, order[k:]}, &subset{d, order[:k]}, nil
}

// draw shuffles n indices, of which the first k are the part.
func draw(n int, fraction float64, seed uint64) (order []int, k int, err error) {
	if !(fraction > 0 && fraction < 1) {
		return nil, 0, errors.Errorf("split: fraction %v, expected a number between 0 and 1", fraction)
	}
	if n < 2 {
		return nil, 0, errors.Wrapf(ErrEmpty, "split of %d examples: one part", n)
	}
	k = min(max(int(math.Round(fraction*float64(n))), 1), n-1)
	order = make([]int, n)
	shuffle(order, stream(seed, "split", 0))
	return order, k, nil
}

// enoughOfEach is how many examples a class of a part has on average from which
// on a draw without regard to classes has its share of each.
const enoughOfEach = 10

// SplitEvenly is [Split] with the share of each class in the part, at least one
// example of each that has two, where the part is small: of fewer than ten
// examples a class. A larger part is that of Split.
func SplitEvenly(d Dataset, fraction float64, seed uint64) (rest, part Dataset, err error) {
	order, k, err := draw(d.Len(), fraction, seed)
	if err != nil {
		return nil, nil, err
	}
	classes := len(d.Classes())
	if classes == 0 || k >= enoughOfEach*classes {
		return Split(d, fraction, seed)
	}
	labels, err := Labels(d)
	if err != nil {
		return nil, nil, err
	}
	count := make([]int, classes)
	for _, label := range labels {
		count[label]++
	}
	want := make([]int, classes)
	for c, n := range count {
		want[c] = min(max(int(math.Round(fraction*float64(n))), 1), n-1)
	}
	var chosen, left []int
	for _, i := range order {
		if c := labels[i]; want[c] > 0 {
			want[c]--
			chosen = append(chosen, i)
		} else {
			left = append(left, i)
		}
	}
	if len(chosen) == 0 { // each class has one example
		return Split(d, fraction, seed)
	}
	slices.Sort(chosen)
	slices.Sort(left)
	return &subset{d, left}, &subset{d, chosen}, nil
}

// concat shows several sets as one.
type concat struct {
	Dataset // the first, for shape and classes
	parts   []Dataset
	ends    []int // ends[k] is the number of examples in parts 0 to k
}

// Concat returns the examples of all parts, one part after the other. The
// parts must agree in shape and classes.
func Concat(parts ...Dataset) (Dataset, error) {
	if len(parts) == 0 {
		return nil, errors.Wrap(ErrEmpty, "concat of no set")
	}
	c := &concat{Dataset: parts[0], parts: slices.Clone(parts)}
	n := 0
	for k, p := range parts {
		if !slices.Equal(p.Shape(), parts[0].Shape()) {
			return nil, errors.Wrapf(ErrShape, "concat: part %d has examples of shape %v, part 0 of %v",
				k, p.Shape(), parts[0].Shape())
		}
		if !slices.Equal(p.Classes(), parts[0].Classes()) {
			return nil, errors.Wrapf(ErrShape, "concat: part %d has the classes %q, part 0 %q",
				k, p.Classes(), parts[0].Classes())
		}
		n += p.Len()
		c.ends = append(c.ends, n)
	}
	return c, nil
}

// Len returns the number of examples of all parts.
func (c *concat) Len() int { return c.ends[len(c.ends)-1] }

// At writes example i, counted over all parts, into x.
func (c *concat) At(i int, x []float32) (int, error) {
	if err := checkAt(i, c.Len(), x, len(x)); err != nil {
		return 0, err
	}
	k, _ := slices.BinarySearch(c.ends, i+1)
	return c.parts[k].At(i-c.ends[k]+c.parts[k].Len(), x)
}
