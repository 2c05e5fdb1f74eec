package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func rows() {
	reduction{
		name: "kernelShiftedExp", doc: "kernelShiftedExp sets y = e^(x − m) and returns its sum.",
		in: []string{"x"}, out: []string{"y"}, scalars: []string{"m"}, sums: 1, unroll: 3,
		body: func(x, s []vector, mask vector, to []adder) []vector {
			e := inside(exp(sub(x[0], s[0])), mask)
			to[0].add(e)
			return []vector{e}
		},
	}.emit()
	reduction{
		name: "kernelShiftedExpSum", doc: "kernelShiftedExpSum returns Σ e^(x − m).",
		in: []string{"x"}, scalars: []string{"m"}, sums: 1, unroll: 3,
		body: func(x, s []vector, mask vector, to []adder) []vector {
			to[0].add(inside(exp(sub(x[0], s[0])), mask))
			return nil
		},
	}.emit()
	elementwise{
		name: "kernelSoftmaxGrad", doc: "kernelSoftmaxGrad sets dx = y·(dy − dot).",
		in: []string{"y", "dy"}, out: []string{"dx"}, scalars: []string{"dot"}, unroll: 2,
		body: func(x, s []vector) []vector { return []vector{mul(x[0], sub(x[1], s[0]))} },
	}.emit()
	elementwise{
		name: "kernelLogSoftmaxGrad", doc: "kernelLogSoftmaxGrad sets dx = dy − e^y·sum.",
		in: []string{"y", "dy"}, out: []string{"dx"}, scalars: []string{"sum"}, unroll: 2,
		body: func(x, s []vector) []vector { return []vector{fnma(exp(x[0]), s[0], x[1])} },
	}.emit()
	softmaxColumns()
}

// softmaxColumns does eight columns side by side, in three passes.
func softmaxColumns() {
	TEXT("kernelSoftmaxColumns", 4, "func(x, y *float32, n, pitch int)")
	Pragma("noescape")
	Doc("kernelSoftmaxColumns is softmax down eight columns of n rows, pitch bytes apart.")
	x := Load(Param("x"), GP64()).(reg.GPVirtual)
	y := Load(Param("y"), GP64()).(reg.GPVirtual)
	n := Load(Param("n"), GP64()).(reg.GPVirtual)
	pitch := Load(Param("pitch"), GP64()).(reg.GPVirtual)
	left, at := GP64(), GP64()
	pass := func(label string, body func()) {
		MOVQ(n, left)
		XORQ(at, at)
		Label(label)
		body()
		ADDQ(pitch, at)
		DECQ(left)
		JNE(LabelRef(label))
	}

	m := copyOf(bits(0xff800000))
	pass("largest", func() {
		v := copyOf(Mem{Base: x, Index: at, Scale: 1})
		VMOVAPS(either(maximum(m, v), m, v), m)
	})
	none := compare(m, eq, bits(0xff800000))
	m = andNot(none, m) // all −∞: e^(−∞ − 0) = 0
	total := newSum()
	pass("exponentials", func() {
		e := exp(sub(copyOf(Mem{Base: x, Index: at, Scale: 1}), m))
		total.add(e)
		VMOVUPS(e, Mem{Base: y, Index: at, Scale: 1})
	})
	low, high := XMM(), XMM()
	VCVTPD2PSY(total.low, low)
	VCVTPD2PSY(total.high, high)
	scale := YMM()
	VINSERTF128(Imm(1), high, low.AsY(), scale)
	scale = div(copyOf(c(1)), choose(none, c(1), scale))
	pass("quotients", func() {
		VMOVUPS(mul(scale, Mem{Base: y, Index: at, Scale: 1}), Mem{Base: y, Index: at, Scale: 1})
	})
	VZEROUPPER()
	RET()
}
