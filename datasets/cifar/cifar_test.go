package cifar

import (
	"bytes"
	"compress/gzip"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
)

// records returns a file of n records: record i has label i mod 10, all its pixels are i.
func records(n int) []byte {
	var b []byte
	for i := range n {
		b = append(b, byte(i%10))
		b = append(b, bytes.Repeat([]byte{byte(i)}, pixels)...)
	}
	return b
}

func zip(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func folder(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOpen(t *testing.T) {
	dir := folder(t, map[string][]byte{
		"data_batch_1.bin.gz": zip(t, records(3)), "data_batch_2.bin": records(2), "data_batch_2.bin.gz": []byte("older"),
		"test_batch_first.bin": records(1), "readme.html": []byte("x"),
	})
	s, err := Open(dir, Train)
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 5 || s.Classes()[9] != "truck" {
		t.Fatalf("%d pictures, classes %v", s.Len(), s.Classes())
	}
	if diff := cmp.Diff([]int{3, 32, 32}, s.Shape()); diff != "" {
		t.Error(diff)
	}
	x := make([]float32, pixels)
	for i, want := range []int{0, 1, 2, 0, 1} {
		label, err := s.At(i, x)
		if err != nil || label != want || x[0] != float32(want)/255 || x[pixels-1] != x[0] {
			t.Errorf("picture %d: label %d, pixel %v, %v", i, label, x[0], err)
		}
	}
	if _, err := s.At(5, x); err == nil || !strings.Contains(err.Error(), "picture 5 of 5") {
		t.Errorf("got %v", err)
	}
	if _, err := s.At(0, x[:1]); err == nil || !strings.Contains(err.Error(), "room for 1 values, expected 3072") {
		t.Errorf("got %v", err)
	}
	if s, err = Open(dir, Test); err != nil || s.Len() != 1 {
		t.Errorf("test part: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "test_batch.bin"), records(4), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(dir, Test); err != nil || s.Len() != 4 {
		t.Errorf("the whole test part takes the place of a cut: %v", err)
	}
}

func TestOpen_failures(t *testing.T) {
	bad := records(2)
	bad[record] = 200
	whole := zip(t, records(2))
	for _, tc := range []struct {
		name  string
		files map[string][]byte
		is    error
		says  string
	}{
		{"nothing", nil, nil, "found no data_batch_*.bin or .bin.gz"},
		{"empty", map[string][]byte{"data_batch_1.bin": nil}, ErrTruncated, "data_batch_1.bin: empty file"},
		{"cut", map[string][]byte{"data_batch_1.bin": records(2)[:4000]}, ErrTruncated, "4000 bytes are no multiple of 3073"},
		{"gzip cut", map[string][]byte{"data_batch_1.bin.gz": whole[:len(whole)/2]}, ErrTruncated, "data_batch_1.bin.gz: after"},
		{"gzip header", map[string][]byte{"data_batch_1.bin.gz": {0x1f, 0x8b, 1}}, nil, "gzip header"},
		{"label", map[string][]byte{"data_batch_1.bin": bad}, nil, "record 1: label 200, expected 0 to 9"},
		{"names", map[string][]byte{"data_batch_1.bin": records(1), "batches.meta.txt": []byte("a b")}, nil, "found 2 names, expected 10"},
	} {
		dir := folder(t, tc.files)
		_, err := Open(dir, Train)
		if err == nil || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), dir) || (tc.is != nil && !errors.Is(err, tc.is)) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.says)
		}
	}
	if _, err := decode(bytes.NewReader(zip(t, records(5))), 4); err == nil || !strings.Contains(err.Error(), "more than 4 records") {
		t.Errorf("a stream that grows: got %v", err)
	}
	if _, err := Open(t.TempDir(), "validation"); err == nil || !strings.Contains(err.Error(), `part "validation", expected "train" or "test"`) {
		t.Errorf("got %v", err)
	}
}

// The counts, means are those of the data's description.
func TestOpen_data(t *testing.T) {
	root := os.Getenv("HOCSAU_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir := filepath.Join(root, "cifar-10-batches-bin")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no CIFAR-10 data")
	}
	s, err := Open(dir, Test)
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 1000 {
		t.Skipf("%d test pictures, the counts below are those of the first 1000", s.Len())
	}
	counts := make([]int, classes)
	x := make([]float32, pixels)
	mean := 0.0
	for i := range s.Len() {
		label, err := s.At(i, x)
		if err != nil {
			t.Fatal(err)
		}
		counts[label]++
		for _, v := range x {
			mean += float64(v) / pixels / 1000
		}
	}
	if diff := cmp.Diff([]int{103, 89, 100, 103, 90, 86, 112, 102, 106, 109}, counts); diff != "" {
		t.Error(diff)
	}
	if math.Abs(mean-0.475) > 0.01 { // near the training part's (0.4935 + 0.4834 + 0.4472)/3
		t.Errorf("mean %v", mean)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(records(1))
	f.Add(zip(f, records(1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := decode(bytes.NewReader(data), 100)
		if err == nil && (len(out) == 0 || len(out)%record != 0) {
			t.Fatalf("%d bytes", len(out))
		}
	})
}
