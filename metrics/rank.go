package metrics

import (
	"cmp"
	"math"
	"slices"

	"github.com/pkg/errors"
)

// Ranks returns the rank of each value, from 1; equal values share the mean of
// their ranks.
func Ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	ranks := make([]float64, len(x))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && x[order[j]] == x[order[i]] {
			j++
		}
		j = max(j, i+1) // a NaN equals not even itself
		for _, k := range order[i:j] {
			ranks[k] = float64(i+j+1) / 2
		}
		i = j
	}
	return ranks
}

// Pearson returns the correlation of x and y, in [−1, 1]. It is an error where
// one of them is constant.
func Pearson(x, y []float64) (float64, error) { return correlation("correlation", x, y) }

// Spearman returns the correlation of the ranks of x and y, in [−1, 1]: how
// well similarities order word pairs as people do.
func Spearman(x, y []float64) (float64, error) {
	const what = "rank correlation"
	if err := noNaN(what, "value", x); err != nil {
		return 0, err
	}
	if err := noNaN(what, "value", y); err != nil {
		return 0, err
	}
	return correlation(what, Ranks(x), Ranks(y))
}

func correlation(what string, x, y []float64) (float64, error) {
	if err := sameLength(what, "values", len(x), "values", len(y)); err != nil {
		return 0, err
	}
	var mx, my Mean
	for i := range x {
		mx.Add(x[i], 1)
		my.Add(y[i], 1)
	}
	var xx, yy, xy float64
	for i := range x {
		dx, dy := x[i]-mx.Value(), y[i]-my.Value()
		xx += dx * dx
		yy += dy * dy
		xy += dx * dy
	}
	if xx == 0 || yy == 0 {
		return 0, errors.Errorf("%s: all values of one list are equal", what)
	}
	r := xy / math.Sqrt(xx) / math.Sqrt(yy)
	if math.IsNaN(r) {
		return 0, errors.Errorf("%s: the values are not finite", what)
	}
	return max(-1, min(1, r)), nil
}
