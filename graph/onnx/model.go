package onnx

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/onnxeval"
	"github.com/hocsau/hocsau/internal/onnxfile"
)

// Array is an array of any of ONNX's number types.
type Array = onnxeval.Array

// ErrUnsupported is the cause of errors about operators that are not known.
var ErrUnsupported = onnxeval.ErrUnsupported

// Model is a network as its file describes it.
type Model struct {
	file      *onnxfile.Model
	functions map[string]*onnxfile.Function
	stored    map[string]*onnxfile.Tensor
}

// Port is an input or output of a model.
type Port struct {
	Name string
	Type string // "float", "int64", …
	// Shape has −1 for sizes that the file leaves free; Free are their names.
	Shape []int
	Free  []string
}

// Open reads and checks the model in a file.
func Open(path string) (*Model, error) {
	f, err := onnxfile.Open(path)
	if err != nil {
		return nil, err
	}
	m, err := newModel(f)
	return m, errors.Wrapf(err, "read %s", path)
}

// Read is Open for the bytes of a file; external data is then looked for in folder,
// and refused where that is "".
func Read(b []byte, folder string) (*Model, error) {
	f, err := onnxfile.Read(b, folder)
	if err != nil {
		return nil, errors.Wrap(err, "read ONNX")
	}
	m, err := newModel(f)
	return m, errors.Wrap(err, "read ONNX")
}

