package onnx_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/onnx"
	"github.com/hocsau/hocsau/internal/onnxfile"
)

func tensor(name string, values []float32, dims ...int64) *onnxfile.Tensor {
	t := &onnxfile.Tensor{Name: name, Dims: dims, Type: onnxfile.Float32, IsRaw: true}
	for _, v := range values {
		t.Raw = binary.LittleEndian.AppendUint32(t.Raw, math.Float32bits(v))
	}
	return t
}

func integers(name string, values []int64, dims ...int64) *onnxfile.Tensor {
	t := &onnxfile.Tensor{Name: name, Dims: dims, Type: onnxfile.Int64, IsRaw: true}
	for _, v := range values {
		t.Raw = binary.LittleEndian.AppendUint64(t.Raw, uint64(v))
	}
	return t
}

func port(name string, dims ...int64) *onnxfile.ValueInfo {
	v := &onnxfile.ValueInfo{Name: name, Type: onnxfile.Float32, Known: true}
	for _, d := range dims {
		if d < 0 {
			v.Shape = append(v.Shape, onnxfile.Dim{Size: -1, Name: "N"})
		} else {
			v.Shape = append(v.Shape, onnxfile.Dim{Size: d})
		}
	}
	return v
}

func node(op string, in, out string, attributes ...*onnxfile.Attribute) *onnxfile.Node {
	split := func(s string) []string {
		if s == "" {
			return nil
		}
		return strings.Split(s, " ")
	}
	return &onnxfile.Node{OpType: op, Inputs: split(in), Outputs: split(out), Attributes: attributes}
}

func number(name string, v int64) *onnxfile.Attribute {
	return &onnxfile.Attribute{Name: name, Type: onnxfile.Int, I: v}
}

// network is x [N, 1, 4, 4] → conv → relu → a reshape by computed sizes → gemm.
func network() *onnxfile.Graph {
	ramp := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(i%7)/7 - 0.4
		}
		return v
	}
	return &onnxfile.Graph{
		Name: "network",
		Initializers: []*onnxfile.Tensor{
			tensor("conv.weight", ramp(2*9), 2, 1, 3, 3), tensor("conv.bias", []float32{0.1, 0.2}, 2),
			tensor("fc.weight", ramp(3*8), 3, 8), tensor("fc.bias", []float32{0, 1, 2}, 3),
			integers("zero", []int64{0}), integers("rest", []int64{-1}, 1),
		},
		Nodes: []*onnxfile.Node{
			node("Conv", "x conv.weight conv.bias", "c"),
			node("Relu", "c", "r"),
			node("Shape", "r", "shape"),
			node("Gather", "shape zero", "batch", number("axis", 0)),
			node("Unsqueeze", "batch axes", "batch1"),
			node("Concat", "batch1 rest", "to", number("axis", 0)),
			node("Reshape", "r to", "flat"),
			node("Gemm", "flat fc.weight fc.bias", "logits", number("transB", 1)),
		},
		Inputs: []*onnxfile.ValueInfo{port("x", -1, 1, 4, 4)}, Outputs: []*onnxfile.ValueInfo{port("logits", -1, 3)},
	}
}

func model(t testing.TB, g *onnxfile.Graph) (*onnx.Model, error) {
	t.Helper()
	for _, n := range g.Nodes {
		if slices.Contains(n.Inputs, "axes") {
			g.Initializers = append(g.Initializers, integers("axes", []int64{0}, 1))
		}
	}
	var b bytes.Buffer
	if err := (&onnxfile.Model{IR: 8, Opsets: []onnxfile.Opset{{Version: 17}}, Graph: g}).Write(&b); err != nil {
		t.Fatal(err)
	}
	return onnx.Read(b.Bytes(), "")
}

func array(values []float64, shape ...int) *onnx.Array {
	return &onnx.Array{Type: onnxfile.Float32, Shape: shape, F: values}
}

func ramp64(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64(i%5) - 2
	}
	return v
}

