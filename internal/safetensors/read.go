package safetensors

import (
	"encoding/binary"
	"io"
	"os"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/regular"
)

// A File gives the tensors of one safetensors file. Its methods may be called
// from several goroutines.
type File struct {
	// Metadata is the "__metadata__" of the header, nil where it has none.
	Metadata map[string]string

	entries []entry // in order of their data
	index   map[string]int
	data    *io.SectionReader
	closer  io.Closer
}

// Open opens the file path and checks its header against its size. The caller
// closes it.
func Open(path string) (*File, error) {
	file, err := regular.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "read safetensors")
	}
	f, err := openFile(file)
	if err != nil {
		_ = file.Close()
		return nil, errors.Wrapf(err, "read %s", path)
	}
	return f, nil
}

func openFile(file *os.File) (*File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, errors.WithStack(err)
	}
	if info.IsDir() {
		return nil, errors.New("is a folder, expected a safetensors file")
	}
	f, err := Read(file, info.Size())
	if err != nil {
		return nil, err
	}
	f.closer = file
	return f, nil
}

// Read reads the header of a safetensors file that is the first size bytes of
// r. The data is read later, tensor by tensor.
func Read(r io.ReaderAt, size int64) (*File, error) {
	if size < 8 {
		return nil, errors.Wrapf(ErrTruncated, "found %d bytes, expected at least the 8 of the header length", max(size, 0))
	}
	whole := io.NewSectionReader(r, 0, size)
	var length [8]byte
	if _, err := io.ReadFull(whole, length[:]); err != nil {
		return nil, short(err, "header length")
	}
	n := binary.LittleEndian.Uint64(length[:])
	switch {
	case n > maxHeader:
		return nil, errors.Wrapf(ErrFormat, "header length %d, expected at most %d", n, maxHeader)
	case int64(n) > size-8:
		return nil, errors.Wrapf(ErrTruncated, "header of %d bytes, found %d after its length", n, size-8)
	}
	header := make([]byte, n)
	if _, err := io.ReadFull(whole, header); err != nil {
		return nil, short(err, "header")
	}
	begin := 8 + int64(n)
	entries, metadata, err := parseHeader(header, size-begin)
	if err != nil {
		return nil, err
	}
	index := make(map[string]int, len(entries))
	for i, e := range entries {
		index[e.name] = i
	}
	return &File{metadata, entries, index, io.NewSectionReader(r, begin, size-begin), nil}, nil
}

// short turns the end of the input into ErrTruncated and keeps other errors.
func short(err error, what string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.Wrapf(ErrTruncated, "%s: the input ends inside", what)
	}
	return errors.Wrap(err, what)
}

// Names returns the names of the tensors in order of their data.
func (f *File) Names() []string {
	names := make([]string, len(f.entries))
	for i, e := range f.entries {
		names[i] = e.name
	}
	return names
}

// Has reports whether the file holds a tensor of that name.
func (f *File) Has(name string) bool {
	_, ok := f.index[name]
	return ok
}

// Info returns type and shape of a tensor without reading its data; ok is
// false where the file has none of that name.
func (f *File) Info(name string) (dtype DType, shape []int, ok bool) {
	i, ok := f.index[name]
	if !ok {
		return "", nil, false
	}
	return f.entries[i].dtype, slices.Clone(f.entries[i].shape), true
}

// Tensor reads one tensor.
func (f *File) Tensor(name string) (*Tensor, error) {
	i, ok := f.index[name]
	if !ok {
		return nil, errors.Errorf("tensor %q is not in the file, which holds %d others", name, len(f.entries))
	}
	e := f.entries[i]
	data := make([]byte, e.end-e.begin)
	if _, err := io.ReadFull(io.NewSectionReader(f.data, e.begin, e.end-e.begin), data); err != nil {
		return nil, errors.Wrapf(short(err, "data"), "tensor %q", name)
	}
	return &Tensor{name, e.dtype, slices.Clone(e.shape), data}, nil
}

// Close closes the file that Open opened; after Read there is nothing to close.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return errors.Wrap(f.closer.Close(), "close safetensors")
}
