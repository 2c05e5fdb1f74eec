package onnxfile

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/hocsau/hocsau/internal/machine"
)

// Open reads the model in a file. External data is read when it is asked for.
func Open(path string) (*Model, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, errors.WithStack(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.Errorf("%s is not a regular file", path)
	}
	if room, known := machine.Room(); known && info.Size() > int64(room) {
		return nil, errors.Errorf("%s has %d bytes, this process can take %d", path, info.Size(), room)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.WithStack(err)
	}
	m, err := Read(b, filepath.Dir(path))
	return m, errors.Wrapf(err, "read %s", path)
}

// Read reads the model that b holds, of which it keeps parts. External data
// lies in folder; "" means that there is none.
func Read(b []byte, folder string) (*Model, error) {
	r := &reader{folder: folder}
	m := &Model{}
	err := r.message(b, "model", func(f field) error { return r.model(m, f) })
	switch {
	case err != nil:
		return nil, err
	case m.Graph == nil:
		return nil, errors.New("no graph, expected an ONNX model")
	case m.IR < 1 || m.IR > NewestIR:
		return nil, errors.Errorf("IR version %d, expected 1 to %d", m.IR, NewestIR)
	}
	for _, o := range m.Opsets {
		if (o.Domain == "" || o.Domain == "ai.onnx") && (o.Version < 1 || o.Version > NewestOpset) {
			return nil, errors.Errorf("opset %d, expected %d to %d", o.Version, OldestOpset, NewestOpset)
		}
	}
	return m, nil
}

// reader walks the messages; path says where it is.
type reader struct {
	folder string
	path   []string
	depth  int
}

// field is one field of a message.
type field struct {
	number protowire.Number
	kind   protowire.Type
	word   uint64 // of a number
	bytes  []byte // of a message, text or packed numbers
}

func (r *reader) fail(format string, args ...any) error {
	return errors.Errorf("%s: %s", strings.Join(r.path, "."), fmt.Sprintf(format, args...))
}

// message calls f for each field of the message b.
func (r *reader) message(b []byte, name string, f func(field) error) error {
	r.path = append(r.path, name)
	if r.depth++; r.depth > 4*deepest {
		return r.fail("messages nested deeper than %d", 4*deepest)
	}
	whole := len(b)
	for len(b) > 0 {
		at := whole - len(b)
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return r.fail("byte %d of %d: %v", at, whole, protowire.ParseError(n))
		}
		b = b[n:]
		x := field{number: number, kind: kind}
		switch kind {
		case protowire.VarintType:
			x.word, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var w uint32
			w, n = protowire.ConsumeFixed32(b)
			x.word = uint64(w)
		case protowire.Fixed64Type:
			x.word, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			x.bytes, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(number, kind, b)
		}
		if n < 0 {
			return r.fail("byte %d of %d, field %d: %v", at, whole, number, protowire.ParseError(n))
		}
		b = b[n:]
		if err := f(x); err != nil {
			return err
		}
	}
	r.path = r.path[:len(r.path)-1]
	r.depth--
	return nil
}

// text returns the field as text.
func (r *reader) text(f field) (string, error) {
	if f.kind != protowire.BytesType {
		return "", r.fail("field %d is a number, expected text", f.number)
	}
	if !utf8.Valid(f.bytes) {
		return "", r.fail("field %d is no UTF-8 text", f.number)
	}
	return string(f.bytes), nil
}

// sub reads the field as a message.
func (r *reader) sub(f field, name string, read func(field) error) error {
	if f.kind != protowire.BytesType {
		return r.fail("field %d is a number, expected a message", f.number)
	}
	return r.message(f.bytes, name, read)
}

// words returns the numbers of a repeated field, packed or one by one.
func words[T any](r *reader, list []T, f field, kind protowire.Type, of func(uint64) T) ([]T, error) {
	if f.kind == kind {
		return append(list, of(f.word)), nil
	}
	if f.kind != protowire.BytesType {
		return nil, r.fail("field %d has wire type %d, expected %d", f.number, f.kind, kind)
	}
	b := f.bytes
	switch kind {
	case protowire.Fixed32Type:
		if len(b)%4 != 0 {
			return nil, r.fail("field %d: %d bytes of numbers of 4", f.number, len(b))
		}
		list = append(make([]T, 0, len(list)+len(b)/4), list...)
	case protowire.Fixed64Type:
		if len(b)%8 != 0 {
			return nil, r.fail("field %d: %d bytes of numbers of 8", f.number, len(b))
		}
		list = append(make([]T, 0, len(list)+len(b)/8), list...)
	}
	for len(b) > 0 {
		var w uint64
		var n int
		switch kind {
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			w = uint64(v)
		case protowire.Fixed64Type:
			w, n = protowire.ConsumeFixed64(b)
		default:
			w, n = protowire.ConsumeVarint(b)
		}
		if n < 0 {
			return nil, r.fail("field %d: %v", f.number, protowire.ParseError(n))
		}
		b = b[n:]
		list = append(list, of(w))
	}
	return list, nil
}

