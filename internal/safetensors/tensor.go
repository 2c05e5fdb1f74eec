package safetensors

import (
	"encoding/binary"
	"math"

	"github.com/pkg/errors"
)

// A DType is the type of an element, spelled as in the header.
type DType string

// The element types of this package.
const (
	F64  DType = "F64"
	F32  DType = "F32"
	F16  DType = "F16"  // IEEE 754 half precision
	BF16 DType = "BF16" // the upper half of an F32
	I64  DType = "I64"
	I32  DType = "I32"
	I16  DType = "I16"
	I8   DType = "I8"
	U64  DType = "U64"
	U32  DType = "U32"
	U16  DType = "U16"
	U8   DType = "U8"
	Bool DType = "BOOL" // one byte, 0 or 1
)

// Size returns the bytes of one element, 0 for an unknown type.
func (d DType) Size() int {
	switch d {
	case F64, I64, U64:
		return 8
	case F32, I32, U32:
		return 4
	case F16, BF16, I16, U16:
		return 2
	case I8, U8, Bool:
		return 1
	}
	return 0
}

// Float reports whether d is a floating-point type.
func (d DType) Float() bool {
	return d == F64 || d == F32 || d == F16 || d == BF16
}

// A Tensor is a named array: Data holds the elements of Shape in row-major
// order, little-endian. A scalar has the shape [].
type Tensor struct {
	Name  string
	DType DType
	Shape []int
	Data  []byte
}

// FromFloat32s makes an F32 tensor of x.
func FromFloat32s(name string, shape []int, x []float32) Tensor {
	data := make([]byte, 4*len(x))
	for i, v := range x {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(v))
	}
	return Tensor{name, F32, shape, data}
}

// FromFloat64s makes an F64 tensor of x.
func FromFloat64s(name string, shape []int, x []float64) Tensor {
	data := make([]byte, 8*len(x))
	for i, v := range x {
		binary.LittleEndian.PutUint64(data[8*i:], math.Float64bits(v))
	}
	return Tensor{name, F64, shape, data}
}

// FromInts makes an I64 tensor of x.
func FromInts(name string, shape []int, x []int64) Tensor {
	data := make([]byte, 8*len(x))
	for i, v := range x {
		binary.LittleEndian.PutUint64(data[8*i:], uint64(v))
	}
	return Tensor{name, I64, shape, data}
}

// Len returns the number of elements.
func (t *Tensor) Len() int {
	if t.DType.Size() == 0 {
		return 0
	}
	return len(t.Data) / t.DType.Size()
}

// Float32s returns the elements as float32: F16 and BF16 widened exactly, F64
// rounded to nearest. Integers must be exactly representable.
func (t *Tensor) Float32s() ([]float32, error) {
	if t.DType == F32 {
		if err := t.check(); err != nil {
			return nil, err
		}
		x := make([]float32, t.Len())
		for i := range x {
			x[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
		}
		return x, nil
	}
	wide, err := t.Float64s()
	if err != nil {
		return nil, err
	}
	x := make([]float32, len(wide))
	for i, v := range wide {
		x[i] = float32(v)
		if !t.DType.Float() && float64(x[i]) != v {
			return nil, errors.Errorf("tensor %q: %s value %.0f at %d has no exact float32", t.Name, t.DType, v, i)
		}
	}
	return x, nil
}

// Float64s returns the elements as float64: shorter floats widened exactly,
// NaN and infinities kept. Integers must be exactly representable.
func (t *Tensor) Float64s() ([]float64, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	x := make([]float64, t.Len())
	switch t.DType {
	case F64:
		for i := range x {
			x[i] = math.Float64frombits(binary.LittleEndian.Uint64(t.Data[8*i:]))
		}
	case F32:
		for i := range x {
			x[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:])))
		}
	case F16:
		for i := range x {
			x[i] = float64(halfToFloat32(binary.LittleEndian.Uint16(t.Data[2*i:])))
		}
	case BF16:
		for i := range x {
			x[i] = float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(t.Data[2*i:])) << 16))
		}
	case U64:
		for i := range x {
			v := binary.LittleEndian.Uint64(t.Data[8*i:])
			x[i] = float64(v)
			if x[i] == 1<<64 || uint64(x[i]) != v {
				return nil, errors.Errorf("tensor %q: %s value %d at %d has no exact float64", t.Name, t.DType, v, i)
			}
		}
	default:
		n, err := t.Ints()
		if err != nil {
			return nil, err
		}
		for i, v := range n {
			x[i] = float64(v)
			if x[i] == 1<<63 || int64(x[i]) != v {
				return nil, errors.Errorf("tensor %q: %s value %d at %d has no exact float64", t.Name, t.DType, v, i)
			}
		}
	}
	return x, nil
}

