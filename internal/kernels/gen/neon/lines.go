package main

import (
	"fmt"
	"strings"
)

// direct are instructions that have one of arm64's on each half.
var direct = map[string]string{
	"VADDPS": "fadd", "VSUBPS": "fsub", "VMULPS": "fmul", "VDIVPS": "fdiv", "VADDPD": "fadd.d",
	"VADDSS": "fadd", "VMULSS": "fmul", "VADDSD": "fadd.d",
	"VANDPS": "and", "VORPS": "orr", "VPADDD": "add", "VPSUBD": "sub", "VPMULLD": "mul",
	"VPMAXSD": "smax", "VPCMPGTD": "cmgt", "VSQRTPS": "fsqrt", "VCVTDQ2PS": "scvtf", "VCVTPS2DQ": "fcvtns",
	"VUNPCKLPS": "zip1", "VUNPCKHPS": "zip2", "VUNPCKLPD": "zip1.d", "VUNPCKHPD": "zip2.d", "VHADDPS": "faddp",
}

var shifts = map[string]string{"VPSLLD": "shl", "VPSRAD": "sshr", "VPSRLD": "ushr"}

// line adds the ops of line i.
func (l *lowering) line(i int) {
	x := &l.f.lines[i]
	switch {
	case x.label != "":
		l.near = nil
		l.add(op{name: "label", d: -1, d2: -1, label: x.label, keep: true})
	case x.op == "RET":
		l.text("RET")
		l.ops[len(l.ops)-1].always = true
	case x.op == "VZEROUPPER":
	case x.op[0] == 'J':
		l.branch(x)
	case x.op[0] == 'V' || x.op == "MOVSS" || x.op == "MOVSD":
		l.vectors(i, x)
	default:
		l.integers(i, x)
	}
	if n := len(x.args); n > 0 && x.args[n-1].kind == general && x.op[0] != 'J' {
		switch x.op {
		case "CMPQ", "TESTQ", "TESTL", "CMPL":
		default:
			l.wrote(registers[x.args[n-1].reg])
		}
	}
}

var branches = map[string]string{
	"JMP": "B", "JE": "BEQ", "JEQ": "BEQ", "JZ": "BEQ", "JNE": "BNE", "JNZ": "BNE",
	"JL": "BLT", "JLT": "BLT", "JGE": "BGE", "JG": "BGT", "JGT": "BGT", "JLE": "BLE",
}

func (l *lowering) branch(x *line) {
	b := branches[x.op]
	if b == "" {
		l.fail("no such branch")
	}
	to := x.args[0].name
	l.add(op{name: "text", d: -1, d2: -1, text: b + " " + to, jump: to, always: b == "B", keep: true})
}

