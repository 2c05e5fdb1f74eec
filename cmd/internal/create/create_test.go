package create

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/digits"
	"github.com/hocsau/hocsau/datasets/image"
)

// The style that a run begins with is the one that it reads again when it goes
// on.
func TestOpenStyle(t *testing.T) {
	kept := filepath.Join(t.TempDir(), styleFile)
	first, err := openStyle(kept, run.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if err := image.WritePNG(kept, first); err != nil {
		t.Fatal(err)
	}
	again, err := openStyle(kept, run.Settings{})
	if err != nil || !slices.Equal(first.Pix, again.Pix) {
		t.Errorf("other pixels (%v)", err)
	}
}

func TestFramed(t *testing.T) {
	train, _ := digits.Open(1)
	plain, wide := make([]float32, 28*28), make([]float32, 32*32)
	label, err := train.At(3, plain)
	if err != nil {
		t.Fatal(err)
	}
	f := framed{train, 32}
	for range 2 { // what is in the slice before does not matter
		got, err := f.At(3, wide)
		if err != nil || got != label {
			t.Fatalf("label %d, %v, want %d", got, err, label)
		}
		for i, v := range wide {
			y, x := i/32-2, i%32-2
			want := float32(0)
			if y >= 0 && y < 28 && x >= 0 && x < 28 {
				want = plain[y*28+x]
			}
			if v != want {
				t.Fatalf("pixel %d: %v, want %v", i, v, want)
			}
		}
	}
}

func TestEscaped(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b[1]*?"} {
		found, err := filepath.Glob(escaped(filepath.Join(dir, name)) + "*")
		if err != nil || len(found) != 0 {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}
