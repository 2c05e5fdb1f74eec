package idx

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/machine"
	"github.com/hocsau/hocsau/internal/regular"
)

// Errors of this package, to be tested with errors.Is.
var (
	// ErrFormat means that the input is no IDX file that this package reads.
	ErrFormat = errors.New("not an idx file of unsigned bytes")
	// ErrTruncated means that the input holds less than its header claims.
	ErrTruncated = errors.New("truncated idx file")
	// ErrTrailing means that the input holds more than its header claims.
	ErrTrailing = errors.New("bytes after the end of the idx data")
	// ErrMismatch means that images and labels do not belong together.
	ErrMismatch = errors.New("images and labels disagree")
)

const (
	unsignedByte = 0x08 // the type code; others are for signed, wider and floating numbers
	maxRank      = 4

	// maxRatio is a bound of what deflate can do: 258 bytes for two bits.
	maxRatio = 1032
)

// Array is the content of an IDX file: bytes in row-major order.
type Array struct {
	Shape []int // 1 to 4 dimensions
	Data  []byte
}

// ReadFile reads the IDX file path, plain or gzip.
func ReadFile(path string) (*Array, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "read idx")
	}
	defer func() { _ = f.Close() }() // read only: nothing to lose
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Wrap(err, "read idx")
	}
	a, err := Read(f, info.Size())
	return a, errors.Wrapf(err, "read idx %s", path)
}

// Read reads an IDX file of size bytes, plain or gzip. Memory grows with what
// is there, not with what the header claims.
func Read(r io.Reader, size int64) (*Array, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	magic, err := b.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return read(b, size)
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, errors.Wrapf(ErrFormat, "gzip: %v", err)
	}
	most := int64(math.MaxInt64)
	if size < most/maxRatio {
		most = size * maxRatio
	}
	return read(z, most)
}

// read reads an IDX file that has at most most bytes.
func read(r io.Reader, most int64) (*Array, error) {
	a := new(Array)
	count, header, err := a.readHeader(r)
	if err != nil {
		return nil, err
	}
	if count > most-header {
		return nil, errors.Wrapf(ErrTruncated, "shape %v needs %d bytes after the header, the file holds at most %d",
			a.Shape, count, max(most-header, 0))
	}
	// A slice that grows is there twice for a moment.
	if err := machine.Fits("its content", count+count/4); err != nil {
		return nil, err
	}
	if a.Data, err = readN(r, count); err != nil {
		return nil, ended(err, "shape %v needs %d bytes after the header, %d are there", a.Shape, count, len(a.Data))
	}
	switch n, err := io.CopyN(io.Discard, r, 1); {
	case n > 0:
		return nil, errors.Wrapf(ErrTrailing, "shape %v needs %d bytes after the header", a.Shape, count)
	case !errors.Is(err, io.EOF):
		return nil, ended(err, "after the data")
	}
	return a, nil
}

// readHeader reads the magic number and the dimensions. It returns the number
// of bytes that the dimensions claim, and the length of the header.
func (a *Array) readHeader(r io.Reader) (count, header int64, err error) {
	var magic [4]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil {
		return 0, 0, ended(err, "no whole magic number")
	}
	if magic[0] != 0 || magic[1] != 0 {
		return 0, 0, errors.Wrapf(ErrFormat, "magic number %#08x, expected 0x00000801 to 0x00000804", binary.BigEndian.Uint32(magic[:]))
	}
	if magic[2] != unsignedByte {
		return 0, 0, errors.Wrapf(ErrFormat, "type %#02x, expected %#02x (unsigned byte)", magic[2], unsignedByte)
	}
	rank := int(magic[3])
	if rank < 1 || rank > maxRank {
		return 0, 0, errors.Wrapf(ErrFormat, "%d dimensions, expected 1 to %d", rank, maxRank)
	}
	sizes := make([]byte, 4*rank)
	if _, err := io.ReadFull(r, sizes); err != nil {
		return 0, 0, ended(err, "no whole header of %d dimensions", rank)
	}
	a.Shape = make([]int, rank)
	empty := false
	for i := range a.Shape {
		d := binary.BigEndian.Uint32(sizes[4*i:])
		if d > math.MaxInt32 {
			return 0, 0, errors.Wrapf(ErrFormat, "dimension %d is %d, expected at most %d", i, d, math.MaxInt32)
		}
		a.Shape[i] = int(d)
		empty = empty || d == 0
	}
	if empty {
		return 0, int64(4 + 4*rank), nil
	}
	count = 1
	for _, d := range a.Shape {
		if count > math.MaxInt64/int64(d) {
			return 0, 0, errors.Wrapf(ErrFormat, "shape %v: the number of bytes overflows", a.Shape)
		}
		count *= int64(d)
	}
	return count, int64(4 + 4*rank), nil
}

// readN reads n bytes into a slice that grows as they come. On an error it
// returns what came.
func readN(r io.Reader, n int64) ([]byte, error) {
	const first = 1 << 20
	b := make([]byte, 0, min(n, first))
	for int64(len(b)) < n {
		if len(b) == cap(b) {
			grown := make([]byte, len(b), min(n, 4*int64(cap(b))))
			copy(grown, b)
			b = grown
		}
		k, err := io.ReadFull(r, b[len(b):cap(b)])
		b = b[:len(b)+k]
		if err != nil {
			return b, err
		}
	}
	return b, nil
}

// ended wraps an error of reading: the end of the input, or damage to gzip.
func ended(err error, format string, args ...any) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.Wrapf(ErrTruncated, format, args...)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt):
		return errors.Wrapf(ErrFormat, "%v", err)
	}
	return errors.Wrapf(err, format, args...)
}

// Write writes a as a plain IDX file.
func Write(w io.Writer, a *Array) error {
	if len(a.Shape) < 1 || len(a.Shape) > maxRank {
		return errors.Wrapf(ErrFormat, "write idx: shape %v, expected 1 to %d dimensions", a.Shape, maxRank)
	}
	header := []byte{0, 0, unsignedByte, byte(len(a.Shape))}
	count := 1
	for _, d := range a.Shape {
		if d < 0 || d > math.MaxInt32 {
			return errors.Wrapf(ErrFormat, "write idx: shape %v, expected dimensions from 0 to %d", a.Shape, math.MaxInt32)
		}
		header = binary.BigEndian.AppendUint32(header, uint32(d))
		count *= d
	}
	if count != len(a.Data) {
		return errors.Wrapf(ErrFormat, "write idx: shape %v needs %d bytes, %d are there", a.Shape, count, len(a.Data))
	}
	if _, err := w.Write(header); err != nil {
		return errors.Wrap(err, "write idx")
	}
	_, err := w.Write(a.Data)
	return errors.Wrap(err, "write idx")
}