// vectors adds the ops of an instruction on vectors.
func (l *lowering) vectors(i int, x *line) {
	n := len(x.args)
	last := x.args[n-1]
	switch x.op {
	case "VMOVUPS", "VMOVAPS":
		l.move(x.args[0], last)
	case "VBROADCASTSS", "VPBROADCASTD":
		l.broadcast(x)
	case "VXORPS", "VXORPD", "VPXOR":
		if x.args[0].kind == vector && x.args[0].n == x.args[1].n {
			l.zero(low(last.n))
			l.zero(high(last.n))
		} else {
			l.each("eor", x)
		}
	case "VPCMPEQD":
		if x.args[0].n != x.args[1].n {
			l.fail("a comparison of integers")
		}
		l.set("ones", low(last.n))
		l.set("ones", high(last.n))
	case "VANDNPS": // the first operand is inverted, on arm64 the second
		x := line{args: []arg{x.args[1], x.args[0], x.args[2]}}
		l.each("bic", &x)
	case "VFMADD231PS", "VFMADD231PD":
		l.products(x, "fmla", "231")
	case "VFNMADD231PS":
		l.products(x, "fmls", "231")
	case "VFMADD213PS":
		l.products(x, "fmla", "213")
	case "VFNMADD213PS":
		l.products(x, "fmls", "213")
	case "VFMSUB231PS":
		l.set("fneg", low(last.n), low(last.n))
		l.set("fneg", high(last.n), high(last.n))
		l.products(x, "fmla", "231")
	case "VMAXPS":
		l.choose(x, false)
	case "VMINPS":
		l.choose(x, true)
	case "VCMPPS":
		l.compare(x)
	case "VBLENDVPS":
		l.blend(x)
	case "VROUNDPS":
		if x.args[0].n != 0 {
			l.fail("no such rounding")
		}
		x := line{args: x.args[1:]}
		l.each("frintn", &x)
	case "VRSQRTPS":
		l.reciprocalRoot(x)
	case "VMASKMOVPS":
		l.masked(x)
	case "VPSLLD", "VPSRAD", "VPSRLD":
		s0, s1 := l.halves(x.args[1])
		l.add(op{name: shifts[x.op], imm: x.args[0].n, d: low(last.n), d2: -1, s: []int{s0}})
		l.add(op{name: shifts[x.op], imm: x.args[0].n, d: high(last.n), d2: -1, s: []int{s1}})
	case "MOVSS", "VMOVSS":
		if last.kind == vector {
			l.add(op{name: "loads", d: low(last.n), d2: -1, mem: l.scalarPlace(x.args[0])})
			l.zero(high(last.n))
		} else {
			l.add(op{name: "stores", d: -1, d2: -1, s: []int{low(x.args[0].n)}, mem: l.scalarPlace(last), keep: true})
		}
	case "MOVSD":
		l.add(op{name: "stored", d: -1, d2: -1, s: []int{low(x.args[0].n)}, mem: l.place(last), keep: true})
	case "VMOVD", "VMOVQ":
		name := map[string]string{"VMOVD": "fromword", "VMOVQ": "fromlong"}[x.op]
		l.add(op{name: name, d: low(last.n), d2: -1, count: registers[x.args[0].reg]})
		l.zero(high(last.n))
	case "VMOVMSKPS":
		l.add(op{name: "signs", d: l.temp(), d2: -1, s: []int{low(x.args[0].n), high(x.args[0].n)}, count: registers[last.reg], keep: true})
	default:
		if name := direct[x.op]; name != "" {
			l.each(name, x)
		} else {
			l.lanes(x)
		}
	}
	if last.kind == vector && l.maskLive[i+1][last.n] {
		count := l.countOf(last.n)
		if x.op == "VPCMPEQD" {
			l.text("MOVD $8, %s", count)
			return
		}
		l.add(op{name: "lanes", d: l.temp(), d2: -1, s: []int{low(last.n), high(last.n)}, count: count, keep: true})
	}
}

// move adds loads, stores and copies.
func (l *lowering) move(from, to arg) {
	switch {
	case to.kind != vector && from.half:
		l.add(op{name: "storeq", d: -1, d2: -1, s: []int{low(from.n)}, mem: l.place(to), keep: true})
	case to.kind != vector:
		l.add(op{name: "storepair", d: -1, d2: -1, s: []int{low(from.n), high(from.n)}, mem: l.place(to), keep: true})
	case to.half && from.kind != vector:
		l.add(op{name: "loadq", d: low(to.n), d2: -1, mem: l.place(from)})
		l.zero(high(to.n))
	case from.kind == vector:
		l.set("move", low(to.n), low(from.n))
		l.set("move", high(to.n), high(from.n))
	default:
		if name, ok := splat(from); ok {
			l.add(op{name: "constant", d: low(to.n), d2: -1, text: name})
			l.add(op{name: "constant", d: high(to.n), d2: -1, text: name})
			return
		}
		l.add(op{name: "pair", d: low(to.n), d2: high(to.n), mem: l.place(from)})
	}
}

// masked adds a load or a store of leading lanes.
func (l *lowering) masked(x *line) {
	count := l.countOf(x.args[1].n)
	if to := x.args[2]; to.kind == vector {
		l.add(op{name: "maskload", d: low(to.n), d2: high(to.n), mem: l.place(x.args[0]), count: count, keep: true})
		return
	}
	from := x.args[0].n
	l.add(op{name: "maskstore", d: -1, d2: -1, s: []int{low(from), high(from)}, mem: l.place(x.args[2]), count: count, keep: true})
}

// reciprocalRoot estimates 1/√x as amd64 does, to 12 bits or better: eight from
// the table, then a step of Newton's method.
func (l *lowering) reciprocalRoot(x *line) {
	s0, s1 := l.halves(x.args[0])
	d := x.args[1].n
	for _, h := range [][2]int{{low(d), s0}, {high(d), s1}} {
		e, square, step := l.temp(), l.temp(), l.temp()
		l.set("frsqrte", e, h[1])
		l.set("fmul", square, e, e)
		l.set("frsqrts", step, h[1], square)
		l.set("fmul", h[0], e, step)
	}
}

