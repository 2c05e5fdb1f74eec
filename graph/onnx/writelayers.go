package onnx

import (
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/onnxfile"
)

// padding are the pads of all axes, those in front first.
func padding(o graph.Operation) []int {
	var before, after []int
	for _, p := range o.Pairs("pad") {
		before, after = append(before, p[0]), append(after, p[1])
	}
	return slices.Concat(before, after)
}

// layer writes what networks are made of.
func (w *writer) layer(o, o2 graph.Operation, in, out []string) error {
	switch o.Name {
	case "Conv":
		w.node("Conv", in, out, intsAttr("dilations", o.Ints("dilation")), intAttr("group", o.Int("groups")),
			intsAttr("kernel_shape", o.Ints("kernel")), intsAttr("pads", padding(o)), intsAttr("strides", o.Ints("stride")))
	case "ConvTranspose":
		w.node("ConvTranspose", in, out, intsAttr("dilations", o.Ints("dilation")), intAttr("group", o.Int("groups")),
			intsAttr("kernel_shape", o.Ints("kernel")), intsAttr("output_padding", o.Ints("output_pad")), intsAttr("pads", padding(o)), intsAttr("strides", o.Ints("stride")))
	case "MaxPool":
		w.node("MaxPool", in, out, intAttr("ceil_mode", flag(o.Bool("ceil"))), intsAttr("kernel_shape", o.Ints("kernel")),
			intsAttr("pads", padding(o)), intsAttr("strides", o.Ints("stride")))
	case "AvgPool":
		w.node("AveragePool", in, out, intAttr("ceil_mode", flag(o.Bool("ceil"))), intAttr("count_include_pad", flag(o.Bool("count_pad"))),
			intsAttr("kernel_shape", o.Ints("kernel")), intsAttr("pads", padding(o)), intsAttr("strides", o.Ints("stride")))
	case "AdaptiveAvgPool":
		shape, size := o.Inputs[0].Shape, o.Ints("size")
		rows := w.table(means(shape[2], size[0]), size[0], shape[2])
		columns := w.once("Transpose", []string{w.table(means(shape[3], size[1]), size[1], shape[3])}, intsAttr("perm", []int{1, 0}))
		w.node("MatMul", []string{rows, w.make("MatMul", []string{in[0], columns})}, out)
	case "BatchNormStatistics": // written with the normalisation that reads them
	case "BatchNorm":
		if o.Bool("batch_statistics") {
			return w.instanceNorm(o, out)
		}
		w.node("BatchNormalization", []string{in[0], in[3], in[4], in[1], in[2]}, out, floatAttr("epsilon", o.Float("epsilon")))
	case "ResizeNearest":
		return w.resize(o, in, out)
	case "LSTM", "GRU", "RNN":
		return w.recurrent(o, in)
	case "LengthMask":
		steps := make([]int, o.Int("steps"))
		for i := range steps {
			steps[i] = i
		}
		at, axis := w.list(steps...), 1
		if o.Bool("time_first") {
			at, axis = w.make("Unsqueeze", []string{at, w.list(1)}), 0
		}
		less := w.make("Less", []string{at, w.make("Unsqueeze", []string{in[0], w.list(axis)})})
		w.node("Cast", []string{less}, out, intAttr("to", int(onnxfile.Float32)))
	case "MaskedSoftmax":
		mask := in[1]
		if len(o.Inputs[0].Shape) == 3 {
			mask = w.once("Unsqueeze", []string{mask, w.list(1)})
		}
		seen := w.once("Cast", []string{mask}, intAttr("to", int(onnxfile.Bool)))
		scores := w.make("Where", []string{seen, in[0], w.scalar(-3e38)})
		w.node("Mul", []string{w.make("Softmax", []string{scores}, intAttr("axis", -1)), w.once("Cast", []string{seen}, intAttr("to", int(onnxfile.Float32)))}, out)
	case "AdditiveScore":
		p := w.make("Unsqueeze", []string{in[0], w.list(2)})
		q := w.once("Unsqueeze", []string{in[1], w.list(1)})
		w.node("MatMul", []string{w.make("Tanh", []string{w.make("Add", []string{p, q})}), in[2]}, out)
	case "RoIPool":
		w.node("MaxRoiPool", in, out, intsAttr("pooled_shape", []int{o.Int("height"), o.Int("width")}), floatAttr("spatial_scale", o.Float("scale")))
	case "Pick":
		return w.pick(o, o2, in, out)
	case "Combine":
		return w.combine(o, in, out)
	default:
		return errors.Wrapf(ErrUnsupported, "operation %s in ONNX", o.Name)
	}
	return nil
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// means is the matrix [to, from] that averages over windows as
// AdaptiveAvgPool2d has them.
func means(from, to int) []float64 {
	m := make([]float64, to*from)
	for i := range to {
		lo, hi := i*from/to, ((i+1)*from+to-1)/to
		for k := lo; k < hi; k++ {
			m[i*from+k] = 1 / float64(hi-lo)
		}
	}
	return m
}

// instanceNorm recognises the normalisation of each picture's channels, which
// is a batch normalisation of all as the channels of one.
func (w *writer) instanceNorm(o graph.Operation, out []string) error {
	x, gamma, beta := o.Inputs[0], o.Inputs[2], o.Inputs[3]
	flat, g, b := w.makers[x.ID], w.makers[gamma.ID], w.makers[beta.ID]
	if len(x.Shape) < 3 || x.Shape[0] != 1 || flat.Name != "Reshape" || len(flat.Inputs[0].Shape) != len(x.Shape) ||
		!repeats(g, flat.Inputs[0].Shape[0]) || !repeats(b, flat.Inputs[0].Shape[0]) {
		return errors.Wrap(ErrUnsupported, "batch normalisation by the batch's own statistics in ONNX")
	}
	y := w.make("InstanceNormalization", []string{w.names[flat.Inputs[0].ID], w.names[g.Inputs[0].ID], w.names[b.Inputs[0].ID]}, floatAttr("epsilon", o.Float("epsilon")))
	to := slices.Clone(x.Shape)
	if w.free {
		to[1] = -1
	}
	w.node("Reshape", []string{y, w.list(to...)}, out)
	return nil
}

// repeats reports whether an operation joins one value n times.
func repeats(o graph.Operation, n int) bool {
	return o.Name == "Concat" && len(o.Inputs) == n && !slices.ContainsFunc(o.Inputs, func(v graph.Value) bool { return v.ID != o.Inputs[0].ID })
}

func (w *writer) resize(o graph.Operation, in, out []string) error {
	from, to := o.Inputs[0].Shape, o.Outputs[0].Shape
	scales := []float64{1, 1}
	for i := 2; i < len(from); i++ {
		if to[i]%from[i] != 0 && from[i]%to[i] != 0 {
			return errors.Wrapf(ErrUnsupported, "ResizeNearest from %d to %d in ONNX, expected a whole factor", from[i], to[i])
		}
		scales = append(scales, float64(to[i])/float64(from[i]))
	}
	w.node("Resize", []string{in[0], "", w.table(scales, len(scales))}, out,
		textAttr("coordinate_transformation_mode", "asymmetric"), textAttr("mode", "nearest"), textAttr("nearest_mode", "floor"))
	return nil
}

// recurrent writes a layer with its weights in ONNX's order of gates.
func (w *writer) recurrent(o graph.Operation, in []string) error {
	hidden, dirs := o.Int("hidden"), o.Int("directions")
	gates := map[string][]int{"LSTM": {0, 3, 1, 2}, "GRU": {1, 0, 2}, "RNN": {0}}[o.Name]
	var rows []int
	for _, g := range gates {
		for i := range hidden {
			rows = append(rows, g*hidden+i)
		}
	}
	ordered := func(name string) string {
		if len(gates) == 1 {
			return name
		}
		return w.once("Gather", []string{name, w.list(rows...)}, intAttr("axis", 0))
	}
	next := 1
	var ih, hh, biases []string
	for range dirs {
		ih = append(ih, w.once("Unsqueeze", []string{ordered(in[next]), w.list(0)}))
		hh = append(hh, w.once("Unsqueeze", []string{ordered(in[next+1]), w.list(0)}))
		next += 2
		if o.Bool("bias") {
			both := w.once("Concat", []string{ordered(in[next]), ordered(in[next+1])}, intAttr("axis", 0))
			biases = append(biases, w.once("Unsqueeze", []string{both, w.list(0)}))
			next += 2
		}
	}
	stacked := func(list []string) string {
		switch len(list) {
		case 0:
			return ""
		case 1:
			return list[0]
		}
		return w.once("Concat", list, intAttr("axis", 0))
	}
	operands := []string{in[0], stacked(ih), stacked(hh), stacked(biases), "", "", ""}
	if o.Bool("first_state") {
		operands[5] = in[next]
		next++
	}
	if o.Bool("first_cell") {
		operands[6] = in[next]
		next++
	}
	if o.Bool("lengths") {
		operands[4] = w.once("Cast", []string{in[next]}, intAttr("to", int(onnxfile.Int32)))
	}
	for len(operands) > 3 && operands[len(operands)-1] == "" {
		operands = operands[:len(operands)-1]
	}
	attributes := []*onnxfile.Attribute{intAttr("hidden_size", hidden)}
	if dirs == 2 {
		attributes = append(attributes, textAttr("direction", "bidirectional"))
	}
	if o.Name == "GRU" {
		attributes = append(attributes, intAttr("linear_before_reset", 1))
	}
	results := []string{"", "", ""}[:2]
	if o.Name == "LSTM" {
		results = []string{"", "", ""}
	}
	for _, v := range o.Outputs {
		k := 0
		switch {
		case strings.HasSuffix(v.Name, " last cell state"):
			k = 2
		case strings.HasSuffix(v.Name, " last state"):
			k = 1
		}
		name := w.names[v.ID]
		if k > 0 {
			if results[k] != "" {
				defer func() { w.node("Identity", []string{results[k]}, []string{name}) }()
			} else {
				results[k] = name
			}
			continue
		}
		if results[0] == "" {
			results[0] = w.fresh(name + "_directions")
		}
		y := results[0]
		defer func() { // [T, D, N, H] → [T, N, D·H]
			if dirs == 1 {
				w.node("Squeeze", []string{y, w.list(1)}, []string{name})
				return
			}
			w.node("Reshape", []string{w.make("Transpose", []string{y}, intsAttr("perm", []int{0, 2, 1, 3})), w.list(0, 0, dirs*hidden)}, []string{name})
		}()
	}
	for len(results) > 0 && results[len(results)-1] == "" {
		results = results[:len(results)-1]
	}
	w.node(o.Name, operands, results, attributes...)
	return nil
}

// pick takes elements of the input as one row.
func (w *writer) pick(o, o2 graph.Operation, in, out []string) error {
	places := o.Ints("places")
	if !slices.Equal(places, o2.Ints("places")) {
		return errors.Wrap(ErrBatch, "elements taken by their places")
	}
	shape := o.Outputs[0].Shape
	row := w.make("Reshape", []string{in[0], w.list(-1)})
	if slices.Contains(places, -1) {
		row = w.make("Concat", []string{row, w.table([]float64{o.Float("fill")}, 1)}, intAttr("axis", 0))
		size := 1
		for _, d := range o.Inputs[0].Shape {
			size *= d
		}
		places = slices.Clone(places)
		for i, p := range places {
			if p < 0 {
				places[i] = size
			}
		}
	}
	w.node("Reshape", []string{w.make("Gather", []string{row, w.list(places...)}, intAttr("axis", 0)), w.list(shape...)}, out)
	return nil
}

// combine is a product with the matrix of the weights.
func (w *writer) combine(o graph.Operation, in, out []string) error {
	axis := o.Int("axis")
	n, m := o.Inputs[0].Shape[axis], o.Outputs[0].Shape[axis]
	matrix := make([]float64, n*m)
	weights, _ := o.Attribute("weights").([]float64)
	for i, v := range weights {
		matrix[o.Ints("from")[i]*m+o.Ints("to")[i]] += v
	}
	perm := make([]int, len(o.Inputs[0].Shape))
	for i := range perm {
		perm[i] = i
	}
	last := len(perm) - 1
	perm[axis], perm[last] = last, axis
	if axis == last {
		w.node("MatMul", []string{in[0], w.table(matrix, n, m)}, out)
		return nil
	}
	y := w.make("MatMul", []string{w.make("Transpose", in, intsAttr("perm", perm)), w.table(matrix, n, m)})
	w.node("Transpose", []string{y}, out, intsAttr("perm", perm))
	return nil
}
