package graph_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hocsau/hocsau/graph"
)

// The numbers of this file were worked out by hand.

// formula is what a test of a formula needs: the result and, for the gradient
// of its sum, the leaf x.
type formula struct {
	t *testing.T
	g *graph.Graph
	x *graph.Node
	v []float64
}

// of begins a formula of x, given by its elements and its shape.
func of(t *testing.T, values []float64, shape ...int) formula {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	return formula{t, g, g.Input("x", shape...).RequireGrad(), values}
}

// param returns a parameter of those elements.
func (f formula) param(name string, values []float64, shape ...int) *graph.Node {
	f.t.Helper()
	n := f.g.Scope().Param(name, nil, shape...)
	if f.g.Err() != nil {
		f.t.Fatal(f.g.Err())
	}
	if err := f.g.Store().Param(name).SetValues(values); err != nil {
		f.t.Fatal(err)
	}
	return n
}

// gives checks y and, where one is given, the gradient of Σ y by x.
func (f formula) gives(y *graph.Node, want, gradient []float64, shape ...int) *graph.Program {
	f.t.Helper()
	if f.g.Err() != nil {
		f.t.Fatal(f.g.Err())
	}
	if !slices.Equal(y.Shape(), shape) {
		f.t.Errorf("shape %v, want %v", y.Shape(), shape)
	}
	prog := ran(f.t, compiled(f.t, f.g, y.Sum(), y), f.x.FeedFloat64s(f.v))
	agree := func(what string, got, want []float64) {
		f.t.Helper()
		for i := range want {
			if len(got) != len(want) || !near(got[i], want[i], 1e-12) { // a few roundings
				f.t.Errorf("%s %v, want %v", what, got, want)
				return
			}
		}
	}
	agree("got", prog.Values(y), want)
	if gradient != nil {
		agree("gradient", prog.Gradient(f.x), gradient)
	}
	return prog
}

var square = []float64{
	1, 2, 3,
	4, 5, 6,
	7, 8, 9,
}

func TestSection1_2_Convolution(t *testing.T) {
	f := of(t, square, 1, 1, 3, 3)
	w, b := f.param("w", []float64{1, 0, 0, -1, 2, 0, 0, 0}, 2, 1, 2, 2), f.param("b", []float64{10, 20}, 2)
	// The first filter takes x_ij − x_i+1,j+1, the second 2·x_ij; the gradient
	// counts in how many windows each element is which.
	prog := f.gives(f.x.Conv(w, b, graph.ConvOpts{}), []float64{6, 6, 6, 6, 22, 24, 28, 30},
		[]float64{3, 3, 0, 3, 2, -1, 0, -1, -1}, 1, 2, 2, 2)
	if got := prog.Gradient(w); !slices.Equal(got, []float64{12, 16, 24, 28, 12, 16, 24, 28}) {
		t.Errorf("gradient of w %v", got)
	}
	if got := prog.Gradient(b); !slices.Equal(got, []float64{4, 4}) {
		t.Errorf("gradient of b %v", got)
	}
}

func TestSection1_2_Convolution1dAnd3d(t *testing.T) {
	f := of(t, []float64{1, 2, 4, 8}, 1, 1, 4)
	f.gives(f.x.Conv(f.param("w", []float64{1, 10}, 1, 1, 2), nil, graph.ConvOpts{}), []float64{21, 42, 84}, []float64{1, 11, 11, 10}, 1, 1, 3)
	f = of(t, []float64{1, 2, 3, 4, 5, 6, 7, 8}, 1, 1, 2, 2, 2)
	f.gives(f.x.Conv(f.param("w", []float64{1, 0, 0, 0, 0, 0, 0, 100}, 1, 1, 2, 2, 2), nil, graph.ConvOpts{}),
		[]float64{801}, []float64{1, 0, 0, 0, 0, 0, 0, 100}, 1, 1, 1, 1, 1)
}

