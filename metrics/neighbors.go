package metrics

import (
	"slices"

	"github.com/pkg/errors"
)

// A Table holds embeddings whose neighbours are looked for.
type Table struct {
	unit   []float64 // [n, dim], rows of length 1, or of zeros
	length []float64 // [n], of the rows as they were given
	dim    int
}

// A Neighbor is a row of a Table with its cosine similarity to a query.
type Neighbor struct {
	Row        int
	Similarity float64
}

// NewTable makes a table of the rows of embeddings [N, dim], which it copies.
func NewTable(embeddings []float64, dim int) (*Table, error) {
	n, err := rows("table of embeddings", embeddings, dim)
	if err != nil {
		return nil, err
	}
	if err := noNaN("table of embeddings", "value", embeddings); err != nil {
		return nil, err
	}
	t := &Table{slices.Clone(embeddings), norms(embeddings, n, dim), dim}
	for i, length := range t.length {
		if length > 0 {
			row := t.row(i)
			for j := range row {
				row[j] /= length
			}
		}
	}
	return t, nil
}

// Nearest returns the k rows with the largest cosine similarity to query, the
// nearest first and equals in order of row, without the rows in exclude; fewer
// where the table has fewer.
//
// Source: cheatsheet §2.4.
func (t *Table) Nearest(query []float64, k int, exclude ...int) ([]Neighbor, error) {
	if len(query) != t.dim {
		return nil, errors.Errorf("nearest neighbours: query of %d values, expected %d", len(query), t.dim)
	}
	if k < 1 {
		return nil, errors.Errorf("nearest neighbours: k = %d, expected at least 1", k)
	}
	if err := noNaN("nearest neighbours", "query value", query); err != nil {
		return nil, err
	}
	unit := slices.Clone(query)
	if length := norm(query); length > 0 {
		for j := range unit {
			unit[j] /= length
		}
	}
	var best []Neighbor
	for i := range t.length {
		dot := 0.0
		for j, v := range t.row(i) {
			dot += unit[j] * v
		}
		if len(best) == k && dot <= best[k-1].Similarity || slices.Contains(exclude, i) {
			continue
		}
		at := len(best)
		for at > 0 && dot > best[at-1].Similarity {
			at--
		}
		best = slices.Insert(best, at, Neighbor{i, dot})
		best = best[:min(k, len(best))]
	}
	return best, nil
}

// NearestTo returns the k nearest neighbours of a row of the table, itself
// excluded.
func (t *Table) NearestTo(row, k int) ([]Neighbor, error) {
	if err := t.check("nearest neighbours", row); err != nil {
		return nil, err
	}
	return t.Nearest(t.row(row), k, row)
}

// Analogy answers "a is to b as c is to …": the k rows d with the largest
//
//	cos(e_b − e_a + e_c, e_d),  d ∉ {a, b, c}
//
// for the embeddings as they were given; word2vec's own test takes them with
// length 1.
//
// Source: cheatsheet §2.4; arXiv:1301.3781.
func (t *Table) Analogy(a, b, c, k int) ([]Neighbor, error) {
	if err := t.check("analogy", a, b, c); err != nil {
		return nil, err
	}
	query := make([]float64, t.dim)
	for j := range query {
		query[j] = t.row(b)[j]*t.length[b] - t.row(a)[j]*t.length[a] + t.row(c)[j]*t.length[c]
	}
	return t.Nearest(query, k, a, b, c)
}

func (t *Table) row(i int) []float64 { return t.unit[i*t.dim : (i+1)*t.dim] }

func (t *Table) check(what string, rows ...int) error {
	for _, i := range rows {
		if i < 0 || i >= len(t.length) {
			return errors.Errorf("%s: row %d, expected 0 to %d", what, i, len(t.length)-1)
		}
	}
	return nil
}
