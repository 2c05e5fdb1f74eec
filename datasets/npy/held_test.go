package npy

import (
	"archive/zip"
	"bytes"
	"runtime"
	"testing"
)

// What is held while an array is read is the array: 8 bytes an element, and
// nothing of the file beside it.
func TestReadNPZ_held(t *testing.T) {
	const n = 4 << 20
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("a.npy")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(append(header("|u1", []int{n}), make([]byte, n)...)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	all, err := ReadNPZ(bytes.NewReader(b.Bytes()), int64(b.Len()))
	runtime.ReadMemStats(&after)
	if err != nil || len(all["a"].I64) != n {
		t.Fatal(err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 8*n+1<<20 {
		t.Errorf("%d bytes were taken for an array of %d", took, 8*n)
	}
}
