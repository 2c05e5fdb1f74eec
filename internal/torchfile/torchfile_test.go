package torchfile_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hocsau/hocsau/internal/safetensors"
	"github.com/hocsau/hocsau/internal/torchfile"
)

// The files of testdata hold, in this order, the tensors of [wanted], written by
//
//	torch.save(sd, "zip.pt")
//	torch.save(sd, "protocol4.pt", pickle_protocol=4)
//	torch.save({"best_prec1": 91.5, "epoch": 3, "arch": "resnet", "state_dict": sd, "optimizer": {…}}, "old.pth", _use_new_zipfile_serialization=False)
//	torch.save(torch.nn.Linear(2, 1), "module.pt")
//	torch.save({"w": torch.zeros(1), "e": E()}, "hostile.pth", …) # where E runs a command when it is read
type wanted struct {
	name   string
	dtype  safetensors.DType
	shape  []int
	values []float64
}

func stateDict() []wanted {
	quarter := make([]float64, 24)
	for i := range quarter {
		quarter[i] = float64(i) / 4
	}
	return []wanted{
		{"conv.weight", safetensors.F32, []int{2, 3, 2, 2}, quarter},
		{"conv.bias", safetensors.F32, []int{2}, []float64{-1.5, 2.25}},
		{"turned", safetensors.F32, []int{4, 3}, []float64{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}}, // of 0 to 11 as [3, 4]
		{"part", safetensors.F32, []int{2, 2}, []float64{5, 6, 9, 10}},                            // of the same
		{"half", safetensors.F16, []int{2}, []float64{0.5, -2}},
		{"brain", safetensors.BF16, []int{2}, []float64{1, 3}},
		{"double", safetensors.F64, []int{2}, []float64{1e-300, 2}},
		{"bn.num_batches_tracked", safetensors.I64, []int{}, []float64{7}},
		{"small", safetensors.I8, []int{2}, []float64{-3, 4}},
		{"flags", safetensors.Bool, []int{2}, []float64{1, 0}},
		{"none", safetensors.F32, []int{0, 3}, []float64{}},
		{"param", safetensors.F32, []int{1}, []float64{9}},
	}
}

