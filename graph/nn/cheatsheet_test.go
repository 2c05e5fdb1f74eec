package nn_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// The numbers of this file were worked out by hand.

// TestSection1_3_FilterDimensions: K filters of size F × F over C channels give
// a feature map O × O × K.
func TestSection1_3_FilterDimensions(t *testing.T) {
	g := newGraph(graph.Train)
	x := g.Input("x", 1, 3, 32, 32)
	c := nn.NewConv2d(g.Scope(), 3, 10, 5, nn.ConvOpts{Stride: 1})
	if y := c.Forward(x); !slices.Equal(y.Shape(), []int{1, 10, 28, 28}) || !slices.Equal(c.Weight.Shape(), []int{10, 3, 5, 5}) {
		t.Errorf("map %v, filters %v", y.Shape(), c.Weight.Shape())
	}
}

func TestSection1_3_SamePad(t *testing.T) {
	for _, c := range []struct{ input, filter, stride, dilation, start, end int }{
		{5, 3, 1, 1, 1, 1},
		{5, 4, 1, 1, 1, 2},
		{5, 3, 2, 1, 1, 1}, // 2·3 − 5 + 3 − 2 = 2
		{6, 3, 2, 1, 0, 1}, // 2·3 − 6 + 3 − 2 = 1
		{7, 7, 3, 1, 3, 3}, // 3·3 − 7 + 7 − 3 = 6
		{5, 1, 3, 1, 0, 0}, // 3·2 − 5 + 1 − 3 = −1
		{5, 3, 1, 2, 2, 2},
	} {
		if start, end := nn.SamePad(c.input, c.filter, c.stride, c.dilation); start != c.start || end != c.end {
			t.Errorf("%+v: %d and %d", c, start, end)
		}
	}
}

// TestSection1_3_Same: the output of mode Same is ⌈I/S⌉, in a convolution too,
// and its two paddings differ by one at most.
func TestSection1_3_Same(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i, f := rapid.IntRange(1, 20).Draw(t, "I"), rapid.IntRange(1, 7).Draw(t, "F")
		s, d := rapid.IntRange(1, 4).Draw(t, "S"), rapid.IntRange(1, 3).Draw(t, "D")
		start, end := nn.SamePad(i, f, s, d)
		if start < 0 || end-start < 0 || end-start > 1 {
			t.Fatalf("padding %d and %d", start, end)
		}
		g := newGraph(graph.Train)
		y := nn.NewConv1d(g.Scope(), 1, 1, f, nn.ConvOpts{Padding: nn.Same, Stride: s, Dilation: d}).Forward(g.Input("x", 1, 1, i))
		if g.Err() != nil || y.Dim(2) != (i+s-1)/s {
			t.Fatalf("size %v, want %d, error %v", y.Shape(), (i+s-1)/s, g.Err())
		}
	})
}

func TestSection1_3_Full(t *testing.T) {
	for start := range 4 {
		if s, e, err := nn.FullPad(4, start); s != start || e != 3 || err != nil {
			t.Errorf("start %d: %d, %d, %v", start, s, e, err)
		}
	}
	for _, start := range []int{-1, 4} {
		if _, _, err := nn.FullPad(4, start); err == nil || !strings.Contains(err.Error(), "expected 0 to 3 for filter 4") {
			t.Errorf("start %d: %v", start, err)
		}
	}
	for p, want := range map[nn.Padding]string{nn.Explicit: "explicit", nn.Valid: "valid", nn.Same: "same", nn.Full: "full"} {
		if p.String() != want {
			t.Errorf("%v, want %s", p, want)
		}
	}
}