func TestSection1_2_Pooling(t *testing.T) {
	f := of(t, []float64{
		1, 5, 2, 0,
		3, 4, 8, 6,
	}, 1, 1, 2, 4)
	f.gives(f.x.MaxPool2d(2), []float64{5, 8}, []float64{0, 1, 0, 0, 0, 0, 1, 0}, 1, 1, 1, 2)
	f = of(t, f.v, 1, 1, 2, 4)
	f.gives(f.x.AvgPool2d(2), []float64{13. / 4, 4}, slices.Repeat([]float64{0.25}, 8), 1, 1, 1, 2)
	// Of equal maxima the first takes the gradient.
	f = of(t, []float64{7, 7, 7, 7}, 1, 1, 2, 2)
	f.gives(f.x.MaxPool2d(2), []float64{7}, []float64{1, 0, 0, 0}, 1, 1, 1, 1)
	// Padding is −∞ for a maximum, and for a mean 0 or nothing.
	corner := graph.PoolOpts{Kernel: []int{2}, Stride: []int{2}, Pad: [][2]int{{1, 1}}}
	f = of(t, []float64{-1, -2, -3, -4}, 1, 1, 2, 2)
	f.gives(f.x.MaxPool(corner), []float64{-1, -2, -3, -4}, []float64{1, 1, 1, 1}, 1, 1, 2, 2)
	f = of(t, f.v, 1, 1, 2, 2)
	f.gives(f.x.AvgPool(corner), []float64{-.25, -.5, -.75, -1}, []float64{.25, .25, .25, .25}, 1, 1, 2, 2)
	corner.ExcludePad = true
	f = of(t, f.v, 1, 1, 2, 2)
	f.gives(f.x.AvgPool(corner), []float64{-1, -2, -3, -4}, []float64{1, 1, 1, 1}, 1, 1, 2, 2)
	// Ceil keeps the last window, floor drops it.
	f = of(t, []float64{1, 2, 3}, 1, 1, 3)
	f.gives(f.x.MaxPool(graph.PoolOpts{Kernel: []int{2}, Ceil: true}), []float64{2, 3}, []float64{0, 1, 1}, 1, 1, 2)
	f = of(t, f.v, 1, 1, 3)
	f.gives(f.x.MaxPool(graph.PoolOpts{Kernel: []int{2}}), []float64{2}, []float64{0, 1, 0}, 1, 1, 1)
	f = of(t, square, 1, 1, 3, 3)
	f.gives(f.x.GlobalAvgPool(), []float64{5}, slices.Repeat([]float64{1. / 9}, 9), 1, 1)
	f = of(t, square, 1, 1, 3, 3)
	f.gives(f.x.GlobalMaxPool(), []float64{9}, []float64{0, 0, 0, 0, 0, 0, 0, 0, 1}, 1, 1)
}

func TestSection1_2_FullyConnected(t *testing.T) {
	f := of(t, []float64{1, 2, 3, 4}, 2, 1, 1, 2)
	w, b := f.param("w", []float64{1, -1, 2, 0, 0, 3}, 3, 2), f.param("b", []float64{0, 10, 100}, 3)
	f.gives(f.x.Flatten().Linear(w, b), []float64{-1, 12, 106, -1, 16, 112}, []float64{3, 2, 3, 2}, 2, 3)
}

func TestSection1_3_Padding(t *testing.T) {
	ones := []float64{1, 1, 1}
	line := []float64{1, 10, 100, 1000}
	for name, c := range map[string]struct {
		o    graph.ConvOpts
		want []float64
	}{
		"valid":             {graph.ConvOpts{}, []float64{111, 1110}},
		"same":              {graph.ConvOpts{Pad: [][2]int{{1, 1}}}, []float64{11, 111, 1110, 1100}},
		"full":              {graph.ConvOpts{Pad: [][2]int{{2, 2}}}, []float64{1, 11, 111, 1110, 1100, 1000}},
		"same by 2":         {graph.ConvOpts{Stride: []int{2}, Pad: [][2]int{{0, 1}}}, []float64{111, 1100}},
		"window incomplete": {graph.ConvOpts{Stride: []int{2}}, []float64{111}},
		"dilated":           {graph.ConvOpts{Dilation: []int{2}, Pad: [][2]int{{1, 1}}}, []float64{1010, 101}},
	} {
		t.Run(name, func(t *testing.T) {
			f := of(t, line, 1, 1, 4)
			f.gives(f.x.Conv(f.param("w", ones, 1, 1, 3), nil, c.o), c.want, nil, 1, 1, len(c.want))
		})
	}
}

// TestSection1_3_Stride: with stride S the windows begin at 0, S, 2S, …, in
// convolution and pooling.
func TestSection1_3_Stride(t *testing.T) {
	line := []float64{1, 10, 100, 1000, 1e4, 1e5}
	for stride, want := range map[int][]float64{1: {11, 110, 1100, 11000, 110000}, 2: {11, 1100, 110000}, 3: {11, 11000}, 4: {11, 110000}} {
		f := of(t, line, 1, 1, 6)
		f.gives(f.x.Conv(f.param("w", []float64{1, 1}, 1, 1, 2), nil, graph.ConvOpts{Stride: []int{stride}}), want, nil, 1, 1, len(want))
		f = of(t, line, 1, 1, 6)
		most := make([]float64, len(want))
		for i := range most {
			most[i] = line[stride*i+1]
		}
		f.gives(f.x.MaxPool(graph.PoolOpts{Kernel: []int{2}, Stride: []int{stride}}), most, nil, 1, 1, len(most))
	}
}

