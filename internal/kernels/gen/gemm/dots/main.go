// Command dots generates the AVX2 scalar products of
// internal/kernels/gemm/dots.
//
//	go run ./gemm/dots -out ../gemm/dots/dots_amd64.s
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hocsau/hocsau/internal/kernels/gen/gemm/emit"
)

func main() {
	ConstraintExpr("amd64")
	for taps := 1; taps <= 3; taps++ {
		for rows := 1; rows <= 4; rows++ {
			dot(taps, rows)
		}
	}
	Generate()
}

// The offsets of the fields of Go's type Args.
const (
	dotTab = 8 * iota
	dotGroups
	dotX
	dotD
	dotStrideD
	dotSteps
	dotRows
	dotPitchX
	dotPitchD
	dotOut
	dotStepOut
)

// dot adds the scalar products of taps views of x and rows planes of dy to
// rows of four numbers that lie a step apart, one for each tap, for groups of
// taps.
func dot(taps, rows int) {
	TEXT(emit.Name("dot%dx%d", taps, rows), NOSPLIT, "func(t *byte)")
	t := Load(Param("t"), GP64()).(reg.GPVirtual)
	get := func(off int) reg.GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: off}, r)
		return r
	}
	acc := emit.Acc{Rows: 4, Vectors: taps}
	x, d := emit.Y[12:15], emit.Y[15]
	tab, out, step := get(dotTab), get(dotOut), GP64()

	Label("group")
	acc.Zero()
	{
		base := get(dotX)
		var view []reg.GPVirtual
		for i := range taps {
			off := GP64()
			MOVLQSX(Mem{Base: tab, Disp: 4 * i}, off)
			ADDQ(base, off)
			view = append(view, off)
		}
		pd := get(dotD)
		planes := emit.NewRows(rows, pd, get(dotStrideD))
		n, at := get(dotRows), GP64()
		XORQ(at, at)
		steps, pitchX, pitchD := get(dotSteps), get(dotPitchX), get(dotPitchD)
		k := GP64()
		Label("row")
		MOVQ(steps, k)
		Label("step")
		for i := range taps {
			VMOVUPS(Mem{Base: view[i], Index: at, Scale: 1}, x[i])
		}
		for r := range rows {
			VMOVUPS(planes.At(r, 0), d)
			for i := range taps {
				VFMADD231PS(x[i], d, acc.At(r, i))
			}
		}
		ADDQ(U8(32), at)
		ADDQ(U8(32), pd)
		DECQ(k)
		JNZ(LabelRef("step"))
		ADDQ(pitchX, at)
		ADDQ(pitchD, pd)
		DECQ(n)
		JNZ(LabelRef("row"))
	}
	MOVQ(Mem{Base: t, Disp: dotStepOut}, step)
	for i := range taps {
		a := acc.At(0, i)
		VHADDPS(acc.At(1, i), a, a)
		VHADDPS(acc.At(3, i), acc.At(2, i), acc.At(2, i))
		VHADDPS(acc.At(2, i), a, a)
		VEXTRACTF128(U8(1), a, emit.Y[15].AsX())
		VADDPS(emit.Y[15].AsX(), a.AsX(), a.AsX())
		VADDPS(Mem{Base: out}, a.AsX(), a.AsX())
		VMOVUPS(a.AsX(), Mem{Base: out})
		ADDQ(step, out)
	}
	ADDQ(U8(4*taps), tab)
	DECQ(Mem{Base: t, Disp: dotGroups})
	JNZ(LabelRef("group"))
	VZEROUPPER()
	RET()
}
