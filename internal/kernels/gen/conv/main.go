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
		PREFETCHT0(Mem{Base: at[0], Index: off, Scale: 1, Disp: 32 * vectors}) // the next group
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
