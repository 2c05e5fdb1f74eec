package tuples

import (
	"math/rand/v2"

	"github.com/pkg/errors"
)

// Sampler draws from a list of labelled examples.
type Sampler struct {
	seed   uint64
	people [][]int // the examples of each label that occurs
	paired []int   // those of people that have two examples or more
}

// New makes a sampler of examples with these labels, of which there must be two
// kinds at least.
func New(labels []int, seed uint64) (*Sampler, error) {
	s := &Sampler{seed: seed}
	at := map[int]int{}
	for i, label := range labels {
		k, ok := at[label]
		if !ok {
			k = len(s.people)
			at[label] = k
			s.people = append(s.people, nil)
		}
		s.people[k] = append(s.people[k], i)
	}
	if len(s.people) < 2 {
		return nil, errors.Errorf("draw examples: %d labels in %d examples, expected two or more to tell apart", len(s.people), len(labels))
	}
	for k, examples := range s.people {
		if len(examples) > 1 {
			s.paired = append(s.paired, k)
		}
	}
	return s, nil
}

// Pairs draws n pairs of examples: those at even places have one label, those at
// odd places two.
func (s *Sampler) Pairs(n, step int) (a, b []int, same []bool, err error) {
	if err := s.check("pairs", n); err != nil {
		return nil, nil, nil, err
	}
	r := s.random(step)
	for i := range n {
		if i%2 == 0 {
			x, y := two(r, s.people[s.paired[r.IntN(len(s.paired))]])
			a, b, same = append(a, x), append(b, y), append(same, true)
			continue
		}
		k := r.IntN(len(s.people))
		a, b, same = append(a, one(r, s.people[k])), append(b, one(r, s.stranger(r, k))), append(same, false)
	}
	return a, b, same, nil
}

// Triplets draws n triplets of examples: the anchors a and the positives p have
// one label, the negatives another.
func (s *Sampler) Triplets(n, step int) (a, p, negative []int, err error) {
	if err := s.check("triplets", n); err != nil {
		return nil, nil, nil, err
	}
	r := s.random(step)
	for range n {
		k := s.paired[r.IntN(len(s.paired))]
		x, y := two(r, s.people[k])
		a, p, negative = append(a, x), append(p, y), append(negative, one(r, s.stranger(r, k)))
	}
	return a, p, negative, nil
}

// Batch draws people labels, or all where there are fewer, with k examples of
// each, one label after the other. Examples are repeated where a label has fewer
// than k.
//
// Source: arXiv:1703.07737 §2 (PK batches).
func (s *Sampler) Batch(people, k, step int) ([]int, error) {
	if people < 2 || k < 1 {
		return nil, errors.Errorf("draw a batch of %d times %d examples, expected at least 2 labels, 1 example", people, k)
	}
	r := s.random(step)
	order := r.Perm(len(s.people))
	batch := make([]int, 0, people*k)
	for _, p := range order[:min(people, len(order))] {
		examples := s.people[p]
		for got := 0; got < k; {
			for _, i := range r.Perm(len(examples))[:min(len(examples), k-got)] {
				batch = append(batch, examples[i])
				got++
			}
		}
	}
	return batch, nil
}

func (s *Sampler) check(what string, n int) error {
	if n < 1 {
		return errors.Errorf("draw %d %s, expected at least 1", n, what)
	}
	if len(s.paired) == 0 {
		return errors.Errorf("draw %s: each of %d labels has one example, expected two of some", what, len(s.people))
	}
	return nil
}

// stranger returns the examples of a label other than k.
func (s *Sampler) stranger(r *rand.Rand, k int) []int {
	other := r.IntN(len(s.people) - 1)
	if other >= k {
		other++
	}
	return s.people[other]
}

func one(r *rand.Rand, examples []int) int { return examples[r.IntN(len(examples))] }

// two returns two different ones of two or more.
func two(r *rand.Rand, examples []int) (int, int) {
	i := r.IntN(len(examples))
	j := r.IntN(len(examples) - 1)
	if j >= i {
		j++
	}
	return examples[i], examples[j]
}

func (s *Sampler) random(step int) *rand.Rand {
	return rand.New(rand.NewPCG(mix(s.seed), mix(s.seed^mix(uint64(step)+1))))
}

// mix is the finaliser of SplitMix64, as in package datasets.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
