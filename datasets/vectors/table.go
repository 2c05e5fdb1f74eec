package vectors

import (
	"maps"
	"math"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
)

// MaxDim is the most numbers that a vector may have.
const MaxDim = 1 << 16

// Table holds a vector for each word. It is safe for use by several goroutines that only read.
type Table struct {
	words    []string
	index    map[string]int
	data     []float32 // [V, dim]
	dim      int
	repeated int
}

// New makes a table of words, in Unicode's composed form (NFC), with their vectors data [V, dim], which it keeps. All numbers must be finite, all words
// different, without spaces at either end or a line break inside.
func New(words []string, data []float32, dim int) (*Table, error) {
	if dim < 1 || dim > MaxDim {
		return nil, errors.Errorf("word vectors: dim %d, expected 1 to %d", dim, MaxDim)
	}
	if len(words) == 0 || len(data) != len(words)*dim {
		return nil, errors.Errorf("word vectors: %d words, %d numbers: expected at least one word, %d numbers for each", len(words), len(data), dim)
	}
	t := &Table{index: make(map[string]int, len(words)), dim: dim}
	for i, w := range words {
		if err := t.add(w, data[i*dim:(i+1)*dim]); err != nil {
			return nil, errors.Wrapf(err, "word vectors: word %d", i)
		}
		if t.repeated > 0 {
			return nil, errors.Errorf("word vectors: word %d, %q, occurs twice", i, w)
		}
	}
	t.data = data
	return t, nil
}

// add appends a word; one that is there already is left out and counted.
func (t *Table) add(word string, row []float32) error {
	word = text.NFC(text.FromLatin1(word))
	if word == "" || strings.Trim(word, " \t") != word || strings.ContainsAny(word, "\n\r") {
		return errors.Errorf("%.40q is no word: it is empty, has spaces around it or a line break", word)
	}
	for j, x := range row {
		if x-x != 0 {
			return errors.Errorf("%.40q: number %d is %v, expected a finite number", word, j, x)
		}
	}
	if _, twice := t.index[word]; twice {
		t.repeated++
		return nil
	}
	if len(t.words) == math.MaxInt32 {
		return errors.New("too many words")
	}
	t.index[word] = len(t.words)
	t.words = append(t.words, word)
	t.data = append(t.data, row...)
	return nil
}

// Len returns the number of words.
func (t *Table) Len() int { return len(t.words) }

// Dim returns the number of numbers of a vector.
func (t *Table) Dim() int { return t.dim }

// Words returns the words in order. The caller must not change them.
func (t *Table) Words() []string { return t.words }

// Data returns all vectors [V, Dim]. The caller must not change them.
func (t *Table) Data() []float32 { return t.data }

// Index returns which row a word has, however its marks are composed.
func (t *Table) Index(word string) (int, bool) {
	i, ok := t.index[word]
	if !ok {
		i, ok = t.index[text.NFC(word)]
	}
	return i, ok
}

// IgnoreCase returns a table of the same words and vectors that finds a word in lower case too, where none is written
// so: the first of those that differ only in their case.
func (t *Table) IgnoreCase() *Table {
	folded := *t
	folded.index = maps.Clone(t.index)
	for i, w := range t.words {
		if l := text.Lower(w); l != w {
			if _, ok := folded.index[l]; !ok {
				folded.index[l] = i
			}
		}
	}
	return &folded
}

// Row returns the vector of row i. The caller must not change it.
func (t *Table) Row(i int) []float32 { return t.data[i*t.dim : (i+1)*t.dim] }

// Repeated returns how many vectors of a file were left out because their word had one already; some public files have
// a few.
func (t *Table) Repeated() int { return t.repeated }
