package rnn

import (
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/par"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// panels is a matrix B [k, n] that many products with few rows share, copied
// into blocks [deep, wide] that lie in the first-level cache while they are
// used: by columns, then by terms.
type panels[T Float] struct {
	k, n, deep, wide int
	data             []T // k·n
}

// The most terms and numbers that a block has.
const (
	mostTerms = 512
	mostBlock = 8192
	unit      = 16 // columns of a product's tile
)

// newPanels returns the empty form of B; data has k·n numbers.
func newPanels[T Float](k, n int, data []T) panels[T] {
	parts := (k + mostTerms - 1) / mostTerms
	deep := (k + parts - 1) / parts
	return panels[T]{k: k, n: n, deep: deep, wide: min(n, unit*max(1, mostBlock/(unit*deep))), data: data[:k*n]}
}

// fill copies B(l, j) = src[l·rowStep + j·columnStep].
func (b *panels[T]) fill(p *par.Pool, src []T, rowStep, columnStep int) {
	whole := b.n / b.wide
	for l := 0; l < b.k; l += b.deep {
		terms := min(b.deep, b.k-l)
		b.copyBlocks(p, src[l*rowStep:], rowStep, columnStep, 0, whole, b.wide, l, terms)
		if rest := b.n - whole*b.wide; rest > 0 {
			b.copyBlocks(p, src[l*rowStep:], rowStep, columnStep, whole*b.wide, 1, rest, l, terms)
		}
	}
}

// copyBlocks copies count blocks of the given width from column j on.
func (b *panels[T]) copyBlocks(p *par.Pool, src []T, rowStep, columnStep, j, count, width, l, terms int) {
	shape := [3]int{count, terms, width}
	from := [3]int{width * columnStep, rowStep, columnStep}
	to := [3]int{width * b.k, width, 1}
	vec.CopyStrided(p, shape[:], from[:], to[:], src[j*columnStep:], b.data[j*b.k+l*width:])
}

// multiply computes C = A·B + β·C for m rows of A [m, k].
func (b *panels[T]) multiply(m int, a []T, lda int, beta T, c []T, ldc int) {
	for j := 0; j < b.n; j += b.wide {
		width, scale := min(b.wide, b.n-j), beta
		for l := 0; l < b.k; l += b.deep {
			block := b.data[j*b.k+l*width:]
			gemm.Gemm(nil, false, false, m, width, min(b.deep, b.k-l), a[l:], lda, block, width, scale, c[j:], ldc, gemm.Epilogue[T]{})
			scale = 1
		}
	}
}
