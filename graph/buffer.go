package graph

import (
	"unsafe"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// kind is the element type of a buf.
type kind uint8

const (
	kindF32 kind = iota
	kindF64
	kindInt
)

func kindOf(d DType) kind {
	if d == Float64 {
		return kindF64
	}
	return kindF32
}

func (k kind) size() int {
	if k == kindF32 {
		return 4
	}
	return 8
}

func (k kind) tensor() tensor.Dtype {
	switch k {
	case kindF64:
		return tensor.Float64
	case kindInt:
		return tensor.Int
	}
	return tensor.Float32
}

// kindOfTensor returns the kind of a tensor type; false where it has none.
func kindOfTensor(d tensor.Dtype) (kind, bool) {
	switch d {
	case tensor.Float32:
		return kindF32, true
	case tensor.Float64:
		return kindF64, true
	case tensor.Int:
		return kindInt, true
	}
	return 0, false
}

// buf is the memory of a node: n elements of one kind, contiguous in
// row-major order.
type buf struct {
	ptr  unsafe.Pointer
	n    int
	kind kind
}

type number interface {
	~float32 | ~float64 | ~int
}

// newBuf takes zeroed memory, aligned to a cache line.
func newBuf(k kind, n int) buf { return carve(newMemory(n*k.size()), 0, k, n) }

// memory is a cache-line aligned span without pointers.
type memory []uint64

const line = 64 // bytes of a cache line

func newMemory(bytes int) memory {
	words := (bytes+7)/8 + line/8
	m := make([]uint64, words)
	skip := 0
	if odd := uintptr(unsafe.Pointer(&m[0])) % line; odd != 0 {
		skip = int(line-odd) / 8
	}
	return m[skip:]
}

// carve returns n elements of m from the byte offset on.
func carve(m memory, offset int, k kind, n int) buf {
	if n < 0 || offset < 0 || offset+n*k.size() > 8*len(m) {
		panic("graph: a plan's buffer lies outside its memory")
	}
	return buf{ptr: unsafe.Add(unsafe.Pointer(unsafe.SliceData(m)), offset), n: n, kind: k}
}

// part returns the n elements of b from element offset on.
func (b buf) part(offset, n int) buf {
	if offset < 0 || n < 0 || offset+n > b.n {
		panic("graph: a view lies outside what it views")
	}
	return buf{ptr: unsafe.Add(b.ptr, offset*b.kind.size()), n: n, kind: b.kind}
}

// sliceOf returns the elements of b, whose kind T must be.
func sliceOf[T number](b buf) []T { return unsafe.Slice((*T)(b.ptr), b.n) }

// dense returns a tensor of the given shape over the memory of b.
func (b buf) dense(shape tensor.Shape) *tensor.Dense {
	s := tensor.WithShape(shape...)
	switch b.kind {
	case kindF64:
		return tensor.New(s, tensor.WithBacking(sliceOf[float64](b)))
	case kindInt:
		return tensor.New(s, tensor.WithBacking(sliceOf[int](b)))
	}
	return tensor.New(s, tensor.WithBacking(sliceOf[float32](b)))
}

// value returns a Gorgonia value over the memory of b; a scalar where the
// shape has no axes.
func (b buf) value(shape tensor.Shape) gorgonia.Value {
	if len(shape) > 0 {
		return b.dense(shape)
	}
	switch b.kind {
	case kindF64:
		return (*gorgonia.F64)(b.ptr)
	case kindInt:
		return (*gorgonia.I)(b.ptr)
	}
	return (*gorgonia.F32)(b.ptr)
}

// float64s returns a copy of the elements.
func (b buf) float64s() []float64 {
	out := make([]float64, b.n)
	switch b.kind {
	case kindF64:
		copy(out, sliceOf[float64](b))
	case kindInt:
		convert(out, sliceOf[int](b))
	default:
		convert(out, sliceOf[float32](b))
	}
	return out
}

// setFloat64s overwrites the elements with as many of v.
func (b buf) setFloat64s(v []float64) {
	switch b.kind {
	case kindF64:
		copy(sliceOf[float64](b), v)
	case kindInt:
		convert(sliceOf[int](b), v)
	default:
		convert(sliceOf[float32](b), v)
	}
}

// copyFrom overwrites b with the elements of a, which has its kind and length.
func (b buf) copyFrom(a buf) {
	copy(unsafe.Slice((*byte)(b.ptr), b.n*b.kind.size()), unsafe.Slice((*byte)(a.ptr), a.n*a.kind.size()))
}

// zero clears the elements.
func (b buf) zero() { clear(unsafe.Slice((*byte)(b.ptr), b.n*b.kind.size())) }

func convert[D, S number](dst []D, src []S) {
	for i := range dst {
		dst[i] = D(src[i])
	}
}
