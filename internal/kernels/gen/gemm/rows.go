package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hocsau/hocsau/internal/kernels/gen/gemm/emit"
)

// The offsets of the fields of Go's type rowArgs.
const (
	rowsA = 8 * iota
	rowsRowA
	rowsStepA
	rowsB
	rowsStepB
	rowsC
	rowsRowC
	rowsColumns
	rowsMask
)

// rowTerms is how many terms at a time products of few rows take, whose
// scalars stay in registers.
func rowTerms(set emit.Set, rows int) int {
	switch {
	case rows == 1:
		return 8
	case set.Wide():
		return []int{8, 4, 4}[rows-2]
	}
	return []int{4, 2, 2}[rows-2]
}

// rowProducts adds the products of the scalars [rows, terms] and rows of B to
// rows of C, and asks for the rows of B that come next.
func rowProducts(set emit.Set, rows, terms int) {
	name := emit.Name("rows%dx%d", rows, terms)
	if set.Wide() {
		name = emit.Name("wideRows%dx%d", rows, terms)
	}
	TEXT(name, NOSPLIT, "func(t *byte)")
	t := Load(Param("t"), GP64()).(reg.GPVirtual)
	get := func(off int) reg.GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: off}, r)
		return r
	}
	free := set.Regs
	take := func(n int) []reg.VecPhysical {
		r := free[:n]
		free = free[n:]
		return r
	}
	vectors := []int{4, 2, 2, 2}[rows-1]
	if rows == 4 && !set.Wide() {
		vectors = 1
	}
	scalars := take(rows * terms)
	{
		pa := get(rowsA)
		from := emit.NewRows(rows, pa, get(rowsRowA))
		step := get(rowsStepA)
		for l := range terms {
			for i := range rows {
				VBROADCASTSS(from.At(i, 0), scalars[i*terms+l])
			}
			if l < terms-1 {
				ADDQ(step, pa)
			}
		}
	}
	acc := emit.Acc{Set: emit.Set{Lanes: set.Lanes, Regs: take(rows * vectors)}, Rows: rows, Vectors: vectors}
	loaded := vectors
	if rows == 1 { // B is multiplied where it lies
		loaded = 1
	}
	b := take(loaded)
	pb, pc, n, next := get(rowsB), get(rowsC), get(rowsColumns), GP64()
	from := emit.NewRows(terms, pb, get(rowsStepB))
	to := emit.NewRows(rows, pc, get(rowsRowC))
	MOVQ(Mem{Base: t, Disp: rowsStepB}, next)
	IMUL3Q(U8(terms), next, next)
	ADDQ(pb, next)
	after := from.From(next)
	size := 4 * set.Lanes

	SUBQ(U8(vectors*set.Lanes), n)
	JLT(LabelRef("rest"))
	Label("columns")
	for i := range rows {
		for v := range vectors {
			VMOVUPS(to.At(i, size*v), acc.At(i, v))
		}
	}
	for l := range terms {
		for v := range vectors {
			if rows > 1 {
				VMOVUPS(from.At(l, size*v), b[v])
			}
			if size*v%64 == 0 {
				PREFETCHT0(after.At(l, size*v))
			}
		}
		for i := range rows {
			for v := range vectors {
				if rows > 1 {
					VFMADD231PS(b[v], scalars[i*terms+l], acc.At(i, v))
				} else {
					VFMADD231PS(from.At(l, size*v), scalars[l], acc.At(i, v))
				}
			}
		}
	}
	for i := range rows {
		for v := range vectors {
			VMOVUPS(acc.At(i, v), to.At(i, size*v))
		}
	}
	for _, p := range []reg.GPVirtual{pb, pc, next} {
		ADDQ(U32(size*vectors), p)
	}
	SUBQ(U8(vectors*set.Lanes), n)
	JGE(LabelRef("columns"))

	Label("rest")
	ADDQ(U8(vectors*set.Lanes), n)
	JZ(LabelRef("done"))
	load, store := partial(set, n, t, take)
	Label("vector")
	load(Mem{}, nil)
	for i := range rows {
		load(to.At(i, 0), acc.At(i, 0))
	}
	for l := range terms {
		load(from.At(l, 0), b[0])
		for i := range rows {
			VFMADD231PS(b[0], scalars[i*terms+l], acc.At(i, 0))
		}
	}
	for i := range rows {
		store(acc.At(i, 0), to.At(i, 0))
	}
	ADDQ(U8(size), pb)
	ADDQ(U8(size), pc)
	SUBQ(U8(set.Lanes), n)
	JG(LabelRef("vector"))
	Label("done")
	VZEROUPPER()
	RET()
}

// partial returns how to load and store a vector of which n numbers, or all if
// n is more, belong to the row. load with a nil register prepares for n.
func partial(set emit.Set, n, t reg.GPVirtual, take func(int) []reg.VecPhysical) (load func(Mem, reg.VecPhysical), store func(reg.VecPhysical, Mem)) {
	if set.Wide() {
		bits := GP64()
		return func(m Mem, v reg.VecPhysical) {
				if v != nil {
					VMOVUPS_Z(m, reg.K1, v)
					return
				}
				MOVQ(I32(-1), bits)
				CMPQ(n, U8(set.Lanes))
				JGE(LabelRef("whole"))
				BZHIQ(n, bits, bits)
				Label("whole")
				KMOVW(bits.As32(), reg.K1)
			}, func(v reg.VecPhysical, m Mem) {
				VMOVUPS(v, reg.K1, m)
			}
	}
	mask, p := take(1)[0], GP64()
	VPCMPEQD(mask, mask, mask)
	return func(m Mem, v reg.VecPhysical) {
			if v != nil {
				VMASKMOVPS(m, mask, v)
				return
			}
			CMPQ(n, U8(set.Lanes))
			JGE(LabelRef("whole"))
			MOVQ(Mem{Base: t, Disp: rowsMask}, p)
			VMOVUPS(Mem{Base: p}, mask)
			Label("whole")
		}, func(v reg.VecPhysical, m Mem) {
			VMASKMOVPS(v, mask, m)
		}
}
