// Command gemm generates the tiles of internal/kernels/gemm for AVX2 or
// AVX-512.
//
//	go run ./gemm -out ../gemm/tile_amd64.s
//	go run ./gemm -set avx512 -out ../gemm/wide_amd64.s
package main

import (
	"flag"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hocsau/hocsau/internal/kernels/gen/gemm/emit"
)

// The offsets of the fields of Go's type tileArgs.
const (
	offA = 8 * iota
	offRowA
	offStepA
	offB
	offStepB
	offK
	offC
	offRowC
	offMask
	offCount
	offNextA
	offNextB
	offNextC
	offFlags
	offBias
	offNextBias
	offSlope
	offBits = offSlope + 4
)

func main() {
	name := flag.String("set", "avx2", "instruction set: avx2 or avx512")
	flag.Parse()
	set := emit.Parse(*name)
	ConstraintExpr("amd64")
	for rows := 1; rows <= set.Rows; rows++ {
		tile(set, rows, 2, false)
		tile(set, rows, 2, true)
		tile(set, rows, 1, true)
	}
	for rows := 1; rows <= 4; rows++ {
		rowProducts(set, rows, rowTerms(set, rows))
		rowProducts(set, rows, 1)
	}
	Generate()
}

// tile computes rows × lanes·vectors elements of C, count times; with masked
// the last vector is partial.
func tile(set emit.Set, rows, vectors int, masked bool) {
	name := emit.Name("tile%dx%d", rows, set.Lanes*vectors)
	if set.Wide() {
		name = emit.Name("wide%dx%d", rows, set.Lanes*vectors)
	}
	if masked {
		name += "masked"
	}
	TEXT(name, NOSPLIT, "func(t *byte)")
	acc := emit.Acc{Set: set, Rows: rows, Vectors: vectors}
	free := set.Regs[rows*vectors:]
	var mask reg.Physical
	t := Load(Param("t"), GP64()).(reg.GPVirtual)
	field := func(off int) Mem { return Mem{Base: t, Disp: off} }
	get := func(off int) reg.GPVirtual {
		r := GP64()
		MOVQ(field(off), r)
		return r
	}
	switch {
	case masked && set.Wide():
		mask = reg.K1
		bits := GP32()
		MOVL(field(offBits), bits)
		KMOVW(bits, mask)
	case masked:
		last := len(free) - 1
		mask, free = free[last], free[:last]
		p := get(offMask)
		VMOVUPS(Mem{Base: p}, mask)
	}
	partial := func(v int) bool { return masked && v == vectors-1 }
	load := func(m Mem, v int, dst reg.VecPhysical) {
		switch {
		case !partial(v):
			VMOVUPS(m, dst)
		case set.Wide():
			VMOVUPS_Z(m, mask, dst)
		default:
			VMASKMOVPS(m, mask, dst)
		}
	}

	Label("tile")
	{
		pa, pb, k := get(offA), get(offB), get(offK)
		rowsA := emit.NewRows(rows, pa, get(offRowA))
		stepA, stepB := get(offStepA), get(offStepB)
		if set.Wide() {
			ahead(set, rows, vectors, t)
		}
		acc.Zero()
		Label("terms")
		b := free[:vectors]
		for v := range vectors {
			load(Mem{Base: pb, Disp: 4 * set.Lanes * v}, v, b[v])
		}
		PREFETCHT0(Mem{Base: pb, Index: stepB, Scale: 8})
		acc.Outer(func(r int) Mem { return rowsA.At(r, 0) }, b, free[vectors:])
		ADDQ(stepA, pa)
		ADDQ(stepB, pb)
		DECQ(k)
		JNZ(LabelRef("terms"))
	}

	pc := get(offC)
	rowsC := emit.NewRows(rows, pc, get(offRowC))
	flags := get(offFlags)

	TESTQ(U32(emit.FlagBiasRows), flags)
	JZ(LabelRef("noRowBias"))
	{
		bias := get(offBias)
		for r := range rows {
			VBROADCASTSS(Mem{Base: bias, Disp: 4 * r}, free[0])
			for v := range vectors {
				VADDPS(free[0], acc.At(r, v), acc.At(r, v))
			}
		}
	}
	Label("noRowBias")

	TESTQ(U32(emit.FlagBiasColumns), flags)
	JZ(LabelRef("noColumnBias"))
	{
		bias := get(offBias)
		for v := range vectors {
			load(Mem{Base: bias, Disp: 4 * set.Lanes * v}, v, free[0])
			for r := range rows {
				VADDPS(free[0], acc.At(r, v), acc.At(r, v))
			}
		}
	}
	Label("noColumnBias")

	TESTQ(U32(emit.FlagAccumulate), flags)
	JZ(LabelRef("fresh"))
	for r := range rows {
		for v := range vectors {
			if at := rowsC.At(r, 4*set.Lanes*v); partial(v) {
				load(at, v, free[0])
				VADDPS(free[0], acc.At(r, v), acc.At(r, v))
			} else {
				VADDPS(at, acc.At(r, v), acc.At(r, v))
			}
		}
	}
	Label("fresh")

	emit.Activate(acc.All(), flags, field(offSlope), "", free)
	for r := range rows {
		for v := range vectors {
			switch at := rowsC.At(r, 4*set.Lanes*v); {
			case !partial(v):
				VMOVUPS(acc.At(r, v), at)
			case set.Wide():
				VMOVUPS(acc.At(r, v), mask, at)
			default:
				VMASKMOVPS(acc.At(r, v), mask, at)
			}
		}
	}

	for _, f := range [][2]int{{offA, offNextA}, {offB, offNextB}, {offC, offNextC}, {offBias, offNextBias}} {
		step := get(f[1])
		ADDQ(step, field(f[0]))
	}
	DECQ(field(offCount))
	JNZ(LabelRef("tile"))
	VZEROUPPER()
	RET()
}

// ahead asks for the part of C that the tile adds to, where the products take
// longer than that.
func ahead(set emit.Set, rows, vectors int, t reg.GPVirtual) {
	CMPQ(Mem{Base: t, Disp: offK}, U8(64))
	JLT(LabelRef("near"))
	TESTQ(U32(emit.FlagAccumulate), Mem{Base: t, Disp: offFlags})
	JZ(LabelRef("near"))
	c, row := GP64(), GP64()
	MOVQ(Mem{Base: t, Disp: offC}, c)
	MOVQ(Mem{Base: t, Disp: offRowC}, row)
	for range rows {
		for v := range vectors {
			PREFETCHT0(Mem{Base: c, Disp: 4 * set.Lanes * v})
		}
		ADDQ(row, c)
	}
	Label("near")
}
