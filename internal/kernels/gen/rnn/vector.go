package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

type vector = reg.VecVirtual

// constants are those already written, by their bits.
var constants = map[uint32]Mem{}

// bits returns eight copies of a 32-bit constant in memory.
func bits(v uint32) Mem {
	if m, ok := constants[v]; ok {
		return m
	}
	m := GLOBL(fmt.Sprintf("c%08x", v), 8|16) // RODATA|NOPTR
	for i := range 8 {
		DATA(4*i, U32(v))
	}
	constants[v] = m
	return m
}

func c(v float64) Mem { return bits(math.Float32bits(float32(v))) }

var maskTable Mem

// masks returns the table of eight −1, then eight 0.
func masks() Mem {
	if maskTable.Base == nil {
		maskTable = GLOBL("masks", 8|16)
		for i := range 16 {
			v := uint32(math.MaxUint32)
			if i >= 8 {
				v = 0
			}
			DATA(4*i, U32(v))
		}
	}
	return maskTable
}

// The arithmetic takes registers, and memory for a last operand b.

func copyOf(a Op) vector        { y := YMM(); VMOVUPS(a, y); return y }
func add(a vector, b Op) vector { y := YMM(); VADDPS(b, a, y); return y }
func sub(a vector, b Op) vector { y := YMM(); VSUBPS(b, a, y); return y }
func mul(a vector, b Op) vector { y := YMM(); VMULPS(b, a, y); return y }
func div(a vector, b Op) vector { y := YMM(); VDIVPS(b, a, y); return y }
func and(a vector, b Op) vector { y := YMM(); VANDPS(b, a, y); return y }
func or(a vector, b Op) vector  { y := YMM(); VORPS(b, a, y); return y }

// fma returns a·b + s, fnma s − a·b.
func fma(a vector, b Op, s Op) vector  { y := copyOf(s); VFMADD231PS(b, a, y); return y }
func fnma(a vector, b Op, s Op) vector { y := copyOf(s); VFNMADD231PS(b, a, y); return y }

// rest returns 1 − a.
func rest(a vector) vector { y := copyOf(c(1)); VSUBPS(a, y, y); return y }

// ln2High has few enough bits that n·ln2High is exact for |n| < 2¹⁰.
var ln2High = float64(math.Float32frombits(math.Float32bits(math.Ln2) &^ 0xfff))

// expm1 returns s = 2ⁿ and p = eʳ − 1, where x = n·ln 2 + r and |r| ≤ ln 2/2:
// eˣ = s + s·p. p is its Taylor polynomial of degree 7, whose error is below
// 1e-8.
func expm1(x vector) (s, p vector) {
	n := mul(x, c(1/math.Ln2))
	VROUNDPS(Imm(0), n, n)
	r := copyOf(x)
	VFNMADD231PS(c(ln2High), n, r)
	VFNMADD231PS(c(math.Ln2-ln2High), n, r)
	q, factorial := copyOf(c(1./5040)), 5040.
	for k := 7.; k > 2; k-- {
		factorial /= k
		VFMADD213PS(c(1/factorial), r, q)
	}
	p = fma(mul(r, r), q, r)
	s = YMM()
	VCVTPS2DQ(n, s)
	VPADDD(bits(127), s, s)
	VPSLLD(Imm(23), s, s)
	return s, p
}

// sigmoid returns 1/(1 + e⁻ˣ) as min(1, eˣ)/(1 + e^−|x|), NaN of NaN.
func sigmoid(x vector) vector {
	low := copyOf(c(-87))
	VMAXPS(or(x, bits(0x80000000)), low, low)
	s, p := expm1(low)
	e := fma(p, s, s)
	top := copyOf(c(1))
	VBLENDVPS(x, e, top, top) // by the sign of x
	return div(top, add(e, c(1)))
}

// tanh returns t/(t + 2), t = e^2|x| − 1, with the sign of x: nothing cancels
// near 0.
func tanh(x vector) vector {
	a := and(x, bits(0x7fffffff))
	high := copyOf(c(20)) // tanh is 1 from 10 on
	VMINPS(add(a, a), high, high)
	s, p := expm1(high)
	t := fma(p, s, sub(s, c(1)))
	return or(div(t, add(t, c(2))), and(x, bits(0x80000000)))
}

// A row is a function of n elements at a time under construction.
type row struct {
	at, n  reg.GPVirtual
	stride reg.GPVirtual // bytes from a gate to the next, where there are gates
	mask   vector        // nil but in the tail
}

// begin starts a function; parameters are float32 pointers.
func begin(name, doc, signature string, parameters ...string) (*row, map[string]reg.GPVirtual) {
	TEXT(name, 4, signature) // NOSPLIT
	Pragma("noescape")
	Doc(doc)
	base := map[string]reg.GPVirtual{}
	for _, p := range parameters {
		base[p] = GP64()
		Load(Param(p), base[p])
	}
	r := &row{at: GP64(), n: GP64()}
	Load(Param("n"), r.n)
	XORQ(r.at, r.at)
	return r, base
}

// gated makes gate work on parts of n elements.
func (r *row) gated() {
	r.stride = GP64()
	LEAQ(Mem{Base: r.n, Index: r.n, Scale: 1}, r.stride)
	ADDQ(r.stride, r.stride)
}

// loop runs body for whole vectors, then for the rest by a mask.
func (r *row) loop(body func()) {
	Label("whole")
	CMPQ(r.n, Imm(8))
	JL(LabelRef("tail"))
	body()
	ADDQ(Imm(32), r.at)
	SUBQ(Imm(8), r.n)
	JMP(LabelRef("whole"))
	Label("tail")
	TESTQ(r.n, r.n)
	JE(LabelRef("done"))
	table := GP64()
	LEAQ(masks(), table)
	NEGQ(r.n)
	r.mask = YMM()
	VMOVUPS(Mem{Base: table, Index: r.n, Scale: 4, Disp: 32}, r.mask)
	body()
	Label("done")
}

func (r *row) load(base reg.GPVirtual) vector {
	return r.read(Mem{Base: base, Index: r.at, Scale: 1})
}

func (r *row) store(v vector, base reg.GPVirtual) {
	r.write(v, Mem{Base: base, Index: r.at, Scale: 1})
}

func (r *row) read(m Mem) vector {
	y := YMM()
	if r.mask == nil {
		VMOVUPS(m, y)
	} else {
		VMASKMOVPS(m, r.mask, y)
	}
	return y
}

func (r *row) write(v vector, m Mem) {
	if r.mask == nil {
		VMOVUPS(v, m)
	} else {
		VMASKMOVPS(v, r.mask, m)
	}
}

// gates returns the places of the four gates at the current elements.
func (r *row) gates(base reg.GPVirtual) [4]Mem {
	first, second := GP64(), GP64()
	LEAQ(Mem{Base: base, Index: r.at, Scale: 1}, first)
	LEAQ(Mem{Base: first, Index: r.stride, Scale: 1}, second)
	return [4]Mem{
		{Base: first},
		{Base: second},
		{Base: first, Index: r.stride, Scale: 2},
		{Base: second, Index: r.stride, Scale: 2},
	}
}

// end finishes the function.
func end() {
	VZEROUPPER()
	RET()
}
