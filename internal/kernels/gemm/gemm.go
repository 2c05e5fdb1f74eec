package gemm

import (
	"fmt"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/par"
)

// Float is what the kernels compute with.
type Float interface{ ~float32 | ~float64 }

// Gemm computes
//
//	C = act(op(A)·op(B) + β·C + bias)
//
// for op(A) [m, k], op(B) [k, n] and C [m, n], all by rows with leading
// dimensions lda, ldb, ldc; op is the transpose where transA, transB say so.
// With β = 0 the old C is not read. C must not overlap the operands. A slice
// that is too short for its matrix is a panic that names it.
func Gemm[T Float](p *par.Pool, transA, transB bool, m, n, k int, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int, ep Epilogue[T]) {
	run(p, cpu.Level(), &problem[T]{
		batch: 1, transA: transA, transB: transB, m: m, n: n, k: k,
		a: a, lda: lda, b: b, ldb: ldb, beta: beta, c: c, ldc: ldc, ep: ep,
	})
}

// Batched computes C = op(A)·op(B) + β·C for batch problems of one shape,
// the i-th with the operands a[i·sa:], b[i·sb:] and the result c[i·sc:].
// A stride of 0 shares the operand.
func Batched[T Float](p *par.Pool, batch int, transA, transB bool, m, n, k int, a []T, lda, sa int, b []T, ldb, sb int, beta T, c []T, ldc, sc int) {
	run(p, cpu.Level(), &problem[T]{
		batch: batch, transA: transA, transB: transB, m: m, n: n, k: k,
		a: a, lda: lda, sa: sa, b: b, ldb: ldb, sb: sb, beta: beta, c: c, ldc: ldc, sc: sc,
	})
}

// problem is one call: batch products of one shape.
type problem[T Float] struct {
	batch          int
	transA, transB bool
	m, n, k        int
	a              []T
	lda, sa        int
	b              []T
	ldb, sb        int
	beta           T
	c              []T
	ldc, sc        int
	ep             Epilogue[T]
}

// check panics unless every index that the kernels will form is inside.
func (q *problem[T]) check() {
	if q.batch < 0 || q.m < 0 || q.n < 0 || q.k < 0 {
		panic(fmt.Sprintf("gemm: negative size: batch %d, m %d, n %d, k %d", q.batch, q.m, q.n, q.k))
	}
	if q.batch == 0 || q.m == 0 || q.n == 0 {
		return
	}
	rows, cols := q.m, q.k
	if q.transA {
		rows, cols = cols, rows
	}
	checkMatrix("a", len(q.a), rows, cols, q.lda, q.batch, q.sa)
	rows, cols = q.k, q.n
	if q.transB {
		rows, cols = cols, rows
	}
	checkMatrix("b", len(q.b), rows, cols, q.ldb, q.batch, q.sb)
	checkMatrix("c", len(q.c), q.m, q.n, q.ldc, q.batch, q.sc)
	if q.batch > 1 && q.sc < (q.m-1)*q.ldc+q.n {
		panic(fmt.Sprintf("gemm: results of [%d, %d] overlap at stride %d", q.m, q.n, q.sc))
	}
	want := q.n
	if q.ep.BiasRows {
		want = q.m
	}
	if q.ep.Bias != nil && len(q.ep.Bias) < want {
		panic(fmt.Sprintf("gemm: bias has %d numbers, expected %d", len(q.ep.Bias), want))
	}
}

func checkMatrix(name string, length, rows, cols, ld, batch, stride int) {
	if rows == 0 || cols == 0 {
		return
	}
	if ld < cols || stride < 0 {
		panic(fmt.Sprintf("gemm: %s [%d, %d] has leading dimension %d, stride %d", name, rows, cols, ld, stride))
	}
	if want := (batch-1)*stride + (rows-1)*ld + cols; length < want {
		panic(fmt.Sprintf("gemm: %s has %d numbers, expected %d for %d × [%d, %d] with leading dimension %d", name, length, want, batch, rows, cols, ld))
	}
}
