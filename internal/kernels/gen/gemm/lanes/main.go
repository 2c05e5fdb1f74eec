// Command lanes generates the transpositions of internal/kernels/gemm/lanes for
// AVX2, and one for AVX-512.
//
//	go run ./gemm/lanes -out ../gemm/lanes/lanes_amd64.s
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hocsau/hocsau/internal/kernels/gen/gemm/emit"
)

func main() {
	ConstraintExpr("amd64")
	interleave()
	deinterleave()
	strip(8)
	strip(16)
	interleave16()
	strip32()
	Generate()
}

// transpose turns four registers, in each half a 4×4 block by rows, into the
// transposed blocks, which end up in the registers it returns.
func transpose() []reg.VecPhysical {
	y := emit.Y
	VUNPCKLPS(y[1], y[0], y[4])
	VUNPCKHPS(y[1], y[0], y[5])
	VUNPCKLPS(y[3], y[2], y[6])
	VUNPCKHPS(y[3], y[2], y[7])
	VUNPCKLPD(y[6], y[4], y[0])
	VUNPCKHPD(y[6], y[4], y[1])
	VUNPCKLPD(y[7], y[5], y[2])
	VUNPCKHPD(y[7], y[5], y[3])
	return y[:4]
}

// rowPointers returns base + 4·offsets[r] for eight rows.
func rowPointers(base, offsets reg.Register) []reg.GPVirtual {
	rows := make([]reg.GPVirtual, 8)
	for r := range rows {
		rows[r] = GP64()
		MOVQ(Mem{Base: offsets, Disp: 8 * r}, rows[r])
		LEAQ(Mem{Base: base, Index: rows[r], Scale: 4}, rows[r])
	}
	return rows
}

func interleave() {
	TEXT("interleave", NOSPLIT, "func(dst *float32, step int, src *float32, rows *[8]int, n int)")
	dst := Load(Param("dst"), GP64())
	step := Load(Param("step"), GP64())
	SHLQ(U8(2), step)
	src := Load(Param("src"), GP64())
	rows := rowPointers(src, Load(Param("rows"), GP64()))
	n := Load(Param("n"), GP64())
	SUBQ(U8(4), n)
	JLT(LabelRef("tail"))
	Label("four")
	for i := range 4 {
		VMOVUPS(Mem{Base: rows[i]}, emit.Y[i].AsX())
		VINSERTF128(U8(1), Mem{Base: rows[i+4]}, emit.Y[i], emit.Y[i])
	}
	for _, y := range transpose() {
		VMOVUPS(y, Mem{Base: dst})
		ADDQ(step, dst)
	}
	for _, r := range rows {
		ADDQ(U8(16), r)
	}
	SUBQ(U8(4), n)
	JGE(LabelRef("four"))
	Label("tail")
	ADDQ(U8(4), n)
	JZ(LabelRef("done"))
	Label("one")
	for i := range 4 {
		VMOVSS(Mem{Base: rows[i]}, emit.Y[i].AsX())
		VMOVSS(Mem{Base: rows[i+4]}, emit.Y[i+4].AsX())
		ADDQ(U8(4), rows[i])
		ADDQ(U8(4), rows[i+4])
	}
	for i := 0; i < 8; i += 4 {
		x := emit.Y[i:]
		VUNPCKLPS(x[1].AsX(), x[0].AsX(), x[0].AsX())
		VUNPCKLPS(x[3].AsX(), x[2].AsX(), x[2].AsX())
		VUNPCKLPD(x[2].AsX(), x[0].AsX(), x[0].AsX())
		VMOVUPS(x[0].AsX(), Mem{Base: dst, Disp: 4 * i})
	}
	ADDQ(step, dst)
	DECQ(n)
	JNZ(LabelRef("one"))
	Label("done")
	VZEROUPPER()
	RET()
}

func deinterleave() {
	TEXT("deinterleave", NOSPLIT, "func(dst *float32, rows *[8]int, src *float32, n int)")
	dst := Load(Param("dst"), GP64())
	rows := rowPointers(dst, Load(Param("rows"), GP64()))
	src := Load(Param("src"), GP64())
	n := Load(Param("n"), GP64())
	SUBQ(U8(4), n)
	JLT(LabelRef("tail"))
	Label("four")
	for i := range 4 {
		VMOVUPS(Mem{Base: src, Disp: 32 * i}, emit.Y[i])
	}
	ADDQ(U32(128), src)
	for i, y := range transpose() {
		VMOVUPS(y.AsX(), Mem{Base: rows[i]})
		VEXTRACTF128(U8(1), y, Mem{Base: rows[i+4]})
	}
	for _, r := range rows {
		ADDQ(U8(16), r)
	}
	SUBQ(U8(4), n)
	JGE(LabelRef("four"))
	Label("tail")
	ADDQ(U8(4), n)
	JZ(LabelRef("done"))
	x := GP32()
	Label("one")
	for i, r := range rows {
		MOVL(Mem{Base: src, Disp: 4 * i}, x)
		MOVL(x, Mem{Base: r})
		ADDQ(U8(4), r)
	}
	ADDQ(U8(32), src)
	DECQ(n)
	JNZ(LabelRef("one"))
	Label("done")
	VZEROUPPER()
	RET()
}

