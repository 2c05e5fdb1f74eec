package main

import (
	"fmt"
	"github.com/mmcloughlin/avo/x86"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// elementwise is a function of n elements that reads the vectors in, writes
// the vectors out (a name may be in both) and takes float32 scalars.
type elementwise struct {
	name, doc string
	in, out   []string
	scalars   []string
	table     int // > 0: that many scalars in memory, in place of scalars
	unroll    int
	// before runs once, ahead of the loops.
	before func()
	// body returns the values of out, from those of in and the scalars.
	body func(x, s []vector) []vector
}

func (e elementwise) pointers() []string {
	names := append([]string{}, e.in...)
	for _, o := range e.out {
		if !contains(names, o) {
			names = append(names, o)
		}
	}
	return names
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// emit writes the function: an unrolled loop, one of single vectors, a masked
// tail.
func (e elementwise) emit() {
	names := e.pointers()
	parameters := fmt.Sprintf("%s *float32, n int", strings.Join(names, ", "))
	if len(e.scalars) > 0 {
		parameters += fmt.Sprintf(", %s float32", strings.Join(e.scalars, ", "))
	}
	if e.table > 0 {
		parameters += ", table *float32"
	}
	TEXT(e.name, 4, "func("+parameters+")") // NOSPLIT
	Pragma("noescape")
	Doc(e.doc)
	base := map[string]reg.GPVirtual{}
	for _, p := range names {
		base[p] = GP64()
		Load(Param(p), base[p])
	}
	n := GP64()
	Load(Param("n"), n)
	s := e.constants()
	if e.before != nil {
		e.before()
	}
	at := GP64()
	XORQ(at, at)
	loop(n, at, max(1, e.unroll), true, func(disp int, mask vector) {
		x := make([]vector, len(e.in))
		for i, p := range e.in {
			x[i] = load(Mem{Base: base[p], Index: at, Scale: 1, Disp: disp}, mask)
		}
		for i, y := range e.body(x, s) {
			store(y, Mem{Base: base[e.out[i]], Index: at, Scale: 1, Disp: disp}, mask)
		}
	})
	VZEROUPPER()
	RET()
}

func (e elementwise) constants() []vector {
	var s []vector
	for _, name := range e.scalars {
		s = append(s, scalar(name))
	}
	if e.table > 0 {
		table := GP64()
		Load(Param("table"), table)
		for i := range e.table {
			y := YMM()
			VBROADCASTSS(Mem{Base: table, Disp: 4 * i}, y)
			s = append(s, y)
		}
	}
	return s
}

// scalar returns eight copies of a float32 parameter.
func scalar(name string) vector {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	y := YMM()
	VBROADCASTSS(p.Addr, y)
	return y
}

// loop, with copies of the body woven where they are independent, runs body
// for vectors at the byte offset at + disp while n elements
// remain; the last time with a mask, nil before.
func loop(n, at reg.GPVirtual, unroll int, woven bool, body func(disp int, mask vector)) {
	if unroll > 1 {
		Label("unrolled")
		CMPQ(n, U32(uint32(8*unroll)))
		JL(LabelRef("single"))
		if woven {
			weave(unroll, func(u int) { body(32*u, nil) })
		} else {
			for u := range unroll {
				body(32*u, nil)
			}
		}
		ADDQ(U32(uint32(32*unroll)), at)
		SUBQ(U32(uint32(8*unroll)), n)
		JMP(LabelRef("unrolled"))
	}
	Label("single")
	CMPQ(n, Imm(8))
	JL(LabelRef("tail"))
	body(0, nil)
	ADDQ(Imm(32), at)
	SUBQ(Imm(8), n)
	JMP(LabelRef("single"))
	Label("tail")
	TESTQ(n, n)
	JE(LabelRef("done"))
	body(0, firstLanes(n))
	Label("done")
}

// firstLanes returns a mask of the first n lanes, 0 ≤ n ≤ 8.
func firstLanes(n reg.GPVirtual) vector {
	table, left := GP64(), GP64()
	LEAQ(masks(), table)
	MOVQ(U32(8), left)
	SUBQ(n, left)
	mask := YMM()
	VMOVUPS(Mem{Base: table, Index: left, Scale: 4}, mask)
	return mask
}

// load reads a vector, 0 in lanes outside the mask.
func load(m Mem, mask vector) vector {
	if mask == nil {
		return copyOf(m)
	}
	y := YMM()
	put(x86.VMASKMOVPS(m, mask, y))
	return y
}

func store(y vector, m Mem, mask vector) {
	if mask == nil {
		put(x86.VMOVUPS(y, m))
		return
	}
	put(x86.VMASKMOVPS(y, mask, m))
}