func TestSection1_4_OutputSize(t *testing.T) {
	for _, c := range []struct{ input, filter, stride, start, end, want int }{
		{28, 5, 1, 2, 2, 28},
		{28, 5, 1, 0, 0, 24},
		{7, 3, 2, 0, 0, 3},
		{8, 3, 2, 0, 0, 3}, // the last column is dropped
		{8, 3, 2, 1, 0, 4},
		{224, 7, 2, 3, 3, 112},
		{3, 3, 5, 0, 0, 1},
	} {
		if got, err := nn.OutputSize(c.input, c.filter, c.stride, c.start, c.end); got != c.want || err != nil {
			t.Errorf("%+v: %d, %v", c, got, err)
		}
	}
	for _, c := range []struct {
		input, filter, stride, start, end int
		want                              string
	}{
		{4, 7, 1, 1, 1, "a filter of size 7 on an input of 4 padded by 1 and 1: expected at most 6"},
		{4, 0, 1, 0, 0, "output size of input 4, filter 0, stride 1, padding 0 and 0: expected positive sizes"},
		{0, 1, 1, 0, 0, "expected positive sizes"},
		{4, 1, 0, 0, 0, "expected positive sizes"},
		{4, 1, 1, -1, 0, "expected positive sizes"},
	} {
		if _, err := nn.OutputSize(c.input, c.filter, c.stride, c.start, c.end); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

func TestSection1_4_LayerParameters(t *testing.T) {
	if got := nn.ConvParameters(5, 3, 10); got != 760 { // (5·5·3 + 1)·10
		t.Errorf("convolution %d, want 760", got)
	}
	if got := nn.LinearParameters(400, 120); got != 48120 {
		t.Errorf("fully connected %d, want 48120", got)
	}
}

func TestSection1_4_ReceptiveField(t *testing.T) {
	// F = 3, 3, 3 with strides 1, 2, 1: 1 + 2, + 2·1, + 2·1·2.
	got, err := nn.ReceptiveField([]int{3, 3, 3}, []int{1, 2, 1})
	if err != nil || !slices.Equal(got, []int{3, 5, 9}) {
		t.Errorf("%v, %v, want [3 5 9]", got, err)
	}
	if got, err := nn.ReceptiveField(nil, nil); err != nil || len(got) != 0 {
		t.Errorf("no layer: %v, %v", got, err)
	}
	for want, c := range map[string][2][]int{
		"receptive field of 1 filters and 2 strides, expected as many": {{3}, {1, 1}},
		"layer 2 has filter 0 and stride 1, expected positive ones":    {{3, 0}, {1, 1}},
	} {
		if _, err := nn.ReceptiveField(c[0], c[1]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestSection1_4_ReceptiveFieldOfALayer: the gradient of one output element
// reaches as many input elements as the formula says.
func TestSection1_4_ReceptiveFieldOfALayer(t *testing.T) {
	filters, strides := []int{3, 2, 3}, []int{1, 2, 2}
	want, err := nn.ReceptiveField(filters, strides)
	if err != nil {
		t.Fatal(err)
	}
	for k := range filters {
		g := newGraph(graph.Train)
		x := g.Input("x", 1, 1, 40).RequireGrad()
		y := x
		for j := range k + 1 {
			o := nn.ConvOpts{Stride: strides[j], Init: nn.Constant(1)}
			y = nn.NewConv1d(g.Scope().At(string(rune('a'+j))), 1, 1, filters[j], o).Forward(y)
		}
		prog := run(t, y.Index(2, 2), ones(x))
		reached := 0
		for _, d := range prog.Gradient(x) {
			if d != 0 {
				reached++
			}
		}
		if reached != want[k] {
			t.Errorf("layer %d reads %d elements, want %d", k+1, reached, want[k])
		}
	}
}

// TestSection3_3_Xavier: the bound of the uniform form is √(6/(fan_in + fan_out)).
func TestSection3_3_Xavier(t *testing.T) {
	v := make([]float64, 10000)
	nn.XavierUniform(rand.New(rand.NewPCG(1, 2)), []int{100, 100}, v)
	bound := math.Sqrt(6. / 200)
	if most := slices.Max(v); most > bound || most < 0.999*bound {
		t.Errorf("greatest weight %g, want just below %g", most, bound)
	}
	nn.XavierNormal(rand.New(rand.NewPCG(1, 2)), []int{100, 100}, v)
	if _, variance := moments(v); math.Abs(variance-0.01) > 5*0.01*math.Sqrt(2./10000) {
		t.Errorf("variance %g, want 0.01 within five deviations", variance)
	}
}
