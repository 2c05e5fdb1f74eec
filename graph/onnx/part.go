package onnx

import (
	"io"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/onnxfile"
)

// BuildOpts are the settings of [Model.Build]; the zero value is the common case.
type BuildOpts struct {
	// Features leaves out the last Gemm, MatMul or Conv before the first output,
	// and what follows it: the only output is then its input [N, F], averaged over
	// the plane before a Conv. A new layer on it tells other classes apart.
	Features bool
}

// Build computes the model's outputs for the inputs, in the order of
// [Model.Outputs], as a part of the graph that s belongs to. Stored values are
// parameters below s with the file's names, running statistics buffers; they take
// the file's numbers where the store does not have them yet. What no operation of
// a graph computes is refused; what depends on shapes and stored integers alone
// is computed while the graph is built. A file that declares another batch size
// than the inputs have is taken to mean theirs.
func (m *Model) Build(s graph.Scope, o BuildOpts, inputs map[string]*graph.Node) ([]*graph.Node, error) {
	b := newBuilder(m, s)
	b.whole = true
	f := b.enter(m.file.Graph, nil)
	for _, p := range m.Inputs() {
		n := inputs[p.Name]
		if n == nil {
			return nil, errors.Errorf("no node for input %s", p)
		}
		if p.Type != onnxfile.Float32.String() {
			return nil, errors.Wrapf(ErrUnsupported, "in a graph, input %s", p)
		}
		if s := n.Shape(); len(s) > 0 && len(p.Shape) == len(s) && p.Shape[0] > 0 && p.Shape[0] != s[0] {
			b.batch = [2]int{p.Shape[0], s[0]}
		}
		f.values[p.Name] = &value{name: p.Name, dtype: onnxfile.Float32, shape: shapeOf(n), node: n, in: b.g, dynamic: true}
	}
	if o.Features {
		last, err := m.lastLayer()
		if err != nil {
			return nil, err
		}
		b.last = &lastLayer{node: last}
	}
	if err := b.run(m.file.Graph.Nodes, f, "graph"); err != nil {
		return nil, err
	}
	if b.last != nil {
		return []*graph.Node{b.last.features}, b.g.Err()
	}
	var out []*graph.Node
	for _, v := range m.file.Graph.Outputs {
		x := f.find(v.Name)
		if x == nil {
			return nil, errors.Errorf("output %q has no value", v.Name)
		}
		n, err := b.asNode(x)
		if err != nil {
			return nil, errors.Wrapf(err, "output %q", v.Name)
		}
		out = append(out, n)
	}
	return out, b.g.Err()
}

// lastLayer is where a walk for features ends.
type lastLayer struct {
	node     *onnxfile.Node
	reached  bool
	features *graph.Node
}

// lastLayer is the last product with weights on the way to the first output.
func (m *Model) lastLayer() (*onnxfile.Node, error) {
	n := m.maker(m.file.Graph.Outputs[0].Name)
	for range m.file.Graph.Nodes {
		if n == nil {
			break
		}
		switch n.OpType {
		case "Gemm", "Conv", "MatMul":
			return n, nil
		}
		var next *onnxfile.Node
		for _, in := range n.Inputs {
			if from := m.maker(in); next == nil && from != nil && from.OpType != "Constant" {
				next = from
			}
		}
		n = next
	}
	return nil, errors.New("no Gemm, MatMul or Conv on the way to the first output, expected one to take a new layer's place")
}

// maker is the node that makes a value, nil for inputs and stored values.
func (m *Model) maker(name string) *onnxfile.Node {
	i := slices.IndexFunc(m.file.Graph.Nodes, func(n *onnxfile.Node) bool { return name != "" && slices.Contains(n.Outputs, name) })
	if i < 0 {
		return nil
	}
	return m.file.Graph.Nodes[i]
}

// Ends returns the operator that makes the first output, such as "Softmax".
func (m *Model) Ends() string {
	if n := m.maker(m.file.Graph.Outputs[0].Name); n != nil {
		return n.OpType
	}
	return ""
}

// features takes the input of the last layer.
func (b *builder) features(n *onnxfile.Node, in []*value) ([]*value, error) {
	x, err := b.asNode(in[0])
	if err != nil {
		return nil, err
	}
	if n.OpType == "Conv" {
		x = x.GlobalAvgPool()
	}
	if x.Rank() != 2 {
		x = x.Flatten()
	}
	b.last.features, b.last.reached = x, true
	v := &value{dtype: onnxfile.Float32, shape: shapeOf(x), node: x, in: b.g, dynamic: true}
	return []*value{v}, b.g.Err()
}

// mostSettings is the number of elements up to which a stored tensor may be a
// setting of the network rather than weights.
const mostSettings = 64

// WriteStructure writes the file without weights: tensors of more than a few
// floating-point numbers keep name, shape and type. A store that has them makes
// the network whole.
func (m *Model) WriteStructure(w io.Writer) error {
	return m.with(func(t *onnxfile.Tensor) error {
		if _, n, _ := t.Shape(); t.Type.IsFloat() && n > mostSettings {
			t.Empty()
			return nil
		}
		return t.Embed()
	}).Write(w)
}

// Write writes the file with the weights that the store has of it: those of a
// network that was trained further. store may be nil.
func (m *Model) Write(w io.Writer, store *graph.Store) error {
	var err error
	f := m.with(func(t *onnxfile.Tensor) error {
		if store != nil {
			if p := store.Param(t.Name); p != nil && t.Type == onnxfile.Float32 {
				*t = *floats(t.Name, p.Values(), p.Shape())
				return nil
			}
		}
		if bad := t.Embed(); err == nil {
			err = bad
		}
		if t.Hollow() && err == nil {
			err = errors.Errorf("tensor %q: neither the file nor the store has its weights", t.Name)
		}
		return nil
	})
	if err != nil {
		return errors.Wrap(err, "write ONNX")
	}
	return f.Write(w)
}

// with returns a copy of the file whose stored tensors are changed.
func (m *Model) with(change func(t *onnxfile.Tensor) error) *onnxfile.Model {
	f, g := *m.file, *m.file.Graph
	g.Initializers = nil
	for _, t := range m.file.Graph.Initializers {
		c := *t
		if change(&c) == nil {
			g.Initializers = append(g.Initializers, &c)
		}
	}
	f.Graph = &g
	return &f
}

// Load gives the parameters of the store, which Build has made, the file's numbers.
func (m *Model) Load(store *graph.Store) error {
	for _, t := range m.file.Graph.Initializers {
		p := store.Param(t.Name)
		if p == nil || t.Hollow() {
			continue
		}
		if err := setStored(p, t); err != nil {
			return errors.Wrap(err, "load ONNX")
		}
	}
	return nil
}
