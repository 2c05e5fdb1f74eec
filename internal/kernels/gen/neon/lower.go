package main

import (
	"fmt"
	"strings"
)

// lowering turns the instructions of a function into ops. Each 256-bit register
// is two variables, its lower and its upper half; the upper half of what sets a
// lower one alone is zero, as on amd64.
type lowering struct {
	f    *function
	ops  []op
	next int // the next free variable

	near     []near          // addresses at hand
	spare    int             // the address register that is taken next
	maskLive []map[int]bool  // by line: registers that are masks of what follows
	full     map[string]bool // labels seen
	err      error
}

// near is a register that holds base + index<<shift.
type near struct {
	base, index string
	shift       int
	reg         string
}

// The variables of the 16 registers come first, then others.
const firstFree = 32

func low(n int) int  { return 2 * n }
func high(n int) int { return 2*n + 1 }

// registers maps those for integers; R18, R27, R28 and above are not for us.
var registers = map[string]string{
	"AX": "R0", "CX": "R1", "DX": "R2", "BX": "R3", "SI": "R4", "DI": "R5", "BP": "R6", "SP": "RSP",
	"R8": "R7", "R9": "R8", "R10": "R9", "R11": "R10", "R12": "R11", "R13": "R12", "R14": "R13", "R15": "R14",
}

// The registers for addresses, for masks' numbers of lanes, and for constants.
var (
	spares = []string{"R15", "R16", "R17", "R19", "R20"}
	counts = []string{"R21", "R22", "R23", "R24"}
)

const pool = "R26"

// lower returns the ops of a function.
func lower(f *function) ([]op, int, error) {
	l := &lowering{f: f, next: firstFree}
	l.masks()
	for i := range f.lines {
		l.line(i)
		if l.err != nil {
			return nil, 0, fmt.Errorf("%s: %q: %w", f.name, f.lines[i].text, l.err)
		}
	}
	return l.ops, l.next, nil
}

func (l *lowering) fail(form string, args ...any) {
	if l.err == nil {
		l.err = fmt.Errorf(form, args...)
	}
}

func (l *lowering) temp() int { l.next++; return l.next - 1 }

func (l *lowering) add(o op) { l.ops = append(l.ops, o) }

func (l *lowering) text(form string, args ...any) {
	l.add(op{name: "text", d: -1, d2: -1, text: fmt.Sprintf(form, args...), keep: true})
}

// set adds an op that sets d from s.
func (l *lowering) set(name string, d int, s ...int) {
	l.add(op{name: name, d: d, d2: -1, s: s})
}

// onto adds an op that works on d in place.
func (l *lowering) onto(name string, d int, s ...int) {
	l.add(op{name: name, d: d, d2: -1, s: s, tied: true})
}

func (l *lowering) zero(d int) { l.set("zero", d) }

// masks finds the registers that later masked moves use, line by line.
func (l *lowering) masks() {
	lines := l.f.lines
	at := map[string]int{}
	for i, x := range lines {
		if x.label != "" {
			at[x.label] = i
		}
	}
	l.maskLive = make([]map[int]bool, len(lines)+1)
	for i := range l.maskLive {
		l.maskLive[i] = map[int]bool{}
	}
	for again := true; again; {
		again = false
		for i := len(lines) - 1; i >= 0; i-- {
			x := &lines[i]
			live := map[int]bool{}
			follow := func(j int) {
				for n := range l.maskLive[j] {
					live[n] = true
				}
			}
			if x.op != "JMP" && x.op != "RET" {
				follow(i + 1)
			}
			if len(x.args) == 1 && x.args[0].kind == target {
				follow(at[x.args[0].name])
			}
			if n := len(x.args); n > 0 && x.args[n-1].kind == vector {
				delete(live, x.args[n-1].n)
			}
			if x.op == "VMASKMOVPS" {
				live[x.args[1].n] = true
			}
			if len(live) != len(l.maskLive[i]) {
				l.maskLive[i], again = live, true
			}
		}
	}
}

// countOf returns the register with the number of lanes of a mask.
func (l *lowering) countOf(n int) string {
	var seen []int
	for _, x := range l.f.lines {
		if x.op != "VMASKMOVPS" {
			continue
		}
		found := false
		for _, s := range seen {
			found = found || s == x.args[1].n
		}
		if !found {
			seen = append(seen, x.args[1].n)
		}
	}
	for i, s := range seen {
		if s == n {
			if i >= len(counts) {
				l.fail("more than %d masks", len(counts))
				return counts[0]
			}
			return counts[i]
		}
	}
	return ""
}

