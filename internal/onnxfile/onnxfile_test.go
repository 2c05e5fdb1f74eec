package onnxfile

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// small is a model with a weight, y = x + w.
func small() *Model {
	return &Model{
		IR: 8, Opsets: []Opset{{Version: 17}}, Producer: "test", Metadata: []Pair{{"a", "b"}},
		Graph: &Graph{
			Name:         "g",
			Nodes:        []*Node{{OpType: "Add", Inputs: []string{"x", "w"}, Outputs: []string{"y"}, Attributes: []*Attribute{{Name: "k", Type: Ints, Ints: []int64{1, -2}}}}},
			Initializers: []*Tensor{{Name: "w", Dims: []int64{2}, Type: Float32, Raw: []byte{0, 0, 128, 63, 0, 0, 0, 64}, IsRaw: true}},
			Inputs:       []*ValueInfo{{Name: "x", Kind: "tensor", Type: Float32, Known: true, Shape: []Dim{{Size: -1, Name: "N"}, {Size: 2}}}},
			Outputs:      []*ValueInfo{{Name: "y", Kind: "tensor", Type: Float32, Known: true, Shape: []Dim{{Size: -1, Name: "N"}, {Size: 2}}}},
		},
	}
}

func written(t testing.TB, m *Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRead_undoesWrite(t *testing.T) {
	b := written(t, small())
	m, err := Read(b, "")
	if err != nil {
		t.Fatal(err)
	}
	if again := written(t, m); !bytes.Equal(again, b) {
		t.Errorf("written again: %q, want %q", again, b)
	}
	w, err := m.Graph.Initializers[0].Float32s()
	if err != nil || len(w) != 2 || w[0] != 1 || w[1] != 2 {
		t.Errorf("w = %v, %v", w, err)
	}
	if n := m.Graph.Nodes[0]; n.OpType != "Add" || n.Ints("k")[1] != -2 {
		t.Errorf("node %+v", n)
	}
}

func TestRead_truncated(t *testing.T) {
	b := written(t, small())
	whole := 0
	for n := range b {
		if _, err := Read(b[:n], ""); err == nil {
			whole++ // the last fields may be missing
		}
	}
	if whole > 3 {
		t.Errorf("%d of %d truncated files are read", whole, len(b))
	}
}

func TestRead_hostile(t *testing.T) {
	change := func(f func(m *Model)) []byte {
		m := small()
		f(m)
		return written(t, m)
	}
	deep := []byte(nil)
	for range 200 { // graphs within attributes within nodes
		for _, field := range []protowire.Number{6, 5, 1} {
			deep = protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), deep)
		}
	}
	deep = protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), deep)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":              {nil, "no graph"},
		"text":               {[]byte("not a model"), "model: byte"},
		"2^40 elements":      {change(func(m *Model) { m.Graph.Initializers[0].Dims = []int64{1 << 20, 1 << 20} }), "8 bytes for shape [1048576 1048576]"},
		"2^62 elements":      {change(func(m *Model) { m.Graph.Initializers[0].Dims = []int64{1 << 31, 1 << 31} }), "product is at most 2^40"},
		"a negative size":    {change(func(m *Model) { m.Graph.Initializers[0].Dims = []int64{-2} }), "expected sizes from 0"},
		"an unknown type":    {change(func(m *Model) { m.Graph.Initializers[0].Type = 99 }), "element type 99"},
		"a later opset":      {change(func(m *Model) { m.Opsets[0].Version = 999 }), "opset 999, expected 7 to"},
		"a later IR":         {change(func(m *Model) { m.IR = 99 }), "IR version 99"},
		"a length too large": {append(protowire.AppendTag(nil, 7, protowire.BytesType), 0xff, 0xff, 0xff, 0xff, 0x0f), "field 7: unexpected EOF"},
		"nested":             {deep, "nested deeper than"},
	} {
		_, err := Read(c.file, "")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// external is a model whose weight lies in another file.
func external(t *testing.T, folder, location, offset, length string) *Tensor {
	t.Helper()
	pair := func(key, value string) (b []byte) {
		for i, s := range []string{key, value} {
			b = protowire.AppendString(protowire.AppendTag(b, protowire.Number(i+1), protowire.BytesType), s)
		}
		return b
	}
	var b []byte
	b = protowire.AppendVarint(protowire.AppendTag(b, 1, protowire.VarintType), 2)
	b = protowire.AppendVarint(protowire.AppendTag(b, 2, protowire.VarintType), uint64(Float32))
	for _, p := range [][]byte{pair("location", location), pair("offset", offset), pair("length", length)} {
		b = protowire.AppendBytes(protowire.AppendTag(b, 13, protowire.BytesType), p)
	}
	g := protowire.AppendBytes(protowire.AppendTag(nil, 5, protowire.BytesType), b)
	m := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 8)
	m = protowire.AppendBytes(protowire.AppendTag(m, 7, protowire.BytesType), g)
	read, err := Read(m, folder)
	if err != nil {
		t.Fatal(err)
	}
	return read.Graph.Initializers[0]
}

