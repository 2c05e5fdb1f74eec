package dates

import (
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/pkg/errors"
)

// The parts of a set.
const (
	Train = "train"
	Val   = "val"
	Test  = "test"
)

// Language is that of the written dates.
type Language int

// The languages of a set.
const (
	Both Language = iota // as many of each, on average
	English
	Vietnamese
)

// Options describe a set. The zero value is the training part in both languages.
type Options struct {
	Part     string // Train, Val, Test; "" means Train
	Len      int    // number of pairs; 0 means 10,000 to train, 1,000 for each other part
	Seed     uint64 // another seed, other pairs
	Language Language
}

// The dates lie between the first days of these years.
const (
	firstYear = 1900
	lastYear  = 2100
)

// Pair is a date in two forms.
type Pair struct {
	Written  string   // such as "the fourth of March 1999"
	ISO      string   // 1999-03-04
	Language Language // of Written
}

// Set is a list of pairs. It is safe for use by several goroutines.
type Set struct{ o Options }

// New makes a set.
func New(o Options) (*Set, error) {
	if o.Part == "" {
		o.Part = Train
	}
	if o.Part != Train && o.Part != Val && o.Part != Test {
		return nil, errors.Errorf("dates: part %q, expected %s, %s or %s", o.Part, Train, Val, Test)
	}
	if o.Language < Both || o.Language > Vietnamese {
		return nil, errors.Errorf("dates: language %d is not known", o.Language)
	}
	if o.Len == 0 {
		o.Len = 1000
		if o.Part == Train {
			o.Len = 10000
		}
	}
	if o.Len < 0 {
		return nil, errors.Errorf("dates: length: found %d, expected at least 1", o.Len)
	}
	return &Set{o}, nil
}

// Len returns the number of pairs.
func (s *Set) Len() int { return s.o.Len }

// At returns pair i.
func (s *Set) At(i int) (Pair, error) {
	if i < 0 || i >= s.o.Len {
		return Pair{}, errors.Errorf("dates: pair %d of %d", i, s.o.Len)
	}
	r := rand.New(rand.NewPCG(s.o.Seed^hash(s.o.Part), uint64(i)))
	first := time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC)
	days := int(time.Date(lastYear, 1, 1, 0, 0, 0, 0, time.UTC).Sub(first).Hours()) / 24
	d := first.AddDate(0, 0, r.IntN(days))
	for partOf(d) != s.o.Part {
		d = first.AddDate(0, 0, r.IntN(days))
	}
	language := s.o.Language
	if language == Both {
		language = English + Language(r.IntN(2))
	}
	forms := Forms(d, language)
	return Pair{Written: forms[r.IntN(len(forms))], ISO: d.Format(time.DateOnly), Language: language}, nil
}

// partOf gives each date to one part: eight in ten to train, one to each other.
func partOf(d time.Time) string {
	z := uint64(d.Unix() / 86400)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	switch (z ^ z>>31) % 10 {
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

// Forms returns all ways in which a date of the years 1900 to 2099 is written; those of both languages for Both.
func Forms(d time.Time, l Language) []string {
	switch l {
	case English:
		return english(d)
	case Vietnamese:
		return vietnamese(d)
	}
	return append(english(d), vietnamese(d)...)
}
