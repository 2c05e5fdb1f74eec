package catalog

import (
	"bytes"
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/graph/onnx"
	"github.com/hocsau/hocsau/zoo/card"
)

// Imported is the name of the model whose network comes from an ONNX file.
const Imported = "onnx"

// importedEntry is a classifier whose network the card has.
func importedEntry() Entry {
	e := coloured(Imported, "the network of an ONNX file, with a new last layer", 224, "head", "")
	e.Section = "3.3.1"
	e.Late, e.Rename = nil, nil
	e.Data = []string{"folder", "shapes", "cifar10"}
	e.Recipe = Recipe{Epochs: 6, Batch: 32, Solver: "adam", Rate: 1e-3}
	e.Layer = plain(func(s graph.Scope, c *card.Card) nn.Layer { return newImported(s, c) })
	return e
}

// imported is a network from an ONNX file.
type imported struct {
	s    graph.Scope
	card *card.Card
	m    *onnx.Model
	err  error
}

func newImported(s graph.Scope, c *card.Card) *imported {
	n := &imported{s: s, card: c}
	if len(c.Network) == 0 {
		n.err = errors.Errorf("model %s has no network of its own: expected --weights with an ONNX file", Imported)
		s.Fail(n.err)
		return n
	}
	if n.m, n.err = onnx.Read(c.Network, ""); n.err != nil {
		s.Fail(n.err)
	}
	return n
}

// Forward returns the logits [N, classes] of x [N, C, H, W]. A network that ends in
// probabilities gives their logarithms.
func (n *imported) Forward(x *graph.Node) *graph.Node {
	if n.card.NewHead {
		return n.Head(n.Features(x))
	}
	y := n.build(x, onnx.BuildOpts{})
	if n.err == nil && n.m.Ends() == "Softmax" {
		return y.Log()
	}
	return y
}

// Features returns what the layers below the last make of x: [N, F].
func (n *imported) Features(x *graph.Node) *graph.Node {
	return n.build(x, onnx.BuildOpts{Features: true})
}

// Head returns the logits of features f: W·(f − mean)·scale + b. What mean and
// scale bring features to are those of the first examples, see [Calibrate]:
// features that hardly differ beside their mean would be learnt from slowly.
func (n *imported) Head(features *graph.Node) *graph.Node {
	if features.Rank() != 2 {
		return features
	}
	inputs, classes := features.Dim(1), len(n.card.Classes)
	bound := 1 / math.Sqrt(float64(inputs))
	uniform := func(r *rand.Rand, _ []int, values []float64) {
		for i := range values {
			values[i] = (2*r.Float64() - 1) * bound
		}
	}
	h := n.s.At("head")
	mean, scale := h.Buffer("mean", graph.Constant(0), inputs), h.Buffer("scale", graph.Constant(1), inputs)
	features = features.Sub(mean.Reshape(1, inputs)).Mul(scale.Reshape(1, inputs))
	return features.Linear(h.Param("weight", uniform, classes, inputs), h.Param("bias", uniform, classes))
}

func (n *imported) build(x *graph.Node, o onnx.BuildOpts) *graph.Node {
	if n.err != nil {
		return x.Fail(n.err)
	}
	inputs := n.m.Inputs()
	if len(inputs) != 1 {
		return x.Fail(errors.Errorf("an imported network with %d inputs, expected a picture alone", len(inputs)))
	}
	out, err := n.m.Build(n.s, o, map[string]*graph.Node{inputs[0].Name: x})
	if err != nil {
		return x.Fail(err)
	}
	if out[0].Rank() > 2 {
		return out[0].Flatten()
	}
	return out[0]
}

// Calibrate sets the mean and scale of a new last layer in the store by features
// x [N·F]: to a mean of 0 and a deviation of 1. Features that do not differ but
// for rounding stay at 0.
func Calibrate(store *graph.Store, x []float32) error {
	mean, scale := store.Param("head.mean"), store.Param("head.scale")
	if mean == nil || scale == nil || len(x) == 0 || len(x)%mean.Len() != 0 {
		return errors.Errorf("calibrate: %d features, expected some for a new last layer", len(x))
	}
	f := mean.Len()
	n := len(x) / f
	means, scales := make([]float64, f), make([]float64, f)
	for j := range f {
		sum, squares := 0.0, 0.0
		for i := range n {
			sum += float64(x[i*f+j])
		}
		m := sum / float64(n)
		for i := range n {
			d := float64(x[i*f+j]) - m
			squares += d * d
		}
		const rounding = 1e-6
		deviation := math.Sqrt(squares / float64(n))
		if means[j] = m; deviation > rounding*math.Abs(m) {
			scales[j] = 1 / deviation
		}
	}
	if err := mean.SetValues(means); err != nil {
		return err
	}
	return scale.SetValues(scales)
}

// ImportedCard returns the card of the network in an ONNX file: that of its
// metadata where hocsau wrote it, else one for pictures of the file's size, or of
// 224×224 where it leaves that free, with ImageNet's normalisation. Its classes
// are to be filled in; Outputs tells how many the network has.
func ImportedCard(m *onnx.Model) (*card.Card, error) {
	ports := m.Inputs()
	if len(ports) != 1 || len(ports[0].Shape) != 4 || ports[0].Type != "float" {
		return nil, errors.Errorf("an ONNX network with inputs %v, expected one of pictures, float[N, C, H, W]", ports)
	}
	var structure bytes.Buffer
	if err := m.WriteStructure(&structure); err != nil {
		return nil, err
	}
	s := ports[0].Shape
	channels, side := s[1], s[2]
	if channels < 0 {
		channels = 3
	}
	if side < 0 {
		side = 224
	}
	c := card.New(Imported, card.Classify, "")
	in := ImageNet(side)
	in.Fit = card.Crop
	if in.Shape[0] = channels; s[3] > 0 {
		in.Shape[2] = s[3]
	}
	if channels != 3 {
		in.Mean, in.Std = nil, nil
	}
	if text := m.Metadata()[MetadataCard]; text != "" {
		own, err := card.Parse([]byte(text))
		if err != nil {
			return nil, errors.Wrap(err, "the metadata of the ONNX file")
		}
		if own.Task == card.Classify && own.Input != nil {
			in = *own.Input
			c.Classes, c.Familiar = own.Classes, own.Familiar
		}
	}
	c.Input, c.Network = &in, structure.Bytes()
	return c, nil
}

// MetadataCard is the key of the card in the metadata of an ONNX file.
const MetadataCard = "hocsau.card"

// ImportedOutputs returns how many numbers the network of the card gives for a
// picture.
func ImportedOutputs(c *card.Card) (int, error) {
	store := graph.NewStore(graph.Float32, 1)
	store.Sketch()
	g := graph.New(store, graph.Eval)
	y := newImported(g.Scope(), c).Forward(g.Input("x", append([]int{1}, c.Input.Shape...)...))
	if err := g.Err(); err != nil {
		return 0, err
	}
	if y.Rank() != 2 {
		return 0, errors.Errorf("an ONNX network with an output of shape %v, expected [N, classes]", y.Shape())
	}
	return y.Dim(1), nil
}