// wrote forgets addresses that depend on a register that has changed.
func (l *lowering) wrote(reg string) {
	kept := l.near[:0]
	for _, n := range l.near {
		if n.base != reg && n.index != reg && n.reg != reg {
			kept = append(kept, n)
		}
	}
	l.near = kept
}

// place returns where an argument is, as a register and an offset.
func (l *lowering) place(a arg) place {
	switch a.kind {
	case param:
		return place{name: a.name}
	case symbol:
		if strings.HasPrefix(a.name, "·") {
			l.fail("a Go variable")
		}
		l.text("MOVD $%s+%d(SB), %s", a.name, a.disp, scratch)
		return place{base: scratch}
	}
	base := registers[a.base]
	if a.base == "SP" {
		a.disp += 8 // the return address lies below local variables
	}
	if a.index == "" {
		return place{base: base, disp: a.disp}
	}
	index, shift := registers[a.index], shiftOf(a.scale)
	for _, n := range l.near {
		if n.base == base && n.index == index && n.shift == shift {
			return place{base: n.reg, disp: a.disp}
		}
	}
	reg := spares[l.spare]
	l.spare = (l.spare + 1) % len(spares)
	l.wrote(reg)
	l.text("ADD %s, %s, %s", shifted(index, shift), base, reg)
	l.near = append(l.near, near{base, index, shift, reg})
	return place{base: reg, disp: a.disp}
}

// scalarPlace is place for one number, whose load may add an index.
func (l *lowering) scalarPlace(a arg) place {
	if s := shiftOf(a.scale); a.kind == memory && a.index != "" && a.disp == 0 && (s == 0 || s == 2) && a.base != "SP" {
		return place{base: registers[a.base], index: registers[a.index], shift: s}
	}
	return l.place(a)
}

func shiftOf(scale int) int {
	for s, v := range []int{1, 2, 4, 8} {
		if v == scale {
			return s
		}
	}
	return 0
}

func shifted(reg string, shift int) string {
	if shift == 0 {
		return reg
	}
	return fmt.Sprintf("%s<<%d", reg, shift)
}

// splat returns the number that all lanes of a constant have.
func splat(a arg) (string, bool) {
	ok := a.kind == symbol && len(a.name) == len("c00000000<>") && a.name[0] == 'c' && a.disp == 0
	return strings.TrimSuffix(a.name, "<>"), ok
}

// constant returns a variable with a constant in all lanes.
func (l *lowering) constant(name string) int {
	t := l.temp()
	l.add(op{name: "constant", d: t, d2: -1, text: name})
	return t
}

// halves returns the variables of an argument's two halves, loaded where it is
// in memory.
func (l *lowering) halves(a arg) (int, int) {
	if a.kind == vector {
		return low(a.n), high(a.n)
	}
	if name, ok := splat(a); ok {
		t := l.constant(name)
		return t, t
	}
	t, u := l.temp(), l.temp()
	l.add(op{name: "pair", d: t, d2: u, mem: l.place(a)})
	return t, u
}

// each does the op on both halves: d = name(first, second), where on amd64 the
// first operand comes last but one. On a half register the upper half is zero.
func (l *lowering) each(name string, x *line) {
	n := len(x.args)
	d := x.args[n-1]
	if d.half {
		l.set(name, low(d.n), l.lows(x.args)...)
		l.zero(high(d.n))
		return
	}
	var lows, highs []int
	for i := n - 2; i >= 0; i-- {
		a, b := l.halves(x.args[i])
		lows, highs = append(lows, a), append(highs, b)
	}
	l.set(name, low(d.n), lows...)
	l.set(name, high(d.n), highs...)
}

// lows returns the lower halves of all but the last argument, in reverse; those
// in memory are loaded as 16 bytes.
func (l *lowering) lows(args []arg) []int {
	var out []int
	for i := len(args) - 2; i >= 0; i-- {
		switch a := args[i]; a.kind {
		case vector:
			out = append(out, low(a.n))
		case param:
			t := l.temp()
			l.add(op{name: "loads", d: t, d2: -1, mem: l.place(a)})
			out = append(out, t)
		default:
			t := l.temp()
			l.add(op{name: "loadq", d: t, d2: -1, mem: l.place(a)})
			out = append(out, t)
		}
	}
	return out
}

