package graph

import (
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// matmul is op(A)·op(B), for each of batch pairs of matrices.
type matmul struct {
	transA, transB bool
	batch, m, n, k int
}

func (k matmul) String() string {
	switch {
	case k.batch > 1:
		return "BatchedMatMul"
	case k.transA:
		return "TMatMul"
	case k.transB:
		return "MatMulT"
	}
	return "MatMul"
}

func (k matmul) describe() Description {
	return describe("MatMul", "transpose_a", k.transA, "transpose_b", k.transB)
}

func (k matmul) compute(c *call) error {
	if c.double() {
		multiply[float64](k, c)
	} else {
		multiply[float32](k, c)
	}
	return nil
}

func multiply[T vec.Float](k matmul, c *call) {
	lda, ldb := k.k, k.n
	if k.transA {
		lda = k.m
	}
	if k.transB {
		ldb = k.k
	}
	a, b, y := input[T](c, 0), input[T](c, 1), output[T](c)
	if k.batch == 1 {
		gemm.Gemm(c.pool, k.transA, k.transB, k.m, k.n, k.k, a, lda, b, ldb, 0, y, k.n, gemm.Epilogue[T]{})
		return
	}
	gemm.Batched(c.pool, k.batch, k.transA, k.transB, k.m, k.n, k.k, a, lda, k.m*k.k, b, ldb, k.k*k.n, 0, y, k.n, k.m*k.n)
}

func (k matmul) gradient(in []*Node, _, dc *Node) []*Node {
	a, b := in[0], in[1]
	var da, db *Node
	if k.transA {
		da = product(b, k.transB, dc, true)
	} else {
		da = product(dc, false, b, !k.transB)
	}
	if k.transB {
		db = product(dc, true, a, k.transA)
	} else {
		db = product(a, !k.transA, dc, false)
	}
	return []*Node{da, db}
}

// MatMul returns the matrix product a·b of a [M, K] and b [K, N], or of each
// pair of a [B, M, K] and b [B, K, N].
func (n *Node) MatMul(b *Node) *Node { return product(n, false, b, false) }

// MatMulT returns a·bᵀ of a [M, K] and b [N, K], or of a batch of each.
func (n *Node) MatMulT(b *Node) *Node { return product(n, false, b, true) }

// TMatMul returns aᵀ·b of a [K, M] and b [K, N], or of a batch of each.
func (n *Node) TMatMul(b *Node) *Node { return product(n, true, b, false) }

func product(a *Node, transA bool, b *Node, transB bool) *Node {
	in := []*Node{a, b}
	k := matmul{transA: transA, transB: transB, batch: 1}
	if !alive("MatMul", in...) {
		return a.g.dead()
	}
	rank := a.Rank()
	if rank != b.Rank() || rank != 2 && rank != 3 {
		return reject(k.String(), in, "expected two matrices, or two batches of them")
	}
	if !floats(in) {
		return reject(k.String(), in, "expected floating-point numbers of one type")
	}
	sa, sb := a.shape(), b.shape()
	var shape []int
	if rank == 3 {
		if sa[0] != sb[0] {
			return reject("BatchedMatMul", in, "batches of %d and %d, expected equal sizes", sa[0], sb[0])
		}
		k.batch = sa[0]
		shape = append(shape, sa[0])
		sa, sb = sa[1:], sb[1:]
	}
	k.m, k.k = sa[0], sa[1]
	if transA {
		k.m, k.k = k.k, k.m
	}
	rows, cols := sb[0], sb[1]
	if transB {
		rows, cols = cols, rows
	}
	if rows != k.k {
		return reject(k.String(), in, "inner sizes %d and %d, expected equal ones", k.k, rows)
	}
	k.n = cols
	kind, _ := a.kind()
	return a.g.apply(k, kind, append(shape, k.m, k.n), a, b)
}

// floats reports whether the nodes hold floating-point numbers of one type.
func floats(in []*Node) bool {
	first, ok := in[0].kind()
	if !ok || first == kindInt {
		return false
	}
	for _, x := range in[1:] {
		if k, ok := x.kind(); !ok || k != first {
			return false
		}
	}
	return true
}