func asInt64(w uint64) int64     { return int64(w) }
func asInt32(w uint64) int32     { return int32(w) }
func asUint64(w uint64) uint64   { return w }
func asFloat32(w uint64) float32 { return math.Float32frombits(uint32(w)) }
func asFloat64(w uint64) float64 { return math.Float64frombits(w) }

func (r *reader) model(m *Model, f field) (err error) {
	switch f.number {
	case 1:
		m.IR = int64(f.word)
	case 2:
		m.Producer, err = r.text(f)
	case 3:
		m.ProducerVersion, err = r.text(f)
	case 4:
		m.Domain, err = r.text(f)
	case 5:
		m.Version = int64(f.word)
	case 6:
		m.Doc, err = r.text(f)
	case 7:
		if m.Graph != nil {
			return r.fail("a second graph")
		}
		m.Graph, err = r.graph(f, "graph")
	case 8:
		m.Opsets, err = r.opset(m.Opsets, f)
	case 14:
		m.Metadata, err = r.pair(m.Metadata, f)
	case 25:
		fn := &Function{}
		m.Functions = append(m.Functions, fn)
		err = r.sub(f, fmt.Sprintf("function[%d]", len(m.Functions)-1), func(f field) error { return r.function(fn, f) })
	}
	return err
}

func (r *reader) opset(list []Opset, f field) ([]Opset, error) {
	var o Opset
	err := r.sub(f, "opset_import", func(f field) (err error) {
		switch f.number {
		case 1:
			o.Domain, err = r.text(f)
		case 2:
			o.Version = int64(f.word)
		}
		return err
	})
	return append(list, o), err
}

func (r *reader) pair(list []Pair, f field) ([]Pair, error) {
	var p Pair
	err := r.sub(f, "entry", func(f field) (err error) {
		switch f.number {
		case 1:
			p.Key, err = r.text(f)
		case 2:
			p.Value, err = r.text(f)
		}
		return err
	})
	return append(list, p), err
}

func (r *reader) graph(f field, name string) (*Graph, error) {
	g := &Graph{}
	err := r.sub(f, name, func(f field) (err error) {
		switch f.number {
		case 1:
			var n *Node
			n, err = r.node(f, len(g.Nodes))
			g.Nodes = append(g.Nodes, n)
		case 2:
			g.Name, err = r.text(f)
		case 5:
			var t *Tensor
			t, err = r.tensor(f, fmt.Sprintf("initializer[%d]", len(g.Initializers)))
			g.Initializers = append(g.Initializers, t)
		case 10:
			g.Doc, err = r.text(f)
		case 11:
			g.Inputs, err = r.valueInfo(g.Inputs, f, "input")
		case 12:
			g.Outputs, err = r.valueInfo(g.Outputs, f, "output")
		case 13:
			g.Values, err = r.valueInfo(g.Values, f, "value_info")
		case 15:
			err = r.fail("sparse initializers are not supported")
		}
		return err
	})
	return g, err
}

func (r *reader) node(f field, i int) (*Node, error) {
	n := &Node{}
	err := r.sub(f, fmt.Sprintf("node[%d]", i), func(f field) (err error) {
		var s string
		switch f.number {
		case 1:
			s, err = r.text(f)
			n.Inputs = append(n.Inputs, s)
		case 2:
			s, err = r.text(f)
			n.Outputs = append(n.Outputs, s)
		case 3:
			n.Name, err = r.text(f)
		case 4:
			n.OpType, err = r.text(f)
		case 5:
			var a *Attribute
			a, err = r.attribute(f)
			n.Attributes = append(n.Attributes, a)
		case 6:
			n.Doc, err = r.text(f)
		case 7:
			n.Domain, err = r.text(f)
		case 8:
			n.Overload, err = r.text(f)
		}
		return err
	})
	return n, err
}

