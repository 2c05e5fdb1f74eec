package main

import (
	"fmt"
	"strings"
)

// An op is one instruction of arm64, of which the vector registers are
// variables, or a label.
type op struct {
	name  string
	d, d2 int   // the variables it sets; none where -1
	s     []int // those that it reads
	tied  bool  // it reads d too, and writes it in place
	imm   int
	mem   place  // of a load or store
	count string // the register with the number of lanes of a masked load or store

	text   string // as it is, for what concerns no vector
	label  string
	jump   string // where it may go next
	always bool   // it goes there
	keep   bool   // it does more than setting its variables
}

// place is an address: a register and an offset, or another register, shifted.
type place struct {
	base  string
	disp  int
	index string
	shift int
	name  string // of a parameter, in place of all that
}

func (p place) String() string {
	switch {
	case p.name != "":
		return p.name
	case p.index != "" && p.shift > 0:
		return fmt.Sprintf("(%s)(%s<<%d)", p.base, p.index, p.shift)
	case p.index != "":
		return fmt.Sprintf("(%s)(%s)", p.base, p.index)
	case p.disp != 0:
		return fmt.Sprintf("%d(%s)", p.disp, p.base)
	}
	return "(" + p.base + ")"
}

// at is the place some bytes further on.
func (p place) at(bytes int) place { p.disp += bytes; return p }

// pairs reports whether two vectors from the place on load as a pair.
func (p place) pairs() bool {
	return p.name == "" && p.index == "" && p.disp%16 == 0 && -1024 <= p.disp && p.disp <= 1008
}

// sets returns the variables that the op sets.
func (o *op) sets() []int {
	var out []int
	for _, d := range []int{o.d, o.d2} {
		if d >= 0 {
			out = append(out, d)
		}
	}
	return out
}

// reads returns the variables that the op reads.
func (o *op) reads() []int {
	if o.tied {
		return append([]int{o.d}, o.s...)
	}
	return o.s
}

// scratch is the register that an op may use for itself.
const scratch = "R25"

// lines returns the op's text; v gives the registers of variables.
func (o *op) lines(v func(int) int, unique *int) []string {
	f := func(i int) string { return fmt.Sprintf("F%d", v(i)) }
	switch o.name {
	case "text":
		return strings.Split(o.text, "\n")
	case "move":
		if v(o.d) == v(o.s[0]) {
			return nil
		}
		return []string{fmt.Sprintf("VMOV V%d.B16, V%d.B16", v(o.s[0]), v(o.d))}
	case "pair": // load two
		switch {
		case o.d < 0:
			return []string{fmt.Sprintf("FMOVQ %v, %s", o.mem.at(16), f(o.d2))}
		case o.d2 < 0:
			return []string{fmt.Sprintf("FMOVQ %v, %s", o.mem, f(o.d))}
		case o.mem.pairs():
			return []string{fmt.Sprintf("FLDPQ %v, (%s, %s)", o.mem, f(o.d), f(o.d2))}
		}
		return []string{fmt.Sprintf("FMOVQ %v, %s", o.mem, f(o.d)), fmt.Sprintf("FMOVQ %v, %s", o.mem.at(16), f(o.d2))}
	case "storepair":
		if o.mem.pairs() {
			return []string{fmt.Sprintf("FSTPQ (%s, %s), %v", f(o.s[0]), f(o.s[1]), o.mem)}
		}
		return []string{fmt.Sprintf("FMOVQ %s, %v", f(o.s[0]), o.mem), fmt.Sprintf("FMOVQ %s, %v", f(o.s[1]), o.mem.at(16))}
	case "loadq":
		return []string{fmt.Sprintf("FMOVQ %v, %s", o.mem, f(o.d))}
	case "storeq":
		return []string{fmt.Sprintf("FMOVQ %s, %v", f(o.s[0]), o.mem)}
	case "loads", "lane":
		return []string{fmt.Sprintf("FMOVS %v, %s", o.mem, f(o.d))}
	case "stores":
		return []string{fmt.Sprintf("FMOVS %s, %v", f(o.s[0]), o.mem)}
	case "stored":
		return []string{fmt.Sprintf("FMOVD %s, %v", f(o.s[0]), o.mem)}
	case "fill": // all lanes from one number in memory
		if o.mem.disp == 0 && o.mem.index == "" && o.mem.name == "" {
			return []string{fmt.Sprintf("VLD1R %v, [V%d.S4]", o.mem, v(o.d))}
		}
		return []string{fmt.Sprintf("FMOVS %v, %s", o.mem, f(o.d)), write("dup", 0, v(o.d), v(o.d))}
	case "maskload":
		return o.maskLoad(v, unique)
	case "maskstore":
		return o.maskStore(v, unique)
	case "lanes": // the number of leading lanes that are all ones
		t := v(o.d)
		return []string{
			write("add", 0, t, v(o.s[0]), v(o.s[1])),
			fmt.Sprintf("VADDV V%d.S4, V%d", t, t),
			fmt.Sprintf("VMOV V%d.S[0], %s", t, o.count),
			fmt.Sprintf("NEGW %s, %s", o.count, o.count),
		}
	case "signs": // whether any sign is set
		t := v(o.d)
		return []string{
			write("orr", 0, t, v(o.s[0]), v(o.s[1])),
			write("ushr", 31, t, t),
			fmt.Sprintf("VADDV V%d.S4, V%d", t, t),
			fmt.Sprintf("VMOV V%d.S[0], %s", t, o.count),
		}
	case "fromword":
		return []string{fmt.Sprintf("FMOVS %s, %s", o.count, f(o.d))}
	case "fromlong":
		return []string{fmt.Sprintf("FMOVD %s, %s", o.count, f(o.d))}
	}
	regs := []int{v(o.d)}
	for _, s := range o.s {
		regs = append(regs, v(s))
	}
	return []string{write(o.name, o.imm, regs...)}
}

