package train

import (
	"math"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers"
)

// TestFeatures: the head trained on kept features ends with the weights of the
// head trained above the frozen trunk.
func TestFeatures(t *testing.T) {
	trunk := func(s graph.Scope) nn.Layer {
		return nn.Sequential{nn.NewLinear(s.At("fc1"), features, 16), nn.NewBatchNorm(s.At("bn"), 16, nn.BatchNormOpts{}), nn.Func((*graph.Node).ReLU)}
	}
	head := func(s graph.Scope) nn.Layer { return nn.NewLinear(s.At("fc2"), 16, classes) }
	whole := func(s graph.Scope) nn.Layer { return nn.Sequential{trunk(s), head(s)} }
	data := points(70, 1)
	fit := func(cached bool) *graph.Store {
		store := graph.NewStore(graph.Float32, 5)
		if err := graphOf(store, whole); err != nil {
			t.Fatal(err)
		}
		store.FreezeAllBut("fc2")
		model, set := whole, data
		if cached {
			f, err := Features(store, trunk, data)
			if err != nil {
				t.Fatal(err)
			}
			if f.Len() != data.Len() || f.Shape()[0] != 16 {
				t.Fatalf("%d features of shape %v", f.Len(), f.Shape())
			}
			model, set = head, f
		}
		c, err := NewClassifier(store, model, set, nil, ClassifierOpts{Batch: 16, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		loop := &Loop{Task: c, Solver: solvers.NewAdam(1e-2), Epochs: 3}
		for loop.Next(t.Context()) {
		}
		if err := loop.Err(); err != nil {
			t.Fatal(err)
		}
		c.Close()
		return store
	}
	a, b := fit(false), fit(true)
	for _, p := range a.Params() {
		for i, v := range p.Values() {
			if w := b.Param(p.Name()).Values()[i]; math.Abs(v-w) > 1e-5 { // fused differently, rounded differently
				t.Fatalf("%s[%d]: %g on features, %g above the trunk", p.Name(), i, w, v)
			}
		}
	}
}

func graphOf(store *graph.Store, model func(graph.Scope) nn.Layer) error {
	g := graph.New(store, graph.Eval)
	model(g.Scope()).Forward(g.Input("x", 1, features))
	return g.Err()
}

func TestFeatures_refuses(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	if _, err := Features(store, network, empty{points(3, 1)}); err == nil || !strings.Contains(err.Error(), "features: the data set is empty") {
		t.Errorf("error %v", err)
	}
}

// objective has a loss of its own: −Σ log p over all classes.
type objective struct{ nn.Layer }

func (o objective) Loss(x, labels *graph.Node) (loss, logits *graph.Node) {
	logits = o.Forward(x)
	return logits.LogSoftmax(1).Sum().Scale(-1), logits
}

func TestClassifier_ownLoss(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	c, err := NewClassifier(store, func(s graph.Scope) nn.Layer { return objective{nn.NewLinear(s.At("fc"), features, classes)} }, points(4, 1), nil, ClassifierOpts{Batch: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Begin(0, 0)
	prog, _, err := c.Step(0)
	if err != nil {
		t.Fatal(err)
	}
	least := 4 * classes * math.Log(classes) // of 4 examples, where all p are equal
	if l := prog.Loss(); l < least-1e-4 {
		t.Errorf("loss %g, want at least %g", l, least)
	}
}
