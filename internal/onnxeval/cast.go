package onnxeval

import (
	"math"
	"slices"

	"github.com/hocsau/hocsau/internal/onnxfile"
)

// casting has the operators that change the element type.
var casting = map[string]operator{
	"Cast": cast, "CastLike": castLike, "BitCast": bitCast,
	"QuantizeLinear": quantize, "DequantizeLinear": dequantize, "DynamicQuantizeLinear": dynamicQuantize,
}

func cast(c *call) []*Array {
	return c.castTo(c.in(0), onnxfile.DType(c.int("to", 0)), c.int("saturate", 1) != 0)
}

func castLike(c *call) []*Array {
	return c.castTo(c.in(0), c.in(1).Type, c.int("saturate", 1) != 0)
}

func (c *call) castTo(x *Array, t onnxfile.DType, saturate bool) []*Array {
	if !t.IsFloat() && !t.IsInt() {
		return c.unsupported("Cast to " + t.String())
	}
	return one(convert(x, t, saturate))
}

// convert returns x in another element type.
func convert(x *Array, t onnxfile.DType, saturate bool) *Array {
	if x.Type == t {
		return x
	}
	y := New(t, x.Shape)
	for i := range x.Len() {
		switch {
		case t.IsFloat():
			y.F[i] = onnxfile.Round(t, x.Float(i), saturate)
		case t == onnxfile.Bool:
			y.I[i] = truth(x.Float(i) != 0)
		case !x.IsFloat():
			y.I[i] = onnxfile.Whole(t, uint64(x.I[i]))
		default:
			y.I[i] = integer(t, x.F[i])
		}
	}
	return y
}

// integer cuts the fraction off; a number that the type cannot hold wraps.
func integer(t onnxfile.DType, v float64) int64 {
	v = math.Trunc(v)
	switch {
	case math.IsNaN(v):
		return 0
	case v >= 1<<63:
		return onnxfile.Whole(t, uint64(v))
	case v < -(1 << 63):
		return onnxfile.Whole(t, 1<<63)
	}
	return onnxfile.Whole(t, uint64(int64(v)))
}

func bitCast(c *call) []*Array {
	x, t := c.in(0), onnxfile.DType(c.int("to", 0))
	if t.Bits() != x.Type.Bits() || t.Bits() < 8 {
		return c.unsupported("BitCast between types of other sizes")
	}
	y := New(t, x.Shape)
	for i := range x.Len() {
		var w uint64
		if x.IsFloat() {
			w = onnxfile.Bits(x.Type, x.F[i])
		} else {
			w = uint64(x.I[i])
		}
		if t.IsFloat() {
			y.F[i] = onnxfile.Real(t, w&(1<<(t.Bits()-1)<<1-1))
		} else {
			y.I[i] = onnxfile.Whole(t, w)
		}
	}
	return one(y)
}

// scales returns for each element of x the element of the scales that it goes by:
// one for all, one a place of the axis, or one a block.
func (c *call) scales(x, scale *Array) []int {
	if scale.Len() == 1 && len(scale.Shape) <= 1 {
		return make([]int, x.Len())
	}
	axis := c.axis(c.int("axis", 1), len(x.Shape))
	if c.err != nil {
		return nil
	}
	at, index := make([]int, x.Len()), make([]int, len(x.Shape))
	block := c.int("block_size", 0)
	step := strides(scale.Shape)
	for i := range at {
		if len(scale.Shape) == 1 {
			at[i] = index[axis]
		} else {
			for a, p := range index {
				if a == axis && block > 0 {
					p /= block
				}
				at[i] += p * step[a]
			}
		}
		next(index, x.Shape)
	}
	return at
}

// saturated rounds to even and keeps within a type's limits.
func saturated(t onnxfile.DType, v float64) int64 {
	lo, hi := limits(t)
	v = math.RoundToEven(v)
	switch {
	case v <= float64(lo):
		return lo
	case v >= float64(hi):
		return hi
	}
	return int64(v)
}

