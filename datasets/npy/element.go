package npy

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"

	"github.com/pkg/errors"
)

// element is the type of the elements in a file.
type element struct {
	kind  byte // f, i, u or b
	bytes int
	order binary.ByteOrder
}

// parseType reads a type such as "<f8".
func parseType(descr string) (element, error) {
	refused := func(why string) (element, error) {
		return element{}, errors.Wrapf(ErrType, "%q: %s", descr, why)
	}
	if len(descr) < 2 {
		return refused("expected byte order, kind and size, for instance <f8")
	}
	e := element{order: binary.LittleEndian, kind: descr[1]}
	sizes := map[byte][]int{'f': {2, 4, 8}, 'i': {1, 2, 4, 8}, 'u': {1, 2, 4, 8}, 'b': {1}}[e.kind]
	if sizes == nil {
		names := map[byte]string{'O': "Python objects", 'U': "strings", 'S': "byte strings", 'c': "complex numbers", 'V': "records", 'M': "dates", 'm': "times"}
		if name := names[e.kind]; name != "" {
			return refused(name + " are not read")
		}
		return refused("expected kind f, i, u or b")
	}
	n, err := strconv.Atoi(descr[2:])
	if err != nil || !slices.Contains(sizes, n) {
		return refused("expected a size of at most 8 bytes that is a power of two")
	}
	e.bytes = n
	switch order := descr[0]; {
	case order == '>':
		e.order = binary.BigEndian
	case order == '|' && n > 1, order != '|' && order != '<':
		return refused("expected byte order < or >, or | for single bytes")
	}
	return e, nil
}

// floats decodes data into x.
func (e element) floats(x []float64, data []byte) {
	switch e.bytes {
	case 2:
		for i := range x {
			x[i] = fromHalf(e.order.Uint16(data[2*i:]))
		}
	case 4:
		for i := range x {
			x[i] = float64(math.Float32frombits(e.order.Uint32(data[4*i:])))
		}
	default:
		for i := range x {
			x[i] = math.Float64frombits(e.order.Uint64(data[8*i:]))
		}
	}
}

// putFloats encodes x into data.
func (e element) putFloats(data []byte, x []float64) {
	for i, v := range x {
		switch e.bytes {
		case 2:
			e.order.PutUint16(data[2*i:], toHalf(v))
		case 4:
			e.order.PutUint32(data[4*i:], math.Float32bits(float32(v)))
		default:
			e.order.PutUint64(data[8*i:], math.Float64bits(v))
		}
	}
}

// ints decodes data into x.
func (e element) ints(x []int64, data []byte) error {
	shift := 64 - 8*e.bytes
	for i := range x {
		u := e.word(data[i*e.bytes:])
		switch {
		case e.kind == 'i':
			x[i] = int64(u<<shift) >> shift // extends the sign
		case e.kind == 'b':
			x[i] = int64(min(u, 1))
		case u > math.MaxInt64:
			return errors.Wrapf(ErrType, "element %d is %d, expected at most %d", i, u, int64(math.MaxInt64))
		default:
			x[i] = int64(u)
		}
	}
	return nil
}

// word reads an unsigned number.
func (e element) word(b []byte) uint64 {
	switch e.bytes {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(e.order.Uint16(b))
	case 4:
		return uint64(e.order.Uint32(b))
	}
	return e.order.Uint64(b)
}

// putInts encodes x into data.
func (e element) putInts(data []byte, x []int64) error {
	lowest, highest := int64(0), int64(math.MaxInt64)
	switch {
	case e.kind == 'b':
		highest = 1
	case e.kind == 'i':
		lowest, highest = -1<<(8*e.bytes-1), 1<<(8*e.bytes-1)-1
	case e.bytes < 8:
		highest = 1<<(8*e.bytes) - 1
	}
	for i, v := range x {
		if v < lowest || v > highest {
			return errors.Wrapf(ErrType, "element %d is %d, expected %d to %d", i, v, lowest, highest)
		}
		switch b := data[i*e.bytes:]; e.bytes {
		case 1:
			b[0] = byte(v)
		case 2:
			e.order.PutUint16(b, uint16(v))
		case 4:
			e.order.PutUint32(b, uint32(v))
		default:
			e.order.PutUint64(b, uint64(v))
		}
	}
	return nil
}

// fromHalf widens a number of 16 bits (IEEE 754 binary16).
func fromHalf(h uint16) float64 {
	sign := 1 - 2*float64(h>>15)
	exponent, fraction := int(h>>10&31), float64(h&1023)
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

// toHalf rounds v to 16 bits, to even where two are equally near.
func toHalf(v float64) uint16 {
	var sign uint16
	if math.Signbit(v) {
		sign = 1 << 15
	}
	a := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return sign | 0x7e00
	case a >= 65520: // half-way between the largest number and 2¹⁶
		return sign | 0x7c00
	case a < 0x1p-14:
		return sign | uint16(math.RoundToEven(a*0x1p24))
	}
	fraction, exponent := math.Frexp(a) // a = fraction · 2^exponent, fraction in [½, 1)
	// A fraction that is rounded up to 2048 carries into the exponent, as it should.
	return sign | uint16(exponent+14)<<10 + uint16(math.RoundToEven(fraction*2048)) - 1024
}
