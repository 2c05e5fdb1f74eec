package text

import (
	"cmp"
	"slices"

	"github.com/pkg/errors"
)

// Cell is an entry X_ij of a sparse matrix.
type Cell struct {
	Row, Col int
	Value    float64
}

// Weighting says what a pair of words at distance d adds to a co-occurrence matrix.
type Weighting int

// The weightings.
const (
	InverseDistance Weighting = iota // 1/d, GloVe's
	Flat                             // 1
)

// Cooccurrence returns how often words stand near each other,
//
//	X[ids_i, ids_j] += weight  for every ordered pair with 0 < |i − j| ≤ window
//
// as the entries that are not 0, by rows. All ids lie in 0 … size − 1.
//
// Source: cheatsheet §2.3 (GloVe); Pennington et al. 2014, §4.2.
func Cooccurrence(ids []int, size, window int, weighting Weighting) ([]Cell, error) {
	if window <= 0 {
		return nil, errors.Errorf("co-occurrence: window: found %d, expected at least 1", window)
	}
	if weighting != InverseDistance && weighting != Flat {
		return nil, errors.Errorf("co-occurrence: weighting %d is not known", weighting)
	}
	counts := map[[2]int]float64{}
	for i, a := range ids {
		if a < 0 || a >= size {
			return nil, errors.Errorf("co-occurrence: id %d at place %d, expected 0 to %d", a, i, size-1)
		}
		for j := max(0, i-window); j < i; j++ {
			w := 1.0
			if weighting == InverseDistance {
				w = 1 / float64(i-j)
			}
			counts[[2]int{a, ids[j]}] += w
			counts[[2]int{ids[j], a}] += w
		}
	}
	out := make([]Cell, 0, len(counts))
	for k, v := range counts {
		out = append(out, Cell{k[0], k[1], v})
	}
	slices.SortFunc(out, func(a, b Cell) int { return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(a.Col, b.Col)) })
	return out, nil
}
