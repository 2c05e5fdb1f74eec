//go:build amd64 || arm64

package gemm

import (
	"runtime"
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/gemm/lanes"
	"github.com/hocsau/hocsau/internal/kernels/gemm/scratch"
)

// tiling is how an instruction set divides a product: into tiles of at most
// rows × cols, and into blocks such that a panel of B [kc, cols] stays in the
// first-level cache, a block of A [mc, kc] in the second-level one.
type tiling struct {
	rows, cols int
	kc, mc, nc int
	directRows int // rows of A up to which a B by rows is read where it lies
}

// nearNumbers of B stay in the first-level cache.
const nearNumbers = 8192

// tiling returns the division of the level in force.
func (v *plan) tiling() tiling {
	switch v.level {
	case cpu.AVX512:
		return tiling{rows: 14, cols: 32, kc: 512, mc: 252, nc: 2048, directRows: 42}
	case cpu.NEON: // caches from 32 KiB and 128 KiB on
		return tiling{rows: 6, cols: 16, kc: 256, mc: 96, nc: 1024, directRows: 24}
	}
	return tiling{rows: 6, cols: 16, kc: 384, mc: 144, nc: 1024, directRows: 24}
}

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
	if v.few() {
		v.rows()
		return
	}
	if v.beta != 0 && v.beta != 1 {
		(*view[float32])(v).scale()
	}
	// B by rows is read where it lies when packing would not be repaid.
	if t := v.tiling(); v.csb == 1 && (v.m <= t.directRows || v.k*v.n <= 8192) {
		v.direct(t)
	} else {
		v.packed(t)
	}
	v.activate()
}

// activate applies an activation that tiles do not know.
func (v *plan) activate() {
	if v.ep.Act > LeakyReLU {
		rest := Epilogue[float32]{Act: v.ep.Act}
		rest.apply(v.m, v.n, v.c, v.ldc, 0, 0)
	}
}

// height returns how many of the remaining rows the next tile takes. AVX2 and NEON
// tiles are 6 high, but where that would leave one or two rows, which run at a
// third of the speed; those of AVX-512 are about equally high.
func (g *tiling) height(rest int) int {
	switch {
	case g.rows > 6:
		return ceilDiv(rest, ceilDiv(rest, g.rows))
	case rest == 7 || rest == 8:
		return 4
	}
	return min(rest, g.rows)
}

// equals returns how many tiles of the next one's height come next.
func (g *tiling) equals(rest int) int {
	n, h := 0, g.height(rest)
	for rest > 0 && g.height(rest) == h {
		rest -= h
		n++
	}
	return n
}

