package zoo

import (
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// namedLayer is a layer with the name that papers give its output; "" where they
// give none.
type namedLayer struct {
	name  string // "conv1_1", "relu1_1", …, "pool1", …
	layer nn.Layer
}

// activations returns the activations of the named layers for x.
func activations(what string, layers []namedLayer, x *graph.Node, names []string) map[string]*graph.Node {
	byName := map[string]*graph.Node{}
	for _, l := range layers {
		x = l.layer.Forward(x)
		if l.name != "" && slices.Contains(names, l.name) {
			byName[l.name] = x
		}
	}
	for _, name := range names {
		if byName[name] == nil {
			byName[name] = x.Fail(unknownLayer(what, layers, name))
		}
	}
	return byName
}

// checkLayer makes it an error of the graph where no layer has that name.
func checkLayer(s graph.Scope, what string, layers []namedLayer, name string) {
	if !slices.Contains(layerNames(layers), name) {
		s.Fail(unknownLayer(what, layers, name))
	}
}

func unknownLayer(what string, layers []namedLayer, name string) error {
	return errors.Errorf("%s: no layer %q, expected one of %s", what, name, strings.Join(layerNames(layers), ", "))
}

func layerNames(layers []namedLayer) []string {
	var names []string
	for _, l := range layers {
		if l.name != "" {
			names = append(names, l.name)
		}
	}
	return names
}
