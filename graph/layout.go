package graph

import (
	"cmp"
	"slices"
)

// layout gives each storage its offset in the arena: in order of time, the
// smallest gap that fits.
func (p *plan) layout() {
	ends := map[int][]*storage{} // by the last step that reads it
	starts := make(map[int]*storage, len(p.tasks))
	for i, t := range p.tasks {
		st := t.out.storage
		if st == nil || st.made != i {
			continue
		}
		starts[i] = st
		ends[st.read] = append(ends[st.read], st)
	}
	var free gaps
	alive := 0
	for i := range p.tasks {
		if st := starts[i]; st != nil {
			st.offset = free.take(st.bytes)
			alive += st.bytes
			p.bound = max(p.bound, alive)
			p.bytes = max(p.bytes, st.offset+st.bytes)
		}
		for _, st := range ends[i] {
			alive -= st.bytes
			if !p.g.plain {
				free.give(st.offset, st.bytes)
			}
		}
	}
}

// gaps is the free memory below top, in order of offset; above top all is free.
type gaps struct {
	list []gap
	top  int
}

type gap struct{ offset, bytes int }

// take returns the offset of so many free bytes.
func (f *gaps) take(bytes int) int {
	best := -1
	for i, g := range f.list {
		if g.bytes >= bytes && (best < 0 || g.bytes < f.list[best].bytes) {
			best = i
		}
	}
	if best < 0 {
		return f.grow(bytes)
	}
	g := &f.list[best]
	at := g.offset
	g.offset += bytes
	g.bytes -= bytes
	if g.bytes == 0 {
		f.list = slices.Delete(f.list, best, best+1)
	}
	return at
}

// grow takes bytes from the end, together with a gap that reaches up to it.
func (f *gaps) grow(bytes int) int {
	at := f.top
	if n := len(f.list); n > 0 && f.list[n-1].offset+f.list[n-1].bytes == f.top {
		at = f.list[n-1].offset
		f.list = f.list[:n-1]
	}
	f.top = at + bytes
	return at
}

// give makes a span free again, joined with the gaps beside it.
func (f *gaps) give(offset, bytes int) {
	i, _ := slices.BinarySearchFunc(f.list, offset, func(g gap, at int) int { return cmp.Compare(g.offset, at) })
	f.list = slices.Insert(f.list, i, gap{offset, bytes})
	if i+1 < len(f.list) && offset+bytes == f.list[i+1].offset {
		f.list[i].bytes += f.list[i+1].bytes
		f.list = slices.Delete(f.list, i+1, i+2)
	}
	if i > 0 && f.list[i-1].offset+f.list[i-1].bytes == offset {
		f.list[i-1].bytes += f.list[i].bytes
		f.list = slices.Delete(f.list, i, i+1)
	}
}
