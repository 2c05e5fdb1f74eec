package onnxfile

import (
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Tensor is an array as it is stored: raw bytes in little-endian order, or
// numbers in the field of their kind, or bytes in a file of its own.
type Tensor struct {
	Name  string
	Dims  []int64
	Type  DType
	Doc   string
	Raw   []byte
	IsRaw bool

	Floats  []float32
	Doubles []float64
	Int32s  []int32
	Int64s  []int64
	Uint64s []uint64
	Strings []string

	External []Pair // keys location, offset, length
	folder   string // of the model
}

// mostElements bounds the elements of a tensor.
const mostElements = 1 << 40

// Shape returns the sizes and their product.
func (t *Tensor) Shape() (shape []int, n int, err error) {
	n = 1
	shape = make([]int, len(t.Dims))
	for i, d := range t.Dims {
		if d < 0 || d > mostElements || d > 0 && n > mostElements/int(d) {
			return nil, 0, errors.Errorf("tensor %q: shape %v, expected sizes from 0 whose product is at most 2^40", t.Name, t.Dims)
		}
		shape[i] = int(d)
		n *= int(d)
	}
	return shape, n, nil
}

// check compares the shape with what the file holds, before anything is decoded.
func (t *Tensor) check() error {
	_, n, err := t.Shape()
	if err != nil || len(t.External) > 0 {
		return err
	}
	bits := t.Type.Bits()
	switch {
	case t.Type == Text:
		if len(t.Strings) != n {
			return errors.Errorf("tensor %q: %d strings for shape %v, expected %d", t.Name, len(t.Strings), t.Dims, n)
		}
	case bits == 0:
		return errors.Errorf("tensor %q: element type %d, expected one of 1 to 26", t.Name, int(t.Type))
	case t.IsRaw:
		if want := (n*bits + 7) / 8; len(t.Raw) != want {
			return errors.Errorf("tensor %q: %d bytes for shape %v of %s, expected %d", t.Name, len(t.Raw), t.Dims, t.Type, want)
		}
	default:
		if got, want := t.listed(), n*t.words(); got*t.perWord() < want || got > (want+t.perWord()-1)/t.perWord() {
			return errors.Errorf("tensor %q: %d numbers for shape %v of %s, expected %d", t.Name, got, t.Dims, t.Type, (want+t.perWord()-1)/t.perWord())
		}
	}
	return nil
}

// listed returns how many numbers the typed field holds.
func (t *Tensor) listed() int {
	switch t.Type {
	case Float32, Complex64:
		return len(t.Floats)
	case Float64, Complex128:
		return len(t.Doubles)
	case Int64:
		return len(t.Int64s)
	case Uint32, Uint64:
		return len(t.Uint64s)
	}
	return len(t.Int32s)
}

// words is the numbers an element takes, perWord the elements in one number.
func (t *Tensor) words() int {
	if t.Type == Complex64 || t.Type == Complex128 {
		return 2
	}
	return 1
}

func (t *Tensor) perWord() int {
	if b := t.Type.Bits(); b > 0 && b < 8 {
		return 8 / b
	}
	return 1
}

// bytes returns the raw bytes, read from the external file where they are there.
func (t *Tensor) bytes(n int) ([]byte, error) {
	if len(t.External) == 0 {
		return t.Raw, nil
	}
	if t.hollow() {
		return nil, errors.Errorf("tensor %q: the file is without weights", t.Name)
	}
	want := (n*t.Type.Bits() + 7) / 8
	var location string
	offset, length := int64(0), int64(want)
	for _, p := range t.External {
		var err error
		switch p.Key {
		case "location":
			location = p.Value
		case "offset":
			offset, err = strconv.ParseInt(p.Value, 10, 64)
		case "length":
			length, err = strconv.ParseInt(p.Value, 10, 64)
		}
		if err != nil {
			return nil, errors.Errorf("tensor %q: external data with %s %q, expected a number", t.Name, p.Key, p.Value)
		}
	}
	if length != int64(want) || offset < 0 {
		return nil, errors.Errorf("tensor %q: external data of %d bytes from %d, expected %d for shape %v of %s", t.Name, length, offset, want, t.Dims, t.Type)
	}
	f, err := openWithin(t.folder, location)
	if err != nil {
		return nil, errors.Wrapf(err, "tensor %q", t.Name)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Wrapf(err, "tensor %q", t.Name)
	}
	if !info.Mode().IsRegular() || offset > info.Size() || length > info.Size()-offset {
		return nil, errors.Errorf("tensor %q: external data in %s: bytes %d to %d, the file has %d", t.Name, location, offset, offset+length, info.Size())
	}
	b := make([]byte, length)
	if _, err := io.ReadFull(io.NewSectionReader(f, offset, length), b); err != nil {
		return nil, errors.Wrapf(err, "tensor %q: external data in %s", t.Name, location)
	}
	return b, nil
}

// openWithin opens a file in the model's folder, or below it, whatever links
// there say.
func openWithin(folder, location string) (*os.File, error) {
	if folder == "" {
		return nil, errors.Errorf("external data in %q, expected a model that is read from a folder", location)
	}
	if location == "" || !filepath.IsLocal(filepath.FromSlash(location)) || strings.Contains(location, "\\") {
		return nil, errors.Errorf("external data in %q, expected a file in the model's folder", location)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	f, err := root.Open(filepath.FromSlash(location)) // refuses links that lead out
	return f, errors.Wrapf(err, "external data in %q, expected a file in the model's folder", location)
}

// Float32s returns the elements of a float32 tensor.
func (t *Tensor) Float32s() ([]float32, error) {
	_, n, err := t.Shape()
	if err != nil {
		return nil, err
	}
	if t.Type != Float32 {
		return nil, errors.Errorf("tensor %q: %s, expected float", t.Name, t.Type)
	}
	if !t.IsRaw && len(t.External) == 0 {
		return t.Floats, nil
	}
	b, err := t.bytes(n)
	if err != nil {
		return nil, err
	}
	x := make([]float32, n)
	for i := range x {
		x[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return x, nil
}

// Numbers returns the elements, of floats as float64, of integers and truth
// values as int64 (uint64 by its bits).
func (t *Tensor) Numbers() (floats []float64, ints []int64, err error) {
	_, n, err := t.Shape()
	if err != nil {
		return nil, nil, err
	}
	if !t.Type.IsFloat() && !t.Type.IsInt() {
		return nil, nil, errors.Errorf("tensor %q: elements of type %s, which is not supported", t.Name, t.Type)
	}
	word, err := t.reader(n)
	if err != nil {
		return nil, nil, err
	}
	if t.Type.IsFloat() {
		floats = make([]float64, n)
		for i := range floats {
			floats[i] = Real(t.Type, word(i))
		}
		return floats, nil, nil
	}
	ints = make([]int64, n)
	for i := range ints {
		ints[i] = Whole(t.Type, word(i))
	}
	return nil, ints, nil
}

// reader returns a function that gives the bits of an element.
func (t *Tensor) reader(n int) (func(i int) uint64, error) {
	bits := t.Type.Bits()
	if !t.IsRaw && len(t.External) == 0 {
		switch t.Type {
		case Float32:
			return func(i int) uint64 { return uint64(math.Float32bits(t.Floats[i])) }, nil
		case Float64:
			return func(i int) uint64 { return math.Float64bits(t.Doubles[i]) }, nil
		case Int64:
			return func(i int) uint64 { return uint64(t.Int64s[i]) }, nil
		case Uint32, Uint64:
			return func(i int) uint64 { return t.Uint64s[i] }, nil
		}
		if bits < 8 {
			per := 8 / bits
			return func(i int) uint64 { return uint64(uint32(t.Int32s[i/per])) >> (i % per * bits) & (1<<bits - 1) }, nil
		}
		return func(i int) uint64 { return uint64(uint32(t.Int32s[i])) }, nil
	}
	b, err := t.bytes(n)
	if err != nil {
		return nil, err
	}
	switch bits {
	case 16:
		return func(i int) uint64 { return uint64(binary.LittleEndian.Uint16(b[2*i:])) }, nil
	case 32:
		return func(i int) uint64 { return uint64(binary.LittleEndian.Uint32(b[4*i:])) }, nil
	case 64:
		return func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }, nil
	case 8:
		return func(i int) uint64 { return uint64(b[i]) }, nil
	}
	per := 8 / bits
	return func(i int) uint64 { return uint64(b[i/per]) >> (i % per * bits) & (1<<bits - 1) }, nil
}
