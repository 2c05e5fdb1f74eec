package main

import (
	"fmt"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sum is a sum in float64 of float32 terms: four lanes from the lower half of
// each vector, four from the upper.
type sum struct{ low, high vector }

func newSum() sum {
	s := sum{YMM(), YMM()}
	VXORPD(s.low, s.low, s.low)
	VXORPD(s.high, s.high, s.high)
	return s
}

// wide returns the halves of x in float64.
func wide(x vector) (low, high vector) {
	low, high = YMM(), YMM()
	VCVTPS2PD(x.AsX(), low)
	half := XMM()
	VEXTRACTF128(Imm(1), x, half)
	VCVTPS2PD(half, high)
	return low, high
}

func (s sum) add(x vector) {
	low, high := wide(x)
	VADDPD(low, s.low, s.low)
	VADDPD(high, s.high, s.high)
}

// addProduct adds a·b exactly.
func (s sum) addProduct(a, b vector) {
	a0, a1 := wide(a)
	b0, b1 := wide(b)
	VFMADD231PD(a0, b0, s.low)
	VFMADD231PD(a1, b1, s.high)
}

func (s sum) addSquare(a vector) {
	a0, a1 := wide(a)
	VFMADD231PD(a0, a0, s.low)
	VFMADD231PD(a1, a1, s.high)
}

// result returns the sum of all lanes.
func (s sum) result() reg.VecVirtual {
	VADDPD(s.high, s.low, s.low)
	half := XMM()
	VEXTRACTF128(Imm(1), s.low, half)
	x := s.low.AsX()
	VADDPD(half, x, half)
	y := XMM()
	VUNPCKHPD(half, half, y)
	VADDSD(y, half, y)
	return y
}

// reduction is a function of n elements of in, and scalars, that returns sums.
type reduction struct {
	name, doc string
	in, out   []string
	scalars   []string
	sums      int
	unroll    int
	// body adds to the sums and returns the vectors out. Lanes outside the
	// mask (nil: all inside) hold 0 and must add nothing.
	body func(x, s []vector, mask vector, to []sum) []vector
}

func (r reduction) emit() {
	names := append(append([]string{}, r.in...), r.out...)
	parameters := strings.Join(names, ", ") + " *float32, n int"
	if len(r.scalars) > 0 {
		parameters += ", " + strings.Join(r.scalars, ", ") + " float32"
	}
	var results []string
	for i := range r.sums {
		results = append(results, fmt.Sprintf("sum%d", i))
	}
	TEXT(r.name, 4, fmt.Sprintf("func(%s) (%s float64)", parameters, strings.Join(results, ", ")))
	Pragma("noescape")
	Doc(r.doc)
	base := map[string]reg.GPVirtual{}
	for _, p := range names {
		base[p] = GP64()
		Load(Param(p), base[p])
	}
	n := GP64()
	Load(Param("n"), n)
	var s []vector
	for _, name := range r.scalars {
		s = append(s, scalar(name))
	}
	// Unrolled halves have sums of their own, so that additions overlap.
	var sums [2][]sum
	for i := range sums {
		for range r.sums {
			if i < max(1, r.unroll) {
				sums[i] = append(sums[i], newSum())
			}
		}
	}
	at := GP64()
	XORQ(at, at)
	loop(n, at, max(1, r.unroll), func(disp int, mask vector) {
		var x []vector
		for _, p := range r.in {
			x = append(x, load(Mem{Base: base[p], Index: at, Scale: 1, Disp: disp}, mask))
		}
		for i, y := range r.body(x, s, mask, sums[disp/32]) {
			store(y, Mem{Base: base[r.out[i]], Index: at, Scale: 1, Disp: disp}, mask)
		}
	})
	for i, t := range sums[0] {
		if len(sums[1]) > 0 {
			VADDPD(sums[1][i].low, t.low, t.low)
			VADDPD(sums[1][i].high, t.high, t.high)
		}
		Store(t.result(), ReturnIndex(i))
	}
	VZEROUPPER()
	RET()
}

// inside returns x, with 0 in lanes outside the mask.
func inside(x, mask vector) vector {
	if mask == nil {
		return x
	}
	return and(x, mask)
}

func reductions() {
	reduction{
		name: "kernelSum", doc: "kernelSum returns Σ x.",
		in: []string{"x"}, sums: 1, unroll: 2,
		body: func(x, _ []vector, _ vector, to []sum) []vector { to[0].add(x[0]); return nil },
	}.emit()
	reduction{
		name: "kernelDot", doc: "kernelDot returns Σ x·y.",
		in: []string{"x", "y"}, sums: 1, unroll: 2,
		body: func(x, _ []vector, _ vector, to []sum) []vector { to[0].addProduct(x[0], x[1]); return nil },
	}.emit()
	reduction{
		name: "kernelSquares", doc: "kernelSquares returns Σ x².",
		in: []string{"x"}, sums: 1, unroll: 2,
		body: func(x, _ []vector, _ vector, to []sum) []vector { to[0].addSquare(x[0]); return nil },
	}.emit()
	// Without their sign, floats are in the order of their bits, NaN last.
	fold("kernelMaxAbs", "kernelMaxAbs returns max |x|, NaN where x has one.", 0,
		func(acc, _, x vector) { VPMAXSD(absolute(x), acc, acc) }, nil)
	for _, f := range []struct {
		name    string
		neutral uint32
		pick    func(a vector, b Op) vector
	}{{"Max", 0xff800000, maximum}, {"Min", 0x7f800000, minimum}} {
		fold("kernel"+f.name, "kernel"+f.name+" returns the extreme of x, NaN where x has one.", f.neutral,
			func(acc, flags, x vector) {
				VMOVAPS(f.pick(acc, x), acc)
				VORPS(compare(x, nan, x), flags, flags)
			}, f.pick)
	}
	fold("kernelOdd", "kernelOdd returns 0, or NaN where x is not finite.", 0,
		func(acc, flags, x vector) { VORPS(compare(sub(x, x), nan, x), flags, flags) }, maximum)
}

// fold writes a function of x that joins all elements into acc, which begins
// as neutral. Where flags, which begin as 0, are then set it returns NaN.
// A nil pick joins lanes as step does.
func fold(name, doc string, neutral uint32, step func(acc, flags, x vector), pick func(a vector, b Op) vector) {
	TEXT(name, 4, "func(x *float32, n int) float32")
	Pragma("noescape")
	Doc(doc)
	x := Load(Param("x"), GP64()).(reg.GPVirtual)
	n := GP64()
	Load(Param("n"), n)
	acc, flags := copyOf(bits(neutral)), YMM()
	VXORPS(flags, flags, flags)
	at := GP64()
	XORQ(at, at)
	loop(n, at, 4, func(disp int, mask vector) {
		v := load(Mem{Base: x, Index: at, Scale: 1, Disp: disp}, mask)
		if mask != nil {
			v = choose(mask, v, copyOf(bits(neutral)))
		}
		step(acc, flags, v)
	})
	for _, distance := range []int{4, 2, 1} {
		other := YMM()
		switch distance {
		case 4:
			VPERM2F128(Imm(1), acc, acc, other)
		case 2:
			VPERMILPS(Imm(0x4e), acc, other)
		case 1:
			VPERMILPS(Imm(0xb1), acc, other)
		}
		if pick == nil {
			step(acc, flags, other)
		} else {
			acc = pick(acc, other)
		}
	}
	result := acc
	if pick != nil {
		set := GP32()
		VMOVMSKPS(flags, set)
		TESTL(set, set)
		JE(LabelRef("store"))
		VPCMPEQD(result, result, result)
		Label("store")
	}
	Store(result.AsX(), ReturnIndex(0))
	VZEROUPPER()
	RET()
}
