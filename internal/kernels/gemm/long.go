package gemm

import (
	"github.com/hocsau/hocsau/internal/kernels/gemm/scratch"
	"github.com/hocsau/hocsau/internal/kernels/par"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// A long sum, C [m, n] small and k large, as in the gradient of a weight by
// all places of all pictures, is divided along k: there is too little of C for
// several threads, and a part of both operands stays in the second cache. The
// parts depend on the shape alone, and so do the bits.
const (
	longTerms = 8192
	longCells = 16384 // numbers of C at most
	longSlice = 4096  // terms of a part at most
	longParts = 16    // parts, or a multiple of it
)

// long reports whether the job is one long sum.
func (j *job[T]) long() bool {
	return j.batch == 1 && j.k >= longTerms && j.m*j.n <= longCells && min(j.m, j.n) < teamLeast
}

// sliceTerms returns the terms of a part, the last of which may have fewer.
func (j *job[T]) sliceTerms() int {
	parts := longParts * ceilDiv(j.k, longParts*longSlice)
	return (ceilDiv(j.k, parts) + 15) &^ 15
}

// slices computes the parts, then their sum.
func (j *job[T]) slices(p *par.Pool, threads int) {
	parts := ceilDiv(j.k, j.sliceTerms())
	each := j.m * j.n
	buf := scratch.Take(8 * each * parts)
	defer buf.Release()
	j.team.buf, j.stage = buf, stageSlices
	p.Deal(parts, max(1, parts/threads), j)
	sum := scratch.Of[T](buf, 0, each)
	for i := 1; i < parts; i++ {
		vec.Zip(nil, vec.Add, sum, scratch.Of[T](buf, i*each*size[T](), each), sum)
	}
	v := j.view(0, 0, j.m, 0, j.n)
	v.scale()
	for i := range j.m {
		line := v.c[i*v.ldc:][:j.n]
		vec.Zip(nil, vec.Add, line, sum[i*j.n:][:j.n], line)
	}
	j.ep.apply(j.m, j.n, v.c, v.ldc, 0, 0)
}

// slice computes part i into its place.
func (j *job[T]) slice(i int) {
	terms := j.sliceTerms()
	from := i * terms
	v := j.view(0, 0, j.m, 0, j.n)
	v.a, v.b, v.k = v.a[from*v.csa:], v.b[from*v.rsb:], min(terms, j.k-from)
	v.c, v.ldc = scratch.Of[T](j.team.buf, i*j.m*j.n*size[T](), j.m*j.n), j.n
	v.beta, v.ep = 0, &Epilogue[T]{}
	v.compute()
}