func TestExternal(t *testing.T) {
	top := t.TempDir()
	folder := filepath.Join(top, "model")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	data := []byte{9, 9, 9, 9, 0, 0, 128, 63, 0, 0, 0, 64}
	for _, path := range []string{filepath.Join(folder, "w.bin"), filepath.Join(top, "secret.bin")} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w, err := external(t, folder, "w.bin", "4", "8").Float32s()
	if err != nil || w[0] != 1 || w[1] != 2 {
		t.Errorf("w = %v, %v", w, err)
	}
	cases := map[string][3]string{
		"../secret.bin":                     {"4", "8", "expected a file in the model's folder"},
		filepath.Join(top, "secret.bin"):    {"4", "8", "expected a file in the model's folder"},
		"sub/../../secret.bin":              {"4", "8", "expected a file in the model's folder"},
		"w.bin":                             {"8", "8", "bytes 8 to 16, the file has 12"},
		"./w.bin":                           {"0", "4", "expected 8 for shape [2]"},
		"missing.bin":                       {"0", "8", "missing.bin"},
		"":                                  {"0", "8", "expected a file"},
		"w.bin ":                            {"0", "8", "expected a file"},
		"../" + filepath.Base(folder) + "/": {"0", "8", "expected a file"},
	}
	if runtime.GOOS != "windows" {
		if err := os.Symlink(filepath.Join(top, "secret.bin"), filepath.Join(folder, "link.bin")); err != nil {
			t.Fatal(err)
		}
		cases["link.bin"] = [3]string{"0", "8", "expected a file in the model's folder"}
	}
	for location, c := range cases {
		if _, err := external(t, folder, location, c[0], c[1]).Float32s(); err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%q: got %v, want %q", location, err, c[2])
		}
	}
	if _, err := external(t, "", "w.bin", "4", "8").Float32s(); err == nil {
		t.Error("no folder: no error")
	}
}

// TestReal_undoesBits: every number of the small formats comes back.
func TestReal_undoesBits(t *testing.T) {
	for _, d := range []DType{Float16, BFloat16, Float8E4M3FN, Float8E4M3FNUZ, Float8E5M2, Float8E5M2FNUZ, Float4E2M1, Float8E8M0} {
		for w := range uint64(1) << d.Bits() {
			v := Real(d, w)
			if math.IsNaN(v) {
				if !math.IsNaN(Real(d, Bits(d, v))) {
					t.Errorf("%s: NaN has bits %#x", d, Bits(d, v))
				}
				continue
			}
			if got := Bits(d, v); got != w {
				t.Fatalf("%s: %v has bits %#x, want %#x", d, v, got, w)
			}
			if got := Round(d, v, true); got != v && !math.IsInf(v, 0) {
				t.Fatalf("%s: %v is rounded to %v", d, v, got)
			}
		}
	}
}

func TestRound(t *testing.T) {
	for _, c := range []struct {
		d        DType
		v        float64
		saturate bool
		want     float64
	}{
		{Float16, 65519, true, 65504}, {Float16, 65520, true, math.Inf(1)}, {Float16, 1e-9, true, 0},
		{Float16, 1 + 1.0/2048, true, 1}, {Float16, 1 + 3.0/2048, true, 1 + 1.0/512},
		{Float8E4M3FN, 500, true, 448}, {Float8E5M2, 1e6, true, 57344}, {Float8E5M2, 1e6, false, math.Inf(1)},
		{Float4E2M1, 100, false, 6}, {Float4E2M1, 2.5, false, 2}, {BFloat16, 1.00390625, true, 1},
	} {
		if got := Round(c.d, c.v, c.saturate); got != c.want {
			t.Errorf("%s of %v: got %v, want %v", c.d, c.v, got, c.want)
		}
	}
	if got := Round(Float8E4M3FN, 500, false); !math.IsNaN(got) {
		t.Errorf("float8e4m3fn of 500: got %v, want NaN", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(written(f, small()))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Read(b, "")
		if err != nil {
			return
		}
		for _, w := range m.Graph.Initializers {
			if w.Type.IsFloat() || w.Type.IsInt() {
				_, _, _ = w.Numbers()
			}
		}
	})
}
