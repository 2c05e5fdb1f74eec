package idx_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/idx"
)

// file returns an IDX file of type 8 with these dimensions and data.
func file(data []byte, dims ...uint32) []byte {
	b := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, data...)
}

func zip(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestRead_undoesWrite(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(0, 6), 1, 4).Draw(r, "shape")
		n := datasets.Size(shape)
		want := &idx.Array{Shape: shape, Data: rapid.SliceOfN(rapid.Byte(), n, n).Draw(r, "data")}
		var buf bytes.Buffer
		if err := idx.Write(&buf, want); err != nil {
			r.Fatal(err)
		}
		for _, b := range [][]byte{buf.Bytes(), zip(t, buf.Bytes())} {
			got, err := idx.Read(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				r.Fatal(err)
			}
			if diff := cmp.Diff(want.Shape, got.Shape); diff != "" || !bytes.Equal(want.Data, got.Data) {
				r.Fatalf("read back %v, expected %v", got, want)
			}
		}
	})
}

func TestRead_bytes(t *testing.T) {
	// Two images of one row and three pixels, written by hand.
	b := []byte{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 253, 254, 255}
	got, err := idx.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	want := &idx.Array{Shape: []int{2, 1, 3}, Data: []byte{1, 2, 3, 253, 254, 255}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRead_hostile(t *testing.T) {
	good := file([]byte{1, 2, 3, 4}, 2, 2)
	damaged := zip(t, good)
	damaged[len(damaged)-5] ^= 1 // the checksum of gzip
	broken := zip(t, good)
	broken[10] = 0xff // a block of no known kind
	for _, c := range []struct {
		name string
		b    []byte
		is   error
		said string
	}{
		{"empty", nil, idx.ErrTruncated, "no whole magic number"},
		{"three bytes", good[:3], idx.ErrTruncated, "no whole magic number"},
		{"no header", good[:7], idx.ErrTruncated, "no whole header of 2 dimensions"},
		{"a byte missing", good[:len(good)-1], idx.ErrTruncated, "shape [2 2] needs 4 bytes after the header, the file holds at most 3"},
		{"a byte more", append(bytes.Clone(good), 0), idx.ErrTrailing, "shape [2 2] needs 4 bytes"},
		{"picture", []byte("\x89PNG\r\n\x1a\n"), idx.ErrFormat, "magic number 0x89504e47, expected 0x00000801"},
		{"floats", []byte{0, 0, 0x0d, 1, 0, 0, 0, 0}, idx.ErrFormat, "type 0x0d, expected 0x08"},
		{"no dimension", []byte{0, 0, 8, 0}, idx.ErrFormat, "0 dimensions, expected 1 to 4"},
		{"five dimensions", file(nil, 1, 1, 1, 1, 1), idx.ErrFormat, "5 dimensions"},
		{"negative dimension", file(nil, 0xffffffff, 1), idx.ErrFormat, "dimension 0 is 4294967295"},
		{"overflow", file(nil, 1<<30, 1<<30, 1<<30), idx.ErrFormat, "overflows"},
		{"terabytes", file(nil, 1<<30, 1<<10), idx.ErrTruncated, "needs 1099511627776 bytes after the header, the file holds at most 0"},
		{"gzip, a byte missing", zip(t, good[:len(good)-1]), idx.ErrTruncated, "needs 4 bytes after the header, 3 are there"},
		{"gzip, a byte more", zip(t, append(bytes.Clone(good), 0)), idx.ErrTrailing, "needs 4 bytes"},
		{"gzip cut off", zip(t, good)[:20], idx.ErrTruncated, ""},
		{"gzip header only", []byte{0x1f, 0x8b, 8}, idx.ErrFormat, "gzip"},
		{"gzip of another checksum", damaged, idx.ErrFormat, "checksum"},
		{"gzip of no known block", broken, idx.ErrFormat, "corrupt"},
		{"gzip, terabytes", zip(t, file(nil, 1<<30, 1<<10)), idx.ErrTruncated, "needs 1099511627776 bytes after the header, the file holds at most"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := idx.Read(bytes.NewReader(c.b), int64(len(c.b)))
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.said) {
				t.Errorf("error %v, expected %v with %q", err, c.is, c.said)
			}
		})
	}
}

func TestRead_claimsDoNotAllocate(t *testing.T) {
	// 40 kB of gzip could hold 40 MB: a header that claims them gets memory
	// only as the bytes come, here 64 kB of them.
	b := zip(t, file(make([]byte, 1<<16), 40, 1<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := idx.Read(bytes.NewReader(b), 1<<16)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, idx.ErrTruncated) {
		t.Errorf("error %v, expected %v", err, idx.ErrTruncated)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("%d bytes were allocated for a file of %d", used, len(b))
	}

	// A bomb: 16 MB of zeros in 16 kB, of which the header claims four bytes.
	b = zip(t, file(make([]byte, 1<<24), 2, 2))
	runtime.ReadMemStats(&before)
	_, err = idx.Read(bytes.NewReader(b), int64(len(b)))
	runtime.ReadMemStats(&after)
	if !errors.Is(err, idx.ErrTrailing) {
		t.Errorf("error %v, expected %v", err, idx.ErrTrailing)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("%d bytes were allocated for a bomb of %d", used, len(b))
	}
}

func TestRead_failingReader(t *testing.T) {
	broken := errors.New("disk on fire")
	r := io.MultiReader(bytes.NewReader(file([]byte{1}, 2)), errorReader{broken})
	if _, err := idx.Read(r, 100); !errors.Is(err, broken) {
		t.Errorf("error %v, expected %v", err, broken)
	}
	if _, err := idx.Read(errorReader{broken}, 100); !errors.Is(err, broken) {
		t.Errorf("error %v, expected %v", err, broken)
	}
}

type errorReader struct{ err error }

func (e errorReader) Read([]byte) (int, error) { return 0, e.err }

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x-idx1-ubyte")
	if _, err := idx.ReadFile(path); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, file([]byte{1}, 2), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := idx.ReadFile(path); !errors.Is(err, idx.ErrTruncated) || !strings.Contains(err.Error(), path) {
		t.Errorf("short file: %v", err)
	}
}

func TestWrite_errors(t *testing.T) {
	for _, c := range []struct {
		a    idx.Array
		said string
	}{
		{idx.Array{}, "expected 1 to 4 dimensions"},
		{idx.Array{Shape: []int{-1}}, "expected dimensions from 0"},
		{idx.Array{Shape: []int{2, 2}, Data: []byte{1}}, "needs 4 bytes, 1 are there"},
	} {
		if err := idx.Write(io.Discard, &c.a); !errors.Is(err, idx.ErrFormat) || !strings.Contains(err.Error(), c.said) {
			t.Errorf("error %v, expected %q in it", err, c.said)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file([]byte{1, 2, 3, 4}, 2, 2))
	f.Add(file(nil, 0))
	f.Add(file(nil, 1<<30, 1<<30, 1<<30, 4))
	f.Add(zip(f, file([]byte{1, 2, 3, 4}, 2, 2)))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := idx.Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		var buf bytes.Buffer
		if err := idx.Write(&buf, a); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if b[0] == 0 && !bytes.Equal(buf.Bytes(), b) {
			t.Fatalf("written %x, read %x", buf.Bytes(), b)
		}
	})
}
