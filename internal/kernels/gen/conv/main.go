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
		tile(rows, 2)
	}
	// One or two rows need more vectors to hide the latency of a product.
	tile(1, 6)
	tile(2, 4)
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

// tile computes rows outputs of groups of segments of eight lanes.
func tile(rows, vectors int) {
	TEXT(emit.Name("tile%dx%d", rows, vectors), NOSPLIT, "func(t *byte)")
	t := Load(Param("t"), GP64()).(reg.GPVirtual)
	get := fields(t)
	acc := emit.Acc{Rows: rows, Vectors: vectors}
	free := emit.Y[rows*vectors:]
	b := free[:vectors]
	bcast := free[vectors:min(vectors+2, len(free))]
	seg := get(tileSegments)

	Label("group")
	{
		at := make([]reg.GPVirtual, vectors)
		for v := range at {
			at[v] = get(tileIn)
			ADDQ(Mem{Base: seg, Disp: v*segSize + segIn}, at[v])
		}
		a, tab, k, off := get(tileA), get(tileTab), get(tileTerms), GP64()
		acc.Zero()
		Label("terms")
		MOVLQSX(Mem{Base: tab}, off)
		for v := range at {
			VMOVUPS(Mem{Base: at[v], Index: off, Scale: 1}, b[v])
		}
		acc.Outer(func(r int) Mem { return Mem{Base: a, Disp: 4 * r} }, b, bcast)
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
		VBROADCASTSS(Mem{Base: bias, Disp: 4 * r}, free[0])
		for v := range vectors {
			VADDPS(free[0], acc.At(r, v), acc.At(r, v))
		}
	}
	Label("noBias")

	step := get(tileRow)
	for v := range vectors {
		out, mask := get(tileOut), GP64()
		ADDQ(Mem{Base: seg, Disp: v*segSize + segOut}, out)
		MOVQ(Mem{Base: seg, Disp: v*segSize + segMask}, mask)
		store(acc, v, emit.NewRows(rows, out, step), mask, flags, Mem{Base: t, Disp: tileSlope}, free)
	}
	ADDQ(U32(vectors*segSize), seg)
	DECQ(Mem{Base: t, Disp: tileCount})
	JNZ(LabelRef("group"))
	VZEROUPPER()
	RET()
}

// store finishes and stores vector v of a tile.
func store(acc emit.Acc, v int, out emit.Rows, mask reg.GPVirtual, flags reg.Register, slope Mem, free []reg.VecPhysical) {
	label := emit.Name("vector%d", v)
	column := make([]reg.VecPhysical, acc.Rows)
	for r := range column {
		column[r] = acc.At(r, v)
	}
	m, tmp := free[0], free[1]
	TESTQ(U32(emit.FlagAccumulate), flags)
	JZ(LabelRef(label + "fresh"))
	VMOVUPS(Mem{Base: mask}, m)
	for r, y := range column {
		VMASKMOVPS(out.At(r, 0), m, tmp)
		VADDPS(tmp, y, y)
	}
	Label(label + "fresh")
	emit.Activate(column, flags, slope, label, free)

	// Storing under a mask is slow, so only where it is needed.
	CMPL(Mem{Base: mask, Disp: 28}, U8(0))
	JEQ(LabelRef(label + "partial"))
	for r, y := range column {
		VMOVUPS(y, out.At(r, 0))
	}
	JMP(LabelRef(label + "done"))
	Label(label + "partial")
	VMOVUPS(Mem{Base: mask}, m)
	for r, y := range column {
		VMASKMOVPS(y, m, out.At(r, 0))
	}
	Label(label + "done")
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
