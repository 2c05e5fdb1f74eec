package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// turn writes the transpose of 8×8 elements: pairs of rows, then pairs of
// pairs, then halves change places.
func turn() {
	TEXT("kernelTurn", 4, "func(x *float32, pitchX int, y *float32, pitchY int)")
	Pragma("noescape")
	Doc("kernelTurn transposes 8×8 elements; pitches are in bytes.")
	x := Load(Param("x"), GP64()).(reg.GPVirtual)
	pitchX := Load(Param("pitchX"), GP64()).(reg.GPVirtual)
	y := Load(Param("y"), GP64()).(reg.GPVirtual)
	pitchY := Load(Param("pitchY"), GP64()).(reg.GPVirtual)
	var row [8]vector
	for i := range row {
		row[i] = copyOf(Mem{Base: x})
		if i < 7 {
			ADDQ(pitchX, x)
		}
	}
	var pair, four [8]vector
	for i := 0; i < 8; i += 2 {
		pair[i], pair[i+1] = YMM(), YMM()
		VUNPCKLPS(row[i+1], row[i], pair[i])
		VUNPCKHPS(row[i+1], row[i], pair[i+1])
	}
	for i := 0; i < 8; i += 4 {
		for k := range 2 {
			four[i+2*k], four[i+2*k+1] = YMM(), YMM()
			VSHUFPS(Imm(0x44), pair[i+2+k], pair[i+k], four[i+2*k])
			VSHUFPS(Imm(0xee), pair[i+2+k], pair[i+k], four[i+2*k+1])
		}
	}
	for half := range 2 {
		for i := range 4 {
			out := YMM()
			VPERM2F128(Imm(uint64(0x20+0x11*half)), four[i+4], four[i], out)
			VMOVUPS(out, Mem{Base: y})
			if half*4+i < 7 {
				ADDQ(pitchY, y)
			}
		}
	}
	VZEROUPPER()
	RET()
}
