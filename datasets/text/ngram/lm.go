package ngram

import (
	"math"
	"math/bits"
	"slices"

	"github.com/pkg/errors"
)

// LM is a model of n-grams with back-off weights in sorted arrays, for much text: it takes 16 bytes for an n-gram, 8 for
// one of the highest order, and up to 12 more for a table. Made by a [Builder], or read from an ARPA file.
//
//	log P(w | c) = log p(c w) where the n-gram c w is there, else log b(c) + log P(w | c without its first word)
//
// The arrays are a tree by the last word: below w are the words before it, below these the ones before them. Logarithms
// are decimal. It is safe for use by several goroutines.
//
// Source: K. Heafield 2011, KenLM: Faster and Smaller Language Model Queries, §3.2.
type LM struct {
	words  []string
	ids    map[string]uint32
	levels []level // of n-grams of 1, 2, … words
	// Ids of the marks.
	unknown, begin, end uint32
}

// level is the n-grams of one order, in the order of the tree.
type level struct {
	word    []uint32 // their first word; none for single words, which lie at their ids
	prob    []float32
	backoff []float32 // none for the highest order
	first   []uint32  // where the longer ones begin that end so, one more than n-grams; none for the highest order
	// wide finds those that end in what many end in: a table of 2^bits places, by a hash of where the ending lies and the
	// word before it, each with the number of the n-gram and 1; 0 where there is none.
	wide  []uint32
	shift uint
}

// wideFrom is from how many n-grams with the same ending on the table is faster than the search: the ends of a search
// among many lie far apart in memory.
const wideFrom = 32

// index makes the tables of the levels.
func (m *LM) index() {
	for k := 1; k < len(m.levels); k++ {
		up, l := &m.levels[k-1], &m.levels[k]
		n := 0
		for at := range up.prob {
			if c := int(up.first[at+1] - up.first[at]); c >= wideFrom {
				n += c
			}
		}
		if n == 0 {
			continue
		}
		b := uint(bits.Len(uint(n + n/2)))
		l.wide, l.shift = make([]uint32, 1<<b), 64-b
		for at := range up.prob {
			from, to := up.first[at], up.first[at+1]
			if to-from < wideFrom {
				continue
			}
			for i := from; i < to; i++ {
				h := l.place(uint32(at), l.word[i])
				for l.wide[h] != 0 {
					h = (h + 1) & (1<<b - 1)
				}
				l.wide[h] = i + 1
			}
		}
	}
}

func (l *level) place(at, w uint32) uint64 {
	return (uint64(at)<<32 | uint64(w)) * 0x9e3779b97f4a7c15 >> l.shift
}

// seek returns which of the n-grams from lo to before hi, whose ending lies at at, begins with w.
func (l *level) seek(at, lo, hi, w uint32) (uint32, bool) {
	if hi-lo >= wideFrom {
		for h := l.place(at, w); ; h = (h + 1) & uint64(len(l.wide)-1) {
			i := l.wide[h]
			if i == 0 {
				return 0, false
			}
			if i--; i >= lo && i < hi && l.word[i] == w {
				return i, true
			}
		}
	}
	words := l.word[lo:hi]
	for i, x := range words {
		if x >= w {
			return lo + uint32(i), x == w
		}
	}
	return 0, false
}

// Order returns n.
func (m *LM) Order() int { return len(m.levels) }

// Len returns how many n-grams of the given order there are.
func (m *LM) Len(order int) int {
	if order < 1 || order > len(m.levels) {
		return 0
	}
	return len(m.levels[order-1].prob)
}

// Words returns the vocabulary in the order of the ids. The caller must not change it.
func (m *LM) Words() []string { return m.words }

// ID returns the id of a word, that of <unk> for an unseen one.
func (m *LM) ID(word string) uint32 {
	if id, ok := m.ids[word]; ok {
		return id
	}
	return m.unknown
}

// Has tells whether the model knows a word.
func (m *LM) Has(word string) bool {
	id, ok := m.ids[word]
	return ok && id != m.unknown
}

// State is the words before the next one, as far as the model knows them.
type State struct {
	n       int
	words   [MaxOrder - 1]uint32 // the last first
	backoff [MaxOrder - 1]float32
}

// Begin returns the state at the beginning of a sentence.
func (m *LM) Begin() State {
	var s, none State
	m.Next(&none, m.begin, &s)
	return s
}

