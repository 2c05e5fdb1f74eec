package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// negative writes one step against up to eight rows of theta.
func negative() {
	TEXT("negativeAVX2", 4, "func(hidden, sum, theta *float32, rows *int, k, n int, label, rate float32, scores *float32)")
	Pragma("noescape")
	Doc("negativeAVX2 is negativeGeneric for 1 ≤ k ≤ 8 rows that begin at theta[rows[j]].")
	p := pointers("hidden", "sum", "theta", "rows", "k", "n", "scores")
	hidden, sum, theta, rows, k, n, scores := p[0], p[1], p[2], p[3], p[4], p[5], p[6]

	row, j := GP64(), GP64()
	VMOVUPS(zero(), Mem{Base: scores})
	XORQ(j, j)
	Label("scores")
	MOVQ(Mem{Base: rows, Index: j, Scale: 8}, row)
	LEAQ(Mem{Base: theta, Index: row, Scale: 4}, row)
	VMOVSS(dot("score", hidden, row, n), Mem{Base: scores, Index: j, Scale: 4})
	INCQ(j)
	CMPQ(j, k)
	JL(LabelRef("scores"))

	// g = rate·(label − σ(score)); the label of all but the first row is 0.
	x := YMM()
	VMOVUPS(Mem{Base: scores}, x)
	label, err := Param("label").Resolve()
	if err != nil {
		panic(err)
	}
	g := XMM()
	VMOVSS(label.Addr, g)
	VSUBPS(sigmoid(x), g.AsY(), x)
	VMULPS(broadcast("rate"), x, x)
	slopes := AllocLocal(32)
	VMOVUPS(x, slopes)

	base, i := GP64(), GP64()
	LEAQ(slopes, base)
	XORQ(j, j)
	Label("updates")
	MOVQ(Mem{Base: rows, Index: j, Scale: 8}, row)
	LEAQ(Mem{Base: theta, Index: row, Scale: 4}, row)
	slope := YMM()
	VBROADCASTSS(Mem{Base: base, Index: j, Scale: 4}, slope)
	across("update", n, i, func(off, _ int) {
		old, s := YMM(), YMM()
		VMOVUPS(at(row, i, off), old)
		VMOVUPS(at(sum, i, off), s)
		VFMADD231PS(old, slope, s)
		VMOVUPS(s, at(sum, i, off))
		VFMADD231PS(at(hidden, i, off), slope, old)
		VMOVUPS(old, at(row, i, off))
	})
	INCQ(j)
	CMPQ(j, k)
	JL(LabelRef("updates"))
	VZEROUPPER()
	RET()
}

// add writes y += alpha·x.
func add() {
	TEXT("addAVX2", 4, "func(x, y *float32, n int, alpha float32)")
	Pragma("noescape")
	Doc("addAVX2 adds alpha·x to y.")
	p := pointers("x", "y", "n")
	alpha, i := broadcast("alpha"), GP64()
	across("add", p[2], i, func(off, _ int) {
		v := YMM()
		VMOVUPS(at(p[1], i, off), v)
		VFMADD231PS(at(p[0], i, off), alpha, v)
		VMOVUPS(v, at(p[1], i, off))
	})
	VZEROUPPER()
	RET()
}

// prefetch writes the request for rows that a later step needs.
func prefetch() {
	TEXT("prefetchAVX2", 4, "func(theta *float32, rows *int, k, n int)")
	Pragma("noescape")
	Doc("prefetchAVX2 asks for k ≥ 1 rows of n numbers that begin at theta[rows[j]] to be brought into the cache.")
	p := pointers("theta", "rows", "k", "n")
	row, end, j := GP64(), GP64(), GP64()
	XORQ(j, j)
	Label("rows")
	MOVQ(Mem{Base: p[1], Index: j, Scale: 8}, row)
	LEAQ(Mem{Base: p[0], Index: row, Scale: 4}, row)
	LEAQ(Mem{Base: row, Index: p[3], Scale: 4}, end)
	Label("lines")
	PREFETCHT0(Mem{Base: row})
	ADDQ(Imm(64), row)
	CMPQ(row, end)
	JL(LabelRef("lines"))
	INCQ(j)
	CMPQ(j, p[2])
	JL(LabelRef("rows"))
	RET()
}
