package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hocsau/hocsau/internal/kernels/gen/gemm/emit"
)

// The offsets of the fields of Go's type chunkArgs.
const (
	chunkTab = 8 * iota
	chunkVectors
	chunkRow
	chunkRowStep
	chunkLanes
	chunkPhase
	chunkLanesNext
	chunkLanesStep
	chunkRows
)

// chunks writes the loops over rows and the vectors of a row. body reads or
// writes the lanes of one: low holds registers for four vectors, high for four
// more, place the address of a lane's chunk.
func chunks(set emit.Set, name string, phases int, body func(at emit.Rows, low, high vecs, place func(lane int) Mem)) {
	TEXT(prefixed(set, name), NOSPLIT, "func(t *byte)")
	t := Load(Param("t"), GP64()).(reg.GPVirtual)
	get := fields(t)
	row, lanes, at := get(chunkRow), get(chunkLanes), GP64()
	addresses := emit.NewRows(phases, at, get(chunkPhase))
	Label("row")
	tab, n := get(chunkTab), get(chunkVectors)
	MOVQ(lanes, at)
	Label("vector")
	body(addresses, set.Regs[:4], set.Regs[4:8], func(lane int) Mem {
		off := GP64()
		MOVLQSX(Mem{Base: tab, Disp: 4 * lane}, off)
		return Mem{Base: row, Index: off, Scale: 1}
	})
	ADDQ(U32(uint32(4*set.Lanes)), tab)
	ADDQ(Mem{Base: t, Disp: chunkLanesNext}, at)
	DECQ(n)
	JNZ(LabelRef("vector"))
	ADDQ(Mem{Base: t, Disp: chunkRowStep}, row)
	ADDQ(Mem{Base: t, Disp: chunkLanesStep}, lanes)
	DECQ(Mem{Base: t, Disp: chunkRows})
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// cut writes, for rows of neighbours, what chunks of four or six hold that begin
// where the table says: the first numbers of all chunks, the second, and so on.
func cut(set emit.Set, name string, size int) {
	chunks(set, name, size, func(at emit.Rows, low, high vecs, place func(int) Mem) {
		for half := range (size + 3) / 4 {
			for lane := range set.Lanes {
				s, v := lane/4, low[lane%4]
				m := place(lane)
				m.Disp = 16 * half
				switch {
				case s == 0:
					VMOVUPS(m, v.AsX())
				case set.Wide():
					VINSERTF32X4(U8(uint8(s)), m, v, v)
				default:
					VINSERTF128(U8(uint8(s)), m, v, v)
				}
			}
			for i, v := range turned(low, high)[:min(4, size-4*half)] {
				VMOVUPS(v, at.At(4*half+i, 0))
			}
		}
	})
}

// join is cut the other way round, for chunks of four; those of later lanes are
// written first.
func join(set emit.Set) {
	chunks(set, "Join", 4, func(at emit.Rows, low, high vecs, place func(int) Mem) {
		for i, v := range low {
			VMOVUPS(at.At(i, 0), v)
		}
		out := turned(low, high)
		for lane := set.Lanes - 1; lane >= 0; lane-- {
			s, v := lane/4, out[lane%4]
			switch m := place(lane); {
			case s == 0:
				VMOVUPS(v.AsX(), m)
			case set.Wide():
				VEXTRACTF32X4(U8(uint8(s)), v, m)
			default:
				VEXTRACTF128(U8(uint8(s)), v, m)
			}
		}
	})
}

// cutQuads is Cut for chunks of which four lanes' each follow one another.
func cutQuads(set emit.Set) {
	// The first, or third, and the next numbers of the chunks of two vectors.
	pick := GLOBL("pick", 8|16) // RODATA|NOPTR
	for i := range 32 {
		DATA(4*i, U32(uint32(i%4*4+i%8/4*16+i%16/8+i/16*2)))
	}
	chunks(set, "CutQuads", 6, func(at emit.Rows, low, high vecs, place func(int) Mem) {
		picks := set.Regs[8:10]
		quads := make([]Mem, 4)
		for i := range quads {
			quads[i] = place(4 * i)
		}
		for i, v := range picks {
			m := pick
			m.Disp += 64 * i
			VMOVUPS(m, v)
		}
		for half := range 2 {
			for i := range 2 - half {
				for pair := range 2 {
					a, b := quads[2*pair], quads[2*pair+1]
					a.Disp, b.Disp = 16*half, 16*half
					VMOVUPS(a, low[pair])
					VPERMT2PS(b, picks[i], low[pair])
				}
				VSHUFF64X2(U8(0x44), low[1], low[0], high[0])
				VSHUFF64X2(U8(0xee), low[1], low[0], high[1])
				VMOVUPS(high[0], at.At(4*half+2*i, 0))
				VMOVUPS(high[1], at.At(4*half+2*i+1, 0))
			}
		}
	})
}

// joinQuads is Join for chunks of which four lanes' each follow one another.
func joinQuads(set emit.Set) {
	chunks(set, "JoinQuads", 4, func(at emit.Rows, low, high vecs, place func(int) Mem) {
		for i, v := range low {
			VMOVUPS(at.At(i, 0), v)
		}
		v := turned(low, high)
		for i := range 2 {
			VSHUFF32X4(U8(0x88+0x55*uint8(i)), v[1], v[0], high[2*i])
			VSHUFF32X4(U8(0x88+0x55*uint8(i)), v[3], v[2], high[2*i+1])
		}
		// Each pair holds two quads, their chunks in the order 0, 2, 1, 3.
		for quad := 3; quad >= 0; quad-- {
			pair := high[quad%2*2:]
			VSHUFF32X4(U8(0x88+0x55*uint8(quad/2)), pair[1], pair[0], low[0])
			VMOVUPS(low[0], place(4*quad))
		}
	})
}

// turned transposes the 4×4 numbers that each quarter of four vectors holds.
func turned(v, tmp vecs) vecs {
	VUNPCKLPS(v[1], v[0], tmp[0])
	VUNPCKHPS(v[1], v[0], tmp[1])
	VUNPCKLPS(v[3], v[2], tmp[2])
	VUNPCKHPS(v[3], v[2], tmp[3])
	VUNPCKLPD(tmp[2], tmp[0], v[0])
	VUNPCKHPD(tmp[2], tmp[0], v[1])
	VUNPCKLPD(tmp[3], tmp[1], v[2])
	VUNPCKHPD(tmp[3], tmp[1], v[3])
	return v
}
