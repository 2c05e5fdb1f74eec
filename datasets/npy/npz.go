package npy

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/regular"
)

// maxRatio is a bound of what deflate can do: 258 bytes for two bits.
const maxRatio = 1032

// ReadNPZFile reads the arrays of the .npz file path by name.
func ReadNPZFile(path string) (map[string]*Array, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "read npz")
	}
	defer func() { _ = f.Close() }() // read only: nothing to lose
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Wrap(err, "read npz")
	}
	all, err := ReadNPZ(f, info.Size())
	return all, errors.Wrapf(err, "read npz %s", path)
}

// ReadNPZ reads the arrays of an .npz file of size bytes by name, without the
// ending .npy of the names in the zip.
func ReadNPZ(r io.ReaderAt, size int64) (map[string]*Array, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, errors.Wrapf(ErrFormat, "zip: %v", err)
	}
	// Members that share compressed bytes could unpack to any size.
	left := uint64(max(size, 0))
	all := make(map[string]*Array)
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			return nil, errors.Wrapf(ErrFormat, "member %q, expected a name that ends in .npy", f.Name)
		}
		if all[name] != nil {
			return nil, errors.Wrapf(ErrFormat, "two members %q", f.Name)
		}
		if f.CompressedSize64 > left {
			return nil, errors.Wrapf(ErrTruncated, "member %q: %d bytes claimed, at most %d are there", f.Name, f.CompressedSize64, left)
		}
		left -= f.CompressedSize64
		if all[name], err = readMember(f); err != nil {
			return nil, errors.Wrapf(err, "member %q", f.Name)
		}
	}
	return all, nil
}

func readMember(f *zip.File) (*Array, error) {
	if f.UncompressedSize64/maxRatio > f.CompressedSize64 {
		return nil, errors.Wrapf(ErrTruncated, "%d bytes claimed, %d compressed ones hold at most %d",
			f.UncompressedSize64, f.CompressedSize64, f.CompressedSize64*maxRatio)
	}
	r, err := f.Open()
	if err != nil {
		return nil, errors.Wrapf(ErrFormat, "zip: %v", err)
	}
	a, err := decode(r, int64(f.UncompressedSize64))
	// Behind the content come the checksum and, where more was compressed than was
	// claimed, an error.
	if _, after := io.CopyN(io.Discard, r, 1); !errors.Is(after, io.EOF) && after != nil {
		err = errors.Wrapf(ErrFormat, "zip: %v", after)
	}
	if closeErr := r.Close(); err == nil && closeErr != nil {
		err = errors.Wrapf(ErrFormat, "zip: %v", closeErr)
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// WriteNPZ writes arrays as a compressed .npz file, in the order of their names.
func WriteNPZ(w io.Writer, arrays map[string]*Array) error {
	z := zip.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		var b bytes.Buffer
		if err := Write(&b, arrays[name]); err != nil {
			return errors.Wrapf(err, "write npz: %q", name)
		}
		f, err := z.Create(name + ".npy")
		if err == nil {
			_, err = f.Write(b.Bytes())
		}
		if err != nil {
			return errors.Wrapf(err, "write npz: %q", name)
		}
	}
	return errors.Wrap(z.Close(), "write npz")
}
