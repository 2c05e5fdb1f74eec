package explain_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/explain"
)

func picture(n int) []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

func resNet(s graph.Scope) explain.Network { return zoo.NewCIFARResNet(s, 3, 4, 1, 5, zoo.Pad) }

// TestGradCAM: behind global averages and a linear layer the gradient by a map is
// its weight over the number of its elements.
func TestGradCAM(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	v, err := explain.Look(store, resNet, picture(3*16*16), []int{3, 16, 16})
	if err != nil {
		t.Fatal(err)
	}
	if v.Last.Shape != [3]int{16, 4, 4} || len(v.Logits) != 5 {
		t.Fatalf("maps %v, %d logits", v.Last.Shape, len(v.Logits))
	}
	weight := store.Param("fc.weight").Float32s()
	for class := range 5 {
		heat, err := v.GradCAM(class)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 16 {
			want := 0.0
			for k := range 16 {
				want += float64(weight[class*16+k]) / 16 * float64(v.Last.Values[k*16+i])
			}
			if want = max(0, want); math.Abs(want-float64(heat[i])) > 1e-5 { // of float32 sums
				t.Errorf("class %d, place %d: %g, want %g", class, i, heat[i], want)
			}
		}
	}
	if _, err := v.GradCAM(5); err == nil || !strings.Contains(err.Error(), "class 5, expected 0 to 4") {
		t.Errorf("error %v", err)
	}
}

// TestLook: the stages of a residual network, and the logits as Forward has them.
func TestLook(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	x := picture(3 * 16 * 16)
	v, err := explain.Look(store, resNet, x, []int{3, 16, 16})
	if err != nil {
		t.Fatal(err)
	}
	var shapes [][3]int
	for _, m := range v.Stages {
		shapes = append(shapes, m.Shape)
		if m.Layer != "ReLU" || len(m.Values) != m.Shape[0]*m.Shape[1]*m.Shape[2] {
			t.Errorf("%s, %d values of %v", m.Layer, len(m.Values), m.Shape)
		}
	}
	if want := [][3]int{{4, 16, 16}, {8, 8, 8}, {16, 4, 4}}; fmt.Sprint(shapes) != fmt.Sprint(want) {
		t.Errorf("stages %v, want %v", shapes, want)
	}
	g := graph.New(store, graph.Eval)
	in := g.Input("x", 1, 3, 16, 16)
	y := zoo.NewCIFARResNet(g.Scope(), 3, 4, 1, 5, zoo.Pad).Forward(in)
	prog, err := g.Compile(nil, y)
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(in.Feed(x)); err != nil {
		t.Fatal(err)
	}
	for i, want := range prog.Float32s(y) {
		if math.Abs(float64(want-v.Logits[i])) > 1e-5 {
			t.Errorf("logit %d: %g, want %g", i, v.Logits[i], want)
		}
	}
	name, shape, values, err := explain.Filters(store)
	if err != nil || name != "conv1.weight" || shape != [4]int{4, 3, 3, 3} || len(values) != 108 {
		t.Errorf("filters %s %v, %v", name, shape, err)
	}
}

// flat has no maps.
type flat struct{ fc *nn.Linear }

func (f flat) Features(x *graph.Node) *graph.Node { return x.Flatten() }
func (f flat) Head(x *graph.Node) *graph.Node     { return f.fc.Forward(x) }

func TestLook_refuses(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	_, err := explain.Look(store, func(s graph.Scope) explain.Network { return flat{nn.NewLinear(s, 12, 2)} }, picture(12), []int{3, 2, 2})
	if err == nil || !strings.Contains(err.Error(), "expected maps [N, C, H, W]") {
		t.Errorf("error %v", err)
	}
	if _, err := explain.Look(store, resNet, picture(5), []int{3, 16, 16}); err == nil {
		t.Error("no error for a picture of another size")
	}
	if _, _, _, err := explain.Filters(graph.NewStore(graph.Float32, 1)); err == nil || !strings.Contains(err.Error(), "no convolution") {
		t.Errorf("error %v", err)
	}
}

// A network looks at a picture; where it sees class 2 is a map of 2×2 places.
func Example() {
	store := graph.NewStore(graph.Float32, 1)
	build := func(s graph.Scope) explain.Network { return zoo.NewCIFARResNet(s, 3, 4, 1, 5, zoo.Pad) }
	view, err := explain.Look(store, build, make([]float32, 3*8*8), []int{3, 8, 8})
	if err != nil {
		fmt.Println(err)
		return
	}
	heat, err := view.GradCAM(2)
	fmt.Println(len(view.Logits), view.Last.Shape, len(heat), err)
	// Output: 5 [16 2 2] 4 <nil>
}
