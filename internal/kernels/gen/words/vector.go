package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hocsau/hocsau/internal/kernels/gen/gemm/emit"
)

type vector = reg.VecVirtual

func bits(v uint32) Mem { return emit.Bits(v, 8) }

func c(v float64) Mem { return bits(math.Float32bits(float32(v))) }

func zero() vector { y := YMM(); VXORPS(y, y, y); return y }

// at returns the vector of base that begins off bytes behind the place i.
func at(base, i reg.GPVirtual, off int) Mem {
	return Mem{Base: base, Index: i, Scale: 1, Disp: off}
}

// pointers loads parameters that are pointers or ints.
func pointers(names ...string) []reg.GPVirtual {
	var all []reg.GPVirtual
	for _, name := range names {
		p := GP64()
		Load(Param(name), p)
		all = append(all, p)
	}
	return all
}

// broadcast returns eight copies of a float32 parameter.
func broadcast(name string) vector {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	y := YMM()
	VBROADCASTSS(p.Addr, y)
	return y
}

// across runs body for each vector of n elements, n a multiple of 8, four a
// turn while there are four; i is the place in bytes. body's second argument
// tells the copies of a turn apart, 0 to 3.
func across(name string, n, i reg.GPVirtual, body func(off, turn int)) {
	left := GP64()
	MOVQ(n, left)
	XORQ(i, i)
	Label(name + "four")
	CMPQ(left, Imm(32))
	JL(LabelRef(name + "one"))
	for turn := range 4 {
		body(32*turn, turn)
	}
	ADDQ(U32(128), i)
	SUBQ(Imm(32), left)
	JMP(LabelRef(name + "four"))
	Label(name + "one")
	CMPQ(left, Imm(8))
	JL(LabelRef(name + "end"))
	body(0, 0)
	ADDQ(Imm(32), i)
	SUBQ(Imm(8), left)
	JMP(LabelRef(name + "one"))
	Label(name + "end")
}

// joined returns the sum of all lanes of all sums in the lowest lane.
func joined(sums []vector) reg.Register {
	VADDPS(sums[1], sums[0], sums[0])
	VADDPS(sums[3], sums[2], sums[2])
	VADDPS(sums[2], sums[0], sums[0])
	x, y := sums[0].AsX(), XMM()
	VEXTRACTF128(Imm(1), sums[0], y)
	VADDPS(y, x, x)
	VMOVHLPS(x, x, y)
	VADDPS(y, x, x)
	VMOVSHDUP(x, y)
	VADDSS(y, x, x)
	return x
}

// dot writes the loop of Σ x·y and returns the sum in the lowest lane.
func dot(name string, x, y, n reg.GPVirtual) reg.Register {
	sums := []vector{zero(), zero(), zero(), zero()}
	i := GP64()
	across(name, n, i, func(off, turn int) {
		v := YMM()
		VMOVUPS(at(x, i, off), v)
		VFMADD231PS(at(y, i, off), v, sums[turn])
	})
	return joined(sums)
}

// ln2High has few enough bits that n·ln2High is exact for |n| < 2¹⁰.
var ln2High = float64(math.Float32frombits(math.Float32bits(math.Ln2) &^ 0xfff))

// exp returns eˣ for −87 ≤ x ≤ 0: x = n·ln 2 + r with |r| ≤ ln 2/2, eʳ by its
// Taylor polynomial of degree 7, whose error is below 1e-8.
func exp(x vector) vector {
	n := YMM()
	VMULPS(c(1/math.Ln2), x, n)
	VROUNDPS(Imm(0), n, n)
	r := YMM()
	VMOVAPS(x, r)
	VFNMADD231PS(c(ln2High), n, r)
	VFNMADD231PS(c(math.Ln2-ln2High), n, r)
	p, factorial := YMM(), 5040.
	VMOVUPS(c(1./5040), p)
	for k := 7.; k > 0; k-- {
		factorial /= k
		VFMADD213PS(c(1/factorial), r, p)
	}
	s := YMM()
	VCVTPS2DQ(n, s)
	VPADDD(bits(127), s, s)
	VPSLLD(Imm(23), s, s)
	VMULPS(s, p, p)
	return p
}

// sigmoid returns 1/(1 + e⁻ˣ) as min(1, eˣ)/(1 + e^−|x|), NaN of NaN.
func sigmoid(x vector) vector {
	low, minus := YMM(), YMM()
	VMOVUPS(c(-87), low)
	VORPS(bits(0x80000000), x, minus)
	VMAXPS(minus, low, low)
	e, top, below := exp(low), YMM(), YMM()
	VMOVUPS(c(1), top)
	VADDPS(e, top, below)
	VBLENDVPS(x, e, top, top) // by the sign of x
	VDIVPS(below, top, top)
	return top
}