func TestSection1_5_Activations(t *testing.T) {
	z := []float64{-2, -0.5, 0, 0.5, 2}
	e2, eh := math.Exp(-2), math.Exp(-0.5)
	for name, c := range map[string]struct {
		y        func(z *graph.Node) *graph.Node
		want     []float64
		gradient []float64
	}{
		"relu":       {(*graph.Node).ReLU, []float64{0, 0, 0, 0.5, 2}, []float64{0, 0, 0, 1, 1}},
		"leaky":      {func(z *graph.Node) *graph.Node { return z.LeakyReLUMax(0.1) }, []float64{-.2, -.05, 0, .5, 2}, nil},
		"leaky, std": {func(z *graph.Node) *graph.Node { return z.LeakyReLU(0.1) }, []float64{-.2, -.05, 0, .5, 2}, []float64{.1, .1, .1, 1, 1}},
		// With ε > 1 the two forms part.
		"leaky, 2":      {func(z *graph.Node) *graph.Node { return z.LeakyReLUMax(2) }, []float64{-2, -.5, 0, 1, 4}, nil},
		"leaky, std, 2": {func(z *graph.Node) *graph.Node { return z.LeakyReLU(2) }, []float64{-4, -1, 0, .5, 2}, nil},
		"elu":           {func(z *graph.Node) *graph.Node { return z.ELU(1) }, []float64{e2 - 1, eh - 1, 0, .5, 2}, []float64{e2, eh, 1, 1, 1}},
		"elu, printed":  {func(z *graph.Node) *graph.Node { return z.ELUMax(1) }, []float64{e2 - 1, eh - 1, 0, math.Exp(.5) - 1, math.Exp(2) - 1}, []float64{e2, eh, 1, math.Exp(.5), math.Exp(2)}},
	} {
		t.Run(name, func(t *testing.T) {
			f := of(t, z, 5)
			f.gives(c.y(f.x), c.want, c.gradient, 5)
		})
	}
}

func TestSection1_5_Softmax(t *testing.T) {
	log2, log5 := math.Log(2), math.Log(5)
	f := of(t, []float64{0, log2, log5, 1000, 1000 + log2, 1000 + log5}, 2, 3)
	want := []float64{1. / 8, 2. / 8, 5. / 8, 1. / 8, 2. / 8, 5. / 8}
	f.gives(f.x.Softmax(-1), want, make([]float64, 6), 2, 3) // their sum is 1 whatever x
	f = of(t, []float64{0, log2, log5}, 1, 3)
	f.gives(f.x.LogSoftmax(1), []float64{-3 * log2, -2 * log2, log5 - 3*log2}, []float64{1 - 3./8, 1 - 6./8, 1 - 15./8}, 1, 3)
}

func TestSection2_2_Sigmoid(t *testing.T) {
	log3 := math.Log(3)
	f := of(t, []float64{0, log3, -log3, -800, 800}, 5)
	f.gives(f.x.Sigmoid(), []float64{.5, .75, .25, 0, 1}, []float64{.25, 3. / 16, 3. / 16, 0, 0}, 5)
	f = of(t, []float64{0, log3 / 2, -log3 / 2, -800, 800}, 5)
	f.gives(f.x.Tanh(), []float64{0, .5, -.5, -1, 1}, []float64{1, .75, .75, 0, 0}, 5)
	f = of(t, []float64{0, log3, -800, 800}, 4)
	f.gives(f.x.LogSigmoid(), []float64{-math.Ln2, math.Log(.75), -800, 0}, []float64{.5, .25, 1, 0}, 4)
	f = of(t, []float64{0, -log3, -800, 800}, 4)
	f.gives(f.x.Softplus(), []float64{math.Ln2, math.Log(4. / 3), 0, 800}, []float64{.5, .25, 0, 1}, 4)
}

