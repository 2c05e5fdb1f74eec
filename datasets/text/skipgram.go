package text

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
)

// SkipgramPairs lists, for each place i of a text in order, the pairs (centre, neighbour) = (ids_i, ids_j) with
// 0 < |i − j| ≤ window, j rising.
//
// Source: cheatsheet §2.3 (skip-gram); arXiv:1301.3781.
func SkipgramPairs(ids []int, window int) ([][2]int, error) {
	if window <= 0 {
		return nil, errors.Errorf("window: found %d, expected at least 1", window)
	}
	var out [][2]int
	for i, centre := range ids {
		for j := max(0, i-window); j < min(len(ids), i+window+1); j++ {
			if j != i {
				out = append(out, [2]int{centre, ids[j]})
			}
		}
	}
	return out, nil
}

// NoiseDistribution returns the probabilities of negative samples,
//
//	p_w = count_w^power / Σ_v count_v^power
//
// The usual power is 3/4. Source: arXiv:1310.4546 §2.2.
func NoiseDistribution(counts []int64, power float64) ([]float64, error) {
	if math.IsNaN(power) || math.IsInf(power, 0) {
		return nil, errors.Errorf("noise distribution: power %v is not finite", power)
	}
	p := make([]float64, len(counts))
	sum := 0.0
	for i, n := range counts {
		if n < 0 {
			return nil, errors.Errorf("noise distribution: count %d is %d, expected 0 or more", i, n)
		}
		if n > 0 {
			p[i] = math.Pow(float64(n), power)
			sum += p[i]
		}
	}
	if sum == 0 {
		return nil, errors.New("noise distribution: all counts are 0")
	}
	for i := range p {
		p[i] /= sum
	}
	return p, nil
}

// SubsamplingKeep returns for each word the probability that an occurrence is kept,
//
//	min(1, √(t/f)),  f = count/Σ counts
//
// with the threshold t; a word that never occurs is kept. Source: arXiv:1310.4546 §2.3.
func SubsamplingKeep(counts []int64, threshold float64) ([]float64, error) {
	if !(threshold > 0) {
		return nil, errors.Errorf("subsampling: threshold: found %v, expected more than 0", threshold)
	}
	total := 0.0
	for i, n := range counts {
		if n < 0 {
			return nil, errors.Errorf("subsampling: count %d is %d, expected 0 or more", i, n)
		}
		total += float64(n)
	}
	keep := make([]float64, len(counts))
	for i, n := range counts {
		keep[i] = 1
		if n > 0 {
			keep[i] = min(1, math.Sqrt(threshold*total/float64(n)))
		}
	}
	return keep, nil
}

// Alias draws from a discrete distribution in constant time.
//
// Source: A. Walker 1977, M. Vose 1991.
type Alias struct {
	share []float64 // of column i that belongs to i itself
	other []int     // to which the rest belongs
}

// NewAlias prepares draws of i with probability p_i/Σp.
func NewAlias(p []float64) (*Alias, error) {
	sum := 0.0
	for i, v := range p {
		if !(v >= 0) || math.IsInf(v, 0) {
			return nil, errors.Errorf("alias table: probability %d is %v", i, v)
		}
		sum += v
	}
	if !(sum > 0) || math.IsInf(sum, 0) {
		return nil, errors.Errorf("alias table: %d probabilities with the sum %v", len(p), sum)
	}
	n := len(p)
	a := &Alias{share: make([]float64, n), other: make([]int, n)}
	var poor, rich []int
	for i, v := range p {
		a.share[i], a.other[i] = v/sum*float64(n), i
		if a.share[i] < 1 {
			poor = append(poor, i)
		} else {
			rich = append(rich, i)
		}
	}
	for len(poor) > 0 && len(rich) > 0 {
		i, j := poor[len(poor)-1], rich[len(rich)-1]
		poor = poor[:len(poor)-1]
		a.other[i] = j
		if a.share[j] -= 1 - a.share[i]; a.share[j] < 1 {
			rich = rich[:len(rich)-1]
			poor = append(poor, j)
		}
	}
	for _, i := range append(poor, rich...) { // 1 within rounding
		a.share[i] = 1
	}
	return a, nil
}

// Draw returns an index.
func (a *Alias) Draw(r *rand.Rand) int {
	u := r.Float64() * float64(len(a.share))
	i := min(int(u), len(a.share)-1)
	if u-float64(i) < a.share[i] {
		return i
	}
	return a.other[i]
}
