// Command dots generates the scalar products of internal/kernels/gemm/dots for
// AVX2 or AVX-512.
//
//	go run ./gemm/dots -out ../gemm/dots/dots_amd64.s
//	go run ./gemm/dots -set avx512 -out ../gemm/dots/wide_amd64.s
package main

import (
	"flag"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hocsau/hocsau/internal/kernels/gen/gemm/emit"
)

func main() {
	name := flag.String("set", "avx2", "instruction set: avx2 or avx512")
	flag.Parse()
	set := emit.Parse(*name)
	ConstraintExpr("amd64")
	for taps := 1; taps <= 3; taps++ {
		for rows := 1; rows <= set.Lanes/2; rows++ {
			if set.Wide() {
				wide(set, taps, rows)
			} else {
				dot(set, taps, rows)
			}
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
func dot(set emit.Set, taps, rows int) {
	TEXT(emit.Name("dot%dx%d", taps, rows), NOSPLIT, "func(t *byte)")
	t := Load(Param("t"), GP64()).(reg.GPVirtual)
	get := func(off int) reg.GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: off}, r)
		return r
	}
	acc := emit.Acc{Set: set, Rows: 4, Vectors: taps}
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

// wide is dot for up to eight rows and rows of eight numbers in out. A row's
// last vector is half where the number of steps, of eight numbers, is odd.
func wide(set emit.Set, taps, rows int) {
	TEXT(emit.Name("wide%dx%d", taps, rows), NOSPLIT, "func(t *byte)")
	t := Load(Param("t"), GP64()).(reg.GPVirtual)
	get := func(off int) reg.GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: off}, r)
		return r
	}
	acc := emit.Acc{Set: set, Rows: 8, Vectors: taps}
	x, d := set.Regs[24:27], set.Regs[27:29]
	tab, out := get(dotTab), get(dotOut)
	for i, bits := range []uint32{0xf0, 0xaa} { // the upper half; the odd ones of eight
		b := GP32()
		MOVL(U32(bits), b)
		KMOVW(b, []reg.Register{reg.K1, reg.K2}[i])
	}

	Label("group")
	for r := range rows {
		for i := range taps {
			VXORPS(acc.At(r, i), acc.At(r, i), acc.At(r, i))
		}
	}
	base := get(dotX)
	var view []reg.GPVirtual
	for i := range taps {
		off := GP64()
		MOVLQSX(Mem{Base: tab, Disp: 4 * i}, off)
		ADDQ(base, off)
		view = append(view, off)
	}
	pd := get(dotD)
	stride := GP64()
	MOVQ(Mem{Base: t, Disp: dotStrideD}, stride)
	planes := emit.NewRows(rows, pd, stride)
	n, at := get(dotRows), GP64()
	XORQ(at, at)
	k := GP64()
	Label("row")
	MOVQ(Mem{Base: t, Disp: dotSteps}, k)
	SUBQ(U8(2), k)
	JLT(LabelRef("half"))
	Label("step")
	for i := range taps {
		VMOVUPS(Mem{Base: view[i], Index: at, Scale: 1}, x[i])
	}
	for r := range rows {
		VMOVUPS(planes.At(r, 0), d[r%2])
		for i := range taps {
			VFMADD231PS(x[i], d[r%2], acc.At(r, i))
		}
	}
	ADDQ(U8(64), at)
	ADDQ(U8(64), pd)
	SUBQ(U8(2), k)
	JGE(LabelRef("step"))
	Label("half")
	ADDQ(U8(2), k)
	JZ(LabelRef("next"))
	for i := range taps {
		VMOVUPS(Mem{Base: view[i], Index: at, Scale: 1}, x[i].AsY())
	}
	for r := range rows {
		VMOVUPS(planes.At(r, 0), d[r%2].AsY())
		for i := range taps {
			VFMADD231PS(x[i], d[r%2], acc.At(r, i))
		}
	}
	ADDQ(U8(32), at)
	ADDQ(U8(32), pd)
	Label("next")
	ADDQ(Mem{Base: t, Disp: dotPitchX}, at)
	ADDQ(Mem{Base: t, Disp: dotPitchD}, pd)
	DECQ(n)
	JNZ(LabelRef("row"))

	for i := range taps {
		join(acc, i, rows, d[0], d[1])
		a := acc.At(0, i).AsY()
		VADDPS(Mem{Base: out}, a, a)
		VMOVUPS(a, Mem{Base: out})
		ADDQ(Mem{Base: t, Disp: dotStepOut}, out)
	}
	ADDQ(U8(4*taps), tab)
	DECQ(Mem{Base: t, Disp: dotGroups})
	JNZ(LabelRef("group"))
	VZEROUPPER()
	RET()
}

// join leaves the sums of the lanes of up to eight accumulators of a tap in
// the lanes of the first; those of missing rows are zero. Two vectors at a time
// become one, by adding their halves crosswise: first those of the registers,
// then of pairs, then of single numbers.
func join(acc emit.Acc, tap, rows int, low, high reg.VecPhysical) {
	z := make([]reg.VecPhysical, 8)
	for r := range z {
		if z[r] = acc.At(r, tap); r >= rows {
			VXORPS(z[r], z[r], z[r])
		}
	}
	cross := func(a, b reg.VecPhysical, shuffle func(a, b, to reg.VecPhysical), fromB reg.Register) {
		shuffle(a, b, low)
		VBLENDMPD(b, a, fromB, a)
		VADDPS(low, a, a)
	}
	for r := range 4 {
		cross(z[r], z[r+4], func(a, b, to reg.VecPhysical) { VSHUFF64X2(U8(0x4e), b, a, to) }, reg.K1)
	}
	for r := 0; r < 4; r += 2 {
		cross(z[r], z[r+1], func(a, b, to reg.VecPhysical) { VSHUFPD(U8(0x55), b, a, to) }, reg.K2)
	}
	VSHUFPS(U8(0x88), z[2], z[0], low)
	VSHUFPS(U8(0xdd), z[2], z[0], high)
	VADDPS(high, low, z[0])
	VSHUFF32X4(U8(0x08), z[0], z[0], low)
	VSHUFF32X4(U8(0x0d), z[0], z[0], high)
	VADDPS(high.AsY(), low.AsY(), z[0].AsY())
}
