package vectors

import (
	"slices"
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

// ReadSimilarities reads a list of pairs, "word word score" a line, parted by tabs, commas, semicolons or white space,
// such as WS-353, SimLex-999, MEN, RG-65, SimVerb-3500, RW. The score is the column that a heading names so, else the
// first number behind the words; other columns are passed over, as are blank lines and those that begin with #.
func ReadSimilarities(path string) ([]Pair, error) { return Reader{}.Similarities(path) }

// Similarities is the function [ReadSimilarities].
func (o Reader) Similarities(path string) ([]Pair, error) {
	lines, err := text.Reader{Tell: o.Tell}.ReadLines(path)
	if err != nil {
		return nil, err
	}
	pairs, err := similarities(lines)
	if err == nil && len(pairs) == 0 {
		err = errors.Wrap(ErrFormat, "found no pair")
	}
	if err != nil {
		return nil, errors.Wrapf(err, "read %s", path)
	}
	return pairs, nil
}

func similarities(lines []string) ([]Pair, error) {
	var all []Pair
	cut := separator(lines)
	first, score := 0, -1 // columns of the first word and of the score; −1: the first number
	named := 0            // columns of the heading
	begun := false
	for i, line := range lines {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		f := cut(line)
		if len(f) < 3 {
			return nil, errors.Wrapf(ErrFormat, "line %d: found %.40q, expected two words, a number", i+1, line)
		}
		if !begun {
			begun = true
			if at, column, ok := heading(f); ok {
				first, score, named = at, column, len(f)
				continue
			}
			if len(f) > 3 && isNumber(f[0]) && !isNumber(f[1]) && !isNumber(f[2]) { // pairs with numbers of their own
				first = 1
			}
		}
		if named > 0 && named != len(f) { // its names hold the separator
			first, score = 0, -1
		}
		at := score
		if at < 0 {
			if at = slices.IndexFunc(f[min(first+2, len(f)):], isNumber); at >= 0 {
				at += first + 2
			}
		}
		if at < 0 || at >= len(f) || first+1 >= len(f) || !isNumber(f[at]) {
			found := f[len(f)-1]
			if at >= 0 && at < len(f) {
				found = f[at]
			}
			return nil, errors.Wrapf(ErrFormat, "line %d: found the score %.20q, expected a number", i+1, found)
		}
		v, _ := strconv.ParseFloat(f[at], 64) // isNumber
		all = append(all, Pair{f[first], f[first+1], v})
	}
	return all, nil
}

// isNumber tells whether a field is a finite number.
func isNumber(s string) bool {
	v, err := strconv.ParseFloat(s, 64)
	return err == nil && v-v == 0
}

// separator returns how lines are cut: at the first of tab, comma and semicolon that parts all of them into three
// columns or more, else at white space.
func separator(lines []string) func(string) []string {
	for _, by := range []string{"\t", ",", ";"} {
		all := 0
		for _, line := range lines {
			if strings.TrimSpace(line) == "" || strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			if strings.Count(line, by) < 2 {
				all = 0
				break
			}
			all++
		}
		if all > 0 {
			return func(line string) []string {
				f := strings.Split(line, by)
				for i, x := range f {
					f[i] = strings.Trim(strings.TrimSpace(x), `"`)
				}
				return f
			}
		}
	}
	return strings.Fields
}

// heading tells whether a line names columns, and returns those of the first word and of the score, −1 where no name
// says which that is.
func heading(f []string) (first, score int, ok bool) {
	score = -1
	words := 0
	for i, name := range f {
		switch plain := strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "", ".", "").Replace(name)); {
		case slices.Contains([]string{"word1", "word2", "w1", "w2", "worda", "wordb", "term1", "term2", "word"}, plain):
			if words++; words == 1 {
				first = i
			}
		case score < 0 && slices.Contains([]string{"score", "simlex999", "human(mean)", "humanmean", "mean", "similarity", "sim", "rating", "relatedness", "average", "averagescore", "human", "simverb3500", "value"}, plain):
			score = i
		}
	}
	numbers := slices.ContainsFunc(f, isNumber)
	// A list that begins with its pairs has a number in its first line.
	return first, score, words == 2 && (score >= 0 || !numbers) || !numbers
}

// Analogy is "A is to B as C is to D".
type Analogy struct{ A, B, C, D string }

// Section is the analogies of one kind.
type Section struct {
	Name      string
	Analogies []Analogy
}

// ReadAnalogies reads questions-words: lines ": section", then four words a line.
func ReadAnalogies(path string) ([]Section, error) { return Reader{}.Analogies(path) }

// Analogies is the function [ReadAnalogies].
func (o Reader) Analogies(path string) ([]Section, error) {
	var all []Section
	number, questions := 0, 0
	err := text.Reader{Tell: o.Tell}.Lines(path, func(line string) error {
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

// IsAnalogies tells whether a list is one of analogies: its first line begins with a colon.
func IsAnalogies(path string) (bool, error) {
	is := false
	stop := errors.New("stop")
	err := text.Lines(path, func(line string) error {
		line = strings.TrimSpace(line)
		if line == "" {
			return nil
		}
		is = strings.HasPrefix(line, ":")
		return stop
	})
	if errors.Is(err, stop) {
		err = nil
	}
	return is, err
}