func TestSection2_3_Embedding(t *testing.T) {
	f := of(t, []float64{1, 2, 3, 4, 5, 6}, 3, 2)
	ids := f.g.InputInts("ids", 4)
	y := f.x.Embedding(ids)
	prog := compiled(t, f.g, y.Sum(), y)
	ran(t, prog, f.x.FeedFloat64s(f.v), ids.FeedInts([]int{2, 0, 2, 2}))
	if got := prog.Values(y); !slices.Equal(got, []float64{5, 6, 1, 2, 5, 6, 5, 6}) {
		t.Errorf("rows %v", got)
	}
	if got := prog.Gradient(f.x); !slices.Equal(got, []float64{1, 1, 0, 0, 3, 3}) {
		t.Errorf("gradient %v", got)
	}
}

// TestSection2_3_EmbeddingMatrix: the look-up is the product E·o_w with the
// 1-hot vector of the word, its gradient too.
func TestSection2_3_EmbeddingMatrix(t *testing.T) {
	rows := []float64{1, 2, 3, 4, 5, 6}
	f := of(t, rows, 3, 2)
	w := f.g.InputInts("w", 2)
	e := f.x.Embedding(w)
	looked := ran(t, compiled(t, f.g, e.Square().Sum(), e), f.x.FeedFloat64s(rows), w.FeedInts([]int{2, 1}))

	h := of(t, rows, 3, 2)
	o := h.g.Input("o", 2, 3)
	p := o.MatMul(h.x)
	product := ran(t, compiled(t, h.g, p.Square().Sum(), p), h.x.FeedFloat64s(rows), o.FeedFloat64s([]float64{0, 0, 1, 0, 1, 0}))
	if got, want := looked.Values(e), product.Values(p); !slices.Equal(got, want) || !slices.Equal(got, []float64{5, 6, 3, 4}) {
		t.Errorf("looked up %v, product %v, want 5 6 3 4", got, want)
	}
	if got, want := looked.Gradient(f.x), product.Gradient(h.x); !slices.Equal(got, want) {
		t.Errorf("gradient of the look-up %v, of the product %v", got, want)
	}
}

func TestSection3_1_BatchNorm(t *testing.T) {
	// Channel 0 holds 1 and 5: μ = 3, σ² = 4. Channel 1 is constant.
	f := of(t, []float64{1, 7, 5, 7}, 2, 2)
	y, mean, variance := f.x.BatchNorm(f.param("gamma", []float64{10, 1}, 2), f.param("beta", []float64{0.5, -1}, 2), 0.25)
	d := 10 * 2 / math.Sqrt(4.25)
	f.gives(y, []float64{0.5 - d, -1, 0.5 + d, -1}, make([]float64, 4), 2, 2)
	prog := ran(t, compiled(t, f.g, nil, mean, variance), f.x.FeedFloat64s(f.v))
	if m, v := prog.Values(mean), prog.Values(variance); !slices.Equal(m, []float64{3, 7}) || !slices.Equal(v, []float64{4, 0}) {
		t.Errorf("mean %v, variance %v, want [3 7] and [4 0]", m, v)
	}
}

func TestSection3_2_CrossEntropy(t *testing.T) {
	// The probabilities of three classes are 1/8, 2/8, 5/8.
	z := []float64{0, math.Log(2), math.Log(5)}
	for name, c := range map[string]struct {
		o       graph.NLLOpts
		weights []float64
		label   int
		want    float64
		target  []float64 // q: the gradient is Σq·p − q
	}{
		"plain":    {label: 2, want: -math.Log(5. / 8), target: []float64{0, 0, 1}},
		"smoothed": {o: graph.NLLOpts{Smoothing: 0.3}, label: 0, want: -(0.8*math.Log(1./8) + 0.1*math.Log(2./8) + 0.1*math.Log(5./8)), target: []float64{.8, .1, .1}},
		"weighted": {weights: []float64{1, 3, 1}, label: 1, want: -3 * math.Log(2./8), target: []float64{0, 3, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			f := of(t, z, 1, 3)
			if c.weights != nil {
				c.o.ClassWeights = f.g.Scope().Buffer("w", func(_ *rand.Rand, _ []int, v []float64) { copy(v, c.weights) }, 3)
			}
			y := f.g.Labels("y", 1)
			loss := f.x.LogSoftmax(-1).NLL(y, c.o)
			prog := ran(t, compiled(t, f.g, loss.Mean(), loss), f.x.FeedFloat64s(z), y.FeedInts([]int{c.label}))
			if got := prog.Loss(); !near(got, c.want, 1e-14) {
				t.Errorf("loss %v, want %v", got, c.want)
			}
			mass := c.target[0] + c.target[1] + c.target[2]
			for i, p := range []float64{1. / 8, 2. / 8, 5. / 8} {
				if got, want := prog.Gradient(f.x)[i], mass*p-c.target[i]; !near(got, want, 1e-14) {
					t.Errorf("gradient %d: %v, want %v", i, got, want)
				}
			}
		})
	}
}

