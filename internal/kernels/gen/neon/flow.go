package main

import "math/bits"

// set is a set of small numbers.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) has(i int) bool { return s[i/64]>>(i%64)&1 == 1 }
func (s set) put(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) drop(i int)     { s[i/64] &^= 1 << (i % 64) }

// join adds t and reports whether that changed anything.
func (s set) join(t set) bool {
	changed := false
	for i, w := range t {
		if w&^s[i] != 0 {
			s[i] |= w
			changed = true
		}
	}
	return changed
}

func (s set) each(f func(i int)) {
	for w, b := range s {
		for ; b != 0; b &= b - 1 {
			f(64*w + bits.TrailingZeros64(b))
		}
	}
}

// code is the ops of a function and how many variables they have.
type code struct {
	ops  []op
	vars int
}

// next returns the ops that may follow op i.
func (c *code) next(at map[string]int, i int) []int {
	o := &c.ops[i]
	var out []int
	if !o.always && i+1 < len(c.ops) {
		out = append(out, i+1)
	}
	if o.jump != "" {
		out = append(out, at[o.jump])
	}
	return out
}

func (c *code) labels() map[string]int {
	at := map[string]int{}
	for i, o := range c.ops {
		if o.label != "" {
			at[o.label] = i
		}
	}
	return at
}

// live returns the variables that are read after each op.
func (c *code) live() []set {
	at := c.labels()
	after, before := make([]set, len(c.ops)), make([]set, len(c.ops))
	for i := range c.ops {
		after[i], before[i] = newSet(c.vars), newSet(c.vars)
	}
	for again := true; again; {
		again = false
		for i := len(c.ops) - 1; i >= 0; i-- {
			for _, j := range c.next(at, i) {
				after[i].join(before[j])
			}
			in := append(set(nil), after[i]...)
			for _, d := range c.ops[i].sets() {
				in.drop(d)
			}
			for _, s := range c.ops[i].reads() {
				in.put(s)
			}
			if before[i].join(in) {
				again = true
			}
		}
	}
	return after
}

// sweep leaves out ops whose results nobody reads.
func (c *code) sweep() {
	for again := true; again; {
		again = false
		after := c.live()
		kept := c.ops[:0:0]
		for i, o := range c.ops {
			if !o.keep {
				any := false
				for _, d := range o.sets() {
					any = any || after[i].has(d)
				}
				if !any {
					again = true
					continue
				}
				if o.name == "pair" || o.name == "constant" || o.name == "fill" {
					if o.d >= 0 && !after[i].has(o.d) {
						o.d = -1
					}
					if o.d2 >= 0 && !after[i].has(o.d2) {
						o.d2 = -1
					}
					if o.name != "pair" && o.d < 0 {
						o.d, o.d2 = o.d2, -1
					}
				}
			}
			kept = append(kept, o)
		}
		c.ops = kept
	}
}

// union is a set of classes.
type union []int

func newUnion(n int) union {
	u := make(union, n)
	for i := range u {
		u[i] = i
	}
	return u
}

func (u union) find(i int) int {
	for u[i] != i {
		u[i] = u[u[i]]
		i = u[i]
	}
	return i
}

func (u union) join(a, b int) { u[u.find(a)] = u.find(b) }

// split gives each value of a variable a variable of its own: settings that
// reach a common reader stay one.
func (c *code) split() {
	at := c.labels()
	type setting struct{ op, v int }
	var all []setting
	of := make([][]int, c.vars) // settings by variable
	id := make([]map[int]int, len(c.ops))
	for i := range c.ops {
		id[i] = map[int]int{}
		for _, d := range c.ops[i].sets() {
			id[i][d] = len(all)
			of[d] = append(of[d], len(all))
			all = append(all, setting{i, d})
		}
	}
	before := make([]set, len(c.ops))
	for i := range before {
		before[i] = newSet(len(all))
	}
	for again := true; again; {
		again = false
		for i := range c.ops {
			out := append(set(nil), before[i]...)
			for d, s := range id[i] {
				for _, other := range of[d] {
					out.drop(other)
				}
				out.put(s)
			}
			for _, j := range c.next(at, i) {
				if before[j].join(out) {
					again = true
				}
			}
		}
	}
	u := newUnion(len(all))
	reader := make([]map[int]int, len(c.ops)) // the setting that an op reads
	for i := range c.ops {
		reader[i] = map[int]int{}
		for _, s := range c.ops[i].reads() {
			first := -1
			for _, x := range of[s] {
				if !before[i].has(x) {
					continue
				}
				if first >= 0 {
					u.join(first, x)
				}
				first = x
			}
			if first >= 0 {
				reader[i][s] = first
			}
		}
		if c.ops[i].tied {
			if from, ok := reader[i][c.ops[i].d]; ok {
				u.join(from, id[i][c.ops[i].d])
			}
		}
	}
	names := map[int]int{}
	name := func(s int) int {
		r := u.find(s)
		if _, ok := names[r]; !ok {
			names[r] = len(names)
		}
		return names[r]
	}
	for i := range c.ops {
		o := &c.ops[i]
		fresh := append([]int(nil), o.s...)
		for k, s := range o.s {
			if from, ok := reader[i][s]; ok {
				fresh[k] = name(from)
			} else {
				panic("a variable that nothing has set")
			}
		}
		o.s = fresh
		if o.d >= 0 {
			o.d = name(id[i][o.d])
		}
		if o.d2 >= 0 {
			o.d2 = name(id[i][o.d2])
		}
	}
	c.vars = len(names)
}

// settings returns the ops that set each variable.
func (c *code) settings() [][]int {
	out := make([][]int, c.vars)
	for i := range c.ops {
		for _, d := range c.ops[i].sets() {
			out[d] = append(out[d], i)
		}
	}
	return out
}

// loops reports for each op whether it may come again.
func (c *code) loops() []bool {
	at := c.labels()
	out := make([]bool, len(c.ops))
	for i, o := range c.ops {
		if o.jump == "" || at[o.jump] > i {
			continue
		}
		for j := at[o.jump]; j <= i; j++ {
			out[j] = true
		}
	}
	return out
}