// maskLoad loads the leading lanes of two vectors, zeros in the others. Memory
// behind the last lane is not touched: it may be nobody's.
func (o *op) maskLoad(v func(int) int, unique *int) []string {
	*unique++
	l := func(s string) string { return fmt.Sprintf("load%d%s", *unique, s) }
	var out []string
	emit := func(form string, args ...any) { out = append(out, fmt.Sprintf(form, args...)) }
	part := func(name string, r int, at place) {
		emit("TBNZ $1, %s, %s", o.count, l(name+"two"))
		emit("TBNZ $0, %s, %s", o.count, l(name+"one"))
		out = append(out, write("zero", 0, r))
		emit("B %s", l("done"))
		emit("%s:", l(name+"one"))
		emit("FMOVS %v, F%d", at, r)
		emit("B %s", l("done"))
		emit("%s:", l(name+"two"))
		emit("FMOVD %v, F%d", at, r)
		emit("TBZ $0, %s, %s", o.count, l("done"))
		emit("ADD $%d, %s, %s", at.disp+8, at.base, scratch)
		emit("VLD1 (%s), V%d.S[2]", scratch, r)
	}
	low, high := v(o.d), v(o.d2)
	emit("TBZ $3, %s, %s", o.count, l("some"))
	if o.mem.pairs() {
		emit("FLDPQ %v, (F%d, F%d)", o.mem, low, high)
	} else {
		emit("FMOVQ %v, F%d", o.mem, low)
		emit("FMOVQ %v, F%d", o.mem.at(16), high)
	}
	emit("B %s", l("done"))
	emit("%s:", l("some"))
	emit("TBZ $2, %s, %s", o.count, l("few"))
	emit("FMOVQ %v, F%d", o.mem, low)
	part("high", high, o.mem.at(16))
	emit("B %s", l("done"))
	emit("%s:", l("few"))
	out = append(out, write("zero", 0, high))
	part("low", low, o.mem)
	emit("%s:", l("done"))
	return out
}

// maskStore stores the leading lanes of two vectors.
func (o *op) maskStore(v func(int) int, unique *int) []string {
	*unique++
	l := func(s string) string { return fmt.Sprintf("store%d%s", *unique, s) }
	var out []string
	emit := func(form string, args ...any) { out = append(out, fmt.Sprintf(form, args...)) }
	part := func(name string, r int, at place) {
		emit("TBNZ $1, %s, %s", o.count, l(name+"two"))
		emit("TBZ $0, %s, %s", o.count, l("done"))
		emit("FMOVS F%d, %v", r, at)
		emit("B %s", l("done"))
		emit("%s:", l(name+"two"))
		emit("FMOVD F%d, %v", r, at)
		emit("TBZ $0, %s, %s", o.count, l("done"))
		emit("ADD $%d, %s, %s", at.disp+8, at.base, scratch)
		emit("VST1 V%d.S[2], (%s)", r, scratch)
	}
	low, high := v(o.s[0]), v(o.s[1])
	emit("TBZ $3, %s, %s", o.count, l("some"))
	if o.mem.pairs() {
		emit("FSTPQ (F%d, F%d), %v", low, high, o.mem)
	} else {
		emit("FMOVQ F%d, %v", low, o.mem)
		emit("FMOVQ F%d, %v", high, o.mem.at(16))
	}
	emit("B %s", l("done"))
	emit("%s:", l("some"))
	emit("TBZ $2, %s, %s", o.count, l("few"))
	emit("FMOVQ F%d, %v", low, o.mem)
	part("high", high, o.mem.at(16))
	emit("B %s", l("done"))
	emit("%s:", l("few"))
	part("low", low, o.mem)
	emit("%s:", l("done"))
	return out
}
