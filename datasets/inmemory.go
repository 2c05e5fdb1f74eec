package datasets

import (
	"github.com/pkg/errors"
)

// InMemory is a Dataset whose examples lie decoded in one slice.
type InMemory struct {
	shape   []int
	classes []string
	size    int
	x       []float32 // [N, shape...]
	y       []int     // [N]
}

// NewInMemory makes a set of the values x [N, shape...] with the labels y [N].
// The slices are kept, not copied. Labels must lie in [0, len(classes)),
// unless classes is empty.
func NewInMemory(shape []int, classes []string, x []float32, y []int) (*InMemory, error) {
	size := 1
	for _, d := range shape {
		if d < 1 {
			return nil, errors.Wrapf(ErrShape, "data set of shape %v: dimension %d, expected at least 1", shape, d)
		}
		size *= d
	}
	if len(x) != len(y)*size {
		return nil, errors.Wrapf(ErrShape, "data set of shape %v: %d values for %d labels, expected %d",
			shape, len(x), len(y), len(y)*size)
	}
	for i, label := range y {
		if err := checkLabel(i, label, len(classes)); err != nil {
			return nil, err
		}
	}
	return &InMemory{
		shape:   append([]int(nil), shape...),
		classes: append([]string(nil), classes...),
		size:    size,
		x:       x,
		y:       y,
	}, nil
}

// Decode reads all examples of d into memory.
func Decode(d Dataset) (*InMemory, error) {
	n, size := d.Len(), Size(d.Shape())
	x, y := make([]float32, n*size), make([]int, n)
	for i := range n {
		label, err := d.At(i, x[i*size:(i+1)*size])
		if err != nil {
			return nil, errors.Wrapf(err, "decode example %d of %d", i, n)
		}
		y[i] = label
	}
	return NewInMemory(d.Shape(), d.Classes(), x, y)
}

// Len returns the number of examples.
func (m *InMemory) Len() int { return len(m.y) }

// Shape returns the shape of one example.
func (m *InMemory) Shape() []int { return m.shape }

// Classes returns the names of the classes.
func (m *InMemory) Classes() []string { return m.classes }

// At writes example i into x and returns its label.
func (m *InMemory) At(i int, x []float32) (int, error) {
	if err := checkAt(i, len(m.y), x, m.size); err != nil {
		return 0, err
	}
	copy(x, m.x[i*m.size:])
	return m.y[i], nil
}

// checkLabel says whether the label of example i lies outside the classes.
func checkLabel(i, label, classes int) error {
	if classes > 0 && (label < 0 || label >= classes) {
		return errors.Wrapf(ErrLabel, "example %d: label %d, expected 0 to %d", i, label, classes-1)
	}
	return nil
}
