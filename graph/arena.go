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

// missing returns how many bytes a program of the plan takes beside what there
// is.
func (a *arena) missing(p *plan) int {
	bytes := 0
	if p.bytes > 8*len(a.mem) {
		bytes = p.bytes
	}
	for _, s := range p.slots {
		if s.root != s {
			continue
		}
		switch s.place {
		case inOwn, bound:
			bytes += s.n * s.kind.size()
		case inGrads:
			if _, ok := a.grads[s.param]; !ok {
				bytes += s.n * s.kind.size()
			}
		}
	}
	return bytes
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
