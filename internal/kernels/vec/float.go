package vec

import (
	"sync"
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// Float is the type of an element.
type Float interface{ ~float32 | ~float64 }

// Least numbers of elements that are worth a thread of their own.
const (
	grain     = 16384 // loops that move memory
	grainHard = 4096  // loops with transcendental functions or divisions
)

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

// rowGrain returns how many rows of the given length are worth a thread.
func rowGrain(grain, length int) int { return max(1, grain/max(length, 1)) }

// f32 views x as float32; only where T has that size.
func f32[T Float](x []T) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

// fast tells whether T has assembly on this machine.
func fast[T Float]() bool { return unsafe.Sizeof(T(0)) == 4 && haveSIMD() }
