package torchfile_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/torchfile"
)

// archive is a zip file of m/data.pkl and the numbers of storage 0.
func archive(t testing.TB, pickle string, storage []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range map[string]string{"m/data.pkl": pickle, "m/data/0": string(storage)} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// legacy is a file of the older form: order is the pickle of its storages.
func legacy(pickle, order string) []byte {
	return []byte("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}." + pickle + order)
}

// integer pushes n.
func integer(n uint64) string {
	return "\x8a\x08" + string(binary.LittleEndian.AppendUint64(nil, n))
}

// view is a tensor of storage 0, which has n float32; offset, sizes and strides
// push numbers.
func view(n uint64, offset, sizes, strides string) string {
	return "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu" +
		integer(n) + "tQ" + offset + "(" + sizes + "t(" + strides + "t\x89NtR"
}

// named is the pickle of a dict of one entry.
func named(name, value string) string {
	return "\x80\x02}X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(name)))) + name + value + "s."
}

// doubled pushes a tuple of 2^depth leaves.
func doubled(depth int) string { return "K\x01" + strings.Repeat("2\x86", depth) }

// A few bytes can name a value whose text fills any memory, or that no recursion
// gets to the bottom of: such a file is refused in one short line, with little
// memory.
func TestRead_hostile(t *testing.T) {
	four := make([]byte, 16)
	one := "K\x01"
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"a size of 2^60 leaves", archive(t, named("a", view(4, "K\x00", doubled(60), one)), four), "tuples within each other"},
		{"a size of 2^20 leaves", archive(t, named("a", view(4, "K\x00", doubled(20), one)), four), "a tensor of size a tuple with stride 1"},
		{"a stride that is a dict", archive(t, named("a", view(4, "K\x00", "K\x02", "}")), four), "a tensor of size 2 with stride a dict"},
		{"a size that is a text", archive(t, named("a", view(4, "K\x00", "X\x00\x00\x10\x00"+strings.Repeat("x", 1<<20), one)), four), `a tensor of size "xxx`},
		{"a storage's name of 2^30 leaves", legacy(named("a", view(4, "K\x00", "K\x02", one)), "\x80\x02]"+doubled(30)+"a."), "the name of a storage is a tuple, expected a text"},
		{"a storage's name of many bytes", legacy(named("a", view(4, "K\x00", "K\x02", one)), "\x80\x02]X\x00\x00\x10\x00"+strings.Repeat("x", 1<<20)+"a."), "belongs to no tensor"},
		{"tuples in tuples", archive(t, "\x80\x02)"+strings.Repeat("\x85", 1<<20)+".", nil), "tuples within each other"},
		{"tuples by way of a size", archive(t, "\x80\x02)"+strings.Repeat("q\x000ctorch\nSize\nh\x00\x85R", 40)+".", nil), "tuples within each other"},
		{"dicts without end", archive(t, "\x80\x02"+strings.Repeat("}", 3<<20)+".", nil), "a pickle of more than"},
		{"notes without end", archive(t, "\x80\x02}"+strings.Repeat("\x94", 3<<20)+".", nil), "a pickle of more than"},
		{"a function's name of many bytes", archive(t, "\x80\x02X\x00\x00\x10\x00"+strings.Repeat("x", 1<<20)+"X\x01\x00\x00\x00y\x93.", nil), "the file holds a xxx"},
		{"an offset of 2^63 - 1", archive(t, named("a", view(4, integer(1<<63-1), "K\x02", one)), four), "its storage 0 has 4"},
		{"an offset that overflows with its strides", archive(t, named("a", view(4, integer(1<<63-3), "K\x02", "K\x02")), four), "its storage 0 has 4"},
		{"an offset of an empty tensor", archive(t, named("a", view(4, integer(1<<62), "K\x00", one)), four), "its storage 0 has 4"},
		{"a stride of 2^63 - 1", archive(t, named("a", view(4, "K\x00", "K\x02", integer(1<<63-1))), four), "its storage 0 has 4"},
		{"several state dicts of long names", archive(t, manyDicts(), four), "holds several state dicts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := torchfile.Read(bytes.NewReader(c.file), int64(len(c.file)))
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %.300v, want %q", err, c.want)
			}
			if n := len(err.Error()); n > 500 {
				t.Errorf("a message of %d bytes", n)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 400<<20 {
				t.Errorf("a file of %d bytes took %d MB", len(c.file), took>>20)
			}
		})
	}
}

// manyDicts has two dicts of a tensor each, whose names are long.
func manyDicts() string {
	s := "\x80\x02}"
	for _, c := range "ab" {
		name := strings.Repeat(string(c), 1<<16)
		s += "X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(name)))) + name + "}X\x01\x00\x00\x00w" + view(4, "K\x00", "K\x02", "K\x01") + "ss"
	}
	return s + "."
}

// The files of the collection of hostile ones, where it is.
func TestOpen_hostileFiles(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "cases", "hostile")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no folder %s", dir)
	}
	for _, name := range []string{"nestshape.pt", "legacyorder.pt", "off.pt"} {
		f, err := torchfile.Open(filepath.Join(dir, name))
		if err == nil {
			_ = f.Close()
		}
		if !errors.Is(err, torchfile.ErrFormat) || len(err.Error()) > 500 {
			t.Errorf("%s: error %.300v, want a short line", name, err)
		}
	}
}

// A counted reader counts the bytes that are read.
type counted struct {
	*bytes.Reader
	bytes int64
}

func (c *counted) ReadAt(b []byte, at int64) (int, error) {
	c.bytes += int64(len(b))
	return c.Reader.ReadAt(b, at)
}

// A view of the two ends of a storage costs two elements, not the storage.
func TestTensor_sparse(t *testing.T) {
	const n = 1 << 20
	numbers := make([]byte, 4*n)
	copy(numbers[4*(n-1):], "\x00\x00\x80\x3f")
	file := archive(t, named("ends", view(n, "K\x00", "K\x02", integer(n-1))), numbers)
	r := &counted{Reader: bytes.NewReader(file)}
	f, err := torchfile.Read(r, int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	r.bytes = 0
	x, err := f.Tensor("ends")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := x.Float32s(); err != nil || fmt.Sprint(got) != "[0 1]" {
		t.Errorf("%v, %v, want [0 1]", got, err)
	}
	if r.bytes != 8 {
		t.Errorf("%d bytes were read, want 8", r.bytes)
	}
}

// The directory of a zip file is read up to a bound.
func TestRead_directory(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	name := strings.Repeat("x", 1<<15)
	for i := range 600 {
		if _, err := w.CreateHeader(&zip.FileHeader{Name: fmt.Sprint(name, i), Method: zip.Store}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := torchfile.Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if !errors.Is(err, torchfile.ErrFormat) || !strings.Contains(err.Error(), "the directory of the zip file is longer than") {
		t.Errorf("error %v", err)
	}
}
