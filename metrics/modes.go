package metrics

import (
	"math"

	"github.com/pkg/errors"
)

// Modes says over which classes generated examples spread, by the
// probabilities that a judge gives them.
type Modes struct {
	// Entropy is that of the mean class distribution p̄, −Σ p̄_c·log p̄_c in
	// nats: log C where all C classes are as frequent, 0 for one class alone.
	Entropy float64
	// Counts [C] is how many examples have each class as the most probable.
	Counts []int
	// Confidence is the mean of the greatest probabilities.
	Confidence float64
}

// NewModes measures probabilities [N, classes], each row of which sums to 1.
func NewModes(probabilities []float64, classes int) (Modes, error) {
	const what = "class entropy"
	n, err := rows(what, probabilities, classes)
	if err != nil {
		return Modes{}, err
	}
	if n == 0 {
		return Modes{}, errors.Errorf("%s: found nothing to measure", what)
	}
	if err := noNaN(what, "probability", probabilities); err != nil {
		return Modes{}, err
	}
	m := Modes{Counts: make([]int, classes)}
	mean := make([]float64, classes)
	for i := range n {
		row := probabilities[i*classes : (i+1)*classes]
		best := 0
		for c, p := range row {
			mean[c] += p / float64(n)
			if p > row[best] {
				best = c
			}
		}
		m.Counts[best]++
		m.Confidence += row[best] / float64(n)
	}
	for _, p := range mean {
		if p > 0 {
			m.Entropy -= p * math.Log(p)
		}
	}
	return m, nil
}

// Covered returns the number of classes that at least the given share of the
// examples have.
func (m Modes) Covered(share float64) int {
	n, covered := 0, 0
	for _, c := range m.Counts {
		n += c
	}
	for _, c := range m.Counts {
		if float64(c) >= share*float64(n) && c > 0 {
			covered++
		}
	}
	return covered
}
