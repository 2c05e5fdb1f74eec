package graph

import "slices"

const (
	// recomputeBytes is the size from which on a value may be computed twice
	// rather than kept, recomputeSteps the steps without a reader between.
	recomputeBytes = 16 << 20
	recomputeSteps = 8
)

// repeatable tells whether computing the result again costs little beside
// keeping it.
type repeatable interface{ repeat() bool }

// recompute gives large values that are cheaply made of inputs and parameters,
// and which the gradient reads long after the forward pass, a second
// computation right before: the first layer's outputs need not outlive its
// neighbours'. The bits are the same.
func (p *plan) recompute(roots []*Node) {
	kept := map[*slot]bool{}
	for _, n := range roots {
		kept[p.slots[n.n].root] = true
	}
	readers := map[*slot][]int{}
	for i, t := range p.tasks {
		for _, s := range t.in {
			readers[s.root] = append(readers[s.root], i)
			if s.root != s {
				kept[s.root] = true // read through a view
			}
		}
	}
	before := map[*task][]*task{}
	for i, t := range p.tasks {
		s := t.out
		k, ok := t.kernel.(repeatable)
		if !ok || !k.repeat() || kept[s] || s.place != inArena || s.n*s.kind.size() < recomputeBytes {
			continue
		}
		if slices.ContainsFunc(t.in, func(in *slot) bool { return in.root.place == inArena }) {
			continue
		}
		if at := afterPause(i, readers[s]); at >= 0 {
			again := *s
			again.root = &again
			copied := *t
			copied.out = &again
			for _, reader := range p.tasks[at:] {
				reader.in = slices.Clone(reader.in)
				for j, in := range reader.in {
					if in == s {
						reader.in[j] = &again
					}
				}
			}
			before[p.tasks[at]] = append(before[p.tasks[at]], &copied)
			p.again = append(p.again, &again)
		}
	}
	var tasks []*task
	for _, t := range p.tasks {
		tasks = append(append(tasks, before[t]...), t)
	}
	p.tasks = tasks
}

// afterPause returns the first reader after the longest pause since a value was made,
// −1 where none is long.
func afterPause(made int, readers []int) int {
	best, longest, last := -1, recomputeSteps, made
	for _, r := range readers {
		if r-last > longest && last != made {
			best, longest = r, r-last
		}
		last = r
	}
	return best
}
