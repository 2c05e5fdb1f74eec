package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
	"github.com/mmcloughlin/avo/x86"
)

// windows writes the pooling of a plane, eight outputs at a time: squares of
// 2 and 3 with their loops unrolled, and windows of any size at strides 1
// and 2.
func windows() {
	for _, kind := range []windowKind{largest, largestIndex, scaledSum} {
		for _, v := range []struct{ side, stride int }{{2, 2}, {3, 1}, {3, 2}, {0, 1}, {0, 2}} {
			w := &window{side: v.side, stride: v.stride, kind: kind}
			w.emit()
		}
	}
	spread()
	fold("lowest", "lowest returns the smallest element, NaN where there is one.", 0x7f800000,
		func(acc, flags, x vector) {
			VMOVAPS(minimum(acc, x), acc)
			VORPS(compare(x, nan, x), flags, flags)
		}, minimum)
}

type windowKind string

const (
	largest      windowKind = "max"
	largestIndex windowKind = "maxIndex"
	scaledSum    windowKind = "sum"
)

// window is one function. Windows are side×side, or rows×cols where side is 0.
//
// Outputs two apart are held as 0 1 4 5 | 2 3 6 7, the order in which
// VSHUFPS leaves them, until they are stored.
type window struct {
	side, stride int
	kind         windowKind

	from        reg.GPVirtual // the first element of eight windows
	pitch       reg.GPVirtual // bytes from row to row
	best, at    vector
	lanes, down vector // places of the windows relative to the first; of the next row
}

func (w *window) emit() {
	name := fmt.Sprintf("%s%dx%dStride%d", w.kind, w.side, w.side, w.stride)
	parameters := "x *float32, pitch, n, lines, step int, y *float32, pitchY int"
	if w.side == 0 {
		name = fmt.Sprintf("%sAnyStride%d", w.kind, w.stride)
		parameters += ", rows, cols int"
	}
	doc := name + " sets y to the largest element of each window: lines of n windows, lines step and pitchY elements apart in x and y."
	switch w.kind {
	case largestIndex:
		parameters += ", idx *int32, place, down, lineDown int"
		doc += " idx gets its place: the first is at place, the row below down further, the next line lineDown."
	case scaledSum:
		parameters += ", scale float32"
		doc = name + " sets y to the sum of each window, times scale: lines of n windows, lines step and pitchY elements apart in x and y."
	}
	TEXT(name, 4, "func("+parameters+")")
	Pragma("noescape")
	Doc(doc)
	x := Load(Param("x"), GP64()).(reg.GPVirtual)
	w.pitch = Load(Param("pitch"), GP64()).(reg.GPVirtual)
	SHLQ(Imm(2), w.pitch)
	n := Load(Param("n"), GP64()).(reg.GPVirtual)
	y := Load(Param("y"), GP64()).(reg.GPVirtual)
	var idx, place reg.GPVirtual
	if w.kind == largestIndex {
		idx = Load(Param("idx"), GP64()).(reg.GPVirtual)
		place = Load(Param("place"), GP64()).(reg.GPVirtual)
		w.places(name)
	}
	left := Load(Param("lines"), GP64()).(reg.GPVirtual)
	out := GP64()
	w.from = GP64()
	CMPQ(n, Imm(8))
	JL(LabelRef("narrow"))

	// group does the eight windows from number out on.
	group := func(label string, masks func() (low, high vector), put func(mask vector), mask vector) {
		LEAQ(Mem{Base: x, Index: out, Scale: uint8(4 * w.stride)}, w.from)
		if w.kind == largestIndex {
			first := GP64()
			LEAQ(Mem{Base: place, Index: out, Scale: uint8(w.stride)}, first)
			w.at = w.broadcast(first)
		}
		var low, high vector
		if masks != nil {
			low, high = masks()
		}
		w.eight(label, low, high)
		put(mask)
	}
	finish := func(mask vector) {
		best, at := w.best, w.at
		if w.kind == scaledSum {
			best = mul(best, w.scale())
		}
		if w.stride == 2 {
			best = inOrder(best)
		}
		store(best, Mem{Base: y, Index: out, Scale: 4}, mask)
		if w.kind == largestIndex {
			if w.stride == 2 {
				at = inOrder(at)
			}
			store(at, Mem{Base: idx, Index: out, Scale: 4}, mask)
		}
	}
	next := func(line string) {
		step := GP64()
		Load(Param("step"), step)
		LEAQ(Mem{Base: x, Index: step, Scale: 4}, x)
		if w.kind == largestIndex {
			down := GP64()
			Load(Param("lineDown"), down)
			ADDQ(down, place)
		}
		Load(Param("pitchY"), step)
		LEAQ(Mem{Base: y, Index: step, Scale: 4}, y)
		if w.kind == largestIndex {
			LEAQ(Mem{Base: idx, Index: step, Scale: 4}, idx)
		}
		DECQ(left)
		JNE(LabelRef(line))
	}

	Label("line")
	XORQ(out, out)
	Label("group")
	group("whole", nil, finish, nil)
	ADDQ(Imm(8), out)
	CMPQ(out, n)
	JGE(LabelRef("lineEnd"))
	last := GP64()
	LEAQ(Mem{Base: n, Disp: -8}, last) // the last eight may have been done in part
	CMPQ(out, last)
	CMOVQGT(last, out)
	JMP(LabelRef("group"))
	Label("lineEnd")
	next("line")
	JMP(LabelRef("done"))

	Label("narrow")
	mask := firstLanes(n)
	low, high := mask, mask
	if w.stride == 2 {
		low, high = evenLanes(n)
	}
	XORQ(out, out)
	Label("narrowLine")
	group("part", func() (vector, vector) { return low, high }, finish, mask)
	next("narrowLine")
	Label("done")
	VZEROUPPER()
	RET()
}

