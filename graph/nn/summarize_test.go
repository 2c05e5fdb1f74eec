package nn_test

import (
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

func TestSummarize(t *testing.T) {
	model := func(s graph.Scope) nn.Layer {
		return nn.Sequential{nn.NewLinear(s.At("fc1"), 20, 8), nn.Func((*graph.Node).ReLU), nn.NewLinear(s.At("fc2"), 8, 3)}
	}
	s, err := nn.Summarize(model, 5, 20)
	if err != nil || s.Parameters() != 21*8+9*3 || len(s.Layers) != 3 || s.Layers[2].Name != "fc2" {
		t.Errorf("%v, %v", s, err)
	}
	if _, err := nn.Summarize(model, 5, 21); err == nil || !strings.Contains(err.Error(), "fc1.weight(8, 20)") {
		t.Errorf("an input that does not fit: %v", err)
	}
}