// lanes adds what moves numbers between lanes.
func (l *lowering) lanes(x *line) {
	last := x.args[len(x.args)-1]
	imm := 0
	if x.args[0].kind == immediate {
		imm = x.args[0].n
	}
	// The results are made before either half is overwritten.
	t, u := l.temp(), l.temp()
	switch form := fmt.Sprintf("%s %#02x", x.op, imm); {
	case form == "VPERMPD 0xd8":
		a, b := l.halves(x.args[1])
		l.set("zip1.d", t, a, b)
		l.set("zip2.d", u, a, b)
	case x.op == "VPERM2F128":
		b0, b1 := l.halves(x.args[1])
		a0, a1 := l.halves(x.args[2])
		halves := []int{a0, a1, b0, b1}
		l.set("move", t, halves[imm&3])
		l.set("move", u, halves[imm>>4&3])
	case form == "VPERMILPS 0x4e":
		a, b := l.halves(x.args[1])
		l.add(op{name: "ext", imm: 8, d: t, d2: -1, s: []int{a, a}})
		l.add(op{name: "ext", imm: 8, d: u, d2: -1, s: []int{b, b}})
	case form == "VPERMILPS 0xb1":
		a, b := l.halves(x.args[1])
		l.set("rev64", t, a)
		l.set("rev64", u, b)
	case x.op == "VSHUFPS":
		b0, b1 := l.halves(x.args[1])
		a0, a1 := l.halves(x.args[2])
		l.shuffle(imm, t, a0, b0)
		l.shuffle(imm, u, a1, b1)
	case x.op == "VMOVHLPS":
		l.set("zip2.d", t, low(x.args[0].n), low(x.args[1].n))
		l.zero(u)
	case x.op == "VMOVSHDUP":
		l.set("trn2", t, low(x.args[0].n), low(x.args[0].n))
		l.zero(u)
	case x.op == "VEXTRACTF128" && last.kind != vector:
		l.add(op{name: "storeq", d: -1, d2: -1, s: []int{high(x.args[1].n)}, mem: l.place(last), keep: true})
		return
	case x.op == "VEXTRACTF128":
		l.set("move", t, high(x.args[1].n))
		l.zero(u)
	case x.op == "VINSERTF128":
		l.set("move", t, low(x.args[2].n))
		if from := x.args[1]; from.kind == vector {
			l.set("move", u, low(from.n))
		} else {
			l.add(op{name: "loadq", d: u, d2: -1, mem: l.place(from)})
		}
	case x.op == "VCVTPS2PD":
		l.set("fcvtl", t, low(x.args[0].n))
		l.set("fcvtl2", u, low(x.args[0].n))
	case x.op == "VCVTPD2PSY":
		a, b := l.halves(x.args[0])
		l.set("fcvtn", t, a)
		l.onto("fcvtn2", t, b)
		l.zero(u)
	default:
		l.fail("no such instruction")
	}
	l.set("move", low(last.n), t)
	l.set("move", high(last.n), u)
}

// shuffle takes two numbers of a, then two of b.
func (l *lowering) shuffle(imm, d, a, b int) {
	switch imm {
	case 0x44:
		l.set("zip1.d", d, a, b)
	case 0xee:
		l.set("zip2.d", d, a, b)
	case 0x88:
		l.set("uzp1", d, a, b)
	case 0xd8: // 0, 2 and 1, 3
		t, u := l.temp(), l.temp()
		l.set("uzp1", t, a, a)
		l.set("uzp2", u, b, b)
		l.set("zip1.d", d, t, u)
	default:
		l.fail("no such order")
	}
}

// flags reports whether the flags that line i sets are read.
func (l *lowering) flags(i int) bool {
	for _, x := range l.f.lines[i+1:] {
		switch {
		case x.label != "":
		case x.op == "JMP" || x.op == "RET":
			return false
		case x.op[0] == 'J' || strings.HasPrefix(x.op, "CMOV"):
			return true
		case x.op[0] == 'V' || strings.HasPrefix(x.op, "MOV") || x.op == "LEAQ" || strings.HasPrefix(x.op, "PREFETCH"):
		default:
			return false
		}
	}
	return false
}

