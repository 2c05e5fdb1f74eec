package peak

import (
	"time"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

const (
	rounds   = 5
	perRound = 1_000_000 // loops of twelve operations on a vector
)

// Measure returns the operations a second on all threads of the pool, the best
// of a few rounds of some milliseconds; 0 where there is no assembly to
// measure.
func Measure(p *par.Pool) float64 {
	lanes := lanes()
	if lanes == 0 {
		return 0
	}
	best := 0.0
	for range rounds {
		begin := time.Now()
		p.For(p.Threads(), 1, loop{})
		flops := float64(p.Threads()) * perRound * 12 * 2 * float64(lanes)
		best = max(best, flops/time.Since(begin).Seconds())
	}
	return best
}

type loop struct{}

// Range does one thread's work for each of lo to hi.
func (loop) Range(_, lo, hi int) {
	for range hi - lo {
		run(perRound)
	}
}
