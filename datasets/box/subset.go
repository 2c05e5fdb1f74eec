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

// Size returns the width, height of picture i where they are known.
func (s *subset) Size(i int) (width, height int) {
	if sized, ok := s.Pictures.(Sized); ok && i >= 0 && i < len(s.indices) {
		return sized.Size(s.indices[i])
	}
	return 0, 0
}

// Split divides p at random into a part of round(fraction·Len) pictures, at least one, and the rest. Each keeps
// the order of p; the draw depends on the size, fraction, seed alone.
func Split(p Pictures, fraction float64, seed uint64) (rest, part Pictures, err error) {
	order, k, err := draw(p.Len(), fraction, seed)
	if err != nil {
		return nil, nil, err
	}
	slices.Sort(order[:k])
	slices.Sort(order[k:])
	return &subset{p, order[k:]}, &subset{p, order[:k]}, nil
}

// SplitEvenly is Split, but for a part of fewer than ten pictures a class: it gets one more picture for each class that
// it lacks and two pictures show, as long as it stays within the share most of all.
func SplitEvenly(p Pictures, fraction, most float64, seed uint64) (rest, part Pictures, err error) {
	order, k, err := draw(p.Len(), fraction, seed)
	if err == nil {
		k, err = complete(p, order, k, max(k, int(most*float64(p.Len()))))
	}
	if err != nil {
		return nil, nil, err
	}
	slices.Sort(order[:k])
	slices.Sort(order[k:])
	return &subset{p, order[k:]}, &subset{p, order[:k]}, nil
}

// draw shuffles n indices, of which the first k are the part.
func draw(n int, fraction float64, seed uint64) (order []int, k int, err error) {
	if !(fraction > 0 && fraction < 1) || n < 2 {
		return nil, 0, errors.Errorf("split %d pictures by %v: expected at least two, a fraction between 0 and 1", n, fraction)
	}
	k = min(max(int(math.Round(fraction*float64(n))), 1), n-1)
	return rand.New(rand.NewPCG(seed, uint64(n))).Perm(n), k, nil
}

// enoughOfEach is how many pictures a class of a part has on average from which on the part has some of each.
const enoughOfEach = 10

// complete moves pictures of order into the small part order[:k], so that it shows each class that it can show without
// the rest losing it, and returns the new k, at most most.
func complete(p Pictures, order []int, k, most int) (int, error) {
	classes := p.Classes()
	if k >= enoughOfEach*len(classes) {
		return k, nil
	}
	shows, count := make([][]bool, len(order)), make([]int, len(classes)) // of each place in order; of the part and the rest
	inPart := make([]int, len(classes))
	for at, i := range order {
		objects, err := p.Objects(i)
		if err != nil {
			return 0, errors.Wrapf(err, "split: picture %d", i)
		}
		shows[at] = make([]bool, len(classes))
		for _, o := range objects {
			if c := slices.Index(classes, o.Class); c >= 0 && !shows[at][c] {
				shows[at][c] = true
				if count[c]++; at < k {
					inPart[c]++
				}
			}
		}
	}
	for c := range classes {
		if inPart[c] > 0 || count[c] < 2 {
			continue
		}
		for at := k; at < len(order)-1 && k < most; at++ {
			if !shows[at][c] {
				continue
			}
			order[k], order[at] = order[at], order[k]
			shows[k], shows[at] = shows[at], shows[k]
			for other, shown := range shows[k] {
				if shown {
					inPart[other]++
				}
			}
			k++
			break
		}
	}
	return k, nil
}
