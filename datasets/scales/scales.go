package scales

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
	Len  int    // number of tunes; 0 means 2,000 to train, 200 for each other part
	Seed uint64 // another seed, other tunes
}

// Set is a list of tunes. It is safe for use by several goroutines.
type Set struct{ o Options }

// New makes a set.
func New(o Options) (*Set, error) {
	if o.Part == "" {
		o.Part = Train
	}
	if o.Part != Train && o.Part != Val && o.Part != Test {
		return nil, errors.Errorf("scales: part %q, expected %s, %s or %s", o.Part, Train, Val, Test)
	}
	if o.Len == 0 {
		o.Len = 200
		if o.Part == Train {
			o.Len = 2000
		}
	}
	if o.Len < 0 {
		return nil, errors.Errorf("scales: length: found %d, expected at least 1", o.Len)
	}
	return &Set{o}, nil
}

// Len returns the number of tunes.
func (s *Set) Len() int { return s.o.Len }

// At returns tune i.
func (s *Set) At(i int) (Tune, error) {
	if i < 0 || i >= s.o.Len {
		return Tune{}, errors.Errorf("scales: tune %d of %d", i, s.o.Len)
	}
	for try := uint64(0); ; try++ {
		r := rand.New(rand.NewPCG(s.o.Seed^hash(s.o.Part), uint64(i)<<16+try))
		t := compose(r)
		if partOf(t) == s.o.Part {
			return t, nil
		}
	}
}

// Text returns all tunes as a tune book, an empty line between two.
func (s *Set) Text() string {
	var b strings.Builder
	for i := range s.o.Len {
		t, err := s.At(i)
		if err != nil { // i is in range
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(t.ABC())
	}
	return b.String()
}

// partOf gives each tune to one part: eight in ten to train, one to each other.
func partOf(t Tune) string {
	switch hash(strings.Join(t.Tokens(), " ")) >> 32 % 10 {
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
