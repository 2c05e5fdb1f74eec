package ngram

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
)

// LogProb returns the natural logarithm of the probability of a sentence with the mark of its end,
//
//	log P(y) = Σ_t log P(y_t | y_1 … y_{t−1})
//
// minus infinity where a word is impossible. Source: cheatsheet §2.5.
func LogProb(m Model, sentence []string) float64 {
	n := m.Counts().Order()
	words := m.Counts().padded(sentence)
	sum := 0.0
	for t := n - 1; t < len(words); t++ {
		sum += math.Log(m.Prob(words[t-n+1:t], words[t]))
	}
	return sum
}

// Perplexity returns
//
//	PP = Π_t (1/P(y_t | …))^{1/T}
//
// over all words of the sentences, for n > 1 with one mark of the end each.
//
// Source: cheatsheet §2.5.
func Perplexity(m Model, sentences [][]string) (float64, error) {
	sum, count := 0.0, 0
	for _, s := range sentences {
		sum += LogProb(m, s)
		count += len(s)
		if m.Counts().Order() > 1 {
			count++
		}
	}
	if count == 0 {
		return 0, errors.New("perplexity of no words")
	}
	return math.Exp(-sum / float64(count)), nil
}

// Score is how well a model foretells a text.
type Score struct {
	Words   int // with one mark of the end a sentence
	Unknown int // of them, words that the model has not seen
	// Perplexity is over all words, unseen ones read as <UNK>; Known over the others alone. They are +Inf where a word is
	// impossible, NaN where there is no word.
	Perplexity, Known float64
}

// Evaluate returns the perplexity of sentences with and without the words that the model has not seen, and their number.
func Evaluate(m Model, sentences [][]string) Score {
	var s Score
	c := m.Counts()
	sum, known := 0.0, 0.0
	for _, sentence := range sentences {
		words := c.padded(sentence)
		for t := c.order - 1; t < len(words); t++ {
			log := math.Log(m.Prob(words[t-c.order+1:t], words[t]))
			s.Words++
			sum += log
			if id, ok := c.ids[words[t]]; !ok || c.words[id] == Unknown {
				s.Unknown++
			} else {
				known += log
			}
		}
	}
	s.Perplexity = math.Exp(-sum / float64(s.Words))
	s.Known = math.Exp(-known / float64(s.Words-s.Unknown))
	return s
}

// padded returns a sentence with the marks before it and one mark of the end.
func (c *Counts) padded(sentence []string) []string {
	var words []string
	for range c.order - 1 {
		words = append(words, Begin)
	}
	words = append(words, sentence...)
	if c.order > 1 {
		words = append(words, End)
	}
	return words
}

// Generate draws a sentence of at most limit words after the given ones, word by word from the model; it ends where
// the mark of the end is drawn. It is a function of its arguments.
func Generate(m Model, start []string, limit int, seed uint64) []string {
	c := m.Counts()
	r := rand.New(rand.NewPCG(seed, 0))
	var context []string
	for range c.order - 1 {
		context = append(context, Begin)
	}
	context = append(context, start...)
	out := append([]string(nil), start...)
	p := make([]float64, len(c.words))
	for len(out) < limit {
		sum := 0.0
		for i, w := range c.words {
			p[i] = 0
			if w != Begin && w != Unknown {
				p[i] = m.Prob(context, w)
			}
			sum += p[i]
		}
		if sum == 0 { // a context that MLE has not seen
			break
		}
		pick, at := r.Float64()*sum, 0
		for at < len(p)-1 && pick >= p[at] {
			pick -= p[at]
			at++
		}
		if c.words[at] == End {
			break
		}
		out, context = append(out, c.words[at]), append(context, c.words[at])
	}
	return out
}
