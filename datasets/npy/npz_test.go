package npy_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets/npy"
)

// archive returns a zip of stored members, names and contents in turn.
func archive(t testing.TB, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: members[i], Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(members[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadNPZ_undoesWriteNPZ(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.MapOfN(rapid.StringMatching(`[a-z/.]{1,6}`), arrays(), 0, 4).Draw(t, "arrays")
		var b bytes.Buffer
		if err := npy.WriteNPZ(&b, want); err != nil {
			t.Fatal(err)
		}
		got, err := npy.ReadNPZ(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Fatalf("%d arrays, expected %d", len(got), len(want))
		}
		for name, a := range want {
			if diff := same(a, got[name]); diff != "" {
				t.Fatalf("%s: %s", name, diff)
			}
		}
	})
}

func TestReadNPZ_hostile(t *testing.T) {
	good := string(file(plain("|u1", "(4,)"), 1, 2, 3, 4))
	ok := archive(t, "a.npy", good)
	directory := bytes.LastIndex(ok, []byte("PK\x01\x02"))
	patched := func(offset int, value uint32) []byte { // in the central directory
		b := bytes.Clone(ok)
		binary.LittleEndian.PutUint32(b[directory+offset:], value)
		return b
	}
	damaged := bytes.Clone(ok)
	damaged[bytes.Index(damaged, []byte(good))+len(good)-1] ^= 1
	for _, c := range []struct {
		name string
		b    []byte
		is   error
		said string
	}{
		{"empty", nil, npy.ErrFormat, "zip: "},
		{"no zip", []byte("hello"), npy.ErrFormat, "zip: not a valid zip file"},
		{"cut off", ok[:len(ok)-5], npy.ErrFormat, "zip: "},
		{"another name", archive(t, "a.txt", good), npy.ErrFormat, `member "a.txt", expected a name that ends in .npy`},
		{"name twice", archive(t, "a.npy", good, "a.npy", good), npy.ErrFormat, `two members "a.npy"`},
		{"no array", archive(t, "a.npy", "hello"), npy.ErrFormat, `member "a.npy"`},
		{"array cut off", archive(t, "a.npy", good[:len(good)-1]), npy.ErrTruncated, "needs 4 bytes after the header, 3 are there"},
		{"damaged", damaged, npy.ErrFormat, "checksum"},
		{"compressed size beyond the file", patched(20, 1<<30), npy.ErrTruncated, "1073741824 bytes claimed, at most"},
		{"size beyond the compression", patched(24, 1<<30), npy.ErrTruncated, "1073741824 bytes claimed, "},
		{"size too small", patched(24, 3), npy.ErrFormat, "zip: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := npy.ReadNPZ(bytes.NewReader(c.b), int64(len(c.b)))
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.said) {
				t.Errorf("error %v, expected %v with %q", err, c.is, c.said)
			}
		})
	}
}

func TestReadNPZFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npz")
	if _, err := npy.ReadNPZFile(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, archive(t, "a.npy", "hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := npy.ReadNPZFile(path); !errors.Is(err, npy.ErrFormat) || !strings.Contains(err.Error(), path) {
		t.Errorf("no array: %v", err)
	}
}

func TestWriteNPZ_errors(t *testing.T) {
	err := npy.WriteNPZ(io.Discard, map[string]*npy.Array{"w": {Shape: []int{2}}})
	if !errors.Is(err, npy.ErrFormat) || !strings.Contains(err.Error(), `"w"`) {
		t.Errorf("no elements: %v", err)
	}
}

func FuzzReadNPZ(f *testing.F) {
	good := string(file(plain("|u1", "(4,)"), 1, 2, 3, 4))
	f.Add(archive(f, "a.npy", good, "b/c.npy", good))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := npy.ReadNPZ(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		if err := npy.WriteNPZ(io.Discard, all); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
	})
}
