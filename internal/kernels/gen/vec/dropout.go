package main

import (
	"github.com/mmcloughlin/avo/x86"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dropout writes the hash of package vec's mix32, a vector of indices at a time.
func dropout() {
	TEXT("kernelDropout", 4, "func(mask *float32, n int, first, key0, key1, below uint32, scale float32)")
	Pragma("noescape")
	Doc("kernelDropout sets mask to scale where the hash of its index is less than below.")
	to := Load(Param("mask"), GP64()).(reg.GPVirtual)
	n := Load(Param("n"), GP64()).(reg.GPVirtual)
	lane := GLOBL("lanes", 8|16)
	for i := range 16 {
		DATA(4*i, U32(uint32(i)))
	}
	both(func() { dropoutBody(to, n, lane) })
}

func dropoutBody(to, n reg.GPVirtual, lane Mem) {
	index := scalar("first")
	VPADDD(lane, index, index)
	with(x86.VPMULLD, x86.VPMULLD_BCST, bits(0x9e3779b9), index, index)
	VPADDD(scalar("key0"), index, index)
	key1, below, scale := scalar("key1"), scalar("below"), scalar("scale")
	at := GP64()
	XORQ(at, at)
	golden := uint32(0x9e3779b9)
	loop(n, at, 2, false, func(disp int, mask vector) {
		h := xorShift(index, 16)
		with(x86.VPADDD, x86.VPADDD_BCST, bits(uint32(lanes)*golden), index, index)
		with(x86.VPMULLD, x86.VPMULLD_BCST, bits(0x85ebca6b), h, h)
		VPADDD(key1, h, h)
		h = xorShift(h, 13)
		with(x86.VPMULLD, x86.VPMULLD_BCST, bits(0xc2b2ae35), h, h)
		h = xorShift(h, 16)
		VPSRLD(Imm(8), h, h)
		if wide() {
			k := K()
			VPCMPGTD(h, below, k)
			h = expand(k)
		} else {
			VPCMPGTD(h, below, h)
		}
		store(and(h, scale), Mem{Base: to, Index: at, Scale: 1, Disp: disp}, mask)
	})
	VZEROUPPER()
	RET()
}

func xorShift(x vector, by uint64) vector {
	y := register()
	VPSRLD(Imm(by), x, y)
	if wide() {
		VPXORD(x, y, y)
	} else {
		VPXOR(x, y, y)
	}
	return y
}
