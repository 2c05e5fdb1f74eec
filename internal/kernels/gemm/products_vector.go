//go:build amd64 || arm64

package gemm

import (
	"fmt"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
)

// Products is Count products C = Aᵀ·B, or C += Aᵀ·B, of float32 matrices A [k, m],
// B [k, n], C [m, n], for kernels that lay out the operands themselves: nothing is
// copied or divided.
type Products struct {
	Count, M, N, K            int
	A, B, C                   []float32
	StrideA, StrideB, StrideC int // from matrix to matrix
	LdA, LdB, LdC             int // from row to row
	Accumulate                bool
}

// Run computes the products on the caller's thread, for a level above
// Generic.
func (p *Products) Run(level cpu.Set) {
	g := (&plan{level: level}).tiling()
	if p.Count < 1 || p.M < 1 || p.N < 1 || p.K < 1 {
		panic(fmt.Sprintf("gemm: %d products of [%d, %d, %d]: expected positive sizes", p.Count, p.M, p.N, p.K))
	}
	last := p.Count - 1
	_ = p.A[last*p.StrideA+(p.K-1)*p.LdA+p.M-1]
	_ = p.B[last*p.StrideB+(p.K-1)*p.LdB+p.N-1]
	_ = p.C[last*p.StrideC+(p.M-1)*p.LdC+p.N-1]
	whole := p.N / g.cols * g.cols
	step := uintptr(4 * g.cols)
	t := tileArgs{k: p.K, rowA: 4, stepA: uintptr(4 * p.LdA), stepB: uintptr(4 * p.LdB), rowC: uintptr(4 * p.LdC), nextB: step, nextC: step}
	if p.Accumulate {
		t.flags = flagAccumulate
	}
	for i := range p.Count {
		for r := 0; r < p.M; {
			h := g.height(p.M - r)
			a := address(p.A, i*p.StrideA+r)
			if whole > 0 {
				t.a, t.b, t.c, t.count = a, address(p.B, i*p.StrideB), address(p.C, i*p.StrideC+r*p.LdC), whole/g.cols
				g.run(&t, h, g.cols)
			}
			if whole < p.N {
				t.a, t.b, t.c, t.count = a, address(p.B, i*p.StrideB+whole), address(p.C, i*p.StrideC+r*p.LdC+whole), 1
				g.run(&t, h, p.N-whole)
			}
			r += h
		}
	}
}
