package words

import (
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/vectors"
	"github.com/hocsau/hocsau/metrics"
)

// Search finds words by their vectors, all taken with length 1.
type Search struct {
	v     *vectors.Table
	table *metrics.Table
	unit  []float64 // [V, Dim]
}

// Neighbor is a word with its cosine similarity to what was asked for.
type Neighbor struct {
	Word       string
	Similarity float64
}

// NewSearch prepares the search; it takes 16 bytes for each number of v.
func NewSearch(v *vectors.Table) (*Search, error) {
	unit := make([]float64, len(v.Data()))
	for i := range v.Len() {
		copyUnit(unit[i*v.Dim():(i+1)*v.Dim()], v.Row(i))
	}
	t, err := metrics.NewTable(unit, v.Dim())
	if err != nil {
		return nil, errors.Wrap(err, "search word vectors")
	}
	return &Search{v, t, unit}, nil
}

// Nearest returns the k words with the largest cosine similarity to a word, without itself.
//
// Source: cheatsheet §2.4.
func (s *Search) Nearest(word string, k int) ([]Neighbor, error) {
	i, err := s.rows(word)
	if err != nil {
		return nil, err
	}
	n, err := s.table.NearestTo(i[0], k)
	return s.named(n), errors.Wrapf(err, "words near %q", word)
}

// Analogy answers "a is to b as c is to …" by the k words d with the largest
//
//	cos(e_b − e_a + e_c, e_d),  d ∉ {a, b, c}
//
// for vectors of length 1.
//
// Source: cheatsheet §2.4; arXiv:1301.3781.
func (s *Search) Analogy(a, b, c string, k int) ([]Neighbor, error) {
	i, err := s.rows(a, b, c)
	if err != nil {
		return nil, err
	}
	n, err := s.table.Analogy(i[0], i[1], i[2], k)
	return s.named(n), errors.Wrapf(err, "%q is to %q as %q is to …", a, b, c)
}

// rows returns the rows of words; all that are missing make one error.
func (s *Search) rows(words ...string) ([]int, error) {
	rows := make([]int, len(words))
	var missing []string
	for k, w := range words {
		var ok bool
		if rows[k], ok = find(s.v, w); !ok {
			missing = append(missing, w)
		}
	}
	if len(missing) > 0 {
		return nil, errors.Errorf("%q: not among the %d words with vectors", missing, s.v.Len())
	}
	return rows, nil
}

// find returns the row of a word as it is, else in lower case.
func find(v *vectors.Table, word string) (int, bool) {
	if i, ok := v.Index(word); ok {
		return i, true
	}
	return v.Index(strings.ToLower(word))
}

func (s *Search) named(n []metrics.Neighbor) []Neighbor {
	out := make([]Neighbor, len(n))
	for i, x := range n {
		out[i] = Neighbor{s.v.Words()[x.Row], x.Similarity}
	}
	return out
}
