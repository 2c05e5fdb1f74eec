//go:build amd64 || arm64

package gemm

import (
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/gemm/scratch"
	"github.com/hocsau/hocsau/internal/kernels/par"
)

const (
	teamRows    = 256     // of a piece, about
	teamColumns = 64      // of a piece
	teamTerms   = 2048    // of the sums in hand at most
	teamNumbers = 4 << 20 // of B in panels at most
)

// together computes the job by a team, where that is for it.
func (j *job[T]) together(p *par.Pool, threads int) bool {
	if !is32[T]() || j.level == cpu.Generic || j.batch > 1 || j.k == 0 || min(j.m, j.n) < teamLeast {
		return false
	}
	t := &j.team
	whole := j.view(0, 0, j.m, 0, j.n)
	g := (*plan)(unsafe.Pointer(&whole)).tiling()
	rounds := ceilDiv(j.k, teamTerms)
	deep := ceilDiv(j.k, rounds)
	t.kc = ceilDiv(deep, ceilDiv(deep, g.kc))
	deep = t.kc * ceilDiv(deep, t.kc)
	wide := min(ceilDiv(j.n, g.cols), teamNumbers/(deep*g.cols)) * g.cols
	t.rowParts = ceilDiv(j.m, teamRows)
	t.offA = scratch.Round(4 * deep * wide)
	t.sizeA = scratch.Round(4 * (deep*ceilDiv(j.m, t.rowParts) + 8))
	t.buf = scratch.Take(t.offA + threads*t.sizeA)
	defer t.buf.Release()
	for len(t.packed) < threads {
		t.packed = append(t.packed, 0)
	}
	for t.col = 0; t.col < j.n; t.col += wide {
		t.cols = min(wide, j.n-t.col)
		t.colParts = ceilDiv(t.cols, teamColumns)
		for t.first = 0; t.first < j.k; t.first += deep {
			t.terms = min(deep, j.k-t.first)
			j.stage = stagePack
			panels := ceilDiv(t.cols, g.cols) * ceilDiv(t.terms, t.kc)
			p.For(panels, atMost(panels, threads), j)
			for i := range t.packed {
				t.packed[i] = -1
			}
			j.stage = stageProduct
			pieces := t.rowParts * t.colParts
			p.Deal(pieces, atMost(pieces, threads), j)
		}
	}
	return true
}

// atMost is the least grain at which n iterations go to no more than the given
// number of threads.
func atMost(n, threads int) int { return n/(threads+1) + 1 }

// packPanel copies one panel of B; those of one block of terms follow each
// other.
func (j *job[T]) packPanel(i int) {
	t := &j.team
	whole := j.view(0, 0, j.m, 0, j.n)
	v := (*plan)(unsafe.Pointer(&whole))
	g := v.tiling()
	panels := ceilDiv(t.cols, g.cols)
	l, c := i/panels*t.kc, i%panels*g.cols
	terms := min(t.kc, t.terms-l)
	dst := scratch.Of[float32](t.buf, 4*(l*panels*g.cols+c*terms), g.cols*terms)
	v.packB(&g, dst, t.col+c, min(g.cols, t.cols-c), t.first+l, terms)
}

// piece computes a block of rows of a few panels.
func (j *job[T]) piece(worker, i int) {
	t := &j.team
	part := i / t.colParts
	r0, r1 := share(j.m, 1, part, t.rowParts)
	c0 := i % t.colParts * teamColumns
	c1 := min(c0+teamColumns, t.cols)
	view := j.view(0, r0, r1, t.col+c0, t.col+c1)
	v := (*plan)(unsafe.Pointer(&view))
	g := v.tiling()
	pa := scratch.Of[float32](t.buf, t.offA+worker*t.sizeA, t.sizeA/4)
	if t.packed[worker] != part {
		t.packed[worker] = part
		for l := 0; l < t.terms; l += t.kc {
			v.packA(&g, pa[l*v.m:], 0, v.m, t.first+l, min(t.kc, t.terms-l))
		}
	}
	if t.first == 0 && v.beta != 0 && v.beta != 1 {
		view.scale()
	}
	wide := ceilDiv(t.cols, g.cols) * g.cols
	pb := scratch.Of[float32](t.buf, 0, t.terms*wide)
	for l := 0; l < t.terms; l += t.kc {
		terms := min(t.kc, t.terms-l)
		a := tileArgs{k: terms, rowC: uintptr(4 * v.ldc), stepB: uintptr(4 * g.cols)}
		last := t.first+l+terms == j.k
		if v.beta != 0 || t.first+l > 0 {
			a.flags = flagAccumulate
		}
		if last {
			v.finish(&a)
		}
		for c := 0; c < v.n; c += g.cols {
			a.b = address(pb, l*wide+(c0+c)*terms)
			v.down(&g, &a, pa[l*v.m:], true, 0, v.m, c, min(g.cols, v.n-c), 0)
		}
		if last {
			v.activate()
		}
	}
}
