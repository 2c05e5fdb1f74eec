package onnxfile

import "math"

// Whole returns the integer of type d whose bits are the low ones of w.
func Whole(d DType, w uint64) int64 {
	if d == Bool {
		if w&0xff != 0 {
			return 1
		}
		return 0
	}
	shift := 64 - d.Bits()
	if d.Unsigned() {
		return int64(w << shift >> shift)
	}
	return int64(w<<shift) >> shift
}

// mini is a small floating-point format.
type mini struct {
	exponent, mantissa int // bits
	bias               int
	infinities         bool // the largest exponent is for infinities and NaN
	unsignedZero       bool // the bits of −0 are NaN, and there is none else
	noNaN              bool // all bits are numbers
}

func miniOf(d DType) (mini, bool) {
	switch d {
	case Float16:
		return mini{exponent: 5, mantissa: 10, bias: 15, infinities: true}, true
	case BFloat16:
		return mini{exponent: 8, mantissa: 7, bias: 127, infinities: true}, true
	case Float8E4M3FN:
		return mini{exponent: 4, mantissa: 3, bias: 7}, true
	case Float8E4M3FNUZ:
		return mini{exponent: 4, mantissa: 3, bias: 8, unsignedZero: true}, true
	case Float8E5M2:
		return mini{exponent: 5, mantissa: 2, bias: 15, infinities: true}, true
	case Float8E5M2FNUZ:
		return mini{exponent: 5, mantissa: 2, bias: 16, unsignedZero: true}, true
	case Float4E2M1:
		return mini{exponent: 2, mantissa: 1, bias: 1, noNaN: true}, true
	}
	return mini{}, false
}

// Real returns the float of type d whose bits are the low ones of w.
func Real(d DType, w uint64) float64 {
	switch d {
	case Float32:
		return float64(math.Float32frombits(uint32(w)))
	case Float64:
		return math.Float64frombits(w)
	case Float8E8M0:
		if w&0xff == 0xff {
			return math.NaN()
		}
		return math.Ldexp(1, int(w&0xff)-127)
	}
	m, ok := miniOf(d)
	if !ok {
		return math.NaN()
	}
	sign := 1.0
	if w>>(m.exponent+m.mantissa)&1 == 1 {
		sign = -1
	}
	e, f := int(w>>m.mantissa&(1<<m.exponent-1)), int(w&(1<<m.mantissa-1))
	switch {
	case m.unsignedZero && sign < 0 && e == 0 && f == 0:
		return math.NaN()
	case m.infinities && e == 1<<m.exponent-1 && f == 0:
		return math.Inf(int(sign))
	case m.infinities && e == 1<<m.exponent-1,
		!m.infinities && !m.unsignedZero && !m.noNaN && e == 1<<m.exponent-1 && f == 1<<m.mantissa-1:
		return math.NaN()
	case e == 0:
		return sign * math.Ldexp(float64(f), 1-m.bias-m.mantissa)
	}
	return sign * math.Ldexp(float64(1<<m.mantissa+f), e-m.bias-m.mantissa)
}

// largest is the greatest finite number of the format.
func (m mini) largest() float64 {
	e, f := 1<<m.exponent-1, 1<<m.mantissa-1
	switch {
	case m.infinities:
		e--
	case !m.unsignedZero && !m.noNaN:
		f--
	}
	return math.Ldexp(float64(1<<m.mantissa+f), e-m.bias-m.mantissa)
}

// Round returns v rounded to a number of type d, to even where two are equally
// near. What is too large becomes the largest number where saturate is set or
// the type has neither infinity nor NaN, else infinity or, where there is none,
// NaN.
func Round(d DType, v float64, saturate bool) float64 {
	switch d {
	case Float64:
		return v
	case Float32:
		return float64(float32(v))
	case Float8E8M0:
		return roundScale(v)
	}
	m, ok := miniOf(d)
	if !ok || math.IsNaN(v) || v == 0 {
		return v
	}
	if math.IsInf(v, 0) {
		switch {
		case saturate && d != Float16 && d != BFloat16 || m.noNaN:
			return math.Copysign(m.largest(), v)
		case !m.infinities:
			return math.NaN()
		}
		return v
	}
	_, e := math.Frexp(v) // v = f·2^e, ½ ≤ |f| < 1
	step := max(e-1-m.mantissa, 1-m.bias-m.mantissa)
	r := math.Ldexp(math.RoundToEven(math.Ldexp(v, -step)), step)
	if math.Abs(r) > m.largest() {
		switch {
		case saturate && d != Float16 && d != BFloat16 || m.noNaN:
			return math.Copysign(m.largest(), v)
		case m.infinities:
			return math.Inf(int(math.Copysign(1, v)))
		}
		return math.NaN()
	}
	return r
}

// roundScale is the power of two that is nearest, upwards where between.
func roundScale(v float64) float64 {
	if math.IsNaN(v) || v <= 0 {
		return math.NaN()
	}
	_, e := math.Frexp(v)
	lower := math.Ldexp(1, e-1)
	if v == lower {
		return v
	}
	return math.Ldexp(1, min(e, 127))
}

// Bits returns the bits of v, a number of type d.
func Bits(d DType, v float64) uint64 {
	switch d {
	case Float32:
		return uint64(math.Float32bits(float32(v)))
	case Float64:
		return math.Float64bits(v)
	case Float8E8M0:
		if math.IsNaN(v) {
			return 0xff
		}
		_, e := math.Frexp(v)
		return uint64(min(max(e-1+127, 0), 254))
	}
	m, ok := miniOf(d)
	if !ok {
		return 0
	}
	top := uint64(1) << (m.exponent + m.mantissa)
	if math.IsNaN(v) {
		switch {
		case m.unsignedZero:
			return top
		case m.infinities:
			return top - 1<<(m.mantissa-1)
		}
		return top - 1
	}
	var sign uint64
	if math.Signbit(v) {
		sign = top
	}
	v = math.Abs(v)
	if math.IsInf(v, 0) {
		return sign | (top - 1<<m.mantissa)
	}
	if v == 0 {
		if m.unsignedZero {
			return 0
		}
		return sign
	}
	_, e := math.Frexp(v)
	field := e - 1 + m.bias
	if field <= 0 {
		return sign | uint64(math.Ldexp(v, m.bias-1+m.mantissa))
	}
	return sign | uint64(field)<<m.mantissa | uint64(math.Ldexp(v, m.mantissa-(e-1)))&(1<<m.mantissa-1)
}
