package graph

import "sync"

// arena is the memory in which programs keep what they need only while they
// run, and the gradients. Programs that share one run one at a time.
type arena struct {
	mu      sync.Mutex
	mem     memory
	version int // counts the times that mem was replaced by a larger one
	grads   map[*Param]buf
}

func newArena() *arena { return &arena{grads: map[*Param]buf{}} }

// reserve makes room for so many bytes.
func (a *arena) reserve(bytes int) {
	if bytes > 8*len(a.mem) {
		a.mem = newMemory(bytes)
		a.version++
	}
}

// gradient returns the memory of the gradient by p.
func (a *arena) gradient(p *Param) buf {
	b, ok := a.grads[p]
	if !ok {
		b = newBuf(p.mem.kind, p.mem.n)
		a.grads[p] = b
	}
	return b
}
