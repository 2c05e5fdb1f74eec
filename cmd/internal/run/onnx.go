package run

import (
	"math/rand/v2"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/onnx"
)

// IsONNX reports whether the user means an ONNX file by name.
func IsONNX(name string) bool { return strings.EqualFold(filepath.Ext(name), ".onnx") }

// imported returns the network of an ONNX file as a model to look at.
func imported(path string) (Model, error) {
	m, err := onnx.Open(path)
	if err != nil {
		return Model{}, err
	}
	return Model{
		About: "the network in " + path,
		Build: func(g *graph.Graph, batch int) Built {
			built, err := BuildONNX(g, m, batch)
			if err != nil {
				g.Scope().Fail(errors.Wrap(err, path))
			}
			return built
		},
	}, nil
}

// BuildONNX builds an imported network at a batch size: the first size of inputs
// that the file leaves free. Other free sizes are refused.
func BuildONNX(g *graph.Graph, m *onnx.Model, batch int) (Built, error) {
	var b Built
	inputs := map[string]*graph.Node{}
	for _, p := range m.Inputs() {
		shape := make([]int, len(p.Shape))
		for i, d := range p.Shape {
			switch {
			case d >= 0:
				shape[i] = d
			case i == 0:
				shape[i] = batch
			default:
				return b, errors.Errorf("input %s: size %d is free, expected the batch size alone to be", p, i)
			}
		}
		x := g.Input(p.Name, shape...)
		inputs[p.Name] = x
		b.Inputs = append(b.Inputs, x)
	}
	out, err := m.Build(g.Scope(), onnx.BuildOpts{}, inputs)
	if err != nil {
		return b, err
	}
	b.Output, b.Others = out[0], out[1:]
	b.Feed = func(r *rand.Rand) []graph.Feed {
		var feeds []graph.Feed
		for _, x := range b.Inputs {
			values := make([]float32, x.Len())
			for i := range values {
				values[i] = r.Float32()
			}
			feeds = append(feeds, x.Feed(values))
		}
		return feeds
	}
	return b, nil
}
