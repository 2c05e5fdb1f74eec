//go:build amd64 || arm64

package gemm

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/gemm/dots"
	"github.com/hocsau/hocsau/internal/kernels/gemm/scratch"
)

// thinRows is how many rows of A make packing a transposed B worth while.
const thinRows = 20

// thinTerms of eight rows of B and of a few of A stay in the first-level
// cache while B is used for one group of A's rows after the other.
const thinTerms = 768

// thin reports whether v is best computed by scalar products: both operands
// lie along the terms, and A has so few rows that packing B would cost more.
func (v *plan) thin() bool {
	return v.csa == 1 && v.rsb == 1 && v.m <= thinRows && v.k >= 64 && v.m*v.rsa < math.MaxInt32/4
}

// scalar computes v by scalar products of A's rows with B's columns.
func (v *plan) scalar() {
	v.begin()
	// Numbers that do not fill a vector: the last eight of each row of A, of
	// which those that came before are zero.
	last := v.k % 8
	most := dots.Planes(v.level)
	offTail := scratch.Round(4 * v.m * 2)
	offEdge := offTail + scratch.Round(4*8*v.m)
	buf := scratch.Take(offEdge + 4*most*v.m)
	defer buf.Release()
	tab := scratch.Of[int32](buf, 0, 2*v.m)
	tail := scratch.Of[float32](buf, offTail, 8*v.m)
	edge := scratch.Of[float32](buf, offEdge, most*v.m)
	for i := range v.m {
		tab[i], tab[v.m+i] = int32(4*i*v.rsa), int32(32*i)
		clear(tail[8*i:][:8])
		copy(tail[8*i+8-last:][:last], v.a[i*v.rsa+v.k-last:])
	}
	t := dots.Args{StrideD: uintptr(4 * v.csb), Rows: 1}
	deep := v.k
	if v.m > 3 && v.k > 2*thinTerms {
		deep = (ceilDiv(v.k, ceilDiv(v.k, thinTerms)) + 15) &^ 15
	}
	for from := 0; from < v.k; from += deep {
		terms := min(deep, v.k-from)
		end := from+terms == v.k && last > 0
		for j := 0; j < v.n; {
			planes := min(most, v.n-j)
			if rest := v.n - j - planes; 0 < rest && rest < most/2 { // not many, then too few
				planes = (planes + rest + 1) / 2
			}
			t.Out, t.StepOut = address(v.c, j), uintptr(4*v.ldc)
			if planes < most {
				clear(edge)
				t.Out, t.StepOut = address(edge, 0), uintptr(4*most)
			}
			out := t.Out
			if terms >= 8 {
				t.X, t.D, t.Steps = address(v.a, from), address(v.b, j*v.csb+from), terms/8
				v.views(&t, tab[:v.m], planes)
			}
			if end {
				t.X, t.D, t.Steps, t.Out = address(tail, 0), address(v.b, j*v.csb+v.k-8), 1, out
				v.views(&t, tab[v.m:], planes)
			}
			for i := 0; i < v.m && planes < most; i++ {
				for x, z := range edge[most*i:][:planes] {
					v.c[i*v.ldc+j+x] += z
				}
			}
			j += planes
		}
	}
	for i := range v.m {
		Activate(v.ep.Act, v.ep.Slope, v.c[i*v.ldc:][:v.n])
	}
}

// views runs all views of the table.
func (v *plan) views(t *dots.Args, tab []int32, planes int) {
	if n := len(tab) / 3; n > 0 {
		t.Tab, t.Groups = &tab[0], n
		dots.Run(v.level, t, 3, planes)
		t.Out += uintptr(3*n) * t.StepOut
	}
	if rest := len(tab) % 3; rest > 0 {
		t.Tab, t.Groups = &tab[len(tab)-rest], 1
		dots.Run(v.level, t, rest, planes)
	}
}

// begin sets C to what the products are added to: β·C + bias.
func (v *plan) begin() {
	(*view[float32])(v).scale()
	bias := Epilogue[float32]{Bias: v.ep.Bias, BiasRows: v.ep.BiasRows}
	bias.apply(v.m, v.n, v.c, v.ldc, v.row, v.col)
}
