package vectors

import (
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
)

// Pair is two words with how like each other people find them.
type Pair struct {
	A, B  string
	Score float64
}

// ReadSimilarities reads a list of pairs, "word word score" a line, such as WS-353, SimLex-999, MEN, RG-65. Blank lines
// and those that begin with # are passed over, as is a first line whose third column is no number.
func ReadSimilarities(path string) ([]Pair, error) {
	var all []Pair
	number := 0
	err := text.Lines(path, func(line string) error {
		number++
		f := strings.Fields(line)
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			return nil
		}
		if len(f) < 3 {
			return errors.Wrapf(ErrFormat, "line %d: found %.40q, expected two words, a number", number, line)
		}
		score, err := strconv.ParseFloat(f[2], 64)
		if err != nil || score-score != 0 {
			if number == 1 {
				return nil
			}
			return errors.Wrapf(ErrFormat, "line %d: found the score %.20q, expected a number", number, f[2])
		}
		all = append(all, Pair{f[0], f[1], score})
		return nil
	})
	if err == nil && len(all) == 0 {
		err = errors.Wrapf(ErrFormat, "read %s: found no pair", path)
	}
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Analogy is "A is to B as C is to D".
type Analogy struct{ A, B, C, D string }

// Section is the analogies of one kind.
type Section struct {
	Name      string
	Analogies []Analogy
}

// ReadAnalogies reads questions-words: lines ": section", then four words a line.
func ReadAnalogies(path string) ([]Section, error) {
	var all []Section
	number, questions := 0, 0
	err := text.Lines(path, func(line string) error {
		number++
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
			return nil
		case strings.HasPrefix(f[0], ":"):
			all = append(all, Section{Name: strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), ":"))})
			return nil
		case len(f) != 4 || len(all) == 0:
			return errors.Wrapf(ErrFormat, "line %d: found %.40q, expected \": section\" once, then four words", number, line)
		}
		s := &all[len(all)-1]
		s.Analogies = append(s.Analogies, Analogy{f[0], f[1], f[2], f[3]})
		questions++
		return nil
	})
	if err == nil && questions == 0 {
		err = errors.Wrapf(ErrFormat, "read %s: found no analogy", path)
	}
	if err != nil {
		return nil, err
	}
	return all, nil
}
