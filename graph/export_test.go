package graph

import "unsafe"

// DisableOptimisation makes programs compiled from g keep every value in
// memory of its own and run each operation by itself.
func DisableOptimisation(g *Graph) { g.plain = true }

// Poison fills the memory that a program only needs while it runs, and its
// gradients, with NaN.
func Poison(p *Program) {
	for i := range p.arena.mem {
		p.arena.mem[i] = ^uint64(0)
	}
	for _, b := range p.arena.grads {
		for i := range unsafe.Slice((*byte)(b.ptr), b.n*b.kind.size()) {
			*(*byte)(unsafe.Add(b.ptr, i)) = 0xff
		}
	}
}
