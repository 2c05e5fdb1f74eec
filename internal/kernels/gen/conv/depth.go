package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hocsau/hocsau/internal/kernels/gen/gemm/emit"
)

// The offsets of the fields of Go's type depthArgs.
const (
	depthW = 8 * iota
	depthTab
	depthTaps
	depthX
	depthRowX
	depthY
	depthRowY
	depthN
	depthLines
	depthMask
	depthBias
	depthBits = depthBias + 4
)

// depth computes lines of one plane of a depthwise convolution: four vectors
// at a time, then single ones, the last under a mask.
func depth(set emit.Set) {
	name := "depthLines"
	if set.Wide() {
		name = "wideDepth"
	}
	TEXT(name, NOSPLIT, "func(t *byte)")
	t := Load(Param("t"), GP64()).(reg.GPVirtual)
	get := fields(t)
	acc, w, tmp, mask, bias := set.Regs[:4], set.Regs[4], set.Regs[5:9], set.Regs[9], set.Regs[10]
	if set.Wide() {
		bits := GP32()
		MOVL(Mem{Base: t, Disp: depthBits}, bits)
		KMOVW(bits, reg.K1)
	} else {
		VMOVUPS(Mem{Base: get(depthMask)}, mask)
	}
	VBROADCASTSS(Mem{Base: t, Disp: depthBias}, bias)
	weights, tab, x, y := get(depthW), get(depthTab), get(depthX), get(depthY)
	width := 4 * set.Lanes // bytes of a vector

	// sums leaves vectors of sums from the place at on in acc.
	sums := func(label string, at reg.GPVirtual, vectors int, masked bool) {
		for v := range vectors {
			VMOVAPS(bias, acc[v])
		}
		i, off := GP64(), GP64()
		XORQ(i, i)
		Label(label)
		MOVLQSX(Mem{Base: tab, Index: i, Scale: 4}, off)
		ADDQ(at, off)
		VBROADCASTSS(Mem{Base: weights, Index: i, Scale: 4}, w)
		for v := range vectors {
			m := Mem{Base: x, Index: off, Scale: 1, Disp: width * v}
			switch {
			case !masked:
				VFMADD231PS(m, w, acc[v])
			case set.Wide():
				VMOVUPS_Z(m, reg.K1, tmp[v])
				VFMADD231PS(tmp[v], w, acc[v])
			default:
				VMASKMOVPS(m, mask, tmp[v])
				VFMADD231PS(tmp[v], w, acc[v])
			}
		}
		INCQ(i)
		CMPQ(i, Mem{Base: t, Disp: depthTaps})
		JLT(LabelRef(label))
	}

	Label("line")
	n, at := get(depthN), GP64()
	XORQ(at, at)
	Label("four")
	CMPQ(n, U32(uint32(4*set.Lanes)))
	JLT(LabelRef("one"))
	sums("fourTaps", at, 4, false)
	for v := range 4 {
		VMOVUPS(acc[v], Mem{Base: y, Index: at, Scale: 1, Disp: width * v})
	}
	ADDQ(U32(uint32(4*width)), at)
	SUBQ(U32(uint32(4*set.Lanes)), n)
	JMP(LabelRef("four"))
	Label("one")
	CMPQ(n, U32(uint32(set.Lanes)))
	JLT(LabelRef("rest"))
	sums("oneTaps", at, 1, false)
	VMOVUPS(acc[0], Mem{Base: y, Index: at, Scale: 1})
	ADDQ(U32(uint32(width)), at)
	SUBQ(U32(uint32(set.Lanes)), n)
	JMP(LabelRef("one"))
	Label("rest")
	TESTQ(n, n)
	JZ(LabelRef("next"))
	sums("restTaps", at, 1, true)
	if set.Wide() {
		VMOVUPS(acc[0], reg.K1, Mem{Base: y, Index: at, Scale: 1})
	} else {
		VMASKMOVPS(acc[0], mask, Mem{Base: y, Index: at, Scale: 1})
	}
	Label("next")
	ADDQ(Mem{Base: t, Disp: depthRowX}, x)
	ADDQ(Mem{Base: t, Disp: depthRowY}, y)
	DECQ(Mem{Base: t, Disp: depthLines})
	JNZ(LabelRef("line"))
	VZEROUPPER()
	RET()
}
