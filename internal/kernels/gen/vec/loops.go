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
	both(func() {
		s := e.constants()
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
	})
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
			y := register()
			VBROADCASTSS(Mem{Base: table, Disp: 4 * i}, y)
			s = append(s, y)
		}
	}
	return s
}

// scalar returns copies of a float32 parameter.
func scalar(name string) vector {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	y := register()
	VBROADCASTSS(p.Addr, y)
	return y
}

// loop, with copies of the body woven where they are independent, runs body
// for vectors at the byte offset at + disp while n elements
// remain; the last time with a mask, nil before.
func loop(n, at reg.GPVirtual, unroll int, woven bool, body func(disp int, mask vector)) {
	if unroll > 1 {
		Label(label("unrolled"))
		CMPQ(n, U32(uint32(lanes*unroll)))
		JL(LabelRef(label("single")))
		if woven {
			weave(unroll, func(u int) { body(4*lanes*u, nil) })
		} else {
			for u := range unroll {
				body(4*lanes*u, nil)
			}
		}
		ADDQ(U32(uint32(4*lanes*unroll)), at)
		SUBQ(U32(uint32(lanes*unroll)), n)
		JMP(LabelRef(label("unrolled")))
	}
	Label(label("single"))
	CMPQ(n, Imm(uint64(lanes)))
	JL(LabelRef(label("tail")))
	body(0, nil)
	ADDQ(Imm(uint64(4*lanes)), at)
	SUBQ(Imm(uint64(lanes)), n)
	JMP(LabelRef(label("single")))
	Label(label("tail"))
	TESTQ(n, n)
	JE(LabelRef(label("done")))
	body(0, firstLanes(n))
	Label(label("done"))
}

// firstLanes returns a mask of the first n lanes, 0 ≤ n ≤ lanes.
func firstLanes(n reg.GPVirtual) vector {
	if wide() {
		bits, k := GP64(), K()
		MOVQ(I32(-1), bits)
		BZHIQ(n, bits, bits)
		KMOVW(bits.As32(), k)
		return expand(k)
	}
	table, left := GP64(), GP64()
	LEAQ(masks(), table)
	MOVQ(U32(8), left)
	SUBQ(n, left)
	mask := register()
	VMOVUPS(Mem{Base: table, Index: left, Scale: 4}, mask)
	return mask
}

// load reads a vector, 0 in lanes outside the mask.
func load(m Mem, mask vector) vector {
	if mask == nil {
		return copyOf(m)
	}
	y := register()
	if wide() {
		put(x86.VMOVUPS_Z(m, opmask(mask), y))
	} else {
		put(x86.VMASKMOVPS(m, mask, y))
	}
	return y
}

func store(y vector, m Mem, mask vector) {
	if mask == nil {
		put(x86.VMOVUPS(y, m))
		return
	}
	if wide() {
		put(x86.VMOVUPS(y, opmask(mask), m))
	} else {
		put(x86.VMASKMOVPS(y, mask, m))
	}
}
