package vec

import "github.com/hocsau/hocsau/internal/kernels/par"

// Gather sets out[i] = table[ids[i]] for a table [rows, dim] and
// out [len(ids), dim]. Ids lie in [0, rows): see [CheckRange].
func Gather[T Float](p *par.Pool, rows, dim int, table []T, ids []int, out []T) {
	run[T](p, &gatherJobs, len(ids), rowGrain(grain, dim), gatherJob[T]{dim, table[:rows*dim], ids, out})
}

var gatherJobs jobs

type gatherJob[T Float] struct {
	dim   int
	table []T
	ids   []int
	out   []T
}

func (j *gatherJob[T]) Range(_, lo, hi int) {
	d := j.dim
	for i := lo; i < hi; i++ {
		copy(j.out[i*d:][:d], j.table[j.ids[i]*d:][:d])
	}
}

// ScatterAdd adds dy[i] to dtable[ids[i]], in the order of i, for
// dtable [rows, dim] and dy [len(ids), dim]. Rows of the id padding get
// nothing; −1 means that there is no such id.
func ScatterAdd[T Float](p *par.Pool, rows, dim int, ids []int, dy []T, dtable []T, padding int) {
	strips := (dim + strip - 1) / strip
	run[T](p, &scatterJobs, strips, rowGrain(grain, len(ids)*min(strip, dim)), scatterJob[T]{dim, ids, dy, dtable[:rows*dim], padding})
}

// strip is the number of columns that a thread takes at least.
const strip = 32

var scatterJobs jobs

type scatterJob[T Float] struct {
	dim     int
	ids     []int
	dy      []T
	table   []T
	padding int
}

func (j *scatterJob[T]) Range(_, lo, hi int) {
	lo, hi = lo*strip, min(hi*strip, j.dim)
	for i, id := range j.ids {
		if id == j.padding {
			continue
		}
		row := j.table[id*j.dim+lo : id*j.dim+hi]
		vectorVector(Add, row, j.dy[i*j.dim+lo:i*j.dim+hi], row)
	}
}

// ZeroRows clears the rows ids of dtable [rows, dim].
func ZeroRows[T Float](dim int, ids []int, dtable []T) {
	for _, id := range ids {
		clear(dtable[id*dim:][:dim])
	}
}