func TestSession_runsAgain(t *testing.T) {
	m, err := model(t, network())
	if err != nil {
		t.Fatal(err)
	}
	s := m.Session()
	var first *onnx.Array
	for _, n := range []int{1, 1, 3} {
		out, err := s.Run(map[string]*onnx.Array{"x": array(ramp64(16*n), n, 1, 4, 4)})
		if err != nil {
			t.Fatal(err)
		}
		got := out["logits"]
		if !slices.Equal(got.Shape, []int{n, 3}) {
			t.Fatalf("shape %v", got.Shape)
		}
		if first == nil {
			first = got
		}
		if !slices.Equal(got.F[:3], first.F) {
			t.Errorf("batch of %d: %v, want %v", n, got.F[:3], first.F)
		}
	}
	for want, in := range map[string]map[string]*onnx.Array{
		"no value for input x float[N, 1, 4, 4]": {},
		"shape [1 1 4 5], expected x float":      {"x": array(ramp64(20), 1, 1, 4, 5)},
		"no input \"z\"":                         {"x": array(ramp64(16), 1, 1, 4, 4), "z": array(ramp64(1), 1)},
	} {
		if _, err := s.Run(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestBuild_trains: an imported network is a part of a graph with gradients,
// and computes what a session does.
func TestBuild_trains(t *testing.T) {
	m, err := model(t, network())
	if err != nil {
		t.Fatal(err)
	}
	out, err := m.Session().Run(map[string]*onnx.Array{"x": array(ramp64(32), 2, 1, 4, 4)})
	if err != nil {
		t.Fatal(err)
	}
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x := g.Input("x", 2, 1, 4, 4)
	y, err := m.Build(g.Scope(), onnx.BuildOpts{}, map[string]*graph.Node{"x": x})
	if err != nil {
		t.Fatal(err)
	}
	prog, err := g.Compile(y[0].Square().Sum(), y[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(x.FeedFloat64s(ramp64(32))); err != nil {
		t.Fatal(err)
	}
	for i, v := range prog.Values(y[0]) {
		if math.Abs(v-out["logits"].F[i]) > 1e-5 {
			t.Errorf("element %d: %v, a session has %v", i, v, out["logits"].F[i])
		}
	}
	if n := len(prog.Gradients()); n != 4 {
		t.Errorf("%d gradients, want those of 4 parameters", n)
	}
	report, err := gradcheck.Check(prog, gradcheck.Opts{})
	if err != nil {
		t.Fatal(err)
	}
	if w := report.Worst(); w.RelativeError > 1e-6 {
		t.Errorf("gradient of %s: relative error %g", w.Name, w.RelativeError)
	}
}

// TestBuild_anotherBatch: a file for pictures one by one is built for more.
func TestBuild_anotherBatch(t *testing.T) {
	g := network()
	g.Inputs[0], g.Outputs[0] = port("x", 1, 1, 4, 4), port("logits", 1, 3)
	g.Initializers = append(g.Initializers, integers("fixed", []int64{1, 8}, 2))
	g.Nodes = slices.DeleteFunc(g.Nodes, func(n *onnxfile.Node) bool {
		return slices.Contains([]string{"Shape", "Gather", "Unsqueeze", "Concat"}, n.OpType)
	})
	g.Nodes[2].Inputs[1] = "fixed"
	m, err := model(t, g)
	if err != nil {
		t.Fatal(err)
	}
	e := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	y, err := m.Build(e.Scope(), onnx.BuildOpts{}, map[string]*graph.Node{"x": e.Input("x", 5, 1, 4, 4)})
	if err != nil || !slices.Equal(y[0].Shape(), []int{5, 3}) {
		t.Errorf("got %v, %v", y, err)
	}
}

func TestBuild_features(t *testing.T) {
	m, err := model(t, network())
	if err != nil {
		t.Fatal(err)
	}
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Train)
	y, err := m.Build(g.Scope(), onnx.BuildOpts{Features: true}, map[string]*graph.Node{"x": g.Input("x", 2, 1, 4, 4)})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(y[0].Shape(), []int{2, 8}) || store.Param("fc.weight") != nil || store.Param("conv.weight") == nil {
		t.Errorf("features %v; expected [2, 8] without fc.weight", y[0].Shape())
	}
}

// TestWriteStructure: the file without weights and a store with them are the
// file again, and what the store has changed is written.
func TestWriteStructure(t *testing.T) {
	g := network()
	g.Initializers[2] = tensor("fc.weight", slices.Repeat([]float32{0.5}, 30*8), 30, 8)
	g.Initializers[3] = tensor("fc.bias", make([]float32, 30), 30)
	g.Outputs[0] = port("logits", -1, 30)
	m, err := model(t, g)
	if err != nil {
		t.Fatal(err)
	}
	var whole, hollow, again bytes.Buffer
	if err := errors.Wrap(m.Write(&whole, nil), "write"); err != nil {
		t.Fatal(err)
	}
	if err := m.WriteStructure(&hollow); err != nil {
		t.Fatal(err)
	}
	if hollow.Len() > whole.Len()-800 {
		t.Errorf("%d bytes without weights, %d with", hollow.Len(), whole.Len())
	}
	h, err := onnx.Read(hollow.Bytes(), "")
	if err != nil {
		t.Fatal(err)
	}
	store := graph.NewStore(graph.Float32, 1)
	e := graph.New(store, graph.Eval)
	if _, err := h.Build(e.Scope(), onnx.BuildOpts{}, map[string]*graph.Node{"x": e.Input("x", 1, 1, 4, 4)}); err != nil {
		t.Fatal(err)
	}
	if err := h.Write(&again, nil); err == nil || !strings.Contains(err.Error(), "neither the file nor the store") {
		t.Errorf("got %v", err)
	}
	if err := m.Load(store); err != nil {
		t.Fatal(err)
	}
	again.Reset()
	if err := h.Write(&again, store); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Bytes(), whole.Bytes()) {
		t.Error("structure and store are not the file")
	}
}

func TestRead_refuses(t *testing.T) {
	for name, c := range map[string]struct {
		change      func(g *onnxfile.Graph)
		want        string
		unsupported bool
	}{
		"an unknown operator": {func(g *onnxfile.Graph) { g.Nodes[1].OpType = "Frobnicate" }, "graph: node 1, operator Frobnicate", true},
		"another domain":      {func(g *onnxfile.Graph) { g.Nodes[1].Domain = "com.example" }, "operator com.example.Relu", true},
		"a cycle":             {func(g *onnxfile.Graph) { g.Nodes[0].Inputs[0] = "r" }, "node 0, operator Conv: input \"r\" is made by a later node: a cycle", false},
		"a missing value":     {func(g *onnxfile.Graph) { g.Nodes[1].Inputs[0] = "none" }, "input \"none\" is made by no node", false},
		"made twice":          {func(g *onnxfile.Graph) { g.Nodes[1].Outputs[0] = "c" }, "two nodes make \"c\"", false},
		"no such output":      {func(g *onnxfile.Graph) { g.Outputs[0].Name = "none" }, "output \"none\" is made by no node", false},
	} {
		g := network()
		c.change(g)
		_, err := model(t, g)
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, onnx.ErrUnsupported) != c.unsupported {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// TestRun_hugeConstants: sizes that a node asks for are refused before memory
// is taken.
func TestRun_hugeConstants(t *testing.T) {
	for _, op := range []string{"ConstantOfShape", "Expand"} {
		g := network()
		g.Initializers = append(g.Initializers, integers("huge", []int64{1 << 20, 1 << 20}, 2))
		in := "huge"
		if op == "Expand" {
			in = "fc.bias huge"
			g.Initializers[len(g.Initializers)-1] = integers("huge", []int64{1 << 20, 1 << 20, 3}, 3)
		}
		g.Nodes = append(g.Nodes, node(op, in, "big"))
		g.Outputs = append(g.Outputs, port("big"))
		g.Outputs[1].Known = false
		m, err := model(t, g)
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Session().Run(map[string]*onnx.Array{"x": array(ramp64(16), 1, 1, 4, 4)})
		if err == nil || !strings.Contains(err.Error(), "operator "+op) {
			t.Errorf("%s: got %v", op, err)
		}
	}
}

// TestWrite_comparisons: operations whose results are truth values in ONNX come
// back as the numbers that they are here.
func TestWrite_comparisons(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	build := func(batch int) ([]*graph.Node, error) {
		g := graph.New(store, graph.Eval)
		x, z := g.Input("x", batch, 3), g.Input("z", batch, 3)
		y := graph.Where(x.Lt(z), x, z.Scale(2))
		return []*graph.Node{x.Eq(z), x.Ne(z), x.Le(z), x.Gt(z), x.Ge(z), y, x.Positive(), x.Clamp(-1, 1)}, g.Err()
	}
	var b bytes.Buffer
	if err := onnx.Write(&b, build, onnx.WriteOpts{}); err != nil {
		t.Fatal(err)
	}
	m, err := onnx.Read(b.Bytes(), "")
	if err != nil {
		t.Fatal(err)
	}
	out, err := m.Session().Run(map[string]*onnx.Array{"x": array([]float64{1, 2, -3}, 1, 3), "z": array([]float64{2, 2, -4}, 1, 3)})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]float64{{0, 1, 0}, {1, 0, 1}, {1, 1, 0}, {0, 0, 1}, {0, 1, 1}, {1, 4, -8}, {1, 1, 0}, {1, 1, -1}} {
		name := "output"
		if i > 0 {
			name += string(rune('0' + i))
		}
		if got := out[name]; got == nil || !slices.Equal(got.F, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