func TestOpen(t *testing.T) {
	for _, name := range []string{"zip.pt", "protocol4.pt", "old.pth"} {
		t.Run(name, func(t *testing.T) {
			f, err := torchfile.Open(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			var names []string
			for _, w := range stateDict() {
				names = append(names, w.name)
				x, err := f.Tensor(w.name)
				if err != nil {
					t.Fatal(err)
				}
				dtype, shape, ok := f.Info(w.name)
				if !ok || dtype != w.dtype || x.DType != w.dtype || !slices.Equal(shape, w.shape) || !slices.Equal(x.Shape, w.shape) {
					t.Errorf("%s: %s %v, info %s %v, want %s %v", w.name, x.DType, x.Shape, dtype, shape, w.dtype, w.shape)
				}
				if got := values(t, x); !slices.Equal(got, w.values) {
					t.Errorf("%s: %v, want %v", w.name, got, w.values)
				}
			}
			if diff := cmp.Diff(names, f.Names()); diff != "" {
				t.Error(diff)
			}
			want := map[string]string{}
			if name == "old.pth" {
				want = map[string]string{"best_prec1": "91.5", "epoch": "3", "arch": "resnet"}
			}
			if diff := cmp.Diff(want, f.Metadata); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func values(t *testing.T, x *safetensors.Tensor) []float64 {
	t.Helper()
	if x.DType.Float() {
		v, err := x.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	ints, err := x.Ints()
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float64, len(ints))
	for i, n := range ints {
		v[i] = float64(n)
	}
	return v
}

func TestOpen_refuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		name, path string
		is         error
		want       string
	}{
		{"a command", "testdata/hostile.pth", torchfile.ErrUnsafe, "posix.system"},
		{"a whole module", "testdata/module.pt", torchfile.ErrUnsafe, "torch.nn.modules.linear.Linear"},
		{"a module beside arguments", "testdata/within2.pt", torchfile.ErrUnsafe, "the file holds a mine.Module"},
		{"a module beside arguments, protocol 4", "testdata/within4.pt", torchfile.ErrUnsafe, "the file holds a mine.Module"},
		{"empty", write("empty", ""), torchfile.ErrFormat, "begins with"},
		{"text", write("text", "hello there"), torchfile.ErrFormat, "expected a zip file or a pickle"},
		{"another pickle", write("other", "\x80\x02\x8a\x01\x05."), torchfile.ErrFormat, "torch.save did not write"},
		{"a zip that ends", write("zip", "PK\x03\x04aaaa"), torchfile.ErrTruncated, ""},
		{"a folder", dir, torchfile.ErrFormat, "is a folder"},
	} {
		_, err := torchfile.Open(c.path)
		if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := torchfile.Open(filepath.Join(dir, "nowhere")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want that there is no file", err)
	}
}

// Every beginning of a file is refused, with no panic.
func TestRead_truncated(t *testing.T) {
	for _, name := range []string{"zip.pt", "old.pth"} {
		whole := content(t, name)
		for n := range len(whole) - 1 {
			f, err := torchfile.Read(bytes.NewReader(whole[:n]), int64(n))
			if err == nil {
				t.Errorf("%s: the first %d of %d bytes read as %v", name, n, len(whole), f.Names())
			}
		}
	}
}

// Files with a few bytes changed are read or refused: no panic, and no tensor
// that is larger than the file.
func TestRead_damaged(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"zip.pt", "old.pth", "protocol4.pt"} {
		whole := content(t, name)
		for range 3000 {
			b := slices.Clone(whole)
			for range 1 + r.IntN(3) {
				b[r.IntN(len(b))] = byte(r.IntN(256))
			}
			f, err := torchfile.Read(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				continue
			}
			for _, tensor := range f.Names() {
				if x, err := f.Tensor(tensor); err == nil && len(x.Data) > len(b) {
					t.Fatalf("%s: tensor %s of %d bytes in a file of %d", name, tensor, len(x.Data), len(b))
				}
			}
		}
	}
}

func content(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The claims of a pickle are checked before memory is taken for them.
func TestRead_claims(t *testing.T) {
	magic := "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}."
	global := func(module, name string) string { return "c" + module + "\n" + name + "\n" }
	// stored makes a pickle of {"w": a tensor of a storage of n elements}.
	stored := func(n, size, stride string) string {
		return magic + "\x80\x02}X\x01\x00\x00\x00w" + global("torch._utils", "_rebuild_tensor_v2") +
			"((X\x07\x00\x00\x00storage" + global("torch", "FloatStorage") + "X\x01\x00\x00\x000X\x03\x00\x00\x00cpu" + n + "tQK\x00" +
			size + "\x85" + stride + "\x85\x89NtRs.\x80\x02]X\x01\x00\x00\x000a."
	}
	huge := "\x8a\x07\xff\xff\xff\xff\xff\x00\x00"
	two := "\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x3f\x00\x00\x00\x40"
	for _, c := range []struct{ name, file, want string }{
		{"whole", stored("K\x02", "K\x02", "K\x01") + two, ""},
		{"a storage beyond the file", stored(huge, "K\x02", "K\x01") + two, "storage 0 has 2 numbers, expected"},
		{"a tensor beyond its storage", stored("K\x02", "K\x03", "K\x01") + two, "its storage 0 has 2"},
		{"strides beyond the storage", stored("K\x02", "K\x02", "K\x02") + two, "its storage 0 has 2"},
		{"elements repeated", stored("K\x02", "M\xff\xff", "K\x00") + two, "its storage 0 has 2"},
		{"a negative size", stored("K\x02", "J\xff\xff\xff\xff", "K\x01") + two, "a tensor of size -1"},
		{"a text beyond the file", "\x80\x02\x8dX\xff\xff\xff\xff\xff\xff\x7f.", ""},
		{"no end", stored("K\x02", "K\x02", "K\x01") + two[:15], "needs 8 bytes, the file has 7 left"},
	} {
		f, err := torchfile.Read(strings.NewReader(c.file), int64(len(c.file)))
		switch {
		case c.name == "whole":
			if err != nil {
				t.Fatal(err)
			}
			x, err := f.Tensor("w")
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := x.Float32s(); !slices.Equal(got, []float32{1, 2}) {
				t.Errorf("%v, want [1 2]", got)
			}
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"zip.pt", "old.pth", "hostile.pth"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := torchfile.Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, name := range file.Names() {
			if x, err := file.Tensor(name); err == nil && x.DType.Float() {
				_, _ = x.Float64s()
			}
		}
	})
}

// TestShippedWeights reads the published weights of a CIFAR ResNet-20 in both
// forms.
func TestShippedWeights(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data", "weights", "resnet-cifar10")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no folder %s", dir)
	}
	f, err := torchfile.Open(filepath.Join(dir, "resnet20-12fca82f.th"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	other, err := safetensors.Open(filepath.Join(dir, "resnet20-12fca82f.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	got, want := f.Names(), other.Names()
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	for _, name := range got {
		a, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := other.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		if a.DType != b.DType || !slices.Equal(a.Shape, b.Shape) || !bytes.Equal(a.Data, b.Data) {
			t.Errorf("%s differs: %s %v, want %s %v", name, a.DType, a.Shape, b.DType, b.Shape)
		}
	}
	if len(got) != 97 {
		t.Errorf("%d tensors, want 97", len(got))
	}
}
