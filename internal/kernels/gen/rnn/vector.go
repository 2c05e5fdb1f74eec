package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hocsau/hocsau/internal/kernels/gen/gemm/emit"
)

type vector = reg.VecVirtual

// lanes is the number of float32 in the vectors that are being written: 8 for
// AVX2, 16 for AVX-512.
var lanes = 8

func wide() bool { return lanes == 16 }

// register returns a new vector.
func register() vector {
	if wide() {
		return ZMM()
	}
	return YMM()
}

// both writes a function's body for AVX2 and, where the package's variable
// avx512 is set, for AVX-512.
func both(body func()) {
	CMPB(Mem{Symbol: Symbol{Name: "·avx512"}, Base: reg.StaticBase}, U8(0))
	JNE(LabelRef("wide"))
	body()
	Label("wide")
	lanes = 16
	body()
	lanes = 8
}

// label makes a label's name unique in its function.
func label(name string) string {
	if wide() {
		return "wide" + name
	}
	return name
}

func bits(v uint32) Mem { return emit.Bits(v, 16) }

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

func copyOf(a Op) vector        { y := register(); VMOVUPS(a, y); return y }
func add(a vector, b Op) vector { y := register(); VADDPS(b, a, y); return y }
func sub(a vector, b Op) vector { y := register(); VSUBPS(b, a, y); return y }
func mul(a vector, b Op) vector { y := register(); VMULPS(b, a, y); return y }
func div(a vector, b Op) vector { y := register(); VDIVPS(b, a, y); return y }
func and(a vector, b Op) vector { y := register(); VANDPS(b, a, y); return y }
func or(a vector, b Op) vector  { y := register(); VORPS(b, a, y); return y }

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
	if wide() {
		VRNDSCALEPS(Imm(0), n, n)
	} else {
		VROUNDPS(Imm(0), n, n)
	}
	r := copyOf(x)
	VFNMADD231PS(c(ln2High), n, r)
	VFNMADD231PS(c(math.Ln2-ln2High), n, r)
	q, factorial := copyOf(c(1./5040)), 5040.
	for k := 7.; k > 2; k-- {
		factorial /= k
		VFMADD213PS(c(1/factorial), r, q)
	}
	p = fma(mul(r, r), q, r)
	s = register()
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
	if wide() { // by the sign of x
		k := K()
		VPMOVD2M(x, k)
		VBLENDMPS(e, top, k, top)
	} else {
		VBLENDVPS(x, e, top, top)
	}
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
	mask   reg.Register  // nil but in the tail
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
	r.mask = nil
	Label(label("whole"))
	CMPQ(r.n, Imm(uint64(lanes)))
	JL(LabelRef(label("tail")))
	body()
	ADDQ(Imm(uint64(4*lanes)), r.at)
	SUBQ(Imm(uint64(lanes)), r.n)
	JMP(LabelRef(label("whole")))
	Label(label("tail"))
	TESTQ(r.n, r.n)
	JE(LabelRef(label("done")))
	if wide() {
		bits, k := GP64(), K()
		MOVQ(I32(-1), bits)
		BZHIQ(r.n, bits, bits)
		KMOVW(bits.As32(), k)
		r.mask = k
	} else {
		table := GP64()
		LEAQ(masks(), table)
		NEGQ(r.n)
		y := YMM()
		VMOVUPS(Mem{Base: table, Index: r.n, Scale: 4, Disp: 32}, y)
		r.mask = y
	}
	body()
	Label(label("done"))
}

func (r *row) load(base reg.GPVirtual) vector {
	return r.read(Mem{Base: base, Index: r.at, Scale: 1})
}

func (r *row) store(v vector, base reg.GPVirtual) {
	r.write(v, Mem{Base: base, Index: r.at, Scale: 1})
}

func (r *row) read(m Mem) vector {
	y := register()
	switch {
	case r.mask == nil:
		VMOVUPS(m, y)
	case wide():
		VMOVUPS_Z(m, r.mask, y)
	default:
		VMASKMOVPS(m, r.mask, y)
	}
	return y
}

func (r *row) write(v vector, m Mem) {
	switch {
	case r.mask == nil:
		VMOVUPS(v, m)
	case wide():
		VMOVUPS(v, r.mask, m)
	default:
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
