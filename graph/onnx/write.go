package onnx

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/onnxfile"
)

// WriteOpts are the settings of [Write].
type WriteOpts struct {
	// Name is that of the graph.
	Name string
	// Batch is the batch size; 0 leaves it free: the size "N".
	Batch int
	// Outputs are names; "output", "output1", … where there are fewer.
	Outputs []string
	// Metadata is written as the file's.
	Metadata map[string]string
}

// A Network builds a model's graph for evaluation at a batch size, each time over
// the same store, and returns its outputs.
type Network func(batch int) ([]*graph.Node, error)

// ErrBatch is the cause of an error about a network that can be written for a
// given batch size alone.
var ErrBatch = errors.New("the batch size cannot be left free")

// opset is the version of the operators that are written, with the IR version of
// its time.
const (
	opset = 17
	ir    = 8
)

// Write writes a network as an ONNX file of opset 17: parameters under their
// names, integers as int64, recurrent layers as ONNX's own. An operation that
// ONNX has not is refused by name. To leave the batch size free it is built at
// two sizes, which shows what depends on it.
func Write(w io.Writer, network Network, o WriteOpts) error {
	m, err := encode(network, o)
	if err != nil {
		return errors.Wrap(err, "write ONNX")
	}
	return m.Write(w)
}

// The batch sizes at which a network is built where the size is free.
const (
	smallBatch = 2
	largeBatch = 3
)

func encode(network Network, o WriteOpts) (*onnxfile.Model, error) {
	sizes := [2]int{smallBatch, largeBatch}
	if o.Batch > 0 {
		sizes = [2]int{o.Batch, o.Batch}
	}
	var built [2]graph.Computation
	for i, size := range sizes {
		if i == 1 && o.Batch > 0 {
			built[1] = built[0]
			continue
		}
		nodes, err := network(size)
		if err != nil {
			return nil, err
		}
		if len(nodes) == 0 {
			return nil, errors.New("a network without outputs")
		}
		if built[i], err = nodes[0].Graph().Describe(nodes...); err != nil {
			return nil, err
		}
	}
	w := &writer{
		a: built[0], b: built[1], free: o.Batch == 0, name: o.Name,
		names: map[int64]string{}, second: map[int64]graph.Value{}, derived: map[string]string{}, makers: map[int64]graph.Operation{}, taken: map[string]bool{},
		out: &onnxfile.Graph{Name: o.Name},
	}
	if err := w.pair(); err != nil {
		return nil, err
	}
	if err := w.graph(o.Outputs); err != nil {
		return nil, err
	}
	m := &onnxfile.Model{IR: ir, Opsets: []onnxfile.Opset{{Version: opset}}, Producer: "hocsau", Graph: w.out}
	for _, k := range slices.Sorted(maps.Keys(o.Metadata)) {
		m.Metadata = append(m.Metadata, onnxfile.Pair{Key: k, Value: o.Metadata[k]})
	}
	return m, nil
}

// writer turns a computation into a graph of ONNX.
type writer struct {
	a, b    graph.Computation // at the two batch sizes
	free    bool
	name    string
	names   map[int64]string      // of a's values
	second  map[int64]graph.Value // of a's values, those of b
	makers  map[int64]graph.Operation
	derived map[string]string // what was made before, by what it is
	taken   map[string]bool
	out     *onnxfile.Graph
	count   int
	batch   string // the batch size as a value, once something needed it
}

// pair finds for each value that at the other batch size.
func (w *writer) pair() error {
	same := len(w.a.Leaves) == len(w.b.Leaves) && len(w.a.Operations) == len(w.b.Operations)
	for i := 0; same && i < len(w.a.Leaves); i++ {
		w.second[w.a.Leaves[i].ID] = w.b.Leaves[i]
	}
	for i := 0; same && i < len(w.a.Operations); i++ {
		p, q := w.a.Operations[i], w.b.Operations[i]
		same = p.Name == q.Name && len(p.Outputs) == len(q.Outputs)
		for k := 0; same && k < len(p.Outputs); k++ {
			w.second[p.Outputs[k].ID] = q.Outputs[k]
			w.makers[p.Outputs[k].ID] = p
		}
	}
	if !same {
		return errors.Wrap(ErrBatch, "the network has other operations at another batch size")
	}
	return nil
}

