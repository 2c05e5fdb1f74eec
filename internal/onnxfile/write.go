package onnxfile

import (
	"io"
	"math"

	"github.com/pkg/errors"
	"google.golang.org/protobuf/encoding/protowire"
)

// largestFile is what protobuf's readers take.
const largestFile = 1<<31 - 1

// Write writes the model.
func (m *Model) Write(w io.Writer) error {
	var b message
	b.int(1, m.IR)
	b.text(2, m.Producer)
	b.text(3, m.ProducerVersion)
	b.text(4, m.Domain)
	b.int(5, m.Version)
	b.text(6, m.Doc)
	b.message(7, m.Graph.message())
	for _, o := range m.Opsets {
		b.message(8, o.message())
	}
	for _, p := range m.Metadata {
		b.message(14, p.message())
	}
	for _, f := range m.Functions {
		b.message(25, f.message())
	}
	if len(b) > largestFile {
		return errors.Errorf("write ONNX: %d bytes, the format takes at most 2 GiB", len(b))
	}
	_, err := w.Write(b)
	return errors.Wrap(err, "write ONNX")
}

// message is the bytes of a message so far.
type message []byte

func (b *message) int(number protowire.Number, v int64) {
	if v != 0 {
		b.intAlways(number, v)
	}
}

func (b *message) intAlways(number protowire.Number, v int64) {
	*b = protowire.AppendVarint(protowire.AppendTag(*b, number, protowire.VarintType), uint64(v))
}

func (b *message) text(number protowire.Number, s string) {
	if s != "" {
		b.textAlways(number, s)
	}
}

func (b *message) textAlways(number protowire.Number, s string) {
	*b = protowire.AppendString(protowire.AppendTag(*b, number, protowire.BytesType), s)
}

func (b *message) message(number protowire.Number, sub message) {
	*b = protowire.AppendBytes(protowire.AppendTag(*b, number, protowire.BytesType), sub)
}

func (p Pair) message() (b message) {
	b.text(1, p.Key)
	b.text(2, p.Value)
	return b
}

func (g *Graph) message() (b message) {
	for _, n := range g.Nodes {
		b.message(1, n.message())
	}
	b.text(2, g.Name)
	for _, t := range g.Initializers {
		b.message(5, t.message())
	}
	b.text(10, g.Doc)
	for _, v := range g.Inputs {
		b.message(11, v.message())
	}
	for _, v := range g.Outputs {
		b.message(12, v.message())
	}
	for _, v := range g.Values {
		b.message(13, v.message())
	}
	return b
}

func (n *Node) message() (b message) {
	for _, s := range n.Inputs {
		b.textAlways(1, s)
	}
	for _, s := range n.Outputs {
		b.textAlways(2, s)
	}
	b.text(3, n.Name)
	b.text(4, n.OpType)
	for _, a := range n.Attributes {
		b.message(5, a.message())
	}
	b.text(6, n.Doc)
	b.text(7, n.Domain)
	b.text(8, n.Overload)
	return b
}

func (a *Attribute) message() (b message) {
	b.text(1, a.Name)
	switch a.Type {
	case Float:
		b = protowire.AppendFixed32(protowire.AppendTag(b, 2, protowire.Fixed32Type), math.Float32bits(a.F))
	case Int:
		b.intAlways(3, a.I)
	case String:
		b.textAlways(4, a.S)
	case Dense:
		b.message(5, a.T.message())
	case Sub:
		b.message(6, a.G.message())
	case Floats:
		for _, v := range a.Floats {
			b = protowire.AppendFixed32(protowire.AppendTag(b, 7, protowire.Fixed32Type), math.Float32bits(v))
		}
	case Ints:
		for _, v := range a.Ints {
			b.intAlways(8, v)
		}
	case Strings:
		for _, v := range a.Strings {
			b.textAlways(9, v)
		}
	}
	b.int(20, int64(a.Type))
	b.text(21, a.Reference)
	return b
}

