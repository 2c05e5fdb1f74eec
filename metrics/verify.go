package metrics

import (
	"math"

	"github.com/pkg/errors"
)

// SquaredDistances returns ‖a_i − b_i‖² of each row of a and b [N, dim], what
// face verification decides by.
func SquaredDistances(a, b []float64, dim int) ([]float64, error) {
	n, err := rows("squared distances", a, dim)
	if err != nil {
		return nil, err
	}
	if err := sameLength("squared distances", "values", len(a), "values", len(b)); err != nil {
		return nil, err
	}
	d := make([]float64, n)
	for i := range d {
		d[i] = squaredDistance(a[i*dim:(i+1)*dim], b[i*dim:(i+1)*dim])
	}
	return d, nil
}

// Verify decides for each distance whether the two pictures show one person:
// where d ≤ threshold.
//
// Source: cheatsheet §1.6.1 (face verification, one to one).
func Verify(distances []float64, threshold float64) []bool {
	same := make([]bool, len(distances))
	for i, d := range distances {
		same[i] = d <= threshold
	}
	return same
}

// Unknown is what Identify answers where no row is near enough.
const Unknown = -1

// Identify returns the squared distances [Q, K] of the queries [Q, dim] to the
// rows of the database [K, dim], with the nearest row of each query, the first
// of several, or Unknown where it is farther than the threshold.
//
// Source: cheatsheet §1.6.1 (face recognition, one to K).
func Identify(database, queries []float64, dim int, threshold float64) (distances []float64, nearest []int, err error) {
	k, err := rows("identify", database, dim)
	if err != nil {
		return nil, nil, err
	}
	q, err := rows("identify", queries, dim)
	if err != nil {
		return nil, nil, err
	}
	if math.IsNaN(threshold) {
		return nil, nil, errors.New("identify: the threshold is NaN")
	}
	distances, nearest = make([]float64, 0, q*k), make([]int, q)
	for i := range q {
		query, best := queries[i*dim:(i+1)*dim], math.Inf(1)
		nearest[i] = Unknown
		for j := range k {
			d := squaredDistance(query, database[j*dim:(j+1)*dim])
			distances = append(distances, d)
			if d < best && d <= threshold {
				best, nearest[i] = d, j
			}
		}
	}
	return distances, nearest, nil
}

func squaredDistance(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += (v - b[i]) * (v - b[i])
	}
	return sum
}