// TestSection3_2_ChainRule: ∂L/∂w = ∂L/∂a · ∂a/∂z · ∂z/∂w.
func TestSection3_2_ChainRule(t *testing.T) {
	f := of(t, []float64{2}, 1)
	w := f.param("w", []float64{math.Log(3) / 2}, 1)
	loss := f.x.Mul(w).Sigmoid().Square() // a = 3/4, L = 9/16
	prog := f.gives(loss, []float64{9. / 16}, []float64{2 * 3. / 4 * 3. / 16 * math.Log(3) / 2}, 1)
	if got, want := prog.Gradient(w)[0], 2*(3./4)*(3./16)*2; !near(got, want, 1e-15) {
		t.Errorf("gradient of w %v, want %v", got, want)
	}
}

func TestSection3_4_Dropout(t *testing.T) {
	mask := []float64{1, 0, 1, 0}
	x := []float64{1, 2, 3, 4}
	for name, c := range map[string]struct {
		by             func(x, mask *graph.Node) *graph.Node
		want, gradient []float64
	}{
		"inverted": {func(x, m *graph.Node) *graph.Node { return x.DropoutBy(m, 0.75) }, []float64{4, 0, 12, 0}, []float64{4, 0, 4, 0}},
		"plain":    {func(x, m *graph.Node) *graph.Node { return x.DropoutPlainBy(m, 0.75) }, []float64{1, 0, 3, 0}, mask},
	} {
		t.Run(name, func(t *testing.T) {
			f := of(t, x, 4)
			f.gives(c.by(f.x, f.param("mask", mask, 4)), c.want, c.gradient, 4)
		})
	}
	f := of(t, x, 4)
	f.g.Store().Freeze("drop")
	f.gives(f.x.Dropout(f.g.Scope(), "drop", 0.75), x, []float64{1, 1, 1, 1}, 4)
	f = of(t, x, 4)
	f.g.Store().Freeze("drop")
	f.gives(f.x.DropoutPlain(f.g.Scope(), "drop", 0.75), []float64{.25, .5, .75, 1}, []float64{.25, .25, .25, .25}, 4)
}

func TestUpsampling(t *testing.T) {
	f := of(t, []float64{1, 2, 3, 4}, 1, 1, 2, 2)
	f.gives(f.x.UpsampleNearest(2, 4), []float64{1, 1, 2, 2, 3, 3, 4, 4}, []float64{2, 2, 2, 2}, 1, 1, 2, 4)
	f = of(t, []float64{0, 4}, 1, 1, 1, 2)
	f.gives(f.x.UpsampleBilinear(1, 4, false), []float64{0, 1, 3, 4}, []float64{2, 2}, 1, 1, 1, 4)
	f = of(t, []float64{0, 4}, 1, 1, 1, 2)
	f.gives(f.x.UpsampleBilinear(1, 5, true), []float64{0, 1, 2, 3, 4}, []float64{2.5, 2.5}, 1, 1, 1, 5)
}

func TestTransposedConvolution(t *testing.T) {
	f := of(t, []float64{1, 10}, 1, 1, 2)
	w := f.param("w", []float64{1, 2, 3}, 1, 1, 3)
	f.gives(f.x.ConvTranspose(w, nil, graph.ConvOpts{Stride: []int{2}}), []float64{1, 2, 13, 20, 30}, []float64{6, 6}, 1, 1, 5)
	f = of(t, []float64{1, 10}, 1, 1, 2)
	w, b := f.param("w", []float64{1, 2, 3}, 1, 1, 3), f.param("b", []float64{100}, 1)
	o := graph.ConvOpts{Stride: []int{2}, Pad: [][2]int{{1, 1}}, OutputPad: []int{1}}
	f.gives(f.x.ConvTranspose(w, b, o), []float64{102, 113, 120, 130}, []float64{5, 6}, 1, 1, 4)
}

func TestBroadcasting(t *testing.T) {
	f := of(t, []float64{1, 2, 3, 4, 5, 6}, 2, 3)
	row := f.param("row", []float64{10, 20, 30}, 1, 3)
	prog := f.gives(f.x.Mul(row), []float64{10, 40, 90, 40, 100, 180}, []float64{10, 20, 30, 10, 20, 30}, 2, 3)
	if got := prog.Gradient(row); !slices.Equal(got, []float64{5, 7, 9}) {
		t.Errorf("gradient of the row %v", got)
	}
}
