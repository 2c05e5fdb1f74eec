package npy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/machine"
	"github.com/hocsau/hocsau/internal/regular"
)

// Errors of this package, to be tested with errors.Is.
var (
	// ErrFormat means that the input is no file of this format.
	ErrFormat = errors.New("not an npy file")
	// ErrTruncated means that the input holds less than its header claims.
	ErrTruncated = errors.New("truncated npy file")
	// ErrTrailing means that the input holds more than its header claims.
	ErrTrailing = errors.New("bytes after the end of the npy data")
	// ErrType means that the elements are of a type that is not read, or that
	// a value does not fit the type.
	ErrType = errors.New("element type")
)

const (
	magic   = "\x93NUMPY"
	maxRank = 64 // the limit of NumPy 2
)

// Array is the content of an .npy file in row-major order. Floating numbers
// are in F64, integers and booleans (0 and 1) in I64; the other is nil.
type Array struct {
	Shape []int // empty for a scalar
	// Type is the type in the file as NumPy writes it: byte order (< little,
	// > big, | one byte), kind (f, i, u, b) and bytes an element.
	Type string
	F64  []float64
	I64  []int64
}

// ReadFile reads the .npy file path.
func ReadFile(path string) (*Array, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "read npy")
	}
	defer func() { _ = f.Close() }() // read only: nothing to lose
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Wrap(err, "read npy")
	}
	a, err := decode(f, info.Size())
	return a, errors.Wrapf(err, "read npy %s", path)
}

// Decode reads the content b of an .npy file.
func Decode(b []byte) (*Array, error) { return decode(bytes.NewReader(b), int64(len(b))) }

// decode reads an .npy file of size bytes, a piece at a time: what is held is the
// array.
func decode(r io.Reader, size int64) (*Array, error) {
	head := make([]byte, min(size, int64(len(magic)+6+maxHeader)))
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.WithStack(err)
	}
	h, begun, err := readHeader(head[:n])
	if err != nil {
		return nil, err
	}
	e, err := parseType(h.descr)
	if err != nil {
		return nil, err
	}
	count, ok := elements(h.shape)
	if !ok || count > math.MaxInt/8 {
		return nil, errors.Wrapf(ErrFormat, "shape %v of %s: the number of bytes overflows", h.shape, h.descr)
	}
	have := size - int64(n-len(begun))
	if need := int64(count) * int64(e.bytes); need > have {
		return nil, errors.Wrapf(ErrTruncated, "shape %v of %s needs %d bytes after the header, %d are there", h.shape, h.descr, need, have)
	} else if need < have {
		return nil, errors.Wrapf(ErrTrailing, "shape %v of %s needs %d bytes after the header, %d are there", h.shape, h.descr, need, have)
	}
	takes := 8 * int64(count)
	if h.fortran && len(h.shape) > 1 {
		takes *= 2
	}
	if err := machine.Fits("the array", takes); err != nil {
		return nil, err
	}
	a := &Array{Shape: h.shape, Type: h.descr}
	if e.kind == 'f' {
		a.F64 = make([]float64, count)
	} else {
		a.I64 = make([]int64, count)
	}
	in := io.MultiReader(bytes.NewReader(begun), r)
	piece := make([]byte, min(count, 1<<13)*e.bytes)
	for at := 0; at < count; {
		k := min(count-at, len(piece)/e.bytes)
		b := piece[:k*e.bytes]
		if _, err := io.ReadFull(in, b); err != nil {
			return nil, errors.Wrapf(ErrTruncated, "element %d of %d: %v", at, count, err)
		}
		if e.kind == 'f' {
			e.floats(a.F64[at:at+k], b)
		} else if err := e.ints(a.I64[at:at+k], b); err != nil {
			return nil, err
		}
		at += k
	}
	if h.fortran {
		a.F64, a.I64 = rowMajor(a.F64, h.shape), rowMajor(a.I64, h.shape)
	}
	return a, nil
}

// elements returns the number of elements of a shape, and whether it is a number.
func elements(shape []int) (int, bool) {
	if slices.Contains(shape, 0) {
		return 0, true
	}
	n := 1
	for _, d := range shape {
		if d < 0 || n > math.MaxInt/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// rowMajor reorders x, in which the first axis of shape runs fastest, so that
// the last one does.
func rowMajor[T float64 | int64](x []T, shape []int) []T {
	if len(x) == 0 || len(shape) < 2 {
		return x
	}
	stride := make([]int, len(shape)) // of the result
	n := 1
	for k := len(shape) - 1; k >= 0; k-- {
		stride[k] = n
		n *= shape[k]
	}
	y := make([]T, len(x))
	at := make([]int, len(shape))
	place := 0
	for _, v := range x {
		y[place] = v
		for k := range at { // count up, the first axis first
			at[k]++
			place += stride[k]
			if at[k] < shape[k] {
				break
			}
			place -= stride[k] * shape[k]
			at[k] = 0
		}
	}
	return y
}

// Write writes a as an .npy file in row-major order. Without a Type it is <f8
// or <i8. A floating number is rounded to the type; an integer that does not
// fit is an error.
func Write(w io.Writer, a *Array) error {
	descr := a.Type
	if descr == "" {
		descr = "<i8"
		if a.F64 != nil {
			descr = "<f8"
		}
	}
	e, err := parseType(descr)
	if err != nil {
		return errors.Wrap(err, "write npy")
	}
	count, ok := elements(a.Shape)
	if !ok || len(a.Shape) > maxRank {
		return errors.Wrapf(ErrFormat, "write npy: shape %v", a.Shape)
	}
	have, other := len(a.I64), len(a.F64)
	if e.kind == 'f' {
		have, other = other, have
	}
	if have != count || other != 0 {
		return errors.Wrapf(ErrFormat, "write npy: shape %v of %s needs %d elements, %d floating numbers and %d integers are there",
			a.Shape, descr, count, len(a.F64), len(a.I64))
	}
	data := make([]byte, count*e.bytes)
	if e.kind == 'f' {
		e.putFloats(data, a.F64)
	} else if err := e.putInts(data, a.I64); err != nil {
		return errors.Wrap(err, "write npy")
	}
	if _, err := w.Write(header(descr, a.Shape)); err != nil {
		return errors.Wrap(err, "write npy")
	}
	_, err = w.Write(data)
	return errors.Wrap(err, "write npy")
}

// header returns magic number, version, length and description, filled up
// with blanks to a multiple of 64 bytes.
func header(descr string, shape []int) []byte {
	var tuple strings.Builder
	for _, d := range shape {
		fmt.Fprintf(&tuple, "%d, ", d)
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, strings.TrimSuffix(tuple.String(), " "))
	const fixed = len(magic) + 2 + 2
	length := (fixed+len(text)+1+63)/64*64 - fixed // 64 axes of 20 digits fit version 1
	b := append([]byte(magic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(length))
	b = append(b, text...)
	b = append(b, bytes.Repeat([]byte{' '}, length-len(text)-1)...)
	return append(b, '\n')
}