// message has the elements in raw form, whatever form they were read in; those of
// another file are brought in by [Model.Embed] first.
func (t *Tensor) message() (b message) {
	for _, d := range t.Dims {
		b.intAlways(1, d)
	}
	b.int(2, int64(t.Type))
	if t.Type == Text {
		for _, s := range t.Strings {
			b.textAlways(6, s)
		}
		b.text(8, t.Name)
		return b
	}
	b.text(8, t.Name)
	if t.hollow() {
		b.message(13, Pair{"location", hollow}.message())
		b.int(14, 1)
		return b
	}
	b.message(9, message(t.packed()))
	return b
}

// packed returns the elements in raw form.
func (t *Tensor) packed() []byte {
	_, n, err := t.Shape()
	bits := t.Type.Bits()
	if err != nil || t.IsRaw || len(t.External) > 0 || bits == 0 || bits > 64 {
		return t.Raw
	}
	word, err := t.reader(n)
	if err != nil {
		return nil
	}
	raw := make([]byte, (n*bits+7)/8)
	for i := range n {
		w := word(i)
		if bits < 8 {
			raw[i*bits/8] |= byte(w << (i * bits % 8))
			continue
		}
		for k := range bits / 8 {
			raw[i*bits/8+k] = byte(w >> (8 * k))
		}
	}
	return raw
}

// Bytes returns the elements in raw form, little-endian.
func (t *Tensor) Bytes() ([]byte, error) {
	_, n, err := t.Shape()
	if err != nil || len(t.External) == 0 {
		return t.packed(), err
	}
	return t.bytes(n)
}

// hollow is the place of external data that a file is without.
const hollow = "without weights"

func (t *Tensor) hollow() bool { return len(t.External) == 1 && t.External[0].Value == hollow }

// Hollow reports whether the tensor stands in a file without weights.
func (t *Tensor) Hollow() bool { return t.hollow() }

// Empty takes the elements out: the tensor keeps name, shape and type.
func (t *Tensor) Empty() {
	t.Raw, t.IsRaw, t.Floats, t.Doubles, t.Int32s, t.Int64s, t.Uint64s = nil, false, nil, nil, nil, nil, nil
	t.External = []Pair{{"location", hollow}}
}

// Embed brings the elements of a tensor in that lie in another file.
func (t *Tensor) Embed() error {
	if len(t.External) == 0 || t.hollow() {
		return nil
	}
	_, n, err := t.Shape()
	if err != nil {
		return err
	}
	if t.Raw, err = t.bytes(n); err != nil {
		return err
	}
	t.IsRaw, t.External = true, nil
	return nil
}

func (f *Function) message() (b message) {
	b.text(1, f.Name)
	for _, s := range f.Inputs {
		b.textAlways(4, s)
	}
	for _, s := range f.Outputs {
		b.textAlways(5, s)
	}
	for _, s := range f.Required {
		b.textAlways(6, s)
	}
	for _, n := range f.Nodes {
		b.message(7, n.message())
	}
	for _, o := range f.Opsets {
		b.message(9, o.message())
	}
	b.text(10, f.Domain)
	for _, a := range f.Defaults {
		b.message(11, a.message())
	}
	b.text(13, f.Overload)
	return b
}

func (o Opset) message() (b message) {
	b.text(1, o.Domain)
	b.int(2, o.Version)
	return b
}

func (v *ValueInfo) message() (b message) {
	var shape message
	for _, d := range v.Shape {
		var dim message
		if d.Name != "" {
			dim.text(2, d.Name)
		} else if d.Size >= 0 {
			dim.intAlways(1, d.Size)
		}
		shape.message(1, dim)
	}
	if v.Kind == "" && v.Type == Undefined { // nothing is said
		b.text(1, v.Name)
		return b
	}
	var tensor, typ message
	tensor.int(1, int64(v.Type))
	if v.Known {
		tensor.message(2, shape)
	}
	typ.message(1, tensor)
	b.text(1, v.Name)
	b.message(2, typ)
	return b
}
