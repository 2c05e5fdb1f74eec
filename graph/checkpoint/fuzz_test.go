package checkpoint

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/safetensors"
)

// FuzzLoad: a file of either format fits the network as a whole, or changes
// nothing.
func FuzzLoad(f *testing.F) {
	path := filepath.Join(f.TempDir(), "weights")
	if err := safetensors.WriteFile(path, []safetensors.Tensor{weight, bias}, nil); err != nil {
		f.Fatal(err)
	}
	for _, name := range append(torchFiles(), path) {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, false)
		f.Add(b, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, lenient bool) {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		store := twoParams(graph.Float32, t)
		d, err := Load(path, store, Opts{Lenient: lenient})
		if err == nil && !lenient && !d.None() {
			t.Fatalf("loaded although %v", d)
		}
		if err == nil {
			return
		}
		for _, p := range store.Params() {
			if slices.ContainsFunc(p.Values(), func(v float64) bool { return v != 0 }) {
				t.Fatalf("%v, and yet %s is %v", err, p.Name(), p.Values())
			}
		}
	})
}
