package graph

import (
	"cmp"
	"slices"
)

// sortedAtMost bounds the number of storages that are laid out by size, which
// takes time in its square.
const sortedAtMost = 3000

// layout gives each storage its offset in the arena: in order of time, the
// smallest gap that fits, or in order of size where that takes less.
func (p *plan) layout() {
	p.byTime()
	if p.g.plain || p.bytes == p.bound {
		return
	}
	var all []*storage
	for i, t := range p.tasks {
		if st := t.out.storage; st != nil && st.made == i {
			all = append(all, st)
		}
	}
	if len(all) > sortedAtMost {
		return
	}
	if offsets, bytes := bySize(all); bytes < p.bytes {
		p.bytes = bytes
		for i, st := range all {
			st.offset = offsets[i]
		}
	}
}

// bySize places the largest storages first, each in the lowest gap between
// those that are alive at a time with it.
func bySize(all []*storage) (offsets []int, bytes int) {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(all[b].bytes, all[a].bytes) })
	offsets = make([]int, len(all))
	var placed []int // in order of offset
	for _, i := range order {
		at := 0
		for _, j := range placed {
			if all[j].read < all[i].made || all[i].read < all[j].made {
				continue
			}
			if offsets[j]-at >= all[i].bytes {
				break
			}
			at = max(at, offsets[j]+all[j].bytes)
		}
		offsets[i] = at
		bytes = max(bytes, at+all[i].bytes)
		k, _ := slices.BinarySearchFunc(placed, at, func(j, at int) int { return cmp.Compare(offsets[j], at) })
		placed = slices.Insert(placed, k, i)
	}
	return offsets, bytes
}

// byTime lays storages out in order of time.
func (p *plan) byTime() {
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
