package words

import (
	"math"

	"github.com/pkg/errors"
)

// Corpus is a text as ids, in memory: 4 bytes a word.
type Corpus struct {
	counts []int64 // of each word
	ids    []int32
	ends   []int // of the sentences
}

// NewCorpus makes an empty corpus whose words occur as often as counts says; a Vocabulary has them, or Count makes
// them from the text itself.
func NewCorpus(counts []int64) *Corpus { return &Corpus{counts: counts} }

// Add appends a sentence. Negative ids (words without id) are passed over.
func (c *Corpus) Add(ids []int32) error {
	begin := len(c.ids)
	for at, id := range ids {
		if int(id) >= len(c.counts) {
			c.ids = c.ids[:begin]
			return errors.Errorf("corpus: sentence %d: id %d at place %d, expected at most %d", len(c.ends)+1, id, at, len(c.counts)-1)
		}
		if id >= 0 {
			c.ids = append(c.ids, id)
		}
	}
	if len(c.ids) > begin {
		c.ends = append(c.ends, len(c.ids))
	}
	return nil
}

// Words returns the size of the vocabulary.
func (c *Corpus) Words() int { return len(c.counts) }

// Len returns how many words the text has.
func (c *Corpus) Len() int { return len(c.ids) }

// unit is a stretch of text that one goroutine trains on.
type unit struct{ sentence, from, to int }

// units cuts the text into stretches of about size words, at ends of sentences where there are any within reach.
func (c *Corpus) units(size int) []unit {
	var all []unit
	u := unit{}
	for s, end := range c.ends {
		for end-u.from > 2*size {
			u.to = u.from + size
			all = append(all, u)
			u = unit{s, u.to, 0}
		}
		if end-u.from >= size || s == len(c.ends)-1 {
			u.to = end
			all = append(all, u)
			u = unit{s + 1, end, 0}
		}
	}
	return all
}

// sampler has the tables of the random choices of word2vec.
type sampler struct {
	keep  []uint32 // an occurrence of word w is kept for a random number below keep[w]
	share []uint32 // alias table: column i belongs to i for a number below share[i]
	other []int32  // else to other[i]
}

// keepAll is the chance 1 of keep.
const keepAll = math.MaxUint32

// newSampler makes the tables: words are kept with the chance √(t/f) + t/f, f = count/Σ counts, the formula of the
// authors' program (their paper's is √(t/f)); all of them where t ≤ 0. Negatives are drawn with count^¾.
func newSampler(counts []int64, t float64) (*sampler, error) {
	total, n := 0.0, len(counts)
	for i, c := range counts {
		if c < 0 {
			return nil, errors.Errorf("count of word %d is %d, expected at least 0", i, c)
		}
		total += float64(c)
	}
	if total == 0 {
		return nil, errors.New("all counts are 0")
	}
	s := &sampler{keep: make([]uint32, n), share: make([]uint32, n), other: make([]int32, n)}
	p := make([]float64, n)
	sum := 0.0
	for i, c := range counts {
		s.keep[i] = keepAll
		if t > 0 && c > 0 {
			r := t * total / float64(c)
			s.keep[i] = uint32(min(1, math.Sqrt(r)+r) * keepAll)
		}
		p[i] = math.Pow(float64(c), 0.75)
		sum += p[i]
	}
	s.fill(p, sum)
	return s, nil
}

// fill makes the alias table. Source: A. Walker 1977, M. Vose 1991.
func (s *sampler) fill(p []float64, sum float64) {
	n := len(p)
	var poor, rich []int32
	for i := range p {
		p[i] *= float64(n) / sum
		if p[i] < 1 {
			poor = append(poor, int32(i))
		} else {
			rich = append(rich, int32(i))
		}
	}
	for len(poor) > 0 && len(rich) > 0 {
		i, j := poor[len(poor)-1], rich[len(rich)-1]
		poor = poor[:len(poor)-1]
		s.share[i], s.other[i] = uint32(p[i]*(1<<32)), j
		if p[j] -= 1 - p[i]; p[j] < 1 {
			rich = rich[:len(rich)-1]
			poor = append(poor, j)
		}
	}
	for _, i := range append(poor, rich...) { // 1 within rounding
		s.share[i], s.other[i] = math.MaxUint32, i
	}
}

// negative returns the word that the random number r draws.
func (s *sampler) negative(r uint64) int32 {
	i := int32(r >> 32 * uint64(len(s.share)) >> 32)
	if uint32(r) < s.share[i] {
		return i
	}
	return s.other[i]
}
