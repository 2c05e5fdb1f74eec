package phrases

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"

	"github.com/pkg/errors"
)

// The parts of a set.
const (
	Train = "train"
	Val   = "val"
	Test  = "test"
)

// Options describe a set. The zero value is the training part.
type Options struct {
	Part string // Train, Val, Test; "" means Train
	Len  int    // number of sentences; 0 means 8,000 to train, 1,000 for each other part
	Seed uint64 // another seed, other sentences
}

// Sentence is a text with its labels, one a word but for the sentiment.
type Sentence struct {
	Words     []string
	Entities  []string // of EntityTags
	POS       []string // of PartsOfSpeech
	Sentiment int      // index in Classes
}

// String returns the words with a space between two of them.
func (s Sentence) String() string { return strings.Join(s.Words, " ") }

// Set is a list of sentences. It is safe for use by several goroutines.
type Set struct{ o Options }

// New makes a set.
func New(o Options) (*Set, error) {
	if o.Part == "" {
		o.Part = Train
	}
	if o.Part != Train && o.Part != Val && o.Part != Test {
		return nil, errors.Errorf("phrases: part %q, expected %s, %s or %s", o.Part, Train, Val, Test)
	}
	if o.Len == 0 {
		o.Len = 1000
		if o.Part == Train {
			o.Len = 8000
		}
	}
	if o.Len < 0 {
		return nil, errors.Errorf("phrases: length: found %d, expected at least 1", o.Len)
	}
	return &Set{o}, nil
}

// Len returns the number of sentences.
func (s *Set) Len() int { return s.o.Len }

// At returns sentence i. The two sentiments are equally likely.
func (s *Set) At(i int) (Sentence, error) {
	if i < 0 || i >= s.o.Len {
		return Sentence{}, errors.Errorf("phrases: sentence %d of %d", i, s.o.Len)
	}
	for try := uint64(0); ; try++ {
		r := rand.New(rand.NewPCG(s.o.Seed^hash(s.o.Part), uint64(i)<<16+try))
		w := writer{r: r}
		w.sentence()
		if partOf(w.s.String()) == s.o.Part {
			return w.s, nil
		}
	}
}

// Text returns all sentences, one a line: a corpus for language models, for word vectors.
func (s *Set) Text() string {
	var b strings.Builder
	for i := range s.o.Len {
		x, err := s.At(i)
		if err != nil { // i is in range
			break
		}
		b.WriteString(x.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// partOf gives each text to one part: eight in ten to train, one to each other.
func partOf(text string) string {
	switch hash(text) >> 32 % 10 {
	case 0:
		return Val
	case 1:
		return Test
	}
	return Train
}

func hash(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // never fails
	return h.Sum64()
}
