package onnx

import (
	stdbinary "encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/onnxfile"
)

// floats is a stored float32 tensor.
func floats(name string, values []float64, shape []int) *onnxfile.Tensor {
	t := &onnxfile.Tensor{Name: name, Type: onnxfile.Float32, IsRaw: true, Raw: make([]byte, 0, 4*len(values))}
	for _, d := range shape {
		t.Dims = append(t.Dims, int64(d))
	}
	for _, v := range values {
		t.Raw = stdbinary.LittleEndian.AppendUint32(t.Raw, math.Float32bits(float32(v)))
	}
	return t
}

// ints is a stored int64 tensor.
func ints(name string, values []int, shape ...int64) *onnxfile.Tensor {
	t := &onnxfile.Tensor{Name: name, Type: onnxfile.Int64, IsRaw: true, Dims: shape}
	for _, v := range values {
		t.Raw = stdbinary.LittleEndian.AppendUint64(t.Raw, uint64(v))
	}
	return t
}

func intAttr(name string, v int) *onnxfile.Attribute {
	return &onnxfile.Attribute{Name: name, Type: onnxfile.Int, I: int64(v)}
}

func floatAttr(name string, v float64) *onnxfile.Attribute {
	return &onnxfile.Attribute{Name: name, Type: onnxfile.Float, F: float32(v)}
}

func textAttr(name, v string) *onnxfile.Attribute {
	return &onnxfile.Attribute{Name: name, Type: onnxfile.String, S: v}
}

func intsAttr(name string, v []int) *onnxfile.Attribute {
	a := &onnxfile.Attribute{Name: name, Type: onnxfile.Ints}
	for _, x := range v {
		a.Ints = append(a.Ints, int64(x))
	}
	return a
}

// node adds a node.
func (w *writer) node(op string, in, out []string, attributes ...*onnxfile.Attribute) {
	w.out.Nodes = append(w.out.Nodes, &onnxfile.Node{
		Name: fmt.Sprintf("%s_%d", op, len(w.out.Nodes)), OpType: op, Inputs: in, Outputs: out, Attributes: attributes,
	})
}

// make adds a node and returns its only output.
func (w *writer) make(op string, in []string, attributes ...*onnxfile.Attribute) string {
	name := w.fresh(fmt.Sprintf("t%d", w.next()))
	w.node(op, in, []string{name}, attributes...)
	return name
}

// once is make for what several operations need.
func (w *writer) once(op string, in []string, attributes ...*onnxfile.Attribute) string {
	k := op + "\x00" + strings.Join(in, "\x00")
	for _, a := range attributes {
		k += fmt.Sprintf("\x00%s %v %v %v", a.Name, a.I, a.F, a.Ints)
	}
	if w.derived[k] == "" {
		w.derived[k] = w.make(op, in, attributes...)
	}
	return w.derived[k]
}

// scalar is a constant number.
func (w *writer) scalar(v float64) string {
	k := fmt.Sprintf("float %v", v)
	if w.derived[k] == "" {
		name := w.fresh(fmt.Sprintf("number%d", w.next()))
		w.out.Initializers = append(w.out.Initializers, floats(name, []float64{v}, nil))
		w.derived[k] = name
	}
	return w.derived[k]
}

// list is a constant list of integers.
func (w *writer) list(v ...int) string {
	k := fmt.Sprintf("ints %v", v)
	if w.derived[k] == "" {
		name := w.fresh(fmt.Sprintf("sizes%d", w.next()))
		w.out.Initializers = append(w.out.Initializers, ints(name, v, int64(len(v))))
		w.derived[k] = name
	}
	return w.derived[k]
}

// table is a constant array of floats.
func (w *writer) table(values []float64, shape ...int) string {
	k := fmt.Sprintf("table %v %v", shape, values)
	if w.derived[k] == "" {
		name := w.fresh(fmt.Sprintf("table%d", w.next()))
		w.out.Initializers = append(w.out.Initializers, floats(name, values, shape))
		w.derived[k] = name
	}
	return w.derived[k]
}

