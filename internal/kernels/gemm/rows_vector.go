//go:build amd64 || arm64

package gemm

import "github.com/hocsau/hocsau/internal/kernels/cpu"

// rowArgs describes the products of few rows to the assembly: terms scalars of
// each row of A with as many rows of B. Steps are in bytes.
type rowArgs struct {
	a           uintptr
	rowA, stepA uintptr
	b, stepB    uintptr // stepB from row to row
	c, rowC     uintptr
	columns     int
	mask        *int32 // of the last vector's columns, for AVX2 and NEON
}

// The products that few forms: B by rows, which are read in the order in which
// they lie.
const (
	fewRows    = 4
	fewColumns = 64   // at least; a tile is as good for less
	fewTerms   = 8    // at least
	fewNumbers = 4096 // of C in hand, which stay in the first cache
)

// few reports whether v is best computed from whole rows of B.
func (v *plan) few() bool {
	return v.m <= fewRows && v.csb == 1 && v.n >= fewColumns && v.k >= fewTerms
}

// rows computes v a few terms at a time.
func (v *plan) rows() {
	v.begin()
	terms := v.rowsAtOnce()
	wide := fewNumbers / v.m &^ 15
	t := rowArgs{rowA: uintptr(4 * v.rsa), stepA: uintptr(4 * v.csa), stepB: uintptr(4 * v.rsb), rowC: uintptr(4 * v.ldc)}
	for j := 0; j < v.n; j += wide {
		t.columns = min(wide, v.n-j)
		t.c = address(v.c, j)
		t.mask = &maskTable[8-t.columns%8]
		for l := 0; l < v.k; {
			t.a, t.b = address(v.a, l*v.csa), address(v.b, l*v.rsb+j)
			whole := v.k-l >= terms
			v.rowsOf(&t, whole)
			if l++; whole {
				l += terms - 1
			}
		}
	}
	for i := range v.m {
		Activate(v.ep.Act, v.ep.Slope, v.c[i*v.ldc:][:v.n])
	}
}

// rowsOf adds the products of one term or, with whole, of as many as the form
// takes.
func (v *plan) rowsOf(t *rowArgs, whole bool) {
	form := 2 * (v.m - 1)
	if whole {
		form++
	}
	if v.level >= cpu.AVX512 {
		wideRows(t, form)
		return
	}
	switch form {
	case 0:
		rows1x1(t)
	case 1:
		rows1x8(t)
	case 2:
		rows2x1(t)
	case 3:
		rows2x4(t)
	case 4:
		rows3x1(t)
	case 5:
		rows3x2(t)
	case 6:
		rows4x1(t)
	case 7:
		rows4x2(t)
	}
}

// rowsAtOnce returns the terms that the form for v takes.
func (v *plan) rowsAtOnce() int {
	if v.level >= cpu.AVX512 {
		return [...]int{8, 8, 4, 4}[v.m-1]
	}
	return [...]int{8, 4, 2, 2}[v.m-1]
}

//go:noescape
func rows1x1(t *rowArgs)

//go:noescape
func rows1x8(t *rowArgs)

//go:noescape
func rows2x1(t *rowArgs)

//go:noescape
func rows2x4(t *rowArgs)

//go:noescape
func rows3x1(t *rowArgs)

//go:noescape
func rows3x2(t *rowArgs)

//go:noescape
func rows4x1(t *rowArgs)

//go:noescape
func rows4x2(t *rowArgs)