// Next returns log₁₀ P of the word of an id after the words of in, and sets out to the state behind it; out may be in.
func (m *LM) Next(in *State, id uint32, out *State) float64 {
	s := State{n: 1}
	top := len(m.levels) - 1
	prob := m.levels[0].prob[id]
	at := id
	if top == 0 {
		s.n = 0
	} else {
		s.words[0], s.backoff[0] = id, m.levels[0].backoff[id]
	}
	matched := 1
	for matched <= min(in.n, top) {
		up := &m.levels[matched-1]
		w := in.words[matched-1]
		l := &m.levels[matched]
		lo, ok := l.seek(at, up.first[at], up.first[at+1], w)
		if !ok {
			break
		}
		at, prob = lo, l.prob[lo]
		if matched < top {
			s.words[matched], s.backoff[matched] = w, l.backoff[lo]
			s.n = matched + 1
		}
		matched++
	}
	for k := matched; k <= in.n; k++ {
		prob += in.backoff[k-1]
	}
	*out = s
	return float64(prob)
}

// Prob returns P(word | context); of the context the last n − 1 words count. That of <s> is 0.
func (m *LM) Prob(context []string, word string) float64 {
	id := m.ID(word)
	if id == m.begin {
		return 0
	}
	var s State
	for _, w := range context[max(0, len(context)-len(m.levels)+1):] {
		m.Next(&s, m.ID(w), &s)
	}
	return math.Pow(10, m.Next(&s, id, &s))
}

// LogProb returns the natural logarithm of the probability of a sentence with the mark of its end.
func (m *LM) LogProb(sentence []string) float64 {
	s := m.Begin()
	sum := 0.0
	for _, w := range sentence {
		sum += m.Next(&s, m.ID(w), &s)
	}
	return (sum + m.Next(&s, m.end, &s)) * math.Ln10
}

// Evaluate returns the perplexity of sentences with and without the words that the model has not seen, and their number.
func (m *LM) Evaluate(sentences [][]string) Score {
	var all Score
	sum, known := 0.0, 0.0
	for _, sentence := range sentences {
		s := m.Begin()
		for i := range len(sentence) + 1 {
			id := m.end
			if i < len(sentence) {
				id = m.ID(sentence[i])
			}
			log := m.Next(&s, id, &s)
			all.Words++
			sum += log
			if id == m.unknown {
				all.Unknown++
			} else {
				known += log
			}
		}
	}
	all.Perplexity = math.Pow(10, -sum/float64(all.Words))
	all.Known = math.Pow(10, -known/float64(all.Words-all.Unknown))
	return all
}

// check returns an error for arrays that do not fit together, as a broken file may hold.
func (m *LM) check() error {
	if len(m.levels) < 1 || len(m.levels) > MaxOrder {
		return errors.Errorf("n-grams of order %d, expected 1 to %d", len(m.levels), MaxOrder)
	}
	if len(m.levels[0].prob) != len(m.words) {
		return errors.Errorf("%d single words of a vocabulary of %d", len(m.levels[0].prob), len(m.words))
	}
	for k := range m.levels {
		l := &m.levels[k]
		n := len(l.prob)
		for i, p := range l.prob {
			if p != p || p > 0 {
				return errors.Errorf("n-gram %d of order %d: logarithm of a probability %v, expected at most 0", i, k+1, p)
			}
		}
		for i, b := range l.backoff {
			if b != b || b > math.MaxFloat32 {
				return errors.Errorf("n-gram %d of order %d: logarithm of a weight %v", i, k+1, b)
			}
		}
		for i, w := range l.word {
			if int(w) >= len(m.words) {
				return errors.Errorf("n-gram %d of order %d: word %d of %d", i, k+1, w, len(m.words))
			}
		}
		if k > 0 && len(l.word) != n {
			return errors.Errorf("order %d: %d words of %d n-grams", k+1, len(l.word), n)
		}
		if k == len(m.levels)-1 {
			break
		}
		if len(l.backoff) != n || len(l.first) != n+1 || l.first[0] != 0 || int(l.first[n]) != len(m.levels[k+1].prob) || !slices.IsSorted(l.first) {
			return errors.Errorf("order %d: the longer n-grams are not where they are said to be", k+1)
		}
	}
	return nil
}
