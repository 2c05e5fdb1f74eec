package main

import (
	"fmt"
	"github.com/mmcloughlin/avo/x86"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sum is a sum in float64 of float32 terms: half of the lanes from the lower
// half of each vector, half from the upper.
type sum struct{ low, high vector }

func newSum() sum {
	s := sum{register(), register()}
	VXORPD(s.low, s.low, s.low)
	VXORPD(s.high, s.high, s.high)
	return s
}

// doubled returns the halves of x in float64.
func doubled(x vector) (low, high vector) {
	low, high = register(), register()
	if wide() {
		half := YMM()
		put(x86.VCVTPS2PD(x.AsY(), low))
		put(x86.VEXTRACTF64X4(Imm(1), x, half))
		put(x86.VCVTPS2PD(half, high))
		return low, high
	}
	put(x86.VCVTPS2PD(x.AsX(), low))
	half := XMM()
	put(x86.VEXTRACTF128(Imm(1), x, half))
	put(x86.VCVTPS2PD(half, high))
	return low, high
}

func (s sum) add(x vector) {
	low, high := doubled(x)
	put(x86.VADDPD(low, s.low, s.low))
	put(x86.VADDPD(high, s.high, s.high))
}

// addProduct adds a·b exactly.
func (s sum) addProduct(a, b vector) {
	a0, a1 := doubled(a)
	b0, b1 := a0, a1
	if a != b {
		b0, b1 = doubled(b)
	}
	put(x86.VFMADD231PD(a0, b0, s.low))
	put(x86.VFMADD231PD(a1, b1, s.high))
}

// total returns the sum of all lanes.
func (s sum) total() reg.VecVirtual {
	VADDPD(s.high, s.low, s.low)
	half := XMM()
	if wide() {
		y := YMM()
		VEXTRACTF64X4(Imm(1), s.low, y)
		VADDPD(s.low.AsY(), y, y)
		VEXTRACTF64X2(Imm(1), y, half)
		VADDPD(half, y.AsX(), half)
	} else {
		VEXTRACTF128(Imm(1), s.low, half)
		VADDPD(half, s.low.AsX(), half)
	}
	y := XMM()
	VUNPCKHPD(half, half, y)
	VADDSD(y, half, y)
	return y
}

// quick is a sum in float32, lane by lane, for few terms.
type quick struct{ lanes vector }

func newQuick() quick {
	q := quick{register()}
	VXORPS(q.lanes, q.lanes, q.lanes)
	return q
}

func (q quick) add(x vector)           { put(x86.VADDPS(x, q.lanes, q.lanes)) }
func (q quick) addProduct(a, b vector) { put(x86.VFMADD231PS(a, b, q.lanes)) }

// total returns the sum of all lanes, taken in float64.
func (q quick) total() reg.VecVirtual {
	low, high := doubled(q.lanes)
	return sum{low, high}.total()
}

// adder is a sum of either kind.
type adder interface {
	add(x vector)
	addProduct(a, b vector)
	total() reg.VecVirtual
}

// reduction is a function of n elements of in, and scalars, that returns sums.
type reduction struct {
	name, doc string
	in, out   []string
	scalars   []string
	sums      int
	unroll    int
	// quick sums are in float32; wide ones are shared by the copies of an
	// unrolled body.
	quick bool
	// body adds to the sums and returns the vectors out. Lanes outside the
	// mask (nil: all inside) hold 0 and must add nothing.
	body func(x, s []vector, mask vector, to []adder) []vector
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
	both(func() {
		var s []vector
		for _, name := range r.scalars {
			s = append(s, scalar(name))
		}
		copies := max(1, r.unroll)
		to := r.adders(copies)
		at := GP64()
		XORQ(at, at)
		loop(n, at, copies, true, func(disp int, mask vector) {
			var x []vector
			for _, p := range r.in {
				x = append(x, load(Mem{Base: base[p], Index: at, Scale: 1, Disp: disp}, mask))
			}
			for i, y := range r.body(x, s, mask, to[disp/(4*lanes)]) {
				store(y, Mem{Base: base[r.out[i]], Index: at, Scale: 1, Disp: disp}, mask)
			}
		})
		for i, t := range to[0] {
			for _, other := range to[1:] {
				if q, ok := t.(quick); ok {
					VADDPS(other[i].(quick).lanes, q.lanes, q.lanes)
				}
			}
			Store(t.total(), ReturnIndex(i))
		}
		VZEROUPPER()
		RET()
	})
}

// adders returns the sums of each copy of the body.
func (r reduction) adders(copies int) [][]adder {
	to := make([][]adder, copies)
	for i := range to {
		for k := range r.sums {
			switch {
			case r.quick:
				to[i] = append(to[i], newQuick())
			case i == 0:
				to[i] = append(to[i], newSum())
			default:
				to[i] = append(to[i], to[0][k])
			}
		}
	}
	return to
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
		body: func(x, _ []vector, _ vector, to []adder) []vector { to[0].add(x[0]); return nil },
	}.emit()
	reduction{
		name: "kernelDot", doc: "kernelDot returns Σ x·y.",
		in: []string{"x", "y"}, sums: 1, unroll: 2,
		body: func(x, _ []vector, _ vector, to []adder) []vector { to[0].addProduct(x[0], x[1]); return nil },
	}.emit()
	reduction{
		name: "kernelSquares", doc: "kernelSquares returns Σ x².",
		in: []string{"x"}, sums: 1, unroll: 2,
		body: func(x, _ []vector, _ vector, to []adder) []vector { to[0].addProduct(x[0], x[0]); return nil },
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
	both(func() { foldBody(x, n, neutral, step, pick) })
}

func foldBody(x, n reg.GPVirtual, neutral uint32, step func(acc, flags, x vector), pick func(a vector, b Op) vector) {
	acc, flags := copyOf(bits(neutral)), register()
	VXORPS(flags, flags, flags)
	at := GP64()
	XORQ(at, at)
	loop(n, at, 4, false, func(disp int, mask vector) {
		v := load(Mem{Base: x, Index: at, Scale: 1, Disp: disp}, mask)
		if mask != nil {
			v = choose(mask, v, copyOf(bits(neutral)))
		}
		step(acc, flags, v)
	})
	for distance := lanes / 2; distance > 0; distance /= 2 {
		other := register()
		switch distance {
		case 8:
			VSHUFF32X4(Imm(0x4e), acc, acc, other)
		case 4:
			if wide() {
				VSHUFF32X4(Imm(0xb1), acc, acc, other)
			} else {
				VPERM2F128(Imm(1), acc, acc, other)
			}
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
		if wide() {
			k := K()
			VPMOVD2M(flags, k)
			KMOVW(k, set)
		} else {
			VMOVMSKPS(flags, set)
		}
		TESTL(set, set)
		JE(LabelRef(label("store")))
		if wide() {
			VPTERNLOGD(U8(0xff), result, result, result)
		} else {
			VPCMPEQD(result, result, result)
		}
		Label(label("store"))
	}
	Store(result.AsX(), ReturnIndex(0))
	VZEROUPPER()
	RET()
}
