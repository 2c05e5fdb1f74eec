package onnx

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/onnxfile"
)

// BuildOpts are the settings of [Model.Build]; the zero value is the common case.
type BuildOpts struct {
	// Head replaces the last Gemm, MatMul or Conv before the output by a new
	// layer "head" of so many outputs, whose result, without what follows it,
	// is then the only output: logits [N, Head]. 0 keeps the network as it is.
	Head int
}

// Build computes the model's outputs for the inputs, in the order of
// [Model.Outputs], as a part of the graph that s belongs to. Stored values are
// parameters below s with the file's names, running statistics buffers; they take
// the file's numbers where the store does not have them yet. What no operation of
// a graph computes is refused; what depends on shapes and stored integers alone
// is computed while the graph is built.
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
		f.values[p.Name] = &value{name: p.Name, dtype: onnxfile.Float32, shape: shapeOf(n), node: n, in: b.g, dynamic: true}
	}
	if o.Head > 0 {
		last, err := m.lastLayer()
		if err != nil {
			return nil, err
		}
		b.head = &newHead{node: last, classes: o.Head}
	}
	if err := b.run(m.file.Graph.Nodes, f, "graph"); err != nil {
		return nil, err
	}
	if b.head != nil {
		return []*graph.Node{b.head.logits}, b.g.Err()
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

// newHead is the layer that takes a node's place.
type newHead struct {
	node, reached *onnxfile.Node
	classes       int
	logits        *graph.Node
}

// lastLayer is the last product with weights on the way to the first output.
func (m *Model) lastLayer() (*onnxfile.Node, error) {
	made := map[string]*onnxfile.Node{}
	for _, n := range m.file.Graph.Nodes {
		for _, o := range n.Outputs {
			made[o] = n
		}
	}
	if len(m.file.Graph.Outputs) > 0 {
		for n := made[m.file.Graph.Outputs[0].Name]; n != nil; n = made[n.Inputs[0]] {
			switch n.OpType {
			case "Gemm", "Conv", "MatMul":
				return n, nil
			}
			next := -1
			for i, in := range n.Inputs {
				if made[in] != nil && next < 0 && made[in].OpType != "Constant" {
					next = i
				}
			}
			if next < 0 {
				break
			}
			if next > 0 {
				clone := *n
				clone.Inputs = n.Inputs[next:]
				n = &clone
			}
		}
	}
	return nil, errors.New("no Gemm, MatMul or Conv on the way to the first output, expected one to take a new head's place")
}

// newHead builds the new layer in the place of n.
func (b *builder) newHead(n *onnxfile.Node, in []*value) ([]*value, error) {
	x, err := b.asNode(in[0])
	if err != nil {
		return nil, err
	}
	h := b.s.At("head")
	if n.OpType == "Conv" {
		x = x.GlobalAvgPool()
	}
	if x.Rank() > 2 {
		x = x.Flatten()
	}
	features := x.Dim(-1)
	bound := 1 / math.Sqrt(float64(features))
	uniform := func(r *rand.Rand, _ []int, values []float64) {
		for i := range values {
			values[i] = (2*r.Float64() - 1) * bound
		}
	}
	b.head.logits = x.Linear(h.Param("weight", uniform, b.head.classes, features), h.Param("bias", uniform, b.head.classes))
	b.head.reached = n
	v := &value{dtype: onnxfile.Float32, shape: shapeOf(b.head.logits), node: b.head.logits, in: b.g, dynamic: true}
	return []*value{v}, b.g.Err()
}
