package main

import "sort"

// physical is how many vector registers there are.
const physical = 32

// color gives each variable a register: variables that are needed at the same
// time get different ones, those that are copies of each other the same one
// where that can be. It returns nil where registers do not suffice.
//
// Source: Briggs, Cooper, Torczon, "Improvements to graph coloring register
// allocation", doi:10.1145/177492.177575, without spilling.
func (c *code) color() []int {
	after := c.live()
	clash := make([]set, c.vars)
	for v := range clash {
		clash[v] = newSet(c.vars)
	}
	for i := range c.ops {
		o := &c.ops[i]
		sets := o.sets()
		for k, d := range sets {
			after[i].each(func(v int) {
				if v != d && !(o.name == "move" && v == o.s[0]) {
					clash[d].put(v)
					clash[v].put(d)
				}
			})
			for _, e := range sets[:k] {
				clash[d].put(e)
				clash[e].put(d)
			}
			if o.tied { // what it adds to must not be one of the factors
				for _, s := range o.s {
					if s != d {
						clash[d].put(s)
						clash[s].put(d)
					}
				}
			}
		}
	}
	u := newUnion(c.vars)
	for i := range c.ops {
		if o := &c.ops[i]; o.name == "move" {
			a, b := u.find(o.d), u.find(o.s[0])
			if a == b || clash[a].has(b) {
				continue
			}
			clash[b].join(clash[a])
			for v := range clash {
				if clash[v].has(a) {
					clash[v].put(b)
				}
			}
			u[a] = b
		}
	}
	var roots []int
	for v := range c.vars {
		if u.find(v) == v {
			roots = append(roots, v)
		}
	}
	neighbours := make([][]int, c.vars)
	degree := make([]int, c.vars)
	for _, v := range roots {
		seen := map[int]bool{}
		clash[v].each(func(w int) {
			if w = u.find(w); w != v && !seen[w] {
				seen[w] = true
				neighbours[v] = append(neighbours[v], w)
			}
		})
		degree[v] = len(neighbours[v])
	}
	// The variables with the fewest neighbours are chosen last.
	var stack []int
	gone := make([]bool, c.vars)
	for range roots {
		best := -1
		for _, v := range roots {
			if !gone[v] && (best < 0 || degree[v] < degree[best]) {
				best = v
			}
		}
		gone[best] = true
		stack = append(stack, best)
		for _, w := range neighbours[best] {
			degree[w]--
		}
	}
	colors := make([]int, c.vars)
	for v := range colors {
		colors[v] = -1
	}
	for i := len(stack) - 1; i >= 0; i-- {
		v := stack[i]
		var used [physical]bool
		for _, w := range neighbours[v] {
			if colors[w] >= 0 {
				used[colors[w]] = true
			}
		}
		for r := range used {
			if !used[r] {
				colors[v] = r
				break
			}
		}
		if colors[v] < 0 {
			return nil
		}
	}
	for v := range colors {
		colors[v] = colors[u.find(v)]
	}
	return colors
}

// hoist loads the constants that loops read before everything else, the more
// often they are read the sooner, as many as registers are left for.
func (c *code) hoist() (*code, []int) {
	reads := map[string]int{}
	loops := c.loops()
	for i, o := range c.ops {
		if o.name == "constant" && loops[i] {
			reads[o.text]++
		}
	}
	var names []string
	for name := range reads {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool {
		if reads[names[i]] != reads[names[j]] {
			return reads[names[i]] > reads[names[j]]
		}
		return names[i] < names[j]
	})
	// The greatest number that fits; more need more registers.
	low, high := 0, min(len(names), physical)
	var best *code
	var colors []int
	for low <= high {
		n := (low + high) / 2
		try := c.with(names[:n])
		if got := try.color(); got != nil {
			best, colors = try, got
			low = n + 1
		} else {
			high = n - 1
		}
	}
	return best, colors
}

// with returns the code with some constants loaded at the start. What is set
// from nothing but one of them, and is not changed, is read where that is.
func (c *code) with(names []string) *code {
	out := &code{vars: c.vars}
	at := map[string]int{}
	for _, name := range names {
		at[name] = out.vars
		out.ops = append(out.ops, op{name: "constant", d: out.vars, d2: -1, text: name})
		out.vars++
	}
	is := make([]int, c.vars) // the constant that a variable is; −1 for others
	for v, by := range c.settings() {
		is[v] = v
		for k, i := range by {
			from, ok := at[c.ops[i].text]
			if !ok || c.ops[i].name != "constant" || k > 0 && is[v] != from {
				is[v] = v
				break
			}
			is[v] = from
		}
	}
	for _, o := range c.ops {
		if v, ok := at[o.text]; ok && o.name == "constant" {
			if is[o.d] != v {
				out.ops = append(out.ops, op{name: "move", d: o.d, d2: -1, s: []int{v}})
			}
			continue
		}
		s := make([]int, len(o.s))
		for k, v := range o.s {
			s[k] = is[v]
		}
		o.s = s
		out.ops = append(out.ops, o)
	}
	return out
}
