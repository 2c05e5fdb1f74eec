package decode

import (
	"cmp"
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/machine"
)

// BeamOptions are the settings of [Beam].
type BeamOptions struct {
	// Width B is how many hypotheses are kept in each step; 1 is greedy. A large
	// one finds better sentences and takes more time and memory.
	Width int
	// Alpha is the exponent of the length normalisation, 0 for none, usually
	// between 0.5 and 1.
	Alpha float64
	// NBest is how many hypotheses are returned; 0 means all that ended. The
	// search of a sentence stops as soon as no other can become one of them.
	NBest int
}

// MaxWidth is the widest beam: memory and time of a step grow with it, and what it
// finds no longer does.
const MaxWidth = 1 << 16

// Beam returns, for each sentence, the hypotheses found by beam search, the best
// first: those with the greatest
//
//	1/T_y^α · Σ_t log P(y<t> | x, y<1>, …, y<t−1>)
//
// where T_y counts the end. In each step all extensions of the live hypotheses
// are ranked by log-probability, equal ones by their words, and the best B stay;
// those that end leave the beam. A hypothesis at its sentence's longest length
// counts as ended. A sentence that is done takes part in no further step.
//
// Source: cheatsheet §2.6.
func Beam(m Model, sentences []Sentence, o BeamOptions) ([][]Hypothesis, error) {
	if o.Width > MaxWidth {
		return nil, errors.Errorf("decode: beam of width %d, expected at most %d", o.Width, MaxWidth)
	}
	if o.Width < 1 || o.NBest < 0 || !(o.Alpha >= 0) || math.IsInf(o.Alpha, 1) {
		return nil, errors.Errorf("decode: beam of width %d, %d best, alpha %g: expected at least 1, 0, 0", o.Width, o.NBest, o.Alpha)
	}
	s, err := newStepper(m, sentences)
	if err != nil {
		return nil, err
	}
	if s.words > 0 { // each hypothesis has a probability and a rank for each word
		if err := machine.Fits("the beam", 40*int64(len(sentences))*int64(o.Width)*int64(s.words)); err != nil {
			return nil, errors.Wrap(err, "decode")
		}
	}
	beams := make([]*beam, len(sentences))
	for i, x := range sentences {
		beams[i] = &beam{Sentence: x, o: o, live: []Hypothesis{{}}}
		s.rows = append(s.rows, Row{Sentence: i, Parent: -1, Word: x.Start})
	}
	for t := 0; len(s.rows) > 0; t++ {
		if err := s.step(t); err != nil {
			return nil, err
		}
		var next []Row
		for first := 0; first < len(s.rows); {
			i := s.rows[first].Sentence
			b := beams[i]
			n := len(b.live)
			if !b.extend(s.logp[first*s.words:(first+n)*s.words], s.words) {
				return nil, errNoWord(t, i)
			}
			for k, h := range b.live {
				next = append(next, Row{Sentence: i, Parent: first + b.parents[k], Word: h.Words[t]})
			}
			first += n
		}
		s.rows = next
	}
	found := make([][]Hypothesis, len(beams))
	for i, b := range beams {
		found[i] = b.done
	}
	return found, nil
}

// beam is the search of one sentence.
type beam struct {
	Sentence
	o       BeamOptions
	live    []Hypothesis // the best first, all of one length
	parents []int        // of each live one, among the live ones before
	done    []Hypothesis // sorted; at most NBest where that is set
	ranked  []candidate
}

// candidate is an extension of a live hypothesis.
type candidate struct {
	logp       float64
	from, word int
}

// extend replaces the live hypotheses by their best extensions; false where
// nothing can follow and nothing has ended.
func (b *beam) extend(logp []float64, words int) bool {
	b.rank(logp, words)
	old := b.live
	b.live, b.parents = nil, b.parents[:0]
	for _, c := range b.ranked {
		h := Hypothesis{LogProb: c.logp, Words: append(slices.Clone(old[c.from].Words), c.word)}
		h.Ended = c.word == b.End
		if h.Ended || len(h.Words) >= b.MaxLen {
			b.finish(h)
			continue
		}
		b.live, b.parents = append(b.live, h), append(b.parents, c.from)
	}
	if b.settled() {
		b.live = nil
	}
	return len(b.live)+len(b.done) > 0
}

// rank finds the best Width extensions, the best first.
func (b *beam) rank(logp []float64, words int) {
	heap := b.ranked[:0] // the worst on top
	for from, h := range b.live {
		row := logp[from*words : (from+1)*words]
		for word, lp := range row {
			if math.IsInf(lp, -1) {
				continue
			}
			c := candidate{h.LogProb + lp, from, word}
			switch {
			case len(heap) < b.o.Width:
				heap = append(heap, c)
				b.up(heap)
			case c.logp >= heap[0].logp && b.compare(c, heap[0]) < 0:
				heap[0] = c
				b.down(heap)
			}
		}
	}
	slices.SortFunc(heap, b.compare)
	b.ranked = heap
}

// compare orders extensions: the more probable first, equal ones by their words.
func (b *beam) compare(x, y candidate) int {
	if d := cmp.Compare(y.logp, x.logp); d != 0 {
		return d
	}
	if x.from != y.from {
		if d := slices.Compare(b.live[x.from].Words, b.live[y.from].Words); d != 0 {
			return d
		}
	}
	return cmp.Compare(x.word, y.word)
}

// up moves the last element of a heap to its place.
func (b *beam) up(heap []candidate) {
	for i := len(heap) - 1; i > 0; {
		above := (i - 1) / 2
		if b.compare(heap[i], heap[above]) <= 0 {
			return
		}
		heap[i], heap[above] = heap[above], heap[i]
		i = above
	}
}

// down moves the first element of a heap to its place.
func (b *beam) down(heap []candidate) {
	for i := 0; ; {
		worst := i
		for below := 2*i + 1; below <= 2*i+2 && below < len(heap); below++ {
			if b.compare(heap[below], heap[worst]) > 0 {
				worst = below
			}
		}
		if worst == i {
			return
		}
		heap[i], heap[worst] = heap[worst], heap[i]
		i = worst
	}
}

// finish puts h among those that ended.
func (b *beam) finish(h Hypothesis) {
	h.Objective = b.objective(h.LogProb, len(h.Words))
	at, _ := slices.BinarySearchFunc(b.done, h, func(x, y Hypothesis) int {
		if d := cmp.Compare(y.Objective, x.Objective); d != 0 {
			return d
		}
		return slices.Compare(x.Words, y.Words)
	})
	b.done = slices.Insert(b.done, at, h)
	if n := b.o.NBest; n > 0 && len(b.done) > n {
		b.done = b.done[:n]
	}
}

func (b *beam) objective(logp float64, length int) float64 {
	return logp / math.Pow(float64(length), b.o.Alpha)
}

// settled reports whether the answers are final: even if the best live
// hypothesis went on with certainty to the longest length, where its objective
// is greatest, it would not become one of them.
func (b *beam) settled() bool {
	n := b.o.NBest
	if n == 0 || len(b.done) < n || len(b.live) == 0 {
		return false
	}
	return b.objective(min(b.live[0].LogProb, 0), b.MaxLen) < b.done[n-1].Objective
}
