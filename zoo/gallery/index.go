package gallery

import (
	"cmp"
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/par"
)

// Index holds embeddings, of which it finds the nearest to queries by squared
// distance, exactly. Any number of goroutines may search at once.
type Index struct {
	dim   int
	rows  []float32 // [N, dim]
	norms []float32 // ‖row‖² [N]
	pool  *par.Pool
}

// Neighbor is a row of an Index with its squared distance to a query.
type Neighbor struct {
	Row      int
	Distance float64
}

// NewIndex makes an empty index of embeddings of so many numbers.
func NewIndex(dim int) *Index { return &Index{dim: dim, pool: par.New(0)} }

// Len returns the number of rows.
func (x *Index) Len() int { return len(x.norms) }

// Row returns row i; the caller must not change it.
func (x *Index) Row(i int) []float32 { return x.rows[i*x.dim : (i+1)*x.dim] }

// Add appends rows [N, dim] of finite numbers, which it copies.
func (x *Index) Add(rows []float32) error {
	if err := x.check("add to index", rows); err != nil {
		return err
	}
	x.rows = append(x.rows, rows...)
	for i := 0; i < len(rows); i += x.dim {
		sum := float32(0)
		for _, v := range rows[i : i+x.dim] {
			sum += v * v
		}
		x.norms = append(x.norms, sum)
	}
	return nil
}

const (
	blockRows    = 1024 // of the index, whose products with the queries are made at once
	blockQueries = 256
	// spare is how many candidates beyond k are kept until their distances are
	// computed from the differences: those from products are rounded more.
	spare = 8
)

// Nearest returns the k nearest rows of each query [Q, dim], the nearest first
// and equals in order of row; fewer where the index has fewer. The candidates are
// found by
//
//	‖q − x‖² = ‖q‖² + ‖x‖² − 2·q·x
//
// for blocks of rows at once, then measured by their differences.
func (x *Index) Nearest(queries []float32, k int) ([][]Neighbor, error) {
	if k < 1 {
		return nil, errors.Errorf("search index: k = %d, expected at least 1", k)
	}
	if err := x.check("search index", queries); err != nil {
		return nil, err
	}
	q := len(queries) / x.dim
	found := make([][]Neighbor, q)
	if x.Len() == 0 {
		return found, nil
	}
	products := make([]float32, min(q, blockQueries)*min(x.Len(), blockRows))
	for from := 0; from < q; from += blockQueries {
		to := min(q, from+blockQueries)
		x.search(queries[from*x.dim:to*x.dim], k, products, found[from:to])
	}
	return found, nil
}

// search finds the neighbours of up to blockQueries queries.
func (x *Index) search(queries []float32, k int, products []float32, found [][]Neighbor) {
	n, q := x.Len(), len(found)
	best := make([]candidates, q)
	for i := range best {
		best[i] = newCandidates(min(k+spare, n))
	}
	for from := 0; from < n; from += blockRows {
		m := min(n-from, blockRows)
		gemm.Gemm(x.pool, false, true, q, m, x.dim, queries, x.dim, x.rows[from*x.dim:(from+m)*x.dim], x.dim, 0, products, m, gemm.Epilogue[float32]{})
		x.pool.For(q, 1, &offering{best, from, x.norms[from : from+m], products})
	}
	for i, b := range best {
		query := queries[i*x.dim : (i+1)*x.dim]
		for _, row := range b.rows {
			found[i] = append(found[i], Neighbor{row, squaredDistance(query, x.Row(row))})
		}
		slices.SortFunc(found[i], func(a, b Neighbor) int {
			return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Row, b.Row))
		})
		found[i] = found[i][:min(k, len(found[i]))]
	}
}

func squaredDistance(a, b []float32) float64 {
	sum := 0.0
	for i, v := range a {
		d := float64(v) - float64(b[i])
		sum += d * d
	}
	return sum
}

// offering offers a block of rows, from first on, to the candidates of each query.
type offering struct {
	best     []candidates
	first    int
	norms    []float32 // [M]
	products []float32 // [Q, M]
}

// Range implements par.Body.
func (o *offering) Range(_, lo, hi int) {
	m := len(o.norms)
	for i := lo; i < hi; i++ {
		o.best[i].offer(o.first, o.norms, o.products[i*m:(i+1)*m])
	}
}

// candidates are the rows with the smallest ‖x‖² − 2·q·x so far, in rising order.
type candidates struct {
	scores []float32
	rows   []int
}

func newCandidates(n int) candidates {
	return candidates{make([]float32, 0, n), make([]int, 0, n)}
}

// offer takes the rows from a block that are among the best.
func (c *candidates) offer(first int, norms, products []float32) {
	limit := float32(math.Inf(1))
	if len(c.scores) == cap(c.scores) {
		limit = c.scores[len(c.scores)-1]
	}
	for i, p := range products {
		score := norms[i] - 2*p
		if !(score < limit) {
			continue
		}
		if len(c.scores) < cap(c.scores) {
			c.scores, c.rows = append(c.scores, score), append(c.rows, first+i)
		}
		at := len(c.scores) - 1
		for at > 0 && c.scores[at-1] > score {
			c.scores[at], c.rows[at] = c.scores[at-1], c.rows[at-1]
			at--
		}
		c.scores[at], c.rows[at] = score, first+i
		if len(c.scores) == cap(c.scores) {
			limit = c.scores[len(c.scores)-1]
		}
	}
}

// check refuses what is no rows of finite numbers.
func (x *Index) check(what string, rows []float32) error {
	if x.dim < 1 {
		return errors.Errorf("%s: embeddings of %d numbers, expected at least 1", what, x.dim)
	}
	if len(rows)%x.dim != 0 {
		return errors.Errorf("%s: %d numbers are no rows of %d", what, len(rows), x.dim)
	}
	for i, v := range rows {
		if v-v != 0 {
			return errors.Errorf("%s: row %d has %g, expected finite numbers", what, i/x.dim, v)
		}
	}
	return nil
}
