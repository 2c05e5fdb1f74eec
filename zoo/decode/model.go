package decode

import (
	"math"

	"github.com/pkg/errors"
)

// Model is what sentences are decoded from.
type Model interface {
	// Words returns the number of words V.
	Words() int

	// Step makes step t = 0, 1, … for all rows at once: into logp
	// [len(rows), V] it writes the natural logarithm of the probability of each
	// next word. −∞ stands for a word that cannot follow. Rows are ordered by
	// sentence; what encodes a sentence is shared by its rows, and only the
	// decoder's state moves, from row to row.
	Step(t int, rows []Row, logp []float64) error
}

// Row is one hypothesis in a step.
type Row struct {
	Sentence int // which of those that are decoded
	Parent   int // the row of the step before whose state it continues; −1 at t = 0
	Word     int // the word that it ends with
}

// Sentence is what is to be decoded.
type Sentence struct {
	Start  int // the word before the first one, which is no part of the result
	End    int // the word that ends it
	MaxLen int // the most words, the end included
}

// Hypothesis is a sentence that was found.
type Hypothesis struct {
	Words   []int   // with the end, where it ended by itself
	LogProb float64 // log P(y|x), the sum over the words
	// Objective is LogProb / T_y^α with the number T_y of words; LogProb where
	// there is no α.
	Objective float64
	Ended     bool // not cut at the longest length
}

// Text returns the words without the end.
func (h Hypothesis) Text() []int {
	if h.Ended {
		return h.Words[:len(h.Words)-1]
	}
	return h.Words
}

// stepper calls a model and checks what it is given and returns.
type stepper struct {
	model Model
	words int
	rows  []Row
	logp  []float64
}

func newStepper(m Model, sentences []Sentence) (*stepper, error) {
	v := m.Words()
	if v < 1 {
		return nil, errors.Errorf("decode: a model of %d words", v)
	}
	for i, s := range sentences {
		switch {
		case s.MaxLen < 1:
			return nil, errors.Errorf("decode: sentence %d: at most %d words, expected at least 1", i, s.MaxLen)
		case s.End < 0 || s.End >= v:
			return nil, errors.Errorf("decode: sentence %d: end %d, expected 0 to %d", i, s.End, v-1)
		}
	}
	return &stepper{model: m, words: v}, nil
}

// step returns the log-probabilities of the words after each row.
func (s *stepper) step(t int) error {
	n := len(s.rows) * s.words
	if cap(s.logp) < n {
		s.logp = make([]float64, n)
	}
	s.logp = s.logp[:n]
	if err := s.model.Step(t, s.rows, s.logp); err != nil {
		return errors.Wrapf(err, "decode: step %d", t)
	}
	const rounding = 1e-3 // of a float32 softmax; more is no probability
	for i, v := range s.logp {
		if !(v <= rounding) {
			return errors.Errorf("decode: step %d, sentence %d: log-probability %g of word %d, expected at most 0",
				t, s.rows[i/s.words].Sentence, v, i%s.words)
		}
	}
	return nil
}

// after returns the log-probabilities after row r.
func (s *stepper) after(r int) []float64 { return s.logp[r*s.words : (r+1)*s.words] }

// errNoWord says that a model forbids every word.
func errNoWord(t, sentence int) error {
	return errors.Errorf("decode: step %d, sentence %d: no word can follow: all have probability 0", t, sentence)
}

// a walk decodes one hypothesis for each sentence.
type walk struct {
	stepper *stepper
	found   []Hypothesis
}

// run lets choose pick the word of each row until all sentences have ended; a
// choice of −1 is none.
func (w *walk) run(sentences []Sentence, choose func(t, sentence int, logp []float64) (int, error)) error {
	s := w.stepper
	w.found = make([]Hypothesis, len(sentences))
	for i, x := range sentences {
		s.rows = append(s.rows, Row{Sentence: i, Parent: -1, Word: x.Start})
	}
	for t := 0; len(s.rows) > 0; t++ {
		if err := s.step(t); err != nil {
			return err
		}
		var next []Row
		for r, row := range s.rows {
			logp, x, h := s.after(r), sentences[row.Sentence], &w.found[row.Sentence]
			word, err := choose(t, row.Sentence, logp)
			if err != nil {
				return err
			}
			if word < 0 || math.IsInf(logp[word], -1) {
				return errNoWord(t, row.Sentence)
			}
			h.Words = append(h.Words, word)
			h.LogProb += logp[word]
			h.Objective = h.LogProb
			h.Ended = word == x.End
			if !h.Ended && len(h.Words) < x.MaxLen {
				next = append(next, Row{Sentence: row.Sentence, Parent: r, Word: word})
			}
		}
		s.rows = next
	}
	return nil
}

// Greedy takes the most probable word in each step, the first of several.
func Greedy(m Model, sentences []Sentence) ([]Hypothesis, error) {
	s, err := newStepper(m, sentences)
	if err != nil {
		return nil, err
	}
	w := walk{stepper: s}
	err = w.run(sentences, func(_, _ int, logp []float64) (int, error) { return best(logp), nil })
	return w.found, err
}

// best returns the position of the maximum, the first of several.
func best(x []float64) int {
	at := 0
	for i, v := range x {
		if v > x[at] {
			at = i
		}
	}
	return at
}

// Score returns log P(y|x) of given sentences y, of which words[i] belongs to
// sentence i: what [Analyse] compares. MaxLen counts for nothing.
func Score(m Model, sentences []Sentence, words [][]int) ([]float64, error) {
	if len(words) != len(sentences) {
		return nil, errors.Errorf("decode: %d texts for %d sentences", len(words), len(sentences))
	}
	v := m.Words()
	s := &stepper{model: m, words: v}
	for i, y := range words {
		for k, word := range y {
			if word < 0 || word >= v {
				return nil, errors.Errorf("decode: sentence %d: word %d is %d, expected 0 to %d", i, k, word, v-1)
			}
		}
		if len(y) > 0 {
			s.rows = append(s.rows, Row{Sentence: i, Parent: -1, Word: sentences[i].Start})
		}
	}
	total := make([]float64, len(words))
	for t := 0; len(s.rows) > 0; t++ {
		if err := s.step(t); err != nil {
			return nil, err
		}
		var next []Row
		for r, row := range s.rows {
			y := words[row.Sentence]
			total[row.Sentence] += s.after(r)[y[t]]
			if t+1 < len(y) {
				next = append(next, Row{Sentence: row.Sentence, Parent: r, Word: y[t]})
			}
		}
		s.rows = next
	}
	return total, nil
}