// integers adds the ops of an instruction on integers.
func (l *lowering) integers(i int, x *line) {
	reg := func(k int) string { return registers[x.args[k].reg] }
	s := ""
	if l.flags(i) {
		s = "S"
	}
	last := len(x.args) - 1
	switch x.op {
	case "MOVQ", "MOVL", "MOVLQSX":
		l.integerMove(x)
	case "LEAQ":
		l.leaq(x)
	case "ADDQ", "SUBQ":
		name := x.op[:3] + s
		from := ""
		switch a := x.args[0]; a.kind {
		case immediate:
			from = fmt.Sprintf("$%d", a.n)
		case general:
			from = reg(0)
		default:
			l.text("MOVD %v, %s", l.place(a), scratch)
			from = scratch
		}
		if to := x.args[1]; to.kind == memory {
			p := l.place(to)
			l.text("MOVD %v, %s", p, scratch)
			l.text("%s %s, %s", name, from, scratch)
			l.text("MOVD %s, %v", scratch, p)
			return
		}
		l.text("%s %s, %s", name, from, reg(1))
	case "DECQ", "INCQ":
		name := map[string]string{"DECQ": "SUB", "INCQ": "ADD"}[x.op] + s
		if a := x.args[0]; a.kind == memory {
			p := l.place(a)
			l.text("MOVD %v, %s", p, scratch)
			l.text("%s $1, %s", name, scratch)
			l.text("MOVD %s, %v", scratch, p)
			return
		}
		l.text("%s $1, %s", name, reg(0))
	case "NEGQ":
		l.text("NEG %s, %s", reg(0), reg(0))
	case "SHLQ":
		l.text("LSL $%d, %s", x.args[0].n, reg(1))
	case "IMUL3Q":
		l.text("MOVD $%d, %s", x.args[0].n, scratch)
		l.text("MUL %s, %s, %s", scratch, reg(1), reg(2))
	case "XORQ":
		if x.args[0].reg != x.args[1].reg || s != "" {
			l.fail("an exclusive or")
		}
		l.text("MOVD ZR, %s", reg(1))
	case "TESTQ":
		if x.args[0].kind == immediate {
			l.text("TST $%d, %s", x.args[0].n, reg(1))
		} else {
			l.text("TST %s, %s", reg(0), reg(1))
		}
	case "TESTL":
		l.text("TSTW %s, %s", reg(0), reg(1))
	case "CMPQ":
		switch a := x.args[1]; a.kind {
		case immediate:
			l.text("CMP $%d, %s", a.n, reg(0))
		case general:
			l.text("CMP %s, %s", reg(1), reg(0))
		default:
			l.text("MOVD %v, %s", l.place(a), scratch)
			l.text("CMP %s, %s", scratch, reg(0))
		}
	case "CMPL":
		l.text("MOVWU %v, %s", l.place(x.args[0]), scratch)
		l.text("CMPW $%d, %s", x.args[1].n, scratch)
	case "CMOVQGT", "CMOVQLT":
		l.text("CSEL %s, %s, %s, %s", x.op[len("CMOVQ"):], reg(0), reg(1), reg(1))
	case "PREFETCHT0":
		l.prefetch(x.args[0])
	default:
		l.fail("no such instruction")
	}
	_ = last
}

// prefetch is left out where it would need an addition of its own: cores of
// this kind foresee rows.
func (l *lowering) prefetch(a arg) {
	if a.index == "" {
		l.text("PRFM %v, PLDL1KEEP", l.place(a))
	}
}

func (l *lowering) integerMove(x *line) {
	name := map[string]string{"MOVQ": "MOVD", "MOVL": "MOVWU", "MOVLQSX": "MOVW"}[x.op]
	from, to := x.args[0], x.args[1]
	switch {
	case to.kind == memory:
		if x.op == "MOVL" {
			name = "MOVW"
		}
		l.text("%s %s, %v", name, registers[from.reg], l.place(to))
	case from.kind == immediate:
		l.text("MOVD $%d, %s", from.n, registers[to.reg])
	case from.kind == general:
		l.text("%s %s, %s", name, registers[from.reg], registers[to.reg])
	case from.kind == param:
		l.text("%s %s, %s", name, from.name, registers[to.reg])
	case from.index != "" && from.disp == 0 && (x.op == "MOVQ" && from.scale == 8 || x.op == "MOVLQSX" && from.scale == 4):
		l.text("%s %v, %s", name, place{base: registers[from.base], index: registers[from.index], shift: shiftOf(from.scale)}, registers[to.reg])
	default:
		l.text("%s %v, %s", name, l.place(from), registers[to.reg])
	}
}

func (l *lowering) leaq(x *line) {
	from, to := x.args[0], registers[x.args[1].reg]
	if from.kind == symbol {
		l.text("MOVD $%s+%d(SB), %s", from.name, from.disp, to)
		return
	}
	base, disp := registers[from.base], from.disp
	if from.base == "SP" {
		disp += 8
	}
	if from.index != "" {
		l.text("ADD %s, %s, %s", shifted(registers[from.index], shiftOf(from.scale)), base, to)
		base = to
	}
	switch {
	case disp < 0:
		l.text("SUB $%d, %s, %s", -disp, base, to)
	case disp > 0:
		l.text("ADD $%d, %s, %s", disp, base, to)
	case base != to:
		l.text("MOVD %s, %s", base, to)
	}
}