// strip copies n groups of width neighbours, of which the mask lets the last
// eight be fewer; zeros stand for the others.
func strip(width int) {
	TEXT(emit.Name("strip%d", width), NOSPLIT, "func(dst *float32, dstStep int, src *float32, srcStep int, mask *int32, n int)")
	dst := Load(Param("dst"), GP64())
	dstStep := Load(Param("dstStep"), GP64())
	SHLQ(U8(2), dstStep)
	src := Load(Param("src"), GP64())
	srcStep := Load(Param("srcStep"), GP64())
	SHLQ(U8(2), srcStep)
	mask := Load(Param("mask"), GP64())
	n := Load(Param("n"), GP64())
	y := emit.Y
	VMOVUPS(Mem{Base: mask}, y[15])
	Label("one")
	for at := 0; at < width; at += 8 {
		v := y[at/8]
		if at+8 < width {
			VMOVUPS(Mem{Base: src, Disp: 4 * at}, v)
		} else {
			VMASKMOVPS(Mem{Base: src, Disp: 4 * at}, y[15], v)
		}
		VMOVUPS(v, Mem{Base: dst, Disp: 4 * at})
	}
	ADDQ(srcStep, src)
	ADDQ(dstStep, dst)
	DECQ(n)
	JNZ(LabelRef("one"))
	VZEROUPPER()
	RET()
}

// strip32 copies n groups of 32 neighbours. Groups may lie pages apart, which no
// processor foresees: it asks for those that come next.
func strip32() {
	TEXT("strip32", NOSPLIT, "func(dst *float32, dstStep int, src *float32, srcStep int, n int)")
	dst := Load(Param("dst"), GP64())
	dstStep := Load(Param("dstStep"), GP64())
	SHLQ(U8(2), dstStep)
	src := Load(Param("src"), GP64())
	srcStep := Load(Param("srcStep"), GP64())
	SHLQ(U8(2), srcStep)
	n := Load(Param("n"), GP64())
	next := GP64()
	MOVQ(srcStep, next)
	SHLQ(U8(4), next)
	ADDQ(src, next)
	Label("one")
	for _, at := range []int{0, 64} {
		PREFETCHT0(Mem{Base: next, Disp: at})
		VMOVUPS(Mem{Base: src, Disp: at}, emit.Z[at/64])
		VMOVUPS(emit.Z[at/64], Mem{Base: dst, Disp: at})
	}
	ADDQ(srcStep, src)
	ADDQ(srcStep, next)
	ADDQ(dstStep, dst)
	DECQ(n)
	JNZ(LabelRef("one"))
	VZEROUPPER()
	RET()
}

// interleave16 turns blocks of 16×16 numbers: pairs of rows, pairs of pairs,
// then quarters change places twice.
func interleave16() {
	TEXT("interleave16", NOSPLIT, "func(dst *float32, step int, src *float32, rows *[16]int, n int)")
	dst := Load(Param("dst"), GP64())
	step := Load(Param("step"), GP64())
	SHLQ(U8(2), step)
	src := Load(Param("src"), GP64())
	rows := Load(Param("rows"), GP64())
	n := Load(Param("n"), GP64())
	a, b := emit.Z[:16], emit.Z[16:]
	bits, off := GP64(), GP64()
	MOVQ(I32(-1), bits)
	KMOVW(bits.As32(), reg.K1)
	Label("block")
	CMPQ(n, U8(16))
	JGE(LabelRef("load"))
	BZHIQ(n, bits, bits)
	KMOVW(bits.As32(), reg.K1)
	Label("load")
	for r := range 16 {
		MOVQ(Mem{Base: rows, Disp: 8 * r}, off)
		VMOVUPS_Z(Mem{Base: src, Index: off, Scale: 4}, reg.K1, a[r])
	}
	for r := 0; r < 16; r += 2 {
		VUNPCKLPS(a[r+1], a[r], b[r])
		VUNPCKHPS(a[r+1], a[r], b[r+1])
	}
	for r := 0; r < 16; r += 4 {
		VUNPCKLPD(b[r+2], b[r], a[r])
		VUNPCKHPD(b[r+2], b[r], a[r+1])
		VUNPCKLPD(b[r+3], b[r+1], a[r+2])
		VUNPCKHPD(b[r+3], b[r+1], a[r+3])
	}
	for r := 0; r < 16; r += 8 {
		for i := range 4 {
			VSHUFF32X4(U8(0x88), a[r+i+4], a[r+i], b[r+i])
			VSHUFF32X4(U8(0xdd), a[r+i+4], a[r+i], b[r+i+4])
		}
	}
	for i := range 8 {
		VSHUFF32X4(U8(0x88), b[i+8], b[i], a[i])
		VSHUFF32X4(U8(0xdd), b[i+8], b[i], a[i+8])
	}
	for i := range 16 {
		VMOVUPS(a[i], Mem{Base: dst})
		ADDQ(step, dst)
		if i < 15 {
			DECQ(n)
			JZ(LabelRef("done"))
		}
	}
	ADDQ(U8(64), src)
	DECQ(n)
	JNZ(LabelRef("block"))
	Label("done")
	VZEROUPPER()
	RET()
}