// batchSize is the batch size as a value [1].
func (w *writer) batchSize() (string, error) {
	if w.batch != "" {
		return w.batch, nil
	}
	for _, v := range w.a.Leaves {
		if v.Role != graph.Fed {
			continue
		}
		for i, d := range v.Shape {
			if d == smallBatch && w.second[v.ID].Shape[i] == largeBatch {
				shape := w.make("Shape", []string{w.names[v.ID]})
				w.batch = w.make("Gather", []string{shape, w.list(i)}, intAttr("axis", 0))
				return w.batch, nil
			}
		}
	}
	return "", errors.Wrap(ErrBatch, "no input has it")
}

// sizes is a list of sizes of which some may be multiples of the batch size.
func (w *writer) sizes(a, b []int) (string, error) {
	if slices.Equal(a, b) {
		return w.list(a...), nil
	}
	if len(a) != len(b) {
		return "", errors.Wrap(ErrBatch, "shapes of unequal rank")
	}
	var parts []string
	for i := range a {
		if a[i] == b[i] {
			parts = append(parts, w.list(a[i]))
			continue
		}
		if a[i]%smallBatch != 0 || a[i]/smallBatch*largeBatch != b[i] {
			return "", errors.Wrapf(ErrBatch, "a size of %d at %d, of %d at %d", a[i], smallBatch, b[i], largeBatch)
		}
		n, err := w.batchSize()
		if err != nil {
			return "", err
		}
		if k := a[i] / smallBatch; k > 1 {
			n = w.once("Mul", []string{n, w.list(k)})
		}
		parts = append(parts, n)
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return w.once("Concat", parts, intAttr("axis", 0)), nil
}

// plain are operations that are one operator without settings.
var plain = map[string]string{
	"Add": "Add", "Sub": "Sub", "Mul": "Mul", "Div": "Div", "Pow": "Pow", "Maximum": "Max", "Minimum": "Min",
	"Neg": "Neg", "Abs": "Abs", "Sqrt": "Sqrt", "Exp": "Exp", "Log": "Log", "Reciprocal": "Reciprocal", "Sign": "Sign",
	"ReLU": "Relu", "Sigmoid": "Sigmoid", "Tanh": "Tanh", "Softplus": "Softplus", "Erf": "Erf", "Sin": "Sin", "Cos": "Cos",
	"Floor": "Floor", "Ceil": "Ceil", "Round": "Round", "Detach": "Identity", "Copy": "Identity",
}

// comparisons are those whose truth values become 1 and 0.
var comparisons = map[string]string{"Eq": "Equal", "Ne": "Equal", "Lt": "Less", "Le": "LessOrEqual", "Gt": "Greater", "Ge": "GreaterOrEqual"}

// operation writes one operation; o2 is it at the other batch size.
func (w *writer) operation(o, o2 graph.Operation) error {
	in := make([]string, len(o.Inputs))
	for i, v := range o.Inputs {
		if in[i] = w.names[v.ID]; in[i] == "" {
			return errors.Errorf("operand %d has no name", i)
		}
	}
	out := make([]string, len(o.Outputs))
	for i, v := range o.Outputs {
		out[i] = w.names[v.ID]
	}
	if op, ok := plain[o.Name]; ok {
		w.node(op, in, out)
		return nil
	}
	if op, ok := comparisons[o.Name]; ok {
		truth := w.make(op, in)
		if o.Name == "Ne" {
			truth = w.make("Not", []string{truth})
		}
		w.node("Cast", []string{truth}, out, intAttr("to", int(onnxfile.Float32)))
		return nil
	}
	switch o.Name {
	case "Where":
		w.node("Where", append([]string{w.once("Cast", in[:1], intAttr("to", int(onnxfile.Bool)))}, in[1:]...), out)
	case "Square":
		w.node("Mul", []string{in[0], in[0]}, out)
	case "Scale":
		w.node("Mul", []string{in[0], w.scalar(o.Float("factor"))}, out)
	case "Shift":
		w.node("Add", []string{in[0], w.scalar(o.Float("term"))}, out)
	case "PowScalar":
		w.node("Pow", []string{in[0], w.scalar(o.Float("exponent"))}, out)
	case "Clamp":
		w.node("Clip", []string{in[0], w.scalar(o.Float("min")), w.scalar(o.Float("max"))}, out)
	case "LeakyReLU":
		w.node("LeakyRelu", in, out, floatAttr("alpha", o.Float("alpha")))
	case "ELU":
		w.node("Elu", in, out, floatAttr("alpha", o.Float("alpha")))
	case "LogSigmoid":
		w.node("Neg", []string{w.make("Softplus", []string{w.make("Neg", in)})}, out)
	case "GELU":
		e := w.make("Erf", []string{w.make("Mul", []string{in[0], w.scalar(1 / math.Sqrt2)})})
		half := w.make("Mul", []string{in[0], w.scalar(0.5)})
		w.node("Mul", []string{half, w.make("Add", []string{e, w.scalar(1)})}, out)
	case "Positive":
		w.node("Cast", []string{w.make("Greater", []string{in[0], w.scalar(0)})}, out, intAttr("to", int(onnxfile.Float32)))
	case "ReduceSum":
		w.node("ReduceSum", []string{in[0], w.list(o.Ints("axes")...)}, out, intAttr("keepdims", 0))
	case "ReduceMean", "ReduceMax", "ReduceMin":
		w.node(o.Name, in, out, intsAttr("axes", o.Ints("axes")), intAttr("keepdims", 0))
	case "Softmax", "LogSoftmax":
		w.node(o.Name, in, out, intAttr("axis", o.Int("axis")))
	case "Transpose":
		w.node("Transpose", in, out, intsAttr("perm", o.Ints("perm")))
	case "Concat":
		w.node("Concat", in, out, intAttr("axis", o.Int("axis")))
	case "Linear":
		w.node("Gemm", in, out, intAttr("transB", 1))
	case "MatMul":
		return w.matMul(o, in, out)
	case "Embedding":
		w.node("Gather", in, out, intAttr("axis", 0))
	case "Reshape":
		return w.reshape(o, in, out)
	case "Slice":
		return w.slice(o, o2, in, out)
	case "Pad":
		pads := make([]int, 2*len(o.Inputs[0].Shape))
		pads[o.Int("axis")], pads[len(pads)/2+o.Int("axis")] = o.Int("before"), o.Int("after")
		w.node("Pad", []string{in[0], w.list(pads...)}, out)
	case "Subsample":
		rank := len(o.Inputs[0].Shape)
		starts, ends, by, axes := make([]int, rank-2), make([]int, rank-2), make([]int, rank-2), make([]int, rank-2)
		for i := range starts {
			ends[i], by[i], axes[i] = math.MaxInt32, o.Int("stride"), 2+i
		}
		w.node("Slice", []string{in[0], w.list(starts...), w.list(ends...), w.list(axes...), w.list(by...)}, out)
	case "Zeros":
		s, err := w.sizes(o.Outputs[0].Shape, o2.Outputs[0].Shape)
		if err != nil {
			return err
		}
		w.node("ConstantOfShape", []string{s}, out)
	default:
		return w.layer(o, o2, in, out)
	}
	return nil
}

func (w *writer) matMul(o graph.Operation, in, out []string) error {
	for i, name := range []string{"transpose_a", "transpose_b"} {
		if !o.Bool(name) {
			continue
		}
		perm := []int{1, 0}
		if len(o.Inputs[i].Shape) == 3 {
			perm = []int{0, 2, 1}
		}
		in[i] = w.once("Transpose", in[i:i+1], intsAttr("perm", perm))
	}
	w.node("MatMul", in, out)
	return nil
}

// reshape leaves one size open where it depends on the batch size.
func (w *writer) reshape(o graph.Operation, in, out []string) error {
	v := o.Outputs[0]
	a, b := v.Shape, w.second[v.ID].Shape
	var open []int
	for i := range a {
		if a[i] != b[i] {
			open = append(open, i)
		}
	}
	if len(a) == 0 { // a scalar
		w.node("Reshape", []string{in[0], w.list()}, out)
		return nil
	}
	s := slices.Clone(a)
	if len(open) == 1 {
		s[open[0]] = -1
		w.node("Reshape", []string{in[0], w.list(s...)}, out)
		return nil
	}
	to, err := w.sizes(a, b)
	if err != nil {
		return err
	}
	w.node("Reshape", []string{in[0], to}, out)
	return nil
}

func (w *writer) slice(o, o2 graph.Operation, in, out []string) error {
	start, err := w.sizes([]int{o.Int("start")}, []int{o2.Int("start")})
	if err != nil {
		return err
	}
	end, err := w.sizes([]int{o.Int("end")}, []int{o2.Int("end")})
	if err != nil {
		return err
	}
	w.node("Slice", []string{in[0], start, end, w.list(o.Int("axis"))}, out)
	return nil
}
