package par

import "sync/atomic"

// hand is the iterations lo ≤ i < hi that a thread has yet to do; lo lies in
// the upper half of the number.
type hand struct {
	atomic.Uint64
	_ [56]byte // keeps two threads' hands off one cache line
}

func (h *hand) fill(lo, hi int) { h.Store(uint64(lo)<<32 | uint64(hi)) }

// first takes the first iteration, last the last one; −1 if there is none.
func (h *hand) first() int { return h.take(true) }
func (h *hand) last() int  { return h.take(false) }

func (h *hand) take(front bool) int {
	for {
		old := h.Load()
		lo, hi := old>>32, old&(1<<32-1)
		switch {
		case lo >= hi:
			return -1
		case front && h.CompareAndSwap(old, (lo+1)<<32|hi):
			return int(lo)
		case !front && h.CompareAndSwap(old, lo<<32|(hi-1)):
			return int(hi - 1)
		}
	}
}
