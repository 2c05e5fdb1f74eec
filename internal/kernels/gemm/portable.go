package gemm

import (
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/gemm/scratch"
)

// The blocks of the portable form: a panel of B [blockK, 4] and a block of A
// stay in the first-level cache.
const (
	blockK = 256
	blockM = 64
	tileM  = 4
	tileN  = 2
)

// portable computes v in plain Go.
func (v *view[T]) portable() {
	v.scale()
	if v.k > 0 {
		var zero T
		size := int(unsafe.Sizeof(zero))
		kc := min(blockK, v.k)
		nPad := (v.n + tileN - 1) / tileN * tileN
		offB := scratch.Round(blockM * kc * size)
		buf := scratch.Take(offB + kc*nPad*size)
		defer buf.Release()
		pa := scratch.Of[T](buf, 0, blockM*kc)
		pb := scratch.Of[T](buf, offB, kc*nPad)
		for k0 := 0; k0 < v.k; k0 += blockK {
			kc := min(blockK, v.k-k0)
			pack(pb, v.b[k0*v.rsb:], v.n, kc, v.csb, v.rsb, tileN)
			for m0 := 0; m0 < v.m; m0 += blockM {
				mc := min(blockM, v.m-m0)
				pack(pa, v.a[m0*v.rsa+k0*v.csa:], mc, kc, v.rsa, v.csa, tileM)
				v.block(pa, pb, m0, mc, kc)
			}
		}
	}
	v.ep.apply(v.m, v.n, v.c, v.ldc, v.row, v.col)
}

// scale replaces C by β·C.
func (v *view[T]) scale() {
	for i := 0; i < v.m && v.beta != 1; i++ {
		line := v.c[i*v.ldc:][:v.n]
		if v.beta == 0 {
			clear(line)
			continue
		}
		for j := range line {
			line[j] *= v.beta
		}
	}
}

// pack copies x(i, l) = x[i·rs + l·cs], i < m, l < k, into panels of tile
// rows, [panel][l][row], with zeros below the last row.
func pack[T Float](dst, x []T, m, k, rs, cs, tile int) {
	for i0 := 0; i0 < m; i0 += tile {
		panel := dst[i0*k:][:tile*k]
		for r := range tile {
			if i0+r >= m {
				for l := r; l < len(panel); l += tile {
					panel[l] = 0
				}
				continue
			}
			src := x[(i0+r)*rs:]
			for l, at := r, 0; l < len(panel); l, at = l+tile, at+cs {
				panel[l] = src[at]
			}
		}
	}
}

// block adds the product of mc rows of packed A and all of packed B to C.
func (v *view[T]) block(pa, pb []T, m0, mc, kc int) {
	for i := 0; i < mc; i += tileM {
		for j := 0; j < v.n; j += tileN {
			var acc [tileM * tileN]T
			tile(&acc, pa[i*kc:][:tileM*kc], pb[j*kc:][:tileN*kc])
			for r := range min(tileM, mc-i) {
				line := v.c[(m0+i+r)*v.ldc+j:]
				line[0] += acc[2*r]
				if j+1 < v.n {
					line[1] += acc[2*r+1]
				}
			}
		}
	}
}

// tile computes acc(r, s) = Σ_l a(l, r)·b(l, s) over packed panels.
func tile[T Float](acc *[tileM * tileN]T, a, b []T) {
	var c00, c01, c10, c11, c20, c21, c30, c31 T
	for len(a) >= 4 && len(b) >= 2 {
		b0, b1 := b[0], b[1]
		a0, a1, a2, a3 := a[0], a[1], a[2], a[3]
		c00 += a0 * b0
		c01 += a0 * b1
		c10 += a1 * b0
		c11 += a1 * b1
		c20 += a2 * b0
		c21 += a2 * b1
		c30 += a3 * b0
		c31 += a3 * b1
		a, b = a[4:], b[2:]
	}
	*acc = [tileM * tileN]T{c00, c01, c10, c11, c20, c21, c30, c31}
}