// broadcast sets all lanes of register n.
func (l *lowering) broadcast(x *line) {
	from, n := x.args[0], x.args[1].n
	switch {
	case from.kind == vector:
		l.set("dup", low(n), low(from.n))
		l.set("move", high(n), low(n))
		return
	case from.kind == symbol:
		if name, ok := splat(from); ok {
			l.add(op{name: "constant", d: low(n), d2: high(n), text: name})
			return
		}
	}
	l.add(op{name: "fill", d: low(n), d2: high(n), mem: l.scalarPlace(from)})
}

// products adds or subtracts products: y[d] = ±a·b + c.
func (l *lowering) products(x *line, name string, order string) {
	d := x.args[2]
	width := ""
	if strings.HasSuffix(x.op, "PD") {
		width = ".d"
	}
	a, b := l.halves(x.args[0])
	s, t := low(x.args[1].n), high(x.args[1].n)
	if order == "231" {
		l.onto(name+width, low(d.n), s, a)
		l.onto(name+width, high(d.n), t, b)
		return
	}
	for _, h := range [][3]int{{low(d.n), s, a}, {high(d.n), t, b}} {
		sum := l.temp()
		l.set("move", sum, h[2])
		l.onto(name+width, sum, h[1], h[0])
		l.set("move", h[0], sum)
	}
}

// choose sets d = name(a, b) ? yes : no, which is how amd64 takes the greater
// and the smaller of two: the second operand where one is NaN or both are 0.
func (l *lowering) choose(x *line, swap bool) {
	b0, b1 := l.halves(x.args[0])
	a0, a1 := l.halves(x.args[1])
	d := x.args[2]
	for _, h := range [][3]int{{low(d.n), a0, b0}, {high(d.n), a1, b1}} {
		t := l.temp()
		if swap {
			l.set("fcmgt", t, h[2], h[1])
		} else {
			l.set("fcmgt", t, h[1], h[2])
		}
		l.onto("bsl", t, h[1], h[2])
		l.set("move", h[0], t)
	}
}

// compare sets d to the mask of a predicate.
func (l *lowering) compare(x *line) {
	b0, b1 := l.halves(x.args[1])
	a0, a1 := l.halves(x.args[2])
	d := x.args[3]
	for _, h := range [][3]int{{low(d.n), a0, b0}, {high(d.n), a1, b1}} {
		t := l.temp()
		a, b := h[1], h[2]
		not := false
		switch x.args[0].n {
		case 0x00: // equal
			l.set("fcmeq", t, a, b)
		case 0x03, 0x07: // one is NaN, none is
			l.set("fcmeq", t, a, a)
			if a != b && !(x.args[1].kind == vector && x.args[1].n == x.args[2].n) {
				u, w := l.temp(), l.temp()
				l.set("fcmeq", u, b, b)
				l.set("and", w, t, u)
				t = w
			}
			not = x.args[0].n == 3
		case 0x04: // not equal, or NaN
			l.set("fcmeq", t, a, b)
			not = true
		case 0x08: // equal or NaN
			u, w := l.temp(), l.temp()
			l.set("fcmgt", t, a, b)
			l.set("fcmgt", u, b, a)
			l.set("orr", w, t, u)
			t, not = w, true
		case 0x11: // less
			l.set("fcmgt", t, b, a)
		case 0x12: // less or equal
			l.set("fcmge", t, b, a)
		case 0x1d: // greater or equal
			l.set("fcmge", t, a, b)
		case 0x16: // not less or equal
			l.set("fcmge", t, b, a)
			not = true
		case 0x19: // not greater or equal
			l.set("fcmge", t, a, b)
			not = true
		case 0x1e: // greater
			l.set("fcmgt", t, a, b)
		default:
			l.fail("no such comparison")
		}
		if not {
			l.set("mvn", h[0], t)
		} else {
			l.set("move", h[0], t)
		}
	}
}

// blend sets d where the mask's sign is set to b, else to a.
func (l *lowering) blend(x *line) {
	m, d := x.args[0].n, x.args[3].n
	b0, b1 := l.halves(x.args[1])
	a0, a1 := l.halves(x.args[2])
	for _, h := range [][4]int{{low(d), low(m), a0, b0}, {high(d), high(m), a1, b1}} {
		t := l.temp()
		l.add(op{name: "sshr", imm: 31, d: t, d2: -1, s: []int{h[1]}})
		l.onto("bsl", t, h[3], h[2])
		l.set("move", h[0], t)
	}
}
