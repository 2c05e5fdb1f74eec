package pool

import (
	"sync"
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// Float is the type of an element.
type Float interface{ ~float32 | ~float64 }

// Shape is the geometry of windows over N·C planes. Axes are depth, height,
// width; an axis that is not there has size, kernel and stride 1.
type Shape struct {
	N, C             int
	In, Out          [3]int
	Kernel, Stride   [3]int
	PadStart, PadEnd [3]int
}

func (s *Shape) planes() int { return s.N * s.C }

// inArea and outArea are the elements of a plane.
func (s *Shape) inArea() int  { return s.In[0] * s.In[1] * s.In[2] }
func (s *Shape) outArea() int { return s.Out[0] * s.Out[1] * s.Out[2] }

// grain returns how many planes are worth a thread.
func (s *Shape) grain() int {
	work := s.outArea() * s.Kernel[0] * s.Kernel[1] * s.Kernel[2]
	return planeGrain(work + s.inArea())
}

func planeGrain(work int) int { return max(1, 16384/max(work, 1)) }

// window returns the part of window o along an axis that lies in the input,
// and its length where padding counts.
func (s *Shape) window(axis, o int) (lo, hi, padded int) {
	lo = o*s.Stride[axis] - s.PadStart[axis]
	end := min(lo+s.Kernel[axis], s.In[axis]+s.PadEnd[axis])
	padded = end - lo
	hi = min(end, s.In[axis])
	lo = max(lo, 0)
	return lo, max(lo, hi), padded
}

// jobs keeps the arguments of finished loops for the next ones, so that a loop
// allocates nothing. One free list an element type; they hold no state.
type jobs struct{ free [2]sync.Pool }

// run does the loop j over [0, n) on the threads of p.
func run[T Float, J any, B interface {
	*J
	par.Body
}](p *par.Pool, kept *jobs, n, grain int, j J) {
	free := &kept.free[unsafe.Sizeof(T(0))/8]
	job, ok := free.Get().(*J)
	if !ok {
		job = new(J)
	}
	*job = j
	p.For(n, grain, B(job))
	var none J
	*job = none // keeps no caller's slice alive
	free.Put(job)
}

// f32 views x as float32; only where T has that size.
func f32[T Float](x []T) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

// fast tells whether T has assembly on this machine.
func fast[T Float]() bool { return unsafe.Sizeof(T(0)) == 4 && haveSIMD() }