// places loads what the indices need.
func (w *window) places(name string) {
	lanes := GLOBL(name+"Lanes", 8|16)
	order := []int{0, 1, 2, 3, 4, 5, 6, 7}
	if w.stride == 2 {
		order = []int{0, 2, 8, 10, 4, 6, 12, 14}
	}
	for i, v := range order {
		DATA(4*i, U32(uint32(v)))
	}
	w.lanes = copyOf(lanes)
	w.down = YMM()
	VPBROADCASTD(parameter("down"), w.down)
}

func parameter(name string) Mem {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}

// broadcast returns the places of eight windows, the first at place.
func (w *window) broadcast(place reg.GPVirtual) vector {
	x, y := XMM(), YMM()
	VMOVQ(place, x)
	VPBROADCASTD(x, y)
	VPADDD(w.lanes, y, y)
	return y
}

func (w *window) scale() Op {
	y := YMM()
	VBROADCASTSS(parameter("scale"), y)
	return y
}

func inOrder(x vector) vector { y := YMM(); VPERMPD(Imm(0xd8), x, y); return y }

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

// eight joins the elements of eight windows, in row-major order, into best
// and at. With masks it reads only inside them.
func (w *window) eight(label string, low, high vector) {
	switch {
	case w.kind == scaledSum:
		w.best = copyOf(c(0))
	case w.side == 0:
		w.best = copyOf(bits(0xff800000))
	}
	if w.side == 0 {
		w.any(label, low, high)
		return
	}
	row := w.at
	if w.kind == largestIndex {
		w.at = copyOf(row)
	}
	for r := range w.side {
		base := Mem{Base: w.from}
		if r > 0 {
			base.Index, base.Scale = w.pitch, uint8(r)
		}
		if r > 0 && w.kind == largestIndex {
			below := YMM()
			VPADDD(w.down, row, below)
			row = below
		}
		place := row
		for k := range w.side {
			if k > 0 && w.kind == largestIndex {
				place = YMM()
				VPADDD(bits(uint32(k)), row, place)
			}
			tap := base
			tap.Disp = 4 * k
			v := w.elements(tap, low, high)
			if r == 0 && k == 0 && w.kind != scaledSum {
				w.best = v // at is the first already
				continue
			}
			w.join(v, place)
		}
	}
}

// any is eight for rows×cols elements.
func (w *window) any(label string, low, high vector) {
	rows, cols, tap := GP64(), GP64(), GP64()
	row := YMM()
	if w.kind == largestIndex {
		VMOVUPS(w.at, row)
	}
	Load(Param("rows"), rows)
	Label(label + "Row")
	Load(Param("cols"), cols)
	MOVQ(w.from, tap)
	var place vector
	if w.kind == largestIndex {
		place = copyOf(row)
	}
	Label(label + "Tap")
	w.join(w.elements(Mem{Base: tap}, low, high), place)
	ADDQ(Imm(4), tap)
	if w.kind == largestIndex {
		VPADDD(bits(1), place, place)
	}
	DECQ(cols)
	JNE(LabelRef(label + "Tap"))
	ADDQ(w.pitch, w.from)
	if w.kind == largestIndex {
		VPADDD(w.down, row, row)
	}
	DECQ(rows)
	JNE(LabelRef(label + "Row"))
}

