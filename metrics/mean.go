package metrics

import (
	"math"

	"github.com/pkg/errors"
)

// A Mean is a weighted mean over batches:
//
//	Σ w·x / Σ w
//
// The zero value is ready for use. With the batch size as weight, a last
// batch that is smaller counts for less.
type Mean struct {
	sum, lost, weight float64
}

// Add adds the mean x of weight samples. What has the weight 0 is left out,
// whatever x is.
func (m *Mean) Add(x, weight float64) {
	if weight == 0 {
		return
	}
	// Kahan: lost is what the sum rounded away.
	term := x*weight - m.lost
	sum := m.sum + term
	m.lost = sum - m.sum - term
	if math.IsInf(sum, 0) {
		m.lost = 0
	}
	m.sum = sum
	m.weight += weight
}

// Value returns the mean, NaN where nothing was added.
func (m *Mean) Value() float64 {
	if m.weight == 0 {
		return math.NaN()
	}
	return m.sum / m.weight
}

// Weight returns the sum of the weights.
func (m *Mean) Weight() float64 { return m.weight }

// Reset forgets everything.
func (m *Mean) Reset() { *m = Mean{} }

// rows returns the number of rows of a matrix with that many columns.
func rows(what string, x []float64, columns int) (int, error) {
	if columns < 1 {
		return 0, errors.Errorf("%s: %d columns, expected at least 1", what, columns)
	}
	if len(x)%columns != 0 {
		return 0, errors.Errorf("%s: %d values are no rows of %d", what, len(x), columns)
	}
	return len(x) / columns, nil
}

// sameLength is an error where two lists differ in length or are empty.
func sameLength(what, a string, n int, b string, m int) error {
	if n != m {
		return errors.Errorf("%s: %d %s, %d %s, expected as many", what, n, a, m, b)
	}
	if n == 0 {
		return errors.Errorf("%s: found nothing to measure", what)
	}
	return nil
}

// noNaN is an error where x holds a NaN.
func noNaN(what, name string, x []float64) error {
	for i, v := range x {
		if math.IsNaN(v) {
			return errors.Errorf("%s: %s %d is NaN", what, name, i)
		}
	}
	return nil
}
