package gemm

import (
	"runtime"
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/gemm/lanes"
	"github.com/hocsau/hocsau/internal/kernels/gemm/scratch"
)

// The blocks: a panel of B [blockKC, 16] stays in the first-level cache, a
// block of A [blockMC, blockKC] in the second-level one.
const (
	blockKC = 384
	blockMC = 144
	blockNC = 1024
)

// fast computes v by assembly where that exists for its type.
func fast[T Float](v *view[T]) bool {
	if !is32[T]() {
		return false
	}
	(*plan)(unsafe.Pointer(v)).run()
	runtime.KeepAlive(v)
	return true
}

// plan is a view of float32 numbers.
type plan view[float32]

func (v *plan) run() {
	if v.thin() {
		v.scalar()
		return
	}
	if v.beta != 0 && v.beta != 1 {
		(*view[float32])(v).scale()
	}
	// B by rows is read where it lies when packing would not be repaid.
	if v.csb == 1 && (v.m <= 24 || v.k*v.n <= 8192) {
		v.direct()
	} else {
		v.packed()
	}
	if v.ep.Act > LeakyReLU {
		rest := Epilogue[float32]{Act: v.ep.Act}
		rest.apply(v.m, v.n, v.c, v.ldc, 0, 0)
	}
}

// height returns how many of the remaining rows the next tile takes: 6 but
// where that would leave one or two, which run at a third of the speed.
func height(rest int) int {
	if rest == 7 || rest == 8 {
		return 4
	}
	return min(rest, 6)
}

// sixes returns how many tiles of height 6 come next.
func sixes(rest int) int {
	switch n := rest / 6; {
	case n > 0 && rest%6 > 0 && rest%6 < 3:
		return n - 1
	default:
		return n
	}
}

// finish adds to t what belongs to the last block of terms.
func (v *plan) finish(t *tileArgs) {
	switch {
	case v.ep.Bias == nil:
	case v.ep.BiasRows:
		t.flags |= flagBiasRows
	default:
		t.flags |= flagBiasColumns
	}
	switch v.ep.Act {
	case ReLU:
		t.flags |= flagReLU
	case LeakyReLU:
		t.flags |= flagLeaky
		t.slope = v.ep.Slope
	}
}

// aim sets the places of C and bias for the tile at row i, column j.
func (v *plan) aim(t *tileArgs, i, j int) {
	t.c = address(v.c, i*v.ldc+j)
	switch {
	case t.flags&flagBiasRows != 0:
		t.bias = address(v.ep.Bias, v.row+i)
	case t.flags&flagBiasColumns != 0:
		t.bias = address(v.ep.Bias, v.col+j)
	}
}

func address(x []float32, i int) uintptr {
	return uintptr(unsafe.Pointer(&x[i]))
}

// direct computes v on A and B as they lie.
func (v *plan) direct() {
	t := tileArgs{k: v.k, rowA: uintptr(4 * v.rsa), stepA: uintptr(4 * v.csa), stepB: uintptr(4 * v.rsb), rowC: uintptr(4 * v.ldc)}
	if v.beta != 0 {
		t.flags = flagAccumulate
	}
	v.finish(&t)
	// Columns inside when B fits the first-level cache or is used once only.
	if v.m <= 6 || v.k*v.n <= 4096 {
		for i := 0; i < v.m; {
			h := height(v.m - i)
			v.across(&t, i, h, 0, v.n)
			i += h
		}
		return
	}
	for j := 0; j < v.n; j += 16 {
		for i := 0; i < v.m; {
			h := height(v.m - i)
			v.across(&t, i, h, j, min(j+16, v.n))
			i += h
		}
	}
}

// across computes h rows from row i on of the columns j to end, where j is a
// multiple of 16.
func (v *plan) across(t *tileArgs, i, h, j, end int) {
	if whole := (end - j) / 16; whole > 0 {
		v.aim(t, i, j)
		t.a, t.b = address(v.a, i*v.rsa), address(v.b, j)
		t.count, t.nextA, t.nextB, t.nextC, t.nextBias = whole, 0, 64, 64, 0
		if t.flags&flagBiasColumns != 0 {
			t.nextBias = 64
		}
		tileOf(t, h, 16)
		j += 16 * whole
	}
	if j < end {
		v.aim(t, i, j)
		t.a, t.b, t.count = address(v.a, i*v.rsa), address(v.b, j), 1
		tileOf(t, h, end-j)
	}
}