// elements loads one element of each window.
func (w *window) elements(here Mem, low, high vector) vector {
	if w.stride == 1 {
		return load(here, low)
	}
	next := here
	y := YMM()
	if high == nil {
		next.Disp += 28 // one element back: the next one may lie outside
		VSHUFPS(Imm(0xd8), load(next, nil), load(here, nil), y)
		return y
	}
	next.Disp += 32
	VSHUFPS(Imm(0x88), load(next, high), load(here, low), y)
	return y
}

func (w *window) join(v, place vector) {
	if w.kind == scaledSum {
		VADDPS(v, w.best, w.best)
		return
	}
	better := and(compare(v, nle, w.best), compare(w.best, ordered, w.best))
	VBLENDVPS(better, v, w.best, w.best)
	if w.kind == largestIndex {
		VBLENDVPS(better, place, w.at, w.at)
	}
}

// spread writes the gradient of means over squares of 2, two apart: each dy
// goes to four places.
func spread() {
	TEXT("spread2x2", 4, "func(dy *float32, pitchY, n, lines int, dx *float32, pitch int, scale float32)")
	Pragma("noescape")
	Doc("spread2x2 sets the four elements of each of n windows a line to dy·scale.")
	dy := Load(Param("dy"), GP64()).(reg.GPVirtual)
	pitchY := Load(Param("pitchY"), GP64()).(reg.GPVirtual)
	n := Load(Param("n"), GP64()).(reg.GPVirtual)
	left := Load(Param("lines"), GP64()).(reg.GPVirtual)
	dx := Load(Param("dx"), GP64()).(reg.GPVirtual)
	pitch := Load(Param("pitch"), GP64()).(reg.GPVirtual)
	s := scalar("scale")
	below, out := GP64(), GP64()
	write := func(v vector, low, high vector) {
		v = mul(v, s)
		a, b := YMM(), YMM()
		put(x86.VUNPCKLPS(v, v, a)) // 0 0 1 1 | 4 4 5 5
		put(x86.VUNPCKHPS(v, v, b)) // 2 2 3 3 | 6 6 7 7
		front, back := YMM(), YMM()
		put(x86.VPERM2F128(Imm(0x20), b, a, front))
		put(x86.VPERM2F128(Imm(0x31), b, a, back))
		for _, to := range []reg.GPVirtual{dx, below} {
			store(front, Mem{Base: to, Index: out, Scale: 8}, low)
			store(back, Mem{Base: to, Index: out, Scale: 8, Disp: 32}, high)
		}
	}
	next := func(line string) {
		LEAQ(Mem{Base: dy, Index: pitchY, Scale: 4}, dy)
		LEAQ(Mem{Base: dx, Index: pitch, Scale: 8}, dx)
		DECQ(left)
		JNE(LabelRef(line))
	}
	CMPQ(n, Imm(8))
	JL(LabelRef("narrow"))
	Label("line")
	LEAQ(Mem{Base: dx, Index: pitch, Scale: 4}, below)
	XORQ(out, out)
	Label("group")
	write(copyOf(Mem{Base: dy, Index: out, Scale: 4}), nil, nil)
	ADDQ(Imm(8), out)
	CMPQ(out, n)
	JGE(LabelRef("lineEnd"))
	last := GP64()
	LEAQ(Mem{Base: n, Disp: -8}, last)
	CMPQ(out, last)
	CMOVQGT(last, out)
	JMP(LabelRef("group"))
	Label("lineEnd")
	next("line")
	JMP(LabelRef("done"))

	Label("narrow")
	mask := firstLanes(n)
	rest, whole, zero := GP64(), GP64(), GP64()
	LEAQ(Mem{Base: n, Index: n, Scale: 1}, whole)
	LEAQ(Mem{Base: whole, Disp: -8}, rest)
	XORQ(zero, zero)
	CMPQ(rest, zero)
	CMOVQLT(zero, rest)
	SUBQ(rest, whole)
	low, high := firstLanes(whole), firstLanes(rest)
	XORQ(out, out)
	Label("narrowLine")
	LEAQ(Mem{Base: dx, Index: pitch, Scale: 4}, below)
	write(load(Mem{Base: dy}, mask), low, high)
	next("narrowLine")
	Label("done")
	VZEROUPPER()
	RET()
}
