package datasets

import (
	"github.com/pkg/errors"
)

// Errors of this package, to be tested with errors.Is.
var (
	// ErrEmpty means that a set, or a part that was asked for, has no example.
	ErrEmpty = errors.New("data set is empty")
	// ErrRange means that an index lies outside a set.
	ErrRange = errors.New("index out of range")
	// ErrLabel means that a label lies outside the classes of its set.
	ErrLabel = errors.New("label out of range")
	// ErrShape means that shapes, lengths or numbers of channels disagree.
	ErrShape = errors.New("shapes disagree")
)

// Dataset is a finite list of labelled examples of one shape.
//
// All methods are safe for concurrent use and always give the same answer: an
// example is a function of the set and its index.
type Dataset interface {
	// Len returns the number of examples.
	Len() int

	// Shape returns the shape of one example, for instance [1 28 28] for a
	// grey image (channels, height, width). The caller must not change it.
	Shape() []int

	// Classes returns the names of the classes in the order of their labels,
	// or nothing for a set without classes. The caller must not change it.
	Classes() []string

	// At writes example i, 0 ≤ i < Len(), into x, whose length is the product
	// of Shape(), and returns its label in [0, len(Classes())). Pixels and
	// other bounded values lie in 0..1. After an error x holds nothing of use.
	At(i int, x []float32) (label int, err error)
}

// Batch is N examples of a set, one after the other.
type Batch struct {
	N     int       // number of examples, at most the batch size asked for
	X     []float32 // values [N, shape of one example...]
	Y     []int     // labels [N]
	Index []int     // index of each example in the set [N]

	Shape   []int    // of one example
	Classes []string // names by labels; nothing where the set has none
}

// Size returns the number of values of one example of the shape, which is 1
// for the empty shape.
func Size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// checkAt says what is wrong with the arguments of At, if anything.
func checkAt(i, n int, x []float32, size int) error {
	if i < 0 || i >= n {
		return errors.Wrapf(ErrRange, "example %d of a set of %d", i, n)
	}
	if len(x) != size {
		return errors.Wrapf(ErrShape, "example %d has %d values, the buffer holds %d", i, size, len(x))
	}
	return nil
}
