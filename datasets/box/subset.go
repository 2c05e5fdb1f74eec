package box

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
)

// subset shows some pictures of a set.
type subset struct {
	Pictures
	indices []int
}

// Subset returns the pictures of p named by indices, in that order.
func Subset(p Pictures, indices []int) (Pictures, error) {
	for k, i := range indices {
		if i < 0 || i >= p.Len() {
			return nil, errors.Errorf("subset: picture %d at place %d, the set has %d", i, k, p.Len())
		}
	}
	return &subset{p, slices.Clone(indices)}, nil
}

// Len returns the number of indices.
func (s *subset) Len() int { return len(s.indices) }

// At writes picture i into x.
func (s *subset) At(i int, x []float32) (int, error) {
	if i < 0 || i >= len(s.indices) {
		return 0, errors.Errorf("picture %d of %d", i, len(s.indices))
	}
	return s.Pictures.At(s.indices[i], x)
}

// Objects returns what is in picture i.
func (s *subset) Objects(i int) ([]Object, error) {
	if i < 0 || i >= len(s.indices) {
		return nil, errors.Errorf("picture %d of %d", i, len(s.indices))
	}
	return s.Pictures.Objects(s.indices[i])
}

// Split divides p at random into a part of round(fraction·Len) pictures, at least one, and the rest. Each keeps
// the order of p; the draw depends on the size, fraction, seed alone.
func Split(p Pictures, fraction float64, seed uint64) (rest, part Pictures, err error) {
	n := p.Len()
	if !(fraction > 0 && fraction < 1) || n < 2 {
		return nil, nil, errors.Errorf("split %d pictures by %v: expected at least two, a fraction between 0 and 1", n, fraction)
	}
	k := min(max(int(math.Round(fraction*float64(n))), 1), n-1)
	order := rand.New(rand.NewPCG(seed, uint64(n))).Perm(n)
	slices.Sort(order[:k])
	slices.Sort(order[k:])
	return &subset{p, order[k:]}, &subset{p, order[:k]}, nil
}