// packed computes v on copies of A and B in the order of their use.
func (v *plan) packed() {
	kBlocks := ceilDiv(v.k, blockKC)
	kc := ceilDiv(v.k, kBlocks)
	mc := min(v.m, blockMC)
	nc := min(ceilDiv(v.n, 16)*16, blockNC)
	offA := scratch.Round(4 * kc * nc)
	buf := scratch.Take(offA + 4*(kc*mc+8))
	defer buf.Release()
	pb := scratch.Of[float32](buf, 0, kc*nc)
	pa := scratch.Of[float32](buf, offA, kc*mc+8)
	copyA := v.n > 64 && v.m > 14
	for j := 0; j < v.n; j += nc {
		n := min(nc, v.n-j)
		for l := 0; l < v.k; l += kc {
			terms := min(kc, v.k-l)
			v.packB(pb, j, n, l, terms)
			t := tileArgs{k: terms, rowC: uintptr(4 * v.ldc), stepB: 64}
			if v.beta != 0 || l > 0 {
				t.flags = flagAccumulate
			}
			if l+terms == v.k {
				v.finish(&t)
			}
			for i := 0; i < v.m; i += mc {
				m := min(mc, v.m-i)
				if copyA {
					v.packA(pa, i, m, l, terms)
				}
				for jj := 0; jj < n; jj += 16 {
					t.b = address(pb, jj*terms)
					v.down(&t, pa, copyA, i, m, j+jj, min(16, n-jj), l)
				}
			}
		}
	}
}

// down computes rows i to i+m of one panel of B, the columns j to j+width.
func (v *plan) down(t *tileArgs, pa []float32, copied bool, i, m, j, width, l int) {
	for r := 0; r < m; {
		h, count := height(m-r), 1
		if h == 6 {
			count = sixes(m - r)
		}
		v.aim(t, i+r, j)
		if copied {
			t.a, t.rowA, t.stepA = address(pa, r*t.k), 4, uintptr(4*h)
			t.nextA = uintptr(4 * h * t.k)
		} else {
			t.a, t.rowA, t.stepA = address(v.a, (i+r)*v.rsa+l*v.csa), uintptr(4*v.rsa), uintptr(4*v.csa)
			t.nextA = uintptr(4 * h * v.rsa)
		}
		b := t.b
		t.count, t.nextB, t.nextC, t.nextBias = count, 0, uintptr(4*h*v.ldc), 0
		if t.flags&flagBiasRows != 0 {
			t.nextBias = uintptr(4 * h)
		}
		tileOf(t, h, width)
		t.b = b
		r += h * count
	}
}

// packA copies rows i to i+m of the terms l to l+k into panels [k, h], h the
// height of the tile that reads them.
func (v *plan) packA(dst []float32, i, m, l, k int) {
	src := v.a[l*v.csa:]
	for r := 0; r < m; {
		h := height(m - r)
		panel := dst[r*k:]
		if v.csa == 1 {
			var rows [8]int
			for x := range rows {
				rows[x] = (i + r + min(x, h-1)) * v.rsa
			}
			lanes.Interleave(panel, h, src, &rows, k)
		} else {
			lanes.Strip(panel, h, src[(i+r)*v.rsa:], v.csa, h, k)
		}
		r += h
	}
}

// packB copies the columns j to j+n of the terms l to l+k into panels
// [k, 16].
func (v *plan) packB(dst []float32, j, n, l, k int) {
	for c := 0; c < n; c += 16 {
		panel := dst[c*k:][:16*k]
		width := min(16, n-c)
		if v.csb == 1 {
			lanes.Strip(panel, 16, v.b[l*v.rsb+j+c:], v.rsb, width, k)
			continue
		}
		for half := 0; half < width; half += 8 {
			var rows [8]int
			for x := range rows {
				rows[x] = (j + c + min(half+x, width-1)) * v.csb
			}
			lanes.Interleave(panel[half:], 16, v.b[l:], &rows, k)
		}
	}
}