// run computes tiles of the given height and width in columns.
func (g *tiling) run(t *tileArgs, rows, columns int) {
	if g.cols == 32 {
		wideOf(t, rows, columns)
	} else {
		tileOf(t, rows, columns)
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
func (v *plan) direct(g tiling) {
	t := tileArgs{k: v.k, rowA: uintptr(4 * v.rsa), stepA: uintptr(4 * v.csa), stepB: uintptr(4 * v.rsb), rowC: uintptr(4 * v.ldc)}
	if v.beta != 0 {
		t.flags = flagAccumulate
	}
	v.finish(&t)
	// Columns inside when B fits the first-level cache or is used once only.
	if v.m <= g.rows || v.k*v.n <= 4096 {
		for i := 0; i < v.m; {
			h := g.height(v.m - i)
			v.across(&g, &t, i, h, 0, v.n)
			i += h
		}
		return
	}
	for j := 0; j < v.n; j += g.cols {
		for i := 0; i < v.m; {
			h := g.height(v.m - i)
			v.across(&g, &t, i, h, j, min(j+g.cols, v.n))
			i += h
		}
	}
}

// across computes h rows from row i on of the columns j to end, where j is a
// multiple of a tile's columns.
func (v *plan) across(g *tiling, t *tileArgs, i, h, j, end int) {
	if whole := (end - j) / g.cols; whole > 0 {
		step := uintptr(4 * g.cols)
		v.aim(t, i, j)
		t.a, t.b = address(v.a, i*v.rsa), address(v.b, j)
		t.count, t.nextA, t.nextB, t.nextC, t.nextBias = whole, 0, step, step, 0
		if t.flags&flagBiasColumns != 0 {
			t.nextBias = step
		}
		g.run(t, h, g.cols)
		j += g.cols * whole
	}
	if j < end {
		v.aim(t, i, j)
		t.a, t.b, t.count = address(v.a, i*v.rsa), address(v.b, j), 1
		g.run(t, h, end-j)
	}
}

// packed computes v on copies of A and B in the order of their use.
func (v *plan) packed(g tiling) {
	kc := ceilDiv(v.k, ceilDiv(v.k, g.kc))
	mc := min(v.m, g.mc)
	nc := min(ceilDiv(v.n, g.cols)*g.cols, g.nc)
	if v.m <= g.directRows { // used but a few times: a panel stays in the first cache
		nc = min(nc, max(1, nearNumbers/(kc*g.cols))*g.cols)
	}
	offA := scratch.Round(4 * kc * nc)
	buf := scratch.Take(offA + 4*(kc*mc+8))
	defer buf.Release()
	pb := scratch.Of[float32](buf, 0, kc*nc)
	pa := scratch.Of[float32](buf, offA, kc*mc+8)
	copyA, keepA := v.n > 64 && v.m > 14, v.m <= mc && v.k <= kc
	for j := 0; j < v.n; j += nc {
		n := min(nc, v.n-j)
		for l := 0; l < v.k; l += kc {
			terms := min(kc, v.k-l)
			v.packB(&g, pb, j, n, l, terms)
			t := tileArgs{k: terms, rowC: uintptr(4 * v.ldc), stepB: uintptr(4 * g.cols)}
			if v.beta != 0 || l > 0 {
				t.flags = flagAccumulate
			}
			if l+terms == v.k {
				v.finish(&t)
			}
			for i := 0; i < v.m; i += mc {
				m := min(mc, v.m-i)
				if copyA && (j == 0 || !keepA) {
					v.packA(&g, pa, i, m, l, terms)
				}
				for jj := 0; jj < n; jj += g.cols {
					t.b = address(pb, jj*terms)
					v.down(&g, &t, pa, copyA, i, m, j+jj, min(g.cols, n-jj), l)
				}
			}
		}
	}
}

// down computes rows i to i+m of one panel of B, the columns j to j+width.
func (v *plan) down(g *tiling, t *tileArgs, pa []float32, copied bool, i, m, j, width, l int) {
	for r := 0; r < m; {
		h, count := g.height(m-r), g.equals(m-r)
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
		g.run(t, h, width)
		t.b = b
		r += h * count
	}
}

// packA copies rows i to i+m of the terms l to l+k into panels [k, h], h the
// height of the tile that reads them.
func (v *plan) packA(g *tiling, dst []float32, i, m, l, k int) {
	src := v.a[l*v.csa:]
	for r := 0; r < m; {
		h := g.height(m - r)
		panel := dst[r*k:]
		if v.csa == 1 {
			turn(panel, h, src[(i+r)*v.rsa:], v.rsa, h, k)
		} else {
			lanes.Strip(panel, h, src[(i+r)*v.rsa:], v.csa, h, k)
		}
		r += h
	}
}

// packB copies the columns j to j+n of the terms l to l+k into panels
// [k, cols].
func (v *plan) packB(g *tiling, dst []float32, j, n, l, k int) {
	for c := 0; c < n; c += g.cols {
		panel := dst[c*k:][:g.cols*k]
		src := v.b[l*v.rsb+(j+c)*v.csb:]
		width := min(g.cols, n-c)
		if width == 32 && v.csb == 1 {
			lanes.Strip32(panel, width, src, v.rsb, k)
			continue
		}
		for part := 0; part < width; part += 16 {
			if v.csb == 1 {
				lanes.Strip(panel[part:], g.cols, src[part:], v.rsb, min(16, width-part), k)
			} else {
				turn(panel[part:], g.cols, src[part*v.csb:], v.csb, min(16, width-part), k)
			}
		}
	}
}

// turn copies the first k numbers of height rows, that lie stride apart, to
// columns of dst, 8 or 16 numbers each.
func turn(dst []float32, step int, src []float32, stride, height, k int) {
	if height > 8 {
		lanes.Turn16(dst, step, src, stride, height, k)
		return
	}
	var rows [8]int
	for r := range rows {
		rows[r] = min(r, height-1) * stride
	}
	lanes.Interleave(dst, step, src, &rows, k)
}
