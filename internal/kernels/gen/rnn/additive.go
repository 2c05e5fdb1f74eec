package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// additive writes the score v·tanh(p + q) and its gradient.
func additive() {
	r, at := begin("additiveForward", "additiveForward is [additiveRow].",
		"func(p, q, v *float32, n int) float32", "p", "q", "v")
	both(func() {
		sum := register()
		VXORPS(sum, sum, sum)
		r.loop(func() {
			t := tanh(add(r.load(at["p"]), r.load(at["q"])))
			VFMADD231PS(r.load(at["v"]), t, sum)
		})
		half := YMM()
		if wide() {
			VEXTRACTF64X4(Imm(1), sum, half)
			VADDPS(sum.AsY(), half, half)
		} else {
			VMOVAPS(sum, half)
		}
		x := XMM()
		VEXTRACTF128(Imm(1), half, x)
		VADDPS(half.AsX(), x, x)
		VHADDPS(x, x, x)
		VHADDPS(x, x, x)
		Store(x, ReturnIndex(0))
		end()
	})

	r, at = begin("additiveBackward", "additiveBackward is [additiveBack].",
		"func(p, q, v, dp, dq, dv *float32, n int, de float32)", "p", "q", "v", "dp", "dq", "dv")
	a, err := Param("de").Resolve()
	if err != nil {
		panic(err)
	}
	both(func() {
		de := register()
		VBROADCASTSS(a.Addr, de)
		r.loop(func() {
			t := tanh(add(r.load(at["p"]), r.load(at["q"])))
			r.store(fma(de, t, r.load(at["dv"])), at["dv"])
			d := mul(mul(de, r.load(at["v"])), bend(t))
			r.store(add(d, r.load(at["dp"])), at["dp"])
			r.store(add(d, r.load(at["dq"])), at["dq"])
		})
		end()
	})
}
