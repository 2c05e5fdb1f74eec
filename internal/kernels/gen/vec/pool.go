package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// windows writes the rows of pooling windows, eight outputs at a time, for
// strides 1 and 2.
func windows() {
	for _, stride := range []int{1, 2} {
		windowRow(fmt.Sprintf("maxWindows%d", stride), stride, largest)
		windowRow(fmt.Sprintf("maxWindowsIndex%d", stride), stride, largestIndex)
		windowRow(fmt.Sprintf("sumWindows%d", stride), stride, scaledSum)
	}
}

type windowKind int

const (
	largest windowKind = iota
	largestIndex
	scaledSum
)

// windowRow writes a function of n windows of rows×cols elements; the first
// begins at x, the rows are pitch elements apart.
func windowRow(name string, stride int, kind windowKind) {
	signature := "func(x *float32, pitch, rows, cols, n int, y *float32"
	doc := name + " sets y to the largest element of each of n windows."
	switch kind {
	case largestIndex:
		signature += ", idx *int32, first int"
		doc = name + " is also given where x lies in the plane and sets idx to the first largest element's place."
	case scaledSum:
		signature += ", scale float32"
		doc = name + " sets y to the sum of each of n windows, times scale."
	}
	TEXT(name, 4, signature+")")
	Pragma("noescape")
	Doc(doc)
	w := &window{stride: stride, kind: kind, tap: GP64(), row: GP64()}
	w.x = Load(Param("x"), GP64()).(reg.GPVirtual)
	w.pitch = Load(Param("pitch"), GP64()).(reg.GPVirtual)
	w.rows = Load(Param("rows"), GP64()).(reg.GPVirtual)
	w.cols = Load(Param("cols"), GP64()).(reg.GPVirtual)
	n := Load(Param("n"), GP64()).(reg.GPVirtual)
	y := Load(Param("y"), GP64()).(reg.GPVirtual)
	var idx reg.GPVirtual
	if kind == largestIndex {
		idx = Load(Param("idx"), GP64()).(reg.GPVirtual)
		w.first = YMM()
		p, err := Param("first").Resolve()
		if err != nil {
			panic(err)
		}
		VPBROADCASTD(p.Addr, w.first)
		lane := GLOBL(name+"Lanes", 8|16)
		for i := range 8 {
			DATA(4*i, U32(uint32(i*stride)))
		}
		VPADDD(lane, w.first, w.first)
	}
	if kind == scaledSum {
		w.scale = scalar("scale")
	}

	Label("eight")
	CMPQ(n, Imm(8))
	JL(LabelRef("tail"))
	w.eight("whole", nil, nil)
	VMOVUPS(w.best, Mem{Base: y})
	ADDQ(Imm(32), y)
	if kind == largestIndex {
		VMOVUPS(w.at, Mem{Base: idx})
		ADDQ(Imm(32), idx)
		VPADDD(bits(uint32(8*stride)), w.first, w.first)
	}
	ADDQ(Imm(uint64(32*stride)), w.x)
	SUBQ(Imm(8), n)
	JMP(LabelRef("eight"))

	Label("tail")
	TESTQ(n, n)
	JE(LabelRef("done"))
	mask := firstLanes(n)
	low, high := mask, mask
	if stride == 2 {
		low, high = evenLanes(n)
	}
	w.eight("part", low, high)
	VMASKMOVPS(w.best, mask, Mem{Base: y})
	if kind == largestIndex {
		VPMASKMOVD(w.at, mask, Mem{Base: idx})
	}
	Label("done")
	VZEROUPPER()
	RET()
}

// evenLanes returns masks of the 2n − 1 elements that n windows two apart
// span, in two vectors, for 1 ≤ n < 8.
func evenLanes(n reg.GPVirtual) (low, high vector) {
	span, zero := GP64(), GP64()
	LEAQ(Mem{Base: n, Index: n, Scale: 1, Disp: -1}, span)
	rest := GP64()
	MOVQ(span, rest)
	XORQ(zero, zero)
	SUBQ(Imm(8), rest)
	CMOVQLT(zero, rest)
	high = firstLanes(rest)
	SUBQ(rest, span)
	low = firstLanes(span)
	return low, high
}

type window struct {
	stride               int
	kind                 windowKind
	x, pitch, rows, cols reg.GPVirtual
	tap, row             reg.GPVirtual
	first, scale         vector
	best, at             vector
}

// eight joins the elements of eight windows, in row-major order, into best
// and at. With masks it reads only inside them.
func (w *window) eight(label string, low, high vector) {
	if w.kind == scaledSum {
		w.best = copyOf(c(0))
	} else {
		w.best = copyOf(bits(0xff800000))
	}
	if w.kind == largestIndex {
		w.at = copyOf(w.first)
	}
	y, k := GP64(), GP64()
	MOVQ(w.rows, y)
	XORQ(w.row, w.row)
	Label(label + "Row")
	MOVQ(w.row, w.tap)
	MOVQ(w.cols, k)
	Label(label + "Tap")
	w.join(w.elements(low, high))
	INCQ(w.tap)
	DECQ(k)
	JNE(LabelRef(label + "Tap"))
	ADDQ(w.pitch, w.row)
	DECQ(y)
	JNE(LabelRef(label + "Row"))
	if w.kind == scaledSum {
		w.best = mul(w.best, w.scale)
	}
}

// elements loads one element of each window.
func (w *window) elements(low, high vector) vector {
	here := Mem{Base: w.x, Index: w.tap, Scale: 4}
	if w.stride == 1 {
		return load(here, low)
	}
	next := here
	next.Disp = 32
	if high == nil {
		// The last element of the second vector may lie outside.
		next.Disp = 28
		a, b := load(here, nil), load(next, nil)
		y := YMM()
		VSHUFPS(Imm(0xd8), b, a, y) // 0 2 8 10 4 6 12 14, b one step back
		VPERMPD(Imm(0xd8), y, y)
		return y
	}
	a, b := load(here, low), load(next, high)
	y := YMM()
	VSHUFPS(Imm(0x88), b, a, y)
	VPERMPD(Imm(0xd8), y, y)
	return y
}

func (w *window) join(v vector) {
	if w.kind == scaledSum {
		VADDPS(v, w.best, w.best)
		return
	}
	better := and(compare(v, nle, w.best), compare(w.best, real, w.best))
	VBLENDVPS(better, v, w.best, w.best)
	if w.kind != largestIndex {
		return
	}
	place := XMM()
	VMOVQ(w.tap, place)
	at := YMM()
	VPBROADCASTD(place, at)
	VPADDD(w.first, at, at)
	VBLENDVPS(better, at, w.at, w.at)
}
