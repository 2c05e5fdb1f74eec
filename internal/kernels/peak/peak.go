package peak

import (
	"slices"
	"time"
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

const (
	rounds   = 7
	perRound = 1_000_000 // loops of twelve operations on a vector
)

// Measure returns the operations a second on all threads of the pool at the
// same time, the median of a few rounds of some milliseconds; 0 where there is
// no assembly to measure.
func Measure(p *par.Pool) float64 {
	lanes := lanes()
	if lanes == 0 {
		return 0
	}
	flops := float64(p.Threads()) * perRound * 12 * 2 * float64(lanes)
	return flops / median(func() { p.For(p.Threads(), 1, loop{}) })
}

// median returns the seconds that do takes, the median of the rounds; one more
// goes before.
func median(do func()) float64 {
	do()
	times := make([]float64, rounds)
	for i := range times {
		begin := time.Now()
		do()
		times[i] = time.Since(begin).Seconds()
	}
	slices.Sort(times)
	return times[rounds/2]
}

type loop struct{}

// Range does one thread's work for each of lo to hi.
func (loop) Range(_, lo, hi int) {
	for range hi - lo {
		run(perRound)
	}
}

const (
	block     = 512     // bytes read at a time
	leastRead = 4 << 20 // bytes a thread reads in a round
)

// Bandwidth returns the bytes a second that all threads of the pool read when
// they go through mem again and again, each through its own part: the speed of
// the cache, or of the memory, that mem fits. It is 0 where there is no
// assembly to measure, or where mem is too small.
func Bandwidth(p *par.Pool, mem []float32) float64 {
	blocks := 4 * len(mem) / block / p.Threads()
	if lanes() == 0 || blocks == 0 {
		return 0
	}
	r := &reader{mem: mem, blocks: blocks, again: max(1, leastRead/(blocks*block))}
	bytes := float64(p.Threads() * r.again * blocks * block)
	return bytes / median(func() { p.For(p.Threads(), 1, r) })
}

type reader struct {
	mem           []float32
	blocks, again int
}

// Range reads the parts lo to hi.
func (r *reader) Range(_, lo, hi int) {
	for i := lo; i < hi; i++ {
		part := r.mem[i*r.blocks*block/4:][:r.blocks*block/4]
		for range r.again {
			read((*byte)(unsafe.Pointer(&part[0])), r.blocks)
		}
	}
}