func (r *reader) attribute(f field) (*Attribute, error) {
	a := &Attribute{}
	err := r.sub(f, "attribute", func(f field) (err error) {
		switch f.number {
		case 1:
			a.Name, err = r.text(f)
		case 2:
			a.F = math.Float32frombits(uint32(f.word))
		case 3:
			a.I = int64(f.word)
		case 4:
			a.S = string(f.bytes)
		case 5:
			a.T, err = r.tensor(f, "tensor")
		case 6:
			a.G, err = r.graph(f, "graph")
		case 7:
			a.Floats, err = words(r, a.Floats, f, protowire.Fixed32Type, asFloat32)
		case 8:
			a.Ints, err = words(r, a.Ints, f, protowire.VarintType, asInt64)
		case 9:
			a.Strings = append(a.Strings, string(f.bytes))
		case 10:
			var t *Tensor
			t, err = r.tensor(f, "tensor")
			a.Tensors = append(a.Tensors, t)
		case 11:
			var g *Graph
			g, err = r.graph(f, "graph")
			a.Graphs = append(a.Graphs, g)
		case 20:
			a.Type = AttributeType(f.word)
		case 21:
			a.Reference, err = r.text(f)
		}
		return err
	})
	return a, err
}

func (r *reader) tensor(f field, name string) (*Tensor, error) {
	t := &Tensor{folder: r.folder}
	err := r.sub(f, name, func(f field) (err error) {
		switch f.number {
		case 1:
			t.Dims, err = words(r, t.Dims, f, protowire.VarintType, asInt64)
		case 2:
			t.Type = DType(f.word)
		case 3:
			err = r.fail("tensors in segments are not supported")
		case 4:
			t.Floats, err = words(r, t.Floats, f, protowire.Fixed32Type, asFloat32)
		case 5:
			t.Int32s, err = words(r, t.Int32s, f, protowire.VarintType, asInt32)
		case 6:
			t.Strings = append(t.Strings, string(f.bytes))
		case 7:
			t.Int64s, err = words(r, t.Int64s, f, protowire.VarintType, asInt64)
		case 8:
			t.Name, err = r.text(f)
		case 9:
			t.Raw, t.IsRaw = f.bytes, true
		case 10:
			t.Doubles, err = words(r, t.Doubles, f, protowire.Fixed64Type, asFloat64)
		case 11:
			t.Uint64s, err = words(r, t.Uint64s, f, protowire.VarintType, asUint64)
		case 12:
			t.Doc, err = r.text(f)
		case 13:
			t.External, err = r.pair(t.External, f)
		}
		return err
	})
	if err == nil {
		if bad := t.check(); bad != nil {
			return t, r.fail("%s: %v", name, bad)
		}
	}
	return t, err
}

func (r *reader) valueInfo(list []*ValueInfo, f field, name string) ([]*ValueInfo, error) {
	v := &ValueInfo{}
	err := r.sub(f, fmt.Sprintf("%s[%d]", name, len(list)), func(f field) (err error) {
		switch f.number {
		case 1:
			v.Name, err = r.text(f)
		case 2:
			err = r.sub(f, "type", func(f field) error { return r.typeOf(v, f) })
		}
		return err
	})
	return append(list, v), err
}

func (r *reader) typeOf(v *ValueInfo, f field) error {
	switch f.number {
	case 1:
		v.Kind = "tensor"
		return r.sub(f, "tensor_type", func(f field) error {
			switch f.number {
			case 1:
				v.Type = DType(f.word)
			case 2:
				v.Known = true
				return r.sub(f, "shape", func(f field) error { return r.dim(v, f) })
			}
			return nil
		})
	case 4:
		v.Kind = "sequence"
	case 5:
		v.Kind = "map"
	case 8:
		v.Kind = "sparse tensor"
	case 9:
		v.Kind = "optional"
	}
	return nil
}

func (r *reader) dim(v *ValueInfo, f field) error {
	if f.number != 1 {
		return nil
	}
	d := Dim{Size: -1}
	err := r.sub(f, "dim", func(f field) (err error) {
		switch f.number {
		case 1:
			d.Size = int64(f.word)
		case 2:
			d.Name, err = r.text(f)
		}
		return err
	})
	v.Shape = append(v.Shape, d)
	return err
}

func (r *reader) function(fn *Function, f field) (err error) {
	var s string
	switch f.number {
	case 1:
		fn.Name, err = r.text(f)
	case 4:
		s, err = r.text(f)
		fn.Inputs = append(fn.Inputs, s)
	case 5:
		s, err = r.text(f)
		fn.Outputs = append(fn.Outputs, s)
	case 6:
		s, err = r.text(f)
		fn.Required = append(fn.Required, s)
	case 7:
		var n *Node
		n, err = r.node(f, len(fn.Nodes))
		fn.Nodes = append(fn.Nodes, n)
	case 9:
		fn.Opsets, err = r.opset(fn.Opsets, f)
	case 10:
		fn.Domain, err = r.text(f)
	case 11:
		var a *Attribute
		a, err = r.attribute(f)
		fn.Defaults = append(fn.Defaults, a)
	case 13:
		fn.Overload, err = r.text(f)
	}
	return err
}
