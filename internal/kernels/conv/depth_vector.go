//go:build amd64 || arm64

package conv

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/gemm"
)

// depthArgs describes lines of n places of one plane to the assembly. Steps
// and offsets are in bytes.
type depthArgs struct {
	w        uintptr // [taps]
	tab      *int32  // [taps] from a place to a tap's operand
	taps     int
	x        uintptr
	rowX     uintptr
	y        uintptr
	rowY     uintptr
	n, lines int    // at least 1; lines is changed
	mask     *int32 // of the last n mod 8 places, for AVX2 and NEON
	bias     float32
	bits     uint32 // of the last n mod 16 places, for AVX-512
}

// depthwise reports whether each plane of the result is a convolution of a
// single plane without a stride, which needs no products of matrices.
func (s *Shape) depthwise() bool {
	return s.cg() == 1 && s.kg() == 1 && s.Stride == [3]int{1, 1, 1} && s.In[0] == 1 && s.Out[0] == 1 && s.Kernel[0] == 1
}

// flipped returns the shape of the convolution that computes the gradient of a
// depthwise one by its input, with the taps in reverse order; false where the
// padding is more than the kernel reaches over.
func (s *Shape) flipped() (Shape, bool) {
	f := *s
	f.In, f.Out = s.Out, s.In
	for a := range f.In {
		reach := s.Dilation[a] * (s.Kernel[a] - 1)
		f.PadStart[a], f.PadEnd[a] = reach-s.PadStart[a], reach-s.PadEnd[a]
		if f.PadStart[a] < 0 || f.PadEnd[a] < 0 {
			return f, false
		}
	}
	return f, true
}

// depth is the plan of a depthwise pass.
type depth struct {
	shape Shape // that of the pass, flipped for the gradient
	size  [2]int
	tab   []int32
	len   int // numbers of a worker's padded plane and weights
}

// runDepth computes a depthwise forward pass or gradient by the input; false
// where its sizes exceed the tables.
func (p *plan) runDepth() bool {
	d := &p.depth
	if d.shape = p.s; p.pass == backwardInput {
		var ok bool
		if d.shape, ok = p.s.flipped(); !ok {
			return false
		}
	}
	s := &d.shape
	for a := range d.size {
		d.size[a] = s.In[a+1] + s.PadStart[a+1] + s.PadEnd[a+1]
	}
	if 4*d.size[0]*d.size[1] > math.MaxInt32 {
		return false
	}
	d.tab = d.tab[:0]
	for t := range s.taps() {
		at := s.tapAt(t)
		d.tab = append(d.tab, int32(4*(at[1]*s.Dilation[1]*d.size[1]+at[2]*s.Dilation[2])))
	}
	d.len = (d.size[0]*d.size[1] + s.taps() + 31) &^ 15
	defer p.borrow(p.threads * d.len).Release()
	p.loop(stageDepth, s.N*s.C)
	return true
}

// depthPlanes computes the planes lo to hi of all samples.
func (p *plan) depthPlanes(worker, lo, hi int) {
	d := &p.depth
	s := &d.shape
	mem := p.mem[worker*d.len:][:d.len]
	padded, w := mem[:d.size[0]*d.size[1]], mem[d.size[0]*d.size[1]:][:s.taps()]
	clear(padded)
	from, to := p.x, p.y
	if p.pass == backwardInput {
		from, to = to, from
	}
	t := depthArgs{
		w: address(w, 0), tab: &d.tab[0], taps: s.taps(), x: address(padded, 0), rowX: uintptr(4 * d.size[1]),
		rowY: uintptr(4 * s.Out[2]), n: s.Out[2],
		mask: &maskTable[8-s.Out[2]%8], bits: 1<<(s.Out[2]%16) - 1,
	}
	for u := lo; u < hi; u++ {
		c := u % s.C
		x := from[u*s.inArea():][:s.inArea()]
		for y := range s.In[1] {
			copy(padded[(y+s.PadStart[1])*d.size[1]+s.PadStart[2]:], x[y*s.In[2]:][:s.In[2]])
		}
		copy(w, p.w[c*s.taps():])
		if p.pass == backwardInput {
			for i := range w {
				w[i] = p.w[(c+1)*s.taps()-1-i]
			}
		}
		if t.bias = 0; p.bias != nil {
			t.bias = p.bias[c]
		}
		y := to[u*s.outArea():][:s.outArea()]
		t.y, t.lines = address(y, 0), s.Out[1]
		if p.level >= cpu.AVX512 {
			wideDepth(&t)
		} else {
			depthLines(&t)
		}
		if p.pass == forward {
			gemm.Activate(p.act, p.slope, y)
			p.norm.apply(c, y)
		}
	}
}

//go:noescape
func depthLines(t *depthArgs)