func newModel(f *onnxfile.Model) (*Model, error) {
	m := &Model{file: f, functions: map[string]*onnxfile.Function{}, stored: map[string]*onnxfile.Tensor{}}
	for _, fn := range f.Functions {
		m.functions[key(fn.Domain, fn.Name, fn.Overload)] = fn
	}
	for _, t := range f.Graph.Initializers {
		m.stored[t.Name] = t
	}
	if f.Opset() == 0 && len(f.Graph.Nodes) > 0 {
		return nil, errors.Errorf("no opset of ONNX's own operators, expected one up to %d", onnxfile.NewestOpset)
	}
	if err := m.check(f.Graph, map[string]bool{"": true}, "graph"); err != nil {
		return nil, err
	}
	for _, fn := range f.Functions {
		known := map[string]bool{"": true}
		for _, in := range fn.Inputs {
			known[in] = true
		}
		if err := m.checkNodes(fn.Nodes, known, "function "+fn.Name); err != nil {
			return nil, err
		}
		if err := m.recursive(fn, nil); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func key(domain, name, overload string) string { return domain + "\x00" + name + "\x00" + overload }

// recursive refuses functions that call themselves.
func (m *Model) recursive(fn *onnxfile.Function, stack []*onnxfile.Function) error {
	if slices.Contains(stack, fn) {
		return errors.Errorf("function %s calls itself", fn.Name)
	}
	stack = append(stack, fn)
	for _, n := range fn.Nodes {
		if next := m.functions[key(n.Domain, n.OpType, n.Overload)]; next != nil {
			if err := m.recursive(next, stack); err != nil {
				return err
			}
		}
	}
	return nil
}

// check refuses graphs whose nodes do not stand in topological order, and
// operators that are not known. known are the names of the graphs around.
func (m *Model) check(g *onnxfile.Graph, known map[string]bool, where string) error {
	names := map[string]bool{}
	for name := range known {
		names[name] = true
	}
	for _, v := range g.Inputs {
		if v.Kind != "tensor" && v.Kind != "" {
			return errors.Wrapf(ErrUnsupported, "%s: input %q is a %s", where, v.Name, v.Kind)
		}
		names[v.Name] = true
	}
	for _, t := range g.Initializers {
		names[t.Name] = true
	}
	if err := m.checkNodes(g.Nodes, names, where); err != nil {
		return err
	}
	for _, v := range g.Outputs {
		if !names[v.Name] {
			return errors.Errorf("%s: output %q is made by no node", where, v.Name)
		}
	}
	return nil
}

func (m *Model) checkNodes(nodes []*onnxfile.Node, names map[string]bool, where string) error {
	made := map[string]bool{}
	for _, n := range nodes {
		for _, out := range n.Outputs {
			if out != "" && made[out] {
				return errors.Errorf("%s: two nodes make %q", where, out)
			}
			made[out] = true
		}
	}
	for i, n := range nodes {
		at := place(where, i, n)
		if m.functions[key(n.Domain, n.OpType, n.Overload)] == nil && (!standard(n.Domain) || !onnxeval.Supported(n.OpType)) {
			return errors.Wrapf(ErrUnsupported, "%s", at)
		}
		for _, in := range n.Inputs {
			switch {
			case names[in]:
			case made[in]:
				return errors.Errorf("%s: input %q is made by a later node: a cycle, or not in topological order", at, in)
			default:
				return errors.Errorf("%s: input %q is made by no node", at, in)
			}
		}
		for _, a := range n.Attributes {
			if a.G != nil {
				if err := m.check(a.G, names, at+"."+a.Name); err != nil {
					return err
				}
			}
		}
		for _, out := range n.Outputs {
			names[out] = true
		}
	}
	return nil
}

func standard(domain string) bool { return domain == "" || domain == "ai.onnx" }

// place says where a node stands.
func place(where string, i int, n *onnxfile.Node) string {
	op := n.OpType
	if !standard(n.Domain) {
		op = n.Domain + "." + op
	}
	s := fmt.Sprintf("%s: node %d, operator %s", where, i, op)
	if n.Name != "" {
		s += fmt.Sprintf(" (%q)", n.Name)
	}
	return s
}

// Opset returns the version of the operators.
func (m *Model) Opset() int { return int(m.file.Opset()) }

// Metadata returns the entries of the file's metadata.
func (m *Model) Metadata() map[string]string {
	list := map[string]string{}
	for _, p := range m.file.Metadata {
		list[p.Key] = p.Value
	}
	return list
}

// Inputs returns the inputs that a run is fed: those that have no stored value.
func (m *Model) Inputs() []Port {
	var list []Port
	for _, v := range m.file.Graph.Inputs {
		if m.stored[v.Name] == nil {
			list = append(list, port(v))
		}
	}
	return list
}

// Outputs returns the outputs.
func (m *Model) Outputs() []Port {
	var list []Port
	for _, v := range m.file.Graph.Outputs {
		list = append(list, port(v))
	}
	return list
}

func port(v *onnxfile.ValueInfo) Port {
	p := Port{Name: v.Name, Type: v.Type.String()}
	for _, d := range v.Shape {
		p.Shape = append(p.Shape, int(d.Size))
		p.Free = append(p.Free, d.Name)
	}
	return p
}

// String is name, type and shape: "x float[N, 3, 224, 224]".
func (p Port) String() string {
	sizes := make([]string, len(p.Shape))
	for i, d := range p.Shape {
		switch {
		case d >= 0:
			sizes[i] = fmt.Sprint(d)
		case p.Free[i] != "":
			sizes[i] = p.Free[i]
		default:
			sizes[i] = "?"
		}
	}
	return fmt.Sprintf("%s %s[%s]", p.Name, p.Type, strings.Join(sizes, ", "))
}

// HasInput reports whether a run may be fed an input of that name.
func (m *Model) HasInput(name string) bool {
	return slices.ContainsFunc(m.file.Graph.Inputs, func(v *onnxfile.ValueInfo) bool { return v.Name == name })
}

// NewArray returns an array of an element type by ONNX's name, such as "float" or
// "int64": floating-point numbers in floats, integers and truth values in ints.
func NewArray(typ string, shape []int, floats []float64, ints []int64) (*Array, error) {
	a := &Array{Shape: slices.Clone(shape), F: floats, I: ints}
	if a.Shape == nil {
		a.Shape = []int{}
	}
	for t := onnxfile.Float32; t.String() != "an unknown type"; t++ {
		if t.String() == typ && (t.IsFloat() || t.IsInt()) {
			a.Type = t
			if given := max(len(floats), len(ints)); given != a.Len() || t.IsFloat() && len(ints) > 0 || t.IsInt() && len(floats) > 0 {
				return nil, errors.Errorf("%d elements for %s%v", given, typ, shape)
			}
			return a, nil
		}
	}
	return nil, errors.Wrapf(ErrUnsupported, "elements of type %q", typ)
}
