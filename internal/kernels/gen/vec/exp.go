package main

import (
	"github.com/mmcloughlin/avo/x86"
	"math"

	. "github.com/mmcloughlin/avo/operand"
)

// ln2High has few enough bits that n·ln2High is exact for |n| < 2¹⁰.
var ln2High = float64(math.Float32frombits(math.Float32bits(math.Ln2) &^ 0xfff))

// power2 returns 2ⁿ for integers n from −127 (then 0) to 128 (then infinity).
func power2(n vector) vector {
	y := register()
	with(x86.VPADDD, x86.VPADDD_BCST, bits(127), n, y)
	put(x86.VPSLLD(Imm(23), y, y))
	return y
}

// reduce returns n, the integer nearest x/ln 2, as a float, and
// r = x − n·ln 2.
func reduce(x vector) (n, r vector) {
	n = mul(x, c(1/math.Ln2))
	if wide() {
		put(x86.VRNDSCALEPS(Imm(0), n, n))
	} else {
		put(x86.VROUNDPS(Imm(0), n, n))
	}
	r = copyOf(x)
	with(x86.VFNMADD231PS, x86.VFNMADD231PS_BCST, c(ln2High), n, r)
	with(x86.VFNMADD231PS, x86.VFNMADD231PS_BCST, c(math.Ln2-ln2High), n, r)
	return n, r
}

func toInt(x vector) vector { y := register(); put(x86.VCVTPS2DQ(x, y)); return y }

// exp returns eˣ = 2ⁿ·(1 + r + r²·Q(r)). 2ⁿ is taken in two factors, so that
// subnormal results are right and large ones overflow by themselves.
func exp(x vector) vector {
	x = minimum(copyOf(c(89)), x)
	x = maximum(copyOf(c(-104.5)), x)
	n, r := reduce(x)
	p := horner(r, expTail())
	with(x86.VFMADD213PS, x86.VFMADD213PS_BCST, c(1), r, p) // 1 + r·Q
	with(x86.VFMADD213PS, x86.VFMADD213PS_BCST, c(1), r, p) // 1 + r + r²·Q
	i := toInt(n)
	half := register()
	put(x86.VPSRAD(Imm(1), i, half))
	put(x86.VPSUBD(half, i, i))
	return mul(mul(p, power2(half)), power2(i))
}

// expm1 returns α·(eˣ − 1) = 2·α·(2ⁿ⁻¹·(eʳ − 1) + (2ⁿ⁻¹ − ½)): the halves keep
// the largest n finite.
func expm1(x, alpha vector) vector {
	x = minimum(copyOf(c(89)), x)
	x = maximum(copyOf(c(-87)), x)
	n, r := reduce(x)
	p := fma(mul(r, r), horner(r, expTail()), r) // eʳ − 1
	i := toInt(n)
	with(x86.VPSUBD, x86.VPSUBD_BCST, bits(1), i, i)
	s := power2(i)
	p = mul(fma(p, s, sub(s, c(0.5))), alpha)
	return add(p, p)
}

// sigmoid returns 1/(1 + e⁻ˣ) as min(1, eˣ)/(1 + e^−|x|): no cancellation and
// no early underflow on the left.
func sigmoid(x vector) vector {
	e := exp(or(x, bits(0x80000000)))
	top := choose(x, e, copyOf(c(1))) // by the sign of x
	return div(top, add(e, c(1)))
}

// tanh returns t/(t + 2), t = e^2|x| − 1, with the sign of x. t is taken as
// 2ⁿ·(eʳ − 1) + (2ⁿ − 1), so that nothing cancels near 0.
func tanh(x vector) vector {
	a := absolute(x)
	a = minimum(copyOf(c(20)), add(a, a)) // tanh is 1 from there on
	n, r := reduce(a)
	p := fma(mul(r, r), horner(r, expTail()), r)
	s := power2(toInt(n))
	t := fma(p, s, sub(s, c(1)))
	y := div(t, add(t, c(2)))
	return or(y, and(x, bits(0x80000000)))
}

// logNormal returns ln x of positive normal x: x = 2ⁿ·(1 + f) with 1 + f in
// [√½, √2), ln x = n·ln 2 + f − f²/2 + f³·Q(f). shift is added to n.
func logNormal(x vector, shift vector) vector {
	from := bits(math.Float32bits(float32(math.Sqrt2 / 2)))
	i := register()
	with(x86.VPSUBD, x86.VPSUBD_BCST, from, x, i)
	put(x86.VPSRAD(Imm(23), i, i))
	m := register()
	put(x86.VPSLLD(Imm(23), i, m))
	put(x86.VPSUBD(m, x, m))
	n := register()
	put(x86.VCVTDQ2PS(i, n))
	if shift != nil {
		n = add(n, shift)
	}
	f := sub(m, c(1))
	f2 := mul(f, f)
	y := mul(mul(horner(f, logTail()), f), f2)
	with(x86.VFMADD231PS, x86.VFMADD231PS_BCST, c(math.Ln2-ln2High), n, y)
	with(x86.VFNMADD231PS, x86.VFNMADD231PS_BCST, c(0.5), f2, y)
	y = add(y, f)
	with(x86.VFMADD231PS, x86.VFMADD231PS_BCST, c(ln2High), n, y)
	return y
}

// log returns ln x: −∞ at 0, NaN below.
func log(x vector) vector {
	small := compare(x, lt, c(0x1p-126))
	scaled := choose(small, mul(x, c(0x1p23)), x)
	y := logNormal(scaled, and(small, c(-23)))
	y = choose(compare(x, eq, bits(0x7f800000)), x, y)
	y = choose(compare(x, eq, c(0)), bits(0xff800000), y)
	return or(y, compare(x, nge, c(0)))
}

// log1p returns ln(1 + x) = ln u + (x − (u − 1))/u, u = 1 + x rounded.
func log1p(x vector) vector {
	u := add(x, c(1))
	lost := div(sub(x, sub(u, c(1))), u)
	known := and(compare(u, gt, c(0)), compare(x, lt, c(0x1p25)))
	return add(log(u), and(lost, known))
}

// log1pUnit is log1p for x in [0, 1] or NaN.
func log1pUnit(x vector) vector {
	u := add(x, c(1))
	return add(logNormal(u, nil), div(sub(x, sub(u, c(1))), u))
}

// softplus returns ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|).
func softplus(x vector) vector {
	e := exp(or(x, bits(0x80000000)))
	return add(log1pUnit(e), maximum(copyOf(c(0)), x))
}

// normal returns Φ(x), the distribution function of the normal distribution,
// and e^(−x²/2). The rounding of x² is taken back: e^−(h + l)/2 ≈ e^(−h/2)·(1 − l/2).
func normal(x vector) (phi, density vector) {
	a := minimum(copyOf(c(15)), absolute(x))
	square := mul(a, a)
	rest := copyOf(square)
	put(x86.VFMSUB231PS(a, a, rest)) // a² − square
	density = exp(mul(square, c(-0.5)))
	density = fnma(mul(rest, c(0.5)), density, density)
	s := div(copyOf(c(1)), fma(a, c(millsScale), c(1)))
	tail := mul(horner(s, millsTail()), density)
	return choose(x, tail, sub(copyOf(c(1)), tail)), density
}