// Ints returns the elements of an integer or boolean tensor, false as 0 and
// true as 1. Floats are refused, whatever their values.
func (t *Tensor) Ints() ([]int64, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if t.DType.Float() {
		return nil, errors.Errorf("tensor %q: found %s, expected an integer type", t.Name, t.DType)
	}
	x := make([]int64, t.Len())
	for i := range x {
		switch t.DType {
		case I64:
			x[i] = int64(binary.LittleEndian.Uint64(t.Data[8*i:]))
		case U64:
			v := binary.LittleEndian.Uint64(t.Data[8*i:])
			if v > math.MaxInt64 {
				return nil, errors.Errorf("tensor %q: U64 value %d at %d, expected at most %d", t.Name, v, i, int64(math.MaxInt64))
			}
			x[i] = int64(v)
		case I32:
			x[i] = int64(int32(binary.LittleEndian.Uint32(t.Data[4*i:])))
		case U32:
			x[i] = int64(binary.LittleEndian.Uint32(t.Data[4*i:]))
		case I16:
			x[i] = int64(int16(binary.LittleEndian.Uint16(t.Data[2*i:])))
		case U16:
			x[i] = int64(binary.LittleEndian.Uint16(t.Data[2*i:]))
		case I8:
			x[i] = int64(int8(t.Data[i]))
		case U8:
			x[i] = int64(t.Data[i])
		case Bool:
			if t.Data[i] > 1 {
				return nil, errors.Wrapf(ErrFormat, "tensor %q: BOOL byte %d at %d, expected 0 or 1", t.Name, t.Data[i], i)
			}
			x[i] = int64(t.Data[i])
		}
	}
	return x, nil
}

// check compares type, shape and data of a tensor that anybody may have made.
func (t *Tensor) check() error {
	want, err := span(t.DType, t.Shape)
	if err != nil {
		return errors.Wrapf(err, "tensor %q", t.Name)
	}
	if want != int64(len(t.Data)) {
		return errors.Errorf("tensor %q: found %d bytes, expected %d for %s %v", t.Name, len(t.Data), want, t.DType, t.Shape)
	}
	return nil
}

// span returns the bytes of an array, refusing what does not fit an int.
func span(d DType, shape []int) (int64, error) {
	if d.Size() == 0 {
		return 0, errors.Wrapf(ErrFormat, "dtype %q, expected one of F64 F32 F16 BF16 I64 I32 I16 I8 U64 U32 U16 U8 BOOL", d)
	}
	empty := false
	for axis, n := range shape {
		if n < 0 {
			return 0, errors.Wrapf(ErrFormat, "shape %v: size %d on axis %d, expected at least 0", shape, n, axis)
		}
		empty = empty || n == 0
	}
	if empty {
		return 0, nil
	}
	total := d.Size()
	for _, n := range shape {
		if total > math.MaxInt/n {
			return 0, errors.Wrapf(ErrFormat, "shape %v of %s is larger than any memory", shape, d)
		}
		total *= n
	}
	return int64(total), nil
}

// halfToFloat32 widens IEEE 754 half precision: 1 sign, 5 exponent and 10
// fraction bits. Every half is a float32, NaN payloads included.
func halfToFloat32(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exponent := uint32(h>>10) & 0x1f
	fraction := uint32(h) & 0x3ff
	switch exponent {
	case 0: // zero or subnormal: fraction · 2⁻²⁴
		x := float32(fraction) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(x) | sign)
	case 0x1f: // infinity or NaN
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
