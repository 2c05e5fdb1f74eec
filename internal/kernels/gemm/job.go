package gemm

import (
	"sync"
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/par"
)

const (
	// forkFlops is the work below which a second thread costs more than it
	// gives.
	forkFlops = 260_000
)

// units returns the steps in which C is divided among threads: the sides of
// the largest AVX2 or NEON tile. AVX-512 tiles may be of any height.
func (j *job[T]) units() (m, n int) {
	if j.level >= cpu.AVX512 {
		return 2, 16
	}
	return 6, 16
}

// job is a problem divided into cells: batch × gridM × gridN, the last a
// part of C's rows times a part of its columns.
type job[T Float] struct {
	problem[T]
	level        cpu.Set
	gridM, gridN int
	stage        stage
	team         team
}

// stage is what the iterations of a job's present loop are.
type stage int

const (
	stageCells   stage = iota
	stagePack          // of a team: panels of B are copied
	stageProduct       // of a team: pieces of C are computed
	stageSlices        // of a long sum: parts of it are computed
)

// run computes q on the pool.
func run[T Float](p *par.Pool, level cpu.Set, q *problem[T]) {
	q.check()
	if q.batch == 0 || q.m == 0 || q.n == 0 {
		return
	}
	j := takeJob[T]()
	defer releaseJob(j)
	j.problem, j.level = *q, level
	if q.n == 1 && q.ldc == 1 {
		j.turn()
	}
	j.gridM, j.gridN = 1, 1
	each := 2 * j.m * j.n * max(j.k, 1)
	threads := min(p.Threads(), max(1, each*q.batch/forkFlops))
	if j.long() {
		j.slices(p, threads)
		return
	}
	if threads > 1 && j.together(p, threads) {
		return
	}
	if parts := threads / gcd(threads, q.batch); threads > 1 && q.batch < 4*threads && parts > 1 {
		j.grid(parts)
	}
	cells := q.batch * j.gridM * j.gridN
	p.For(cells, max(1, cells/threads), j)
}

// turn makes the problem that of Cᵀ = op(B)ᵀ·op(A)ᵀ: a column is computed as a
// row, which has kernels of its own.
func (q *problem[T]) turn() {
	q.transA, q.transB = !q.transB, !q.transA
	q.m, q.n = q.n, q.m
	q.a, q.b, q.lda, q.ldb, q.sa, q.sb = q.b, q.a, q.ldb, q.lda, q.sb, q.sa
	q.ldc = q.n
	q.ep.BiasRows = !q.ep.BiasRows
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// grid divides C into the given number of cells so that the operands are
// read as little as possible: each column of cells reads all of A, each row
// all of B.
func (j *job[T]) grid(parts int) {
	best := -1
	unitM, unitN := j.units()
	for gm := 1; gm <= parts; gm++ {
		gn := parts / gm
		if gm*gn != parts {
			continue
		}
		// The largest cell bounds the time; then the operands' traffic.
		side := ceilDiv(ceilDiv(j.m, unitM), gm) * unitM * ceilDiv(ceilDiv(j.n, unitN), gn) * unitN
		cost := side*(j.k+8) + (side/8)*8 + j.m*j.k*gn + j.n*j.k*gm
		if best < 0 || cost < best {
			best, j.gridM, j.gridN = cost, gm, gn
		}
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// Range does the iterations lo to hi of the present stage.
func (j *job[T]) Range(worker, lo, hi int) {
	for i := lo; i < hi; i++ {
		switch j.stage {
		case stagePack:
			j.packPanel(i)
		case stageProduct:
			j.piece(worker, i)
		case stageSlices:
			j.slice(i)
		default:
			j.gridCell(i)
		}
	}
}

func (j *job[T]) gridCell(cell int) {
	per := j.gridM * j.gridN
	unitM, unitN := j.units()
	i, part := cell/per, cell%per
	r0, r1 := share(j.m, unitM, part/j.gridN, j.gridM)
	c0, c1 := share(j.n, unitN, part%j.gridN, j.gridN)
	if r0 < r1 && c0 < c1 {
		v := j.view(i, r0, r1, c0, c1)
		v.compute()
	}
}

// share returns part i of parts of [0, n), in multiples of unit.
func share(n, unit, i, parts int) (lo, hi int) {
	units := ceilDiv(n, unit)
	return min(i*units/parts*unit, n), min((i+1)*units/parts*unit, n)
}

// view returns rows r0 to r1 of columns c0 to c1 of product i.
func (j *job[T]) view(i, r0, r1, c0, c1 int) view[T] {
	v := view[T]{
		level: j.level, m: r1 - r0, n: c1 - c0, k: j.k,
		rsa: j.lda, csa: 1, rsb: j.ldb, csb: 1,
		c: j.c[i*j.sc+r0*j.ldc+c0:], ldc: j.ldc, row: r0, col: c0, beta: j.beta, ep: &j.ep,
	}
	if j.transA {
		v.rsa, v.csa = 1, j.lda
	}
	if j.transB {
		v.rsb, v.csb = 1, j.ldb
	}
	if j.k > 0 {
		v.a = j.a[i*j.sa+r0*v.rsa:]
		v.b = j.b[i*j.sb+c0*v.csb:]
	}
	return v
}

// compute computes v on the caller's thread.
func (v *view[T]) compute() {
	if v.level > cpu.Generic && v.k > 0 && fast(v) {
		return
	}
	v.portable()
}

// view is a product that one thread computes: op(A)(i, l) = a[i·rsa + l·csa],
// op(B)(l, j) = b[l·rsb + j·csb], C from element (row, col) of the whole.
type view[T Float] struct {
	level    cpu.Set
	m, n, k  int
	a        []T
	rsa, csa int
	b        []T
	rsb, csb int
	c        []T
	ldc      int
	row, col int
	beta     T
	ep       *Epilogue[T]
}

// jobs is a free list: a job is handed to the pool as an interface and would
// otherwise be allocated on every call.
type jobs[T Float] struct {
	sync.Mutex
	list []*job[T]
}

// These lists are caches; nothing that is computed depends on them.
var (
	jobs32 jobs[float32]
	jobs64 jobs[float64]
)

// jobsOf returns the list for T, whose jobs have the layout of the
// underlying type's.
func jobsOf[T Float]() *jobs[T] {
	if is32[T]() {
		return (*jobs[T])(unsafe.Pointer(&jobs32))
	}
	return (*jobs[T])(unsafe.Pointer(&jobs64))
}

func is32[T Float]() bool { return size[T]() == 4 }

// size of a number in bytes.
func size[T Float]() int {
	var zero T
	return int(unsafe.Sizeof(zero))
}

func takeJob[T Float]() *job[T] {
	l := jobsOf[T]()
	l.Lock()
	defer l.Unlock()
	if len(l.list) == 0 {
		return new(job[T])
	}
	j := l.list[len(l.list)-1]
	l.list = l.list[:len(l.list)-1]
	return j
}

func releaseJob[T Float](j *job[T]) {
	packed := j.team.packed[:0]
	*j = job[T]{} // keeps no caller's memory alive
	j.team.packed = packed
	l := jobsOf[T]()
	l.Lock()
	l.list = append(l.list, j)
	l.Unlock()
}
