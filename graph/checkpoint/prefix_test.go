package checkpoint

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/safetensors"
)

// twoLayers is a store with a.weight and b.weight, each [2].
func twoLayers(t *testing.T) *graph.Store {
	t.Helper()
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Eval)
	for _, name := range []string{"a", "b"} {
		g.Scope().At(name).Param("weight", nil, 2)
	}
	if err := g.Err(); err != nil {
		t.Fatal(err)
	}
	return store
}

func TestLoad_commonPrefix(t *testing.T) {
	for _, prefix := range []string{"", "module.", "_orig_mod.", "model.", "net.", "_orig_mod.module.", "my.own.deep."} {
		path := filepath.Join(t.TempDir(), "w.safetensors")
		err := safetensors.WriteFile(path, []safetensors.Tensor{
			safetensors.FromFloat32s(prefix+"a.weight", []int{2}, []float32{1, 2}),
			safetensors.FromFloat32s(prefix+"b.weight", []int{2}, []float32{3, 4}),
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		store := twoLayers(t)
		d, err := Load(path, store, Opts{})
		if err != nil || d.Prefix != prefix || !d.None() {
			t.Errorf("%q: prefix %q, %v (%v)", prefix, d.Prefix, d, err)
			continue
		}
		if got := store.Param("b.weight").Float32s()[1]; got != 4 {
			t.Errorf("%q: b.weight ends with %g, want 4", prefix, got)
		}
	}
}

// A prefix that some names lack, or behind which are other names, stays.
func TestLoad_noCommonPrefix(t *testing.T) {
	for _, names := range [][]string{{"net.a.weight", "b.weight"}, {"net.c.weight", "net.d.weight"}} {
		path := filepath.Join(t.TempDir(), "w.safetensors")
		var list []safetensors.Tensor
		for _, n := range names {
			list = append(list, safetensors.FromFloat32s(n, []int{2}, []float32{1, 2}))
		}
		if err := safetensors.WriteFile(path, list, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path, twoLayers(t), Opts{}); err == nil || !strings.Contains(err.Error(), "unexpected: "+names[0]) {
			t.Errorf("%v: %v", names, err)
		}
	}
}

func TestDifferences_listsTen(t *testing.T) {
	d := Differences{Missing: strings.Split("a b c d e f g h i j k l", " ")}
	if got, want := d.String(), "missing: a, b, c, d, e, f, g, h, i, j and 2 more"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestConvert_otherEnding(t *testing.T) {
	for _, name := range []string{"x.onnx", "x.pth", "x"} {
		to := filepath.Join(t.TempDir(), name)
		if _, err := Convert(torchFiles()[0], to, nil); err == nil || !strings.Contains(err.Error(), name+": files are written as safetensors, expected a name that ends in .safetensors") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