func quantize(c *call) []*Array {
	x, scale := c.in(0), c.in(1)
	t := onnxfile.Uint8
	if d := c.int("output_dtype", 0); d != 0 {
		t = onnxfile.DType(d)
	}
	zero := c.maybe(2)
	if zero != nil {
		t = zero.Type
	}
	at := c.scales(x, scale)
	if c.err != nil {
		return nil
	}
	y := New(t, x.Shape)
	for i, k := range at {
		v := x.Float(i) / scale.F[k]
		if x.Type == onnxfile.Float32 && scale.Type == onnxfile.Float32 {
			v = float64(float32(v))
		}
		if t.IsFloat() {
			y.F[i] = onnxfile.Round(t, v, c.int("saturate", 1) != 0)
			continue
		}
		z := 0.0
		if zero != nil {
			z = zero.Float(k)
		}
		y.I[i] = saturated(t, math.RoundToEven(v)+z)
	}
	return one(y)
}

func dequantize(c *call) []*Array {
	x, scale, zero := c.in(0), c.in(1), c.maybe(2)
	at := c.scales(x, scale)
	if c.err != nil {
		return nil
	}
	t := scale.Type
	if d := c.int("output_dtype", 0); d != 0 {
		t = onnxfile.DType(d)
	}
	y := New(t, x.Shape)
	for i, k := range at {
		z := 0.0
		if zero != nil {
			z = zero.Float(k)
		}
		y.F[i] = (x.Float(i) - z) * scale.F[k]
	}
	return one(y.rounded())
}

func dynamicQuantize(c *call) []*Array {
	x := c.in(0)
	lo, hi := 0.0, 0.0
	for _, v := range x.F {
		lo, hi = min(lo, v), max(hi, v)
	}
	scale := float64(float32(hi-lo) / 255)
	zero := int64(0)
	if scale != 0 {
		zero = saturated(onnxfile.Uint8, float64(float32(-lo)/float32(scale)))
	}
	y := New(onnxfile.Uint8, x.Shape)
	for i, v := range x.F {
		if scale != 0 {
			y.I[i] = saturated(onnxfile.Uint8, math.RoundToEven(float64(float32(v)/float32(scale)))+float64(zero))
		}
	}
	return []*Array{
		y, {Type: onnxfile.Float32, Shape: []int{}, F: []float64{scale}},
		{Type: onnxfile.Uint8, Shape: []int{}, I: []int64{zero}},
	}
}

// shifted returns x − zero as float64s that hold integers, for products of
// quantised numbers; zero is one for all or one for each place of the axis.
func shifted(x, zero *Array, axis int) *Array {
	y := New(onnxfile.Float64, x.Shape)
	for i := range y.F {
		y.F[i] = x.Float(i)
	}
	if zero == nil {
		return y
	}
	if zero.Len() == 1 {
		for i := range y.F {
			y.F[i] -= zero.Float(0)
		}
		return y
	}
	_, n, inner := axes3(x.Shape, axis)
	for i := range y.F {
		y.F[i] -= zero.Float(i / inner % n)
	}
	return y
}

// requantized rounds y·scale + zero to the type of zero.
func requantized(y *Array, scale []float64, axis int, zero *Array) *Array {
	q := New(zero.Type, y.Shape)
	inner, n := 1, 1
	if len(scale) > 1 {
		_, n, inner = axes3(y.Shape, axis)
	}
	for i, v := range y.F {
		s := scale[0]
		if len(scale) > 1 {
			s = scale[i/inner%n]
		}
		if zero.IsFloat() {
			q.F[i] = onnxfile.Round(zero.Type, v*s, true)
			continue
		}
		q.I[i] = saturated(zero.Type, math.RoundToEven(v*s)+zero.Float(0))
	}
	return q
}

// sums32 turns exact sums into int32.
func sums32(y *Array) *Array {
	out := New(onnxfile.Int32, slices.Clone(y.Shape))
	for i, v := range y.F {
		out.I[i] = int64(v)
	}
	return out.rounded()
}
