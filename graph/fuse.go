package graph

import "slices"

// fuse joins an operation with the one that alone reads it, where the former's
// kernel can do both in one pass.
func (p *plan) fuse(roots []*Node) {
	readers := map[*slot]int{}
	for _, t := range p.tasks {
		for _, s := range t.in {
			readers[s]++
		}
	}
	viewed := map[*slot]bool{}
	for _, s := range p.slots {
		if s.root != s {
			viewed[s.root] = true
		}
	}
	for _, n := range roots {
		readers[p.slots[n.n]] += 2
	}
	maker := map[*slot]*task{}
	gone := map[*task]bool{} // done by those that read them
	kept := p.tasks[:0]
	for _, t := range p.tasks {
		if f, from := t.fused(maker, readers, viewed); f != nil {
			delete(p.slots, from.node)
			from.kernel, from.out, from.node = f, t.out, t.node
			maker[t.out] = from
			continue
		}
		if k, from := t.absorbed(maker, readers, viewed); k != nil {
			delete(p.slots, from.out.node)
			t.kernel, t.in = k, slices.Concat(from.in, t.in[1:])
			gone[from] = true
		}
		maker[t.out] = t
		kept = append(kept, t)
	}
	p.drop(kept, gone)
	p.fuseBehind(maker, readers, viewed)
}

// fuseBehind drops the gradient of a rectifier that follows a normalisation:
// that of the normalisation finds the rectifier's side by itself, so that
// neither the rectified values nor their gradient need be kept for it.
func (p *plan) fuseBehind(maker map[*slot]*task, readers map[*slot]int, viewed map[*slot]bool) {
	type pair struct{ rectified, norm *task }
	found := map[*slot]pair{}
	tasks := map[*slot][]*task{}
	for _, t := range p.tasks {
		if _, ok := t.kernel.(rectifiable); !ok {
			continue
		}
		dy := t.in[4]
		u := maker[dy]
		if u == nil || viewed[dy] || dy.place != inArena {
			continue
		}
		k, ok := u.kernel.(unaryGrad)
		if !ok || !k.fromOutput {
			continue
		}
		norm := maker[u.in[0]]
		if norm == nil || !slices.Equal(norm.in, t.in[:4]) {
			continue
		}
		n, ok := norm.kernel.(batchNorm)
		if r, is := k.rectify(); ok && is && n.rectify == r {
			found[dy] = pair{u, norm}
			tasks[dy] = append(tasks[dy], t)
		}
	}
	gone := map[*task]bool{}
	for dy, list := range tasks {
		if readers[dy] != len(list) {
			continue
		}
		f := found[dy]
		for _, t := range list {
			t.kernel = t.kernel.(rectifiable).behind(f.norm.kernel.(batchNorm).rectify)
			t.in = slices.Clone(t.in)
			t.in[4] = f.rectified.in[1]
		}
		delete(p.slots, dy.node)
		gone[f.rectified] = true
	}
	p.drop(p.tasks, gone)
}

// drop makes the tasks but those that are gone the plan's.
func (p *plan) drop(tasks []*task, gone map[*task]bool) {
	p.tasks = slices.DeleteFunc(tasks, func(t *task) bool { return gone[t] })
}

// fused returns the kernel that does t's work after that of the task from.
func (t *task) fused(maker map[*slot]*task, readers map[*slot]int, viewed map[*slot]bool) (kernel, *task) {
	from := t.before(maker, readers, viewed)
	if from == nil || len(t.in) != 1 {
		return nil, nil
	}
	f, ok := from.kernel.(fusable)
	if !ok {
		return nil, nil
	}
	if k, ok := f.fuse(t.kernel); ok {
		return k, from
	}
	return nil, nil
}

// before returns the task whose result only t reads, as its first input.
func (t *task) before(maker map[*slot]*task, readers map[*slot]int, viewed map[*slot]bool) *task {
	if t.kernel == nil || len(t.in) == 0 {
		return nil
	}
	s := t.in[0]
	if from := maker[s]; readers[s] == 1 && !viewed[s] && s.place == inArena {
		return from
	}
	return nil
}

// absorbed returns the kernel that does the work of the task before t and then
// t's, in t's place.
func (t *task) absorbed(maker map[*slot]*task, readers map[*slot]int, viewed map[*slot]bool) (kernel, *task) {
	from := t.before(maker, readers, viewed)
	if from == nil {
		return nil, nil
	}
	a, ok := t.kernel.(absorbing)
	if !ok || from.kernel == nil {
		return nil, nil
	}
	if k, ok := a.absorb(from.kernel); ok {
		return k, from
	}
	return nil, nil
}
