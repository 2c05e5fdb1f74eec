// Command conv generates the AVX2 tiles of internal/kernels/conv.
//
//	go run ./conv -out ../conv/tile_amd64.s
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hocsau/hocsau/internal/kernels/gen/gemm/emit"
)

func main() {
	ConstraintExpr("amd64")
	for rows := 1; rows <= 6; rows++ {
		tile(rows)
	}
	for taps := 1; taps <= 3; taps++ {
		for rows := 1; rows <= 4; rows++ {
			dot(taps, rows)
		}
	}
	Generate()
}

// fields returns a function that loads the field at an offset of t.
func fields(t reg.GPVirtual) func(off int) reg.GPVirtual {
	return func(off int) reg.GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: off}, r)
		return r
	}
}

// The offsets of the fields of Go's types tileArgs and segment.
const (
	tileA = 8 * iota
	tileTab
	tileTerms
	tileIn
	tileSegments
	tileCount
	tileOut
	tileRow
	tileFlags
	tileBias
	tileSlope

	segIn   = 0
	segOut  = 8
	segMask = 16
	segSize = 24
)

// tile computes rows outputs of pairs of segments of eight lanes.
func tile(rows int) {
	TEXT(emit.Name("tile%d", rows), NOSPLIT, "func(t *byte)")
	t := Load(Param("t"), GP64()).(reg.GPVirtual)
	get := fields(t)
	acc := emit.Acc{Rows: rows, Vectors: 2}
	b, free := emit.Y[12:14], emit.Y[14:]
	seg := get(tileSegments)

	Label("pair")
	{
		p0, p1 := get(tileIn), GP64()
		MOVQ(p0, p1)
		ADDQ(Mem{Base: seg, Disp: segIn}, p0)
		ADDQ(Mem{Base: seg, Disp: segSize + segIn}, p1)
		a, tab, k, off := get(tileA), get(tileTab), get(tileTerms), GP64()
		acc.Zero()
		Label("terms")
		MOVLQSX(Mem{Base: tab}, off)
		VMOVUPS(Mem{Base: p0, Index: off, Scale: 1}, b[0])
		VMOVUPS(Mem{Base: p1, Index: off, Scale: 1}, b[1])
		acc.Outer(func(r int) Mem { return Mem{Base: a, Disp: 4 * r} }, b, free)
		ADDQ(U8(4*rows), a)
		ADDQ(U8(4), tab)
		DECQ(k)
		JNZ(LabelRef("terms"))
	}

	flags := get(tileFlags)
	TESTQ(U32(emit.FlagBiasRows), flags)
	JZ(LabelRef("noBias"))
	bias := get(tileBias)
	for r := range rows {
		VBROADCASTSS(Mem{Base: bias, Disp: 4 * r}, emit.Y[15])
		for v := range 2 {
			VADDPS(emit.Y[15], acc.At(r, v), acc.At(r, v))
		}
	}
	Label("noBias")

	p0, p1 := get(tileOut), GP64()
	MOVQ(p0, p1)
	ADDQ(Mem{Base: seg, Disp: segOut}, p0)
	ADDQ(Mem{Base: seg, Disp: segSize + segOut}, p1)
	step := get(tileRow)
	out := []emit.Rows{emit.NewRows(rows, p0, step), emit.NewRows(rows, p1, step)}
	mask := []reg.VecPhysical{emit.Y[14], emit.Y[15]}
	m0, m1 := GP64(), GP64()
	MOVQ(Mem{Base: seg, Disp: segMask}, m0)
	MOVQ(Mem{Base: seg, Disp: segSize + segMask}, m1)

	TESTQ(U32(emit.FlagAccumulate), flags)
	JZ(LabelRef("fresh"))
	VMOVUPS(Mem{Base: m0}, mask[0])
	VMOVUPS(Mem{Base: m1}, mask[1])
	for r := range rows {
		for v := range 2 {
			VMASKMOVPS(out[v].At(r, 0), mask[v], emit.Y[12])
			VADDPS(emit.Y[12], acc.At(r, v), acc.At(r, v))
		}
	}
	Label("fresh")
	acc.Activate(flags, Mem{Base: t, Disp: tileSlope}, "", emit.Y[12:])

	// Storing under a mask is slow, so only where it is needed.
	for v, m := range []reg.GPVirtual{m0, m1} {
		partial, done := emit.Name("partial%d", v), emit.Name("done%d", v)
		CMPL(Mem{Base: m, Disp: 28}, U8(0))
		JEQ(LabelRef(partial))
		for r := range rows {
			VMOVUPS(acc.At(r, v), out[v].At(r, 0))
		}
		JMP(LabelRef(done))
		Label(partial)
		VMOVUPS(Mem{Base: m}, mask[v])
		for r := range rows {
			VMASKMOVPS(acc.At(r, v), mask[v], out[v].At(r, 0))
		}
		Label(done)
	}
	ADDQ(U8(2*segSize), seg)
	DECQ(Mem{Base: t, Disp: tileCount})
	JNZ(LabelRef("pair"))
	VZEROUPPER()
	RET()
}

// The offsets of the fields of Go's type dotArgs.
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
)

// dot adds the scalar products of taps views of x and rows planes of dy to
// out [taps, 4], for groups of taps.
func dot(taps, rows int) {
	TEXT(emit.Name("dot%dx%d", taps, rows), NOSPLIT, "func(t *byte)")
	t := Load(Param("t"), GP64()).(reg.GPVirtual)
	get := fields(t)
	acc := emit.Acc{Rows: 4, Vectors: taps}
	x, d := emit.Y[12:15], emit.Y[15]
	tab, out := get(dotTab), get(dotOut)

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
	for i := range taps {
		a := acc.At(0, i)
		VHADDPS(acc.At(1, i), a, a)
		VHADDPS(acc.At(3, i), acc.At(2, i), acc.At(2, i))
		VHADDPS(acc.At(2, i), a, a)
		VEXTRACTF128(U8(1), a, emit.Y[15].AsX())
		VADDPS(emit.Y[15].AsX(), a.AsX(), a.AsX())
		VADDPS(Mem{Base: out, Disp: 16 * i}, a.AsX(), a.AsX())
		VMOVUPS(a.AsX(), Mem{Base: out, Disp: 16 * i})
	}
	ADDQ(U8(4*taps), tab)
	ADDQ(U8(16*taps), out)
	DECQ(Mem{Base: t, Disp: dotGroups})
	JNZ(LabelRef("group"))
	VZEROUPPER()
	RET()
}
