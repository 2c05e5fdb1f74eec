package graph_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

func TestStore_order(t *testing.T) {
	store := graph.NewStore(graph.Float32, 9)
	g := graph.New(store, graph.Train)
	lenet(g, 2)
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	var names []string
	for _, p := range store.Params() {
		name := p.Name()
		if p.IsBuffer() {
			name += "*"
		}
		names = append(names, name)
	}
	const want = "conv1.weight conv1.bias conv2.weight conv2.bias bn.weight bn.bias bn.running_mean* bn.running_var* " +
		"fc1.weight fc1.bias fc2.weight fc2.bias fc3.weight fc3.bias"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	p := store.Param("conv2.weight")
	if !slices.Equal(p.Shape(), []int{16, 6, 5, 5}) || p.Len() != 16*6*25 || store.Param("conv2") != nil || store.Seed() != 9 || store.DType() != graph.Float32 {
		t.Errorf("shape %v, %d elements", p.Shape(), p.Len())
	}
	if p.Float64s() != nil || len(p.Float32s()) != p.Len() || p.Value().Dtype().String() != "float32" {
		t.Error("the elements of a float32 parameter")
	}
}

// TestStore_seed: a parameter's numbers depend on the seed and its name, not on
// what is made before it.
func TestStore_seed(t *testing.T) {
	draw := func(seed uint64, names ...string) []float64 {
		store := graph.NewStore(graph.Float64, seed)
		s := graph.New(store, graph.Train).Scope()
		for _, name := range names {
			s.Param(name, nn.XavierNormal, 3, 4)
		}
		return store.Param("w").Values()
	}
	want := draw(1, "w")
	sameBits(t, "after another", draw(1, "v", "w"), want)
	if slices.Equal(draw(2, "w"), want) {
		t.Error("another seed gives the same numbers")
	}
	store := graph.NewStore(graph.Float64, 1)
	s := graph.New(store, graph.Train).Scope()
	s.Param("v", nn.XavierNormal, 3, 4)
	if slices.Equal(store.Param("v").Values(), want) {
		t.Error("another name gives the same numbers")
	}
	// float32 values are those of float64, rounded.
	narrow := graph.NewStore(graph.Float32, 1)
	graph.New(narrow, graph.Train).Scope().Param("w", nn.XavierNormal, 3, 4)
	for i, v := range narrow.Param("w").Values() {
		if v != float64(float32(want[i])) {
			t.Errorf("float32 element %d: %v, want %v rounded", i, v, want[i])
		}
	}
}

// TestStore_shares: the second graph finds what the first made; its own
// initialiser is not asked.
func TestStore_shares(t *testing.T) {
	store := graph.NewStore(graph.Float64, 1)
	graph.New(store, graph.Train).Scope().Param("w", graph.Constant(3), 2)
	g := graph.New(store, graph.Eval)
	w := g.Scope().Param("w", func(*rand.Rand, []int, []float64) { t.Error("initialised again") }, 2)
	prog := ran(t, compiled(t, g, nil, w.Scale(2)))
	_ = prog
	if err := store.Param("w").SetValues([]float64{5, 6}); err != nil {
		t.Fatal(err)
	}
	sum := w.Sum()
	if got := ran(t, compiled(t, g, nil, sum)).Scalar(sum); got != 11 {
		t.Errorf("sum %v, want 11", got)
	}
}

func TestStore_freeze(t *testing.T) {
	store := graph.NewStore(graph.Float64, 1)
	store.Freeze("features.0")
	store.Freeze("head.")
	for name, want := range map[string]bool{
		"features.0": true, "features.0.weight": true, "features.01": false, "features": false, "features.1.weight": false,
		"head": false, "head.weight": true, "": false,
	} {
		if got := store.Frozen(name); got != want {
			t.Errorf("Frozen(%q) = %t", name, got)
		}
	}
	g := graph.New(store, graph.Train)
	s := g.Scope()
	if !s.Training() || s.At("features.0.bn").Training() || !s.At("features").At("1").Training() || graph.New(store, graph.Eval).Scope().Training() {
		t.Error("Training of scopes")
	}
	if p := s.At("a").At("").At("b.c").Path(); p != "a.b.c" || s.At("a").Graph() != g || s.Path() != "" {
		t.Errorf("path %q", p)
	}
	store.Unfreeze()
	if store.Frozen("head.weight") {
		t.Error("frozen after Unfreeze")
	}
	for _, name := range []string{"layer1.bn.weight", "layer1.bn.running_mean", "layer2.conv.weight", "fc.weight"} {
		s.Param(name, nil, 2)
	}
	store.FreezeAllBut("layer2", "fc.")
	for name, want := range map[string]bool{"layer1.bn": true, "layer1.bn.weight": true, "layer1": false, "layer2.conv": false, "fc.weight": false} {
		if got := store.Frozen(name); got != want {
			t.Errorf("Frozen(%q) = %t", name, got)
		}
	}
}

func TestStore_sketch(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	store.Sketch()
	graph.New(store, graph.Eval).Scope().Param("w", func(*rand.Rand, []int, []float64) { t.Error("the initialiser was called") }, 3, 4)
	if p := store.Param("w"); p.Len() != 12 || p.Values()[5] != 0 {
		t.Errorf("%d elements, %v", p.Len(), p.Values())
	}
}
