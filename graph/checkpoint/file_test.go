package checkpoint

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/onnxfile"
	"github.com/hocsau/hocsau/internal/safetensors"
	"github.com/hocsau/hocsau/internal/torchfile"
)

// torchFiles are small state dicts in both forms of PyTorch.
func torchFiles() []string {
	dir := filepath.Join("..", "..", "internal", "torchfile", "testdata")
	return []string{filepath.Join(dir, "zip.pt"), filepath.Join(dir, "old.pth")}
}

func TestLoad_torch(t *testing.T) {
	for _, path := range torchFiles() {
		store := storeOf(t, graph.Float32, spec{name: "net.bias", shape: []int{2}})
		rename := func(name string) string {
			if rest, ok := strings.CutPrefix(name, "conv."); ok && rest == "bias" {
				return "net.bias"
			}
			return ""
		}
		if _, err := Load(path, store, Opts{Rename: rename}); err != nil {
			t.Fatal(err)
		}
		if got := store.Param("net.bias").Values(); !slices.Equal(got, []float64{-1.5, 2.25}) {
			t.Errorf("%s: %v, want [-1.5 2.25]", path, got)
		}
		_, err := Load(path, store, Opts{})
		if err == nil || !strings.Contains(err.Error(), "missing: net.bias") {
			t.Errorf("%s: error %v, want that net.bias is missing", path, err)
		}
	}
}

// TestLoad_keep: a new head is left alone, what is below it is loaded strictly.
func TestLoad_keep(t *testing.T) {
	path := fileOf(t, safetensors.FromFloat32s("fc.weight", []int{2, 3}, make([]float32, 6)), safetensors.FromFloat32s("fc.bias", []int{2}, make([]float32, 2)),
		safetensors.FromFloat32s("fc2.weight", []int{1}, []float32{4}))
	store := storeOf(t, graph.Float32, spec{name: "fc.weight", shape: []int{5, 3}, values: []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
		spec{name: "fc.scale", shape: []int{1}, values: []float64{2}}, spec{name: "fc2.weight", shape: []int{1}})
	if _, err := Load(path, store, Opts{Keep: []string{"fc"}}); err != nil {
		t.Fatal(err)
	}
	if store.Param("fc.weight").Values()[14] != 1 || store.Param("fc.scale").Values()[0] != 2 || store.Param("fc2.weight").Values()[0] != 4 {
		t.Errorf("%v, %v, %v", store.Param("fc.weight").Values(), store.Param("fc.scale").Values(), store.Param("fc2.weight").Values())
	}
	if _, err := Load(path, store, Opts{Keep: []string{"fc2"}}); !errors.Is(err, ErrOtherModel) || !strings.Contains(err.Error(), "fc.weight: file [2 3], model [5 3]") {
		t.Errorf("error %v", err)
	}
}

func TestConvert(t *testing.T) {
	for _, path := range torchFiles() {
		to := filepath.Join(t.TempDir(), "out.safetensors")
		n, err := Convert(path, to, func(name string) string {
			if name == "none" {
				return ""
			}
			return "m." + name
		})
		if err != nil {
			t.Fatal(err)
		}
		a, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Open(to)
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Names()) != n || n != len(a.Names())-1 {
			t.Errorf("%d tensors of %d, said %d", len(b.Names()), len(a.Names()), n)
		}
		if want := Metadata(a)["arch"]; Metadata(b)["arch"] != want {
			t.Errorf("metadata %v, want that of %v", Metadata(b), Metadata(a))
		}
		for _, name := range b.Names() {
			x, err := a.Tensor(strings.TrimPrefix(name, "m."))
			if err != nil {
				t.Fatal(err)
			}
			y, err := b.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			if x.DType != y.DType || !slices.Equal(x.Shape, y.Shape) || !slices.Equal(x.Data, y.Data) {
				t.Errorf("%s differs", name)
			}
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestConvert_refuses(t *testing.T) {
	dir := t.TempDir()
	one := func(string) string { return "w" }
	if _, err := Convert(torchFiles()[0], filepath.Join(dir, "a.safetensors"), one); err == nil || !strings.Contains(err.Error(), "both renamed to w") {
		t.Errorf("error %v, want that two tensors get one name", err)
	}
	hostile := filepath.Join("..", "..", "internal", "torchfile", "testdata", "hostile.pth")
	if _, err := Convert(hostile, filepath.Join(dir, "a.safetensors"), nil); !isUnsafe(err) {
		t.Errorf("error %v, want a refusal", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "a.safetensors")); err == nil {
		t.Error("a file was written")
	}
	if _, err := Convert(filepath.Join(dir, "none"), filepath.Join(dir, "a.safetensors"), nil); err == nil {
		t.Error("no error for a file that is not there")
	}
}

func isUnsafe(err error) bool {
	return err != nil && strings.Contains(err.Error(), torchfile.ErrUnsafe.Error())
}

func TestOpen_onnx(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.onnx")
	var b bytes.Buffer
	m := &onnxfile.Model{IR: 8, Opsets: []onnxfile.Opset{{Version: 17}}, Metadata: []onnxfile.Pair{{Key: "k", Value: "v"}}, Graph: &onnxfile.Graph{
		Initializers: []*onnxfile.Tensor{
			{Name: "fc.weight", Dims: []int64{2, 1}, Type: onnxfile.Float32, IsRaw: true, Raw: []byte{0, 0, 128, 63, 0, 0, 0, 64}},
			{Name: "axes", Dims: []int64{1}, Type: onnxfile.Int64, IsRaw: true, Raw: make([]byte, 8)},
		},
	}}
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	store := graph.NewStore(graph.Float32, 1)
	graph.New(store, graph.Eval).Scope().Param("fc.weight", nil, 2, 1)
	if _, err := Load(path, store, Opts{}); err != nil {
		t.Fatal(err)
	}
	if got := store.Param("fc.weight").Values(); !slices.Equal(got, []float64{1, 2}) {
		t.Errorf("weights %v", got)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := Metadata(f)["k"]; got != "v" {
		t.Errorf("metadata %q", got)
	}
}