// graph writes inputs, weights, operations, outputs.
func (w *writer) graph(outputs []string) error {
	for _, v := range w.a.Leaves {
		switch v.Role {
		case graph.Fed:
			w.names[v.ID] = w.fresh(v.Name)
			w.out.Inputs = append(w.out.Inputs, w.info(w.names[v.ID], v))
		case graph.Parameter, graph.Buffer:
			w.names[v.ID] = w.fresh(v.Name)
			w.out.Initializers = append(w.out.Initializers, floats(v.Name, v.Node.Values(), v.Shape))
		default:
			if err := w.constant(v); err != nil {
				return err
			}
		}
	}
	last := map[int64]string{}
	var copies []func() // of inputs, and of outputs that are written twice
	for i, v := range w.a.Outputs {
		name := "output"
		if i > 0 {
			name = fmt.Sprintf("output%d", i)
		}
		if i < len(outputs) {
			name = outputs[i]
		}
		if w.taken[name] {
			return errors.Errorf("output %q: the name is taken by an input or a parameter", name)
		}
		w.taken[name] = true
		w.out.Outputs = append(w.out.Outputs, w.info(name, v))
		if _, twice := last[v.ID]; twice || w.names[v.ID] != "" { // an input, or another output
			copies = append(copies, func() { w.node("Identity", []string{w.names[v.ID]}, []string{name}) })
			continue
		}
		last[v.ID] = name
	}
	for i, o := range w.a.Operations {
		for _, v := range o.Outputs {
			if name, ok := last[v.ID]; ok {
				w.names[v.ID] = name
			} else {
				w.names[v.ID] = w.fresh(fmt.Sprintf("v%d", w.next()))
			}
		}
		if err := w.operation(o, w.b.Operations[i]); err != nil {
			return errors.Wrapf(err, "operation %d, %s", i, o.Name)
		}
	}
	for _, f := range copies {
		f()
	}
	w.prune()
	return nil
}

func (w *writer) next() int { w.count++; return w.count }

// fresh takes a name that no other value has.
func (w *writer) fresh(name string) string {
	for w.taken[name] {
		name = fmt.Sprintf("%s_%d", name, w.next())
	}
	w.taken[name] = true
	return name
}

// info declares an input or output; sizes that are the batch size are free.
func (w *writer) info(name string, v graph.Value) *onnxfile.ValueInfo {
	p := &onnxfile.ValueInfo{Name: name, Type: onnxfile.Float32, Known: true}
	if v.Type == "int" {
		p.Type = onnxfile.Int64
	}
	other := w.second[v.ID].Shape
	for i, d := range v.Shape {
		dim := onnxfile.Dim{Size: int64(d)}
		if i < len(other) && other[i] != d {
			dim = onnxfile.Dim{Size: -1}
			if d%smallBatch == 0 && other[i] == d/smallBatch*largeBatch {
				if dim.Name = "N"; d != smallBatch {
					dim.Name = fmt.Sprintf("%d*N", d/smallBatch)
				}
			}
		}
		p.Shape = append(p.Shape, dim)
	}
	return p
}

// constant writes known numbers, which must not depend on the batch size.
func (w *writer) constant(v graph.Value) error {
	values, other := v.Node.Values(), w.second[v.ID].Node.Values()
	if !slices.Equal(values, other) || !slices.Equal(v.Shape, w.second[v.ID].Shape) {
		return errors.Wrapf(ErrBatch, "a constant of shape %v", v.Shape)
	}
	name := w.fresh(fmt.Sprintf("constant%d", w.next()))
	w.names[v.ID] = name
	w.out.Initializers = append(w.out.Initializers, floats(name, values, v.Shape))
	return nil
}

// prune drops weights that only what was written otherwise read.
func (w *writer) prune() {
	used := map[string]bool{}
	for _, v := range w.out.Outputs {
		used[v.Name] = true
	}
	var kept []*onnxfile.Node
	for _, n := range slices.Backward(w.out.Nodes) {
		if slices.ContainsFunc(n.Outputs, func(o string) bool { return used[o] }) {
			kept = append(kept, n)
			for _, in := range n.Inputs {
				used[in] = true
			}
		}
	}
	slices.Reverse(kept)
	w.out.Nodes = kept
	w.out.Initializers = slices.DeleteFunc(w.out.Initializers, func(t *onnxfile.Tensor) bool { return !used[t.Name] })
}
