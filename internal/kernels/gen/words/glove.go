package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// glove writes one AdaGrad step of one entry of X.
func glove() {
	TEXT("gloveAVX2", 4, "func(theta, e, thetaSquares, eSquares *float32, n int, offset, weight, rate, limit float32) float32")
	Pragma("noescape")
	Doc("gloveAVX2 is gloveGeneric.")
	p := pointers("theta", "e", "thetaSquares", "eSquares", "n")
	theta, e, ts, es, n := p[0], p[1], p[2], p[3], p[4]

	d := dot("dot", theta, e, n)
	offset, err := Param("offset").Resolve()
	if err != nil {
		panic(err)
	}
	VADDSS(offset.Addr, d, d)
	Store(d, ReturnIndex(0))
	weight, err := Param("weight").Resolve()
	if err != nil {
		panic(err)
	}
	VMULSS(weight.Addr, d, d)
	slope := YMM()
	VBROADCASTSS(d, slope)

	rate, high, low := broadcast("rate"), broadcast("limit"), zero()
	VSUBPS(high, low, low)
	i := GP64()
	across("update", n, i, func(off, _ int) {
		a, b := YMM(), YMM()
		VMOVUPS(at(theta, i, off), a)
		VMOVUPS(at(e, i, off), b)
		ga, gb := YMM(), YMM()
		VMULPS(slope, b, ga)
		VMULPS(slope, a, gb)
		for _, g := range []vector{ga, gb} {
			VMINPS(g, high, g)
			VMAXPS(g, low, g)
			VMULPS(rate, g, g)
		}
		for _, side := range []struct {
			squares Mem
			x, g    vector
			to      Mem
		}{{at(ts, i, off), a, ga, at(theta, i, off)}, {at(es, i, off), b, gb, at(e, i, off)}} {
			s := YMM()
			VMOVUPS(side.squares, s)
			VFNMADD231PS(inverseRoot(s), side.g, side.x)
			VMOVUPS(side.x, side.to)
			VFMADD231PS(side.g, side.g, s)
			VMOVUPS(s, side.squares)
		}
	})
	VZEROUPPER()
	RET()
}

// inverseRoot returns 1/√s: the processor's 12 bits, doubled by a step of
// Newton's, y·(3 − s·y²)/2.
func inverseRoot(s vector) vector {
	y, h := YMM(), YMM()
	VRSQRTPS(s, y)
	VMULPS(y, s, h)
	VFNMADD213PS(c(3), y, h) // 3 − s·y·y
	VMULPS(c(0.5), y, y)
	VMULPS(h, y, y)
	return y
}
