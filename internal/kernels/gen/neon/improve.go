package main

// improve does what makes a function of arm64 of one that was amd64's: numbers
// that fill a vector are kept once, or as one lane of it, masks are not made
// from masks, and copies are left out.
func (c *code) improve() {
	c.sweep()
	c.split()
	c.single()
	c.masks()
	c.inverted()
	c.sweep()
	c.elements()
}

// single makes the two halves of a number that fills a vector one variable.
func (c *code) single() {
	by := c.settings()
	u := newUnion(c.vars)
	for i := range c.ops {
		o := &c.ops[i]
		if (o.name != "fill" && o.name != "constant") || o.d < 0 || o.d2 < 0 {
			continue
		}
		same := len(by[o.d]) == len(by[o.d2])
		for k := range by[o.d] {
			same = same && by[o.d][k] == by[o.d2][k]
		}
		if same {
			u.join(o.d2, o.d)
		}
	}
	for i := range c.ops {
		o := &c.ops[i]
		for k := range o.s {
			o.s[k] = u.find(o.s[k])
		}
		if o.d >= 0 {
			o.d = u.find(o.d)
		}
		if o.d2 >= 0 {
			if o.d2 = u.find(o.d2); o.d2 == o.d {
				o.d2 = -1
			}
		}
	}
	// One that could not be joined is copied.
	var ops []op
	for _, o := range c.ops {
		if (o.name == "fill" || o.name == "constant") && o.d2 >= 0 {
			d2 := o.d2
			o.d2 = -1
			ops = append(ops, o, op{name: "move", d: d2, d2: -1, s: []int{o.d}})
			continue
		}
		ops = append(ops, o)
	}
	c.ops = ops
}

// masks leaves out what makes a mask of the signs of something that is one.
func (c *code) masks() {
	by := c.settings()
	var whole func(v, deep int) bool
	whole = func(v, deep int) bool {
		if len(by[v]) == 0 || deep > 8 {
			return false
		}
		for _, i := range by[v] {
			switch o := &c.ops[i]; o.name {
			case "fcmeq", "fcmgt", "fcmge", "cmgt", "zero", "ones":
			case "move", "mvn", "and", "orr", "eor", "bic":
				for _, s := range o.s {
					if !whole(s, deep+1) {
						return false
					}
				}
			default:
				return false
			}
		}
		return true
	}
	for i := range c.ops {
		if o := &c.ops[i]; o.name == "sshr" && o.imm == 31 && whole(o.s[0], 0) {
			o.name = "move"
		}
	}
}

// inverted joins an inversion with the "and" that reads it, in a row of ops
// without a label.
func (c *code) inverted() {
	from := map[int]int{} // variable → what it is the inverse of
	forget := func(v int) {
		delete(from, v)
		for k, s := range from {
			if s == v {
				delete(from, k)
			}
		}
	}
	for i := range c.ops {
		o := &c.ops[i]
		if o.label != "" {
			clear(from)
		}
		if o.name == "and" {
			if s, ok := from[o.s[0]]; ok {
				o.name, o.s = "bic", []int{o.s[1], s}
			} else if s, ok := from[o.s[1]]; ok {
				o.name, o.s = "bic", []int{o.s[0], s}
			}
		}
		for _, d := range o.sets() {
			forget(d)
		}
		if o.name == "mvn" && o.d != o.s[0] {
			from[o.d] = o.s[0]
		}
	}
}

// elements lets products read a number that fills a vector from one lane, so
// that it need not be copied to the others.
func (c *code) elements() {
	by := c.settings()
	filled := make([]bool, c.vars)
	for v, set := range by {
		filled[v] = len(set) > 0
		for _, i := range set {
			filled[v] = filled[v] && (c.ops[i].name == "fill" || c.ops[i].name == "constant")
		}
	}
	whole := make([]bool, c.vars) // read as a vector too
	for i := range c.ops {
		o := &c.ops[i]
		switch o.name {
		case "fmla", "fmls", "fmul":
			a, b := o.s[0], o.s[1]
			switch {
			case filled[b]:
				whole[a] = true
			case filled[a]:
				o.s = []int{b, a}
				whole[b] = true
			default:
				continue
			}
			o.name += ".e"
		default:
			for _, s := range o.s {
				whole[s] = true
			}
		}
	}
	for i := range c.ops {
		if o := &c.ops[i]; o.name == "fill" && !whole[o.d] {
			o.name = "lane"
		}
	}
}
