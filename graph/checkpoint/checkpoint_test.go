package checkpoint

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/safetensors"
)

// spec is a parameter of a store under test.
type spec struct {
	name   string
	shape  []int
	values []float64
	buffer bool
}

// storeOf makes a store with the parameters.
func storeOf(t testing.TB, dtype graph.DType, specs ...spec) *graph.Store {
	t.Helper()
	store := graph.NewStore(dtype, 1)
	g := graph.New(store, graph.Eval)
	for _, p := range specs {
		create := g.Scope().Param
		if p.buffer {
			create = g.Scope().Buffer
		}
		create(p.name, graph.Constant(0), p.shape...)
	}
	if err := g.Err(); err != nil {
		t.Fatal(err)
	}
	for _, p := range specs {
		if p.values == nil {
			continue
		}
		if err := store.Param(p.name).SetValues(p.values); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

func twoParams(dtype graph.DType, t testing.TB) *graph.Store {
	return storeOf(t, dtype, spec{name: "fc.weight", shape: []int{2, 3}}, spec{name: "fc.bias", shape: []int{2}})
}

// fileOf writes tensors to a file.
func fileOf(t *testing.T, tensors ...safetensors.Tensor) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := safetensors.WriteFile(path, tensors, nil); err != nil {
		t.Fatal(err)
	}
	return path
}

var (
	weight = safetensors.FromFloat32s("fc.weight", []int{2, 3}, []float32{1, 2, 3, 4, 5, 6})
	bias   = safetensors.FromFloat32s("fc.bias", []int{2}, []float32{7, 8})
)

func TestSaveLoad_isIdentity(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		dtype := rapid.SampledFrom([]graph.DType{graph.Float32, graph.Float64}).Draw(r, "type")
		var full, empty []spec
		for i, name := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,3}(\.[0-9a-z]{1,2})?`), 0, 5, rapid.ID).Draw(r, "names") {
			shape := rapid.SliceOfN(rapid.IntRange(1, 3), 1, 3).Draw(r, "shape")
			n := 1
			for _, d := range shape {
				n *= d
			}
			p := spec{name: name, shape: shape, buffer: i%2 == 1}
			empty = append(empty, p)
			for range n {
				v := rapid.Float64().Draw(r, "value")
				if dtype == graph.Float32 {
					v = float64(rapid.Float32().Draw(r, "value"))
				}
				p.values = append(p.values, v)
			}
			full = append(full, p)
		}
		saved, loaded := storeOf(t, dtype, full...), storeOf(t, dtype, empty...)
		path := filepath.Join(dir, "model.safetensors")
		if err := Save(path, saved, nil); err != nil {
			r.Fatal(err)
		}
		d, err := Load(path, loaded, Opts{})
		if err != nil || !d.None() {
			r.Fatalf("%v, differences %v", err, d)
		}
		for i, p := range saved.Params() {
			if got, want := loaded.Params()[i].Values(), p.Values(); !sameBits(got, want) {
				r.Fatalf("%s: %v, want %v", p.Name(), got, want)
			}
		}
	})
}

func sameBits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

func TestSave_order(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	store := storeOf(t, graph.Float32, spec{name: "z.weight", shape: []int{1}}, spec{name: "a.weight", shape: []int{1}}, spec{name: "a.running_mean", shape: []int{1}, buffer: true})
	if err := Save(path, store, map[string]string{"model": "lenet"}); err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, want := strings.Join(f.Names(), " "), "z.weight a.weight a.running_mean"; got != want {
		t.Errorf("order %s, want that of creation: %s", got, want)
	}
	if f.Metadata["model"] != "lenet" {
		t.Errorf("metadata %v", f.Metadata)
	}
}

func TestLoad_differences(t *testing.T) {
	other := safetensors.FromFloat32s("conv.weight", []int{1}, []float32{9})
	turned := safetensors.FromFloat32s("fc.weight", []int{3, 2}, make([]float32, 6))
	counter := safetensors.FromInts("bn.num_batches_tracked", []int{}, []int64{5})
	torch := func(name string) string { return strings.TrimPrefix(name, "module.") }
	module := safetensors.FromFloat32s("module.fc.weight", []int{2, 3}, []float32{1, 2, 3, 4, 5, 6})
	for _, c := range []struct {
		name    string
		tensors []safetensors.Tensor
		rename  func(string) string
		want    string // the differences; "" for none
		weight  float64
		bias    float64
	}{
		{name: "all", tensors: []safetensors.Tensor{weight, bias}, weight: 6, bias: 8},
		{name: "counters are passed over", tensors: []safetensors.Tensor{weight, bias, counter}, weight: 6, bias: 8},
		{name: "missing", tensors: []safetensors.Tensor{weight}, want: "missing: fc.bias", weight: 6},
		{name: "unexpected", tensors: []safetensors.Tensor{weight, bias, other}, want: "unexpected: conv.weight", weight: 6, bias: 8},
		{name: "another shape", tensors: []safetensors.Tensor{turned, bias}, want: "of another shape: fc.weight: file [3 2], model [2 3]", bias: 8},
		{
			name: "another model", tensors: []safetensors.Tensor{other, turned},
			want: "missing: fc.bias; unexpected: conv.weight; of another shape: fc.weight: file [3 2], model [2 3]",
		},
		{name: "nothing", want: "missing: fc.weight, fc.bias"},
		{name: "no name", tensors: []safetensors.Tensor{weight, bias, safetensors.FromFloat32s("", nil, []float32{1})}, want: "unexpected: ", weight: 6, bias: 8},
		{name: "renamed", tensors: []safetensors.Tensor{module, bias}, rename: torch, weight: 6, bias: 8},
		{name: "not renamed", tensors: []safetensors.Tensor{module, bias}, want: "missing: fc.weight; unexpected: module.fc.weight", bias: 8},
		{
			name: "left out", tensors: []safetensors.Tensor{weight, bias, other}, weight: 6, bias: 8,
			rename: func(name string) string { return strings.TrimSuffix(name, "conv.weight") },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := fileOf(t, c.tensors...)
			store := twoParams(graph.Float32, t)
			d, err := Load(path, store, Opts{Rename: c.rename})
			if got := d.String(); got != c.want {
				t.Errorf("differences %q, want %q", got, c.want)
			}
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
			} else {
				if !errors.Is(err, ErrOtherModel) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v", err)
				}
				if w, b := last(store); w != 0 || b != 0 {
					t.Errorf("the store was changed: fc.weight ends in %g, fc.bias in %g", w, b)
				}
			}

			store = twoParams(graph.Float32, t)
			if _, err := Load(path, store, Opts{Lenient: true, Rename: c.rename}); err != nil {
				t.Errorf("lenient: %v", err)
			}
			if w, b := last(store); w != c.weight || b != c.bias {
				t.Errorf("lenient: fc.weight ends in %g, fc.bias in %g, want %g and %g", w, b, c.weight, c.bias)
			}
		})
	}
}

// last returns the last elements of the two parameters.
func last(s *graph.Store) (weight, bias float64) {
	return s.Param("fc.weight").Values()[5], s.Param("fc.bias").Values()[1]
}

func TestLoad_twoOfOneName(t *testing.T) {
	path := fileOf(t, weight, safetensors.FromFloat32s("old.weight", []int{2, 3}, make([]float32, 6)), bias)
	_, err := Load(path, twoParams(graph.Float32, t), Opts{Lenient: true, Rename: func(name string) string {
		return strings.Replace(name, "old.", "fc.", 1)
	}})
	if err == nil || !strings.Contains(err.Error(), "tensors fc.weight and old.weight are both renamed to fc.weight") {
		t.Errorf("error %v", err)
	}
}

func TestLoad_convertsTypes(t *testing.T) {
	for _, c := range []struct {
		dtype safetensors.DType
		data  []byte // 1.5 and −2, little-endian
	}{
		{safetensors.F16, []byte{0x00, 0x3e, 0x00, 0xc0}},
		{safetensors.BF16, []byte{0xc0, 0x3f, 0x00, 0xc0}},
		{safetensors.F32, []byte{0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0}},
		{safetensors.F64, []byte{0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0}},
	} {
		for _, to := range []graph.DType{graph.Float32, graph.Float64} {
			store := storeOf(t, to, spec{name: "b", shape: []int{2}})
			path := fileOf(t, safetensors.Tensor{Name: "b", DType: c.dtype, Shape: []int{2}, Data: c.data})
			if _, err := Load(path, store, Opts{}); err != nil {
				t.Errorf("%s to %v: %v", c.dtype, to, err)
			} else if got := store.Param("b").Values(); !slices.Equal(got, []float64{1.5, -2}) {
				t.Errorf("%s to %v: %v, want [1.5 -2]", c.dtype, to, got)
			}
		}
	}
}

func TestLoad_refusesOverflow(t *testing.T) {
	path := fileOf(t, bias, safetensors.FromFloat64s("fc.weight", []int{2, 3}, []float64{0, math.Inf(1), 1e300, 0, 0, 0}))
	store := twoParams(graph.Float32, t)
	_, err := Load(path, store, Opts{})
	if err == nil || !strings.Contains(err.Error(), "tensor fc.weight: value 2 is 1e+300, expected a number within float32") {
		t.Errorf("error %v", err)
	}
	if _, b := last(store); b != 0 {
		t.Errorf("fc.bias was changed to %g", b)
	}
	if _, err := Load(path, twoParams(graph.Float64, t), Opts{}); err != nil {
		t.Errorf("float64: %v", err)
	}
}

func TestLoad_badFiles(t *testing.T) {
	good, err := os.ReadFile(fileOf(t, weight, bias))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, b []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		name, path, want string
	}{
		{"missing", filepath.Join(t.TempDir(), "none.safetensors"), "no such file"},
		{"folder", t.TempDir(), "is a folder"},
		{"empty", write("a", nil), "found 0 bytes"},
		{"truncated data", write("b", good[:len(good)-1]), "truncated safetensors file"},
		{"truncated header", write("c", good[:20]), "truncated safetensors file"},
		{"huge header", write("d", []byte{255, 255, 255, 255, 255, 255, 255, 127, '{'}), "header"},
		{"no header", write("e", append([]byte{4, 0, 0, 0, 0, 0, 0, 0}, "nope"...)), "expected {"},
		{"pickle", write("f", []byte("\x80\x02}q\x00(X\x06\x00\x00\x00weight")), "header"},
	} {
		store := twoParams(graph.Float32, t)
		_, err := Load(c.path, store, Opts{Lenient: true})
		if err == nil || !strings.HasPrefix(err.Error(), "load weights") || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: error %v, want %q and the path", c.name, err, c.want)
		}
		if w, b := last(store); w != 0 || b != 0 {
			t.Errorf("%s: the store was changed", c.name)
		}
	}
}

func TestSave_failureKeepsOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model.safetensors")
	if err := Save(path, twoParams(graph.Float32, t), nil); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := storeOf(t, graph.Float32, spec{name: "__metadata__", shape: []int{1}}) // a name that the format keeps for itself
	if err := Save(path, bad, nil); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "__metadata__") {
		t.Errorf("error %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Error("the old file was changed")
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if err := Save(filepath.Join(dir, "none", "model.safetensors"), bad, nil); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("into a missing folder: error %v", err)
	}
}
