// Command conv generates the tiles of internal/kernels/conv for AVX2 or
// AVX-512.
//
//	go run ./conv -out ../conv/tile_amd64.s
//	go run ./conv -set avx512 -out ../conv/wide_amd64.s
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
	for rows := 1; rows <= set.Rows; rows++ {
		tile(set, rows, 2)
	}
	// Few rows need more vectors to hide the latency of a product.
	if set.Wide() {
		tile(set, 1, 4)
		tile(set, 2, 4)
		tile(set, 3, 4)
	} else {
		tile(set, 1, 6)
		tile(set, 2, 4)
	}
	depth(set)
	winograd(set)
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

// tile computes rows outputs of groups of segments of eight lanes. A vector of
// AVX-512 holds two segments, which may lie anywhere.
func tile(set emit.Set, rows, vectors int) {
	name := "tile%dx%d"
	if set.Wide() {
		name = "wide%dx%d"
	}
	TEXT(emit.Name(name, rows, vectors), NOSPLIT, "func(t *byte)")
	t := Load(Param("t"), GP64()).(reg.GPVirtual)
	get := fields(t)
	acc := emit.Acc{Set: set, Rows: rows, Vectors: vectors}
	free := set.Regs[rows*vectors:]
	b := free[:vectors]
	bcast := free[vectors:min(vectors+2, len(free))]
	seg := get(tileSegments)
	parts := set.Lanes / 8 // segments in a vector

	Label("group")
	{
		at := make([]reg.GPVirtual, vectors*parts)
		for v := range at {
			at[v] = get(tileIn)
			ADDQ(Mem{Base: seg, Disp: v*segSize + segIn}, at[v])
		}
		a, tab, k, off := get(tileA), get(tileTab), get(tileTerms), GP64()
		acc.Zero()
		Label("terms")
		MOVLQSX(Mem{Base: tab}, off)
		for i, from := range at {
			m := Mem{Base: from, Index: off, Scale: 1}
			switch v := b[i/parts]; {
			case i%parts == 1:
				VINSERTF64X4(U8(1), m, v, v)
			case set.Wide():
				VMOVUPS(m, v.AsY())
			default:
				VMOVUPS(m, v)
			}
		}
		if !set.Wide() {
			PREFETCHT0(Mem{Base: at[0], Index: off, Scale: 1, Disp: 32 * vectors}) // the next group
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

	for v := range vectors {
		f := finish{set: set, label: emit.Name("vector%d", v), step: get(tileRow), flags: flags, slope: Mem{Base: t, Disp: tileSlope}, free: free}
		for r := range rows {
			f.rows = append(f.rows, acc.At(r, v))
		}
		for i := v * parts; i < (v+1)*parts; i++ {
			out, mask := get(tileOut), GP64()
			ADDQ(Mem{Base: seg, Disp: i*segSize + segOut}, out)
			MOVQ(Mem{Base: seg, Disp: i*segSize + segMask}, mask)
			f.out, f.mask = append(f.out, out), append(f.mask, mask)
		}
		f.emit()
	}
	ADDQ(U32(vectors*parts*segSize), seg)
	DECQ(Mem{Base: t, Disp: tileCount})
	JNZ(LabelRef("group"))
	VZEROUPPER()
	RET()
}

// finish adds, activates and stores the sums of one vector of each row.
type finish struct {
	set        emit.Set
	label      string
	rows, free []reg.VecPhysical
	out, mask  []reg.GPVirtual // of the segments
	step       reg.GPVirtual   // from row to row of out
	flags      reg.Register
	slope      Mem
}

func (f *finish) emit() {
	m, tmp := f.free[0], f.free[1]
	rows := emit.NewRows(len(f.rows), f.out[0], f.step)
	at := func(i int) emit.Rows { return rows.From(f.out[i]) }
	TESTQ(U32(emit.FlagAccumulate), f.flags)
	JZ(LabelRef(f.label + "fresh"))
	if f.set.Wide() {
		f.masks()
		low, high := at(0), at(1)
		for r, y := range f.rows {
			VMOVUPS_Z(low.At(r, 0), reg.K1, tmp.AsY())
			VMOVUPS_Z(high.At(r, 0), reg.K2, m.AsY())
			VINSERTF64X4(U8(1), m.AsY(), tmp, tmp)
			VADDPS(tmp, y, y)
		}
	} else {
		VMOVUPS(Mem{Base: f.mask[0]}, m)
		out := at(0)
		for r, y := range f.rows {
			VMASKMOVPS(out.At(r, 0), m, tmp)
			VADDPS(tmp, y, y)
		}
	}
	Label(f.label + "fresh")
	emit.Activate(f.rows, f.flags, f.slope, f.label, f.free)

	// Storing under a mask is slow, so only where it is needed.
	for i, mask := range f.mask {
		label := emit.Name("%spart%d", f.label, i)
		out := at(i)
		half := func(y reg.VecPhysical) reg.VecPhysical {
			switch {
			case !f.set.Wide():
				return y
			case i == 1:
				VEXTRACTF64X4(U8(1), y, tmp.AsY())
				return tmp.AsY().(reg.VecPhysical)
			}
			return y.AsY().(reg.VecPhysical)
		}
		CMPL(Mem{Base: mask, Disp: 28}, U8(0))
		JEQ(LabelRef(label))
		for r, y := range f.rows {
			VMOVUPS(half(y), out.At(r, 0))
		}
		JMP(LabelRef(label + "done"))
		Label(label)
		if f.set.Wide() {
			f.masks()
		} else {
			VMOVUPS(Mem{Base: mask}, m)
		}
		for r, y := range f.rows {
			if f.set.Wide() {
				VMOVUPS(half(y), []reg.Register{reg.K1, reg.K2}[i], out.At(r, 0))
			} else {
				VMASKMOVPS(y, m, out.At(r, 0))
			}
		}
		Label(label + "done")
	}
}

// masks loads the masks of a vector's segments.
func (f *finish) masks() {
	for i, k := range []reg.Register{reg.K1, reg.K2} {
		VMOVUPS(Mem{Base: f.mask[i]}, f.free[0].AsY())
		VPMOVD2M(f.free[0].AsY(), k)
	}
}
