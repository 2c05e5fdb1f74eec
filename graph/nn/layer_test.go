package nn_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// run compiles Σ y, with y to be read, and runs it once.
func run(t *testing.T, y *graph.Node, feeds ...graph.Feed) *graph.Program {
	t.Helper()
	g := y.Graph()
	loss := y
	if y.Rank() > 0 {
		loss = y.Sum()
	}
	prog, err := g.Compile(loss, y)
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(feeds...); err != nil {
		t.Fatal(err)
	}
	return prog
}

// ones feeds the input with ones.
func ones(x *graph.Node) graph.Feed { return x.FeedFloat64s(slices.Repeat([]float64{1}, x.Len())) }

func newGraph(mode graph.Mode) *graph.Graph { return graph.New(graph.NewStore(graph.Float64, 5), mode) }

// TestLayers_names: parameters have the names, shapes and order of PyTorch's
// state dict, and the layers the shapes of its modules.
func TestLayers_names(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer func(s graph.Scope) nn.Layer
		in    []int
		out   []int
		want  string
	}{
		{"linear", func(s graph.Scope) nn.Layer { return nn.NewLinear(s, 3, 4) }, []int{2, 3}, []int{2, 4}, "l.weight[4 3] l.bias[4]"},
		{"linear without bias", func(s graph.Scope) nn.Layer { return nn.NewLinear(s, 3, 4, nn.LinearOpts{NoBias: true}) }, []int{2, 3}, []int{2, 4}, "l.weight[4 3]"},
		{"conv1d", func(s graph.Scope) nn.Layer { return nn.NewConv1d(s, 3, 4, 5, nn.ConvOpts{Padding: nn.Same}) }, []int{2, 3, 7}, []int{2, 4, 7}, "l.weight[4 3 5] l.bias[4]"},
		{"conv2d", func(s graph.Scope) nn.Layer { return nn.NewConv2d(s, 3, 4, 5, nn.ConvOpts{Pad: 2, Stride: 2}) }, []int{2, 3, 7, 8}, []int{2, 4, 4, 4}, "l.weight[4 3 5 5] l.bias[4]"},
		{"conv3d", func(s graph.Scope) nn.Layer {
			return nn.NewConv3d(s, 4, 6, 2, nn.ConvOpts{Groups: 2, Dilation: 2, NoBias: true})
		}, []int{2, 4, 3, 4, 5}, []int{2, 6, 1, 2, 3}, "l.weight[6 2 2 2 2]"},
		{"conv valid ignores pad", func(s graph.Scope) nn.Layer {
			return nn.NewConv1d(s, 1, 1, 3, nn.ConvOpts{Pad: 5, Padding: nn.Valid})
		}, []int{1, 1, 5}, []int{1, 1, 3}, "l.weight[1 1 3] l.bias[1]"},
		{"conv same by 2", func(s graph.Scope) nn.Layer {
			return nn.NewConv2d(s, 1, 1, 3, nn.ConvOpts{Padding: nn.Same, Stride: 2})
		}, []int{1, 1, 5, 6}, []int{1, 1, 3, 3}, "l.weight[1 1 3 3] l.bias[1]"},
		{"conv full", func(s graph.Scope) nn.Layer {
			return nn.NewConv1d(s, 1, 1, 3, nn.ConvOpts{Padding: nn.Full, PadStart: 1})
		}, []int{1, 1, 5}, []int{1, 1, 6}, "l.weight[1 1 3] l.bias[1]"},
		{"conv full dilated", func(s graph.Scope) nn.Layer {
			return nn.NewConv1d(s, 1, 1, 3, nn.ConvOpts{Padding: nn.Full, Dilation: 2, PadStart: 4})
		}, []int{1, 1, 5}, []int{1, 1, 9}, "l.weight[1 1 3] l.bias[1]"},
		{"transposed 1d", func(s graph.Scope) nn.Layer { return nn.NewConvTranspose1d(s, 3, 4, 3, nn.ConvOpts{Stride: 2}) }, []int{1, 3, 5}, []int{1, 4, 11}, "l.weight[3 4 3] l.bias[4]"},
		{"transposed 2d", func(s graph.Scope) nn.Layer {
			return nn.NewConvTranspose2d(s, 4, 6, 4, nn.ConvOpts{Stride: 2, Pad: 1, Groups: 2, NoBias: true})
		}, []int{1, 4, 5, 3}, []int{1, 6, 10, 6}, "l.weight[4 3 4 4]"},
		{"transposed 3d", func(s graph.Scope) nn.Layer {
			return nn.NewConvTranspose3d(s, 1, 2, 3, nn.ConvOpts{Stride: 2, Pad: 1, OutputPad: 1})
		}, []int{1, 1, 2, 3, 4}, []int{1, 2, 4, 6, 8}, "l.weight[1 2 3 3 3] l.bias[2]"},
		{"batch norm", func(s graph.Scope) nn.Layer { return nn.NewBatchNorm2d(s, 3, nn.BatchNormOpts{}) }, []int{2, 3, 4, 4}, []int{2, 3, 4, 4}, "l.weight[3] l.bias[3] l.running_mean[3] l.running_var[3]"},
		{"dropout", func(s graph.Scope) nn.Layer { return nn.NewDropout(s, 0.5) }, []int{2, 3}, []int{2, 3}, ""},
		{"sequential", func(s graph.Scope) nn.Layer {
			return nn.Sequential{nn.NewLinear(s.At("0"), 3, 2), nn.Func((*graph.Node).ReLU), nn.NewLinear(s.At("2"), 2, 1)}
		}, []int{5, 3}, []int{5, 1}, "l.0.weight[2 3] l.0.bias[2] l.2.weight[1 2] l.2.bias[1]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGraph(graph.Train)
			x := g.Input("x", c.in...)
			y := c.layer(g.Scope().At("l")).Forward(x)
			run(t, y, ones(x))
			if !slices.Equal(y.Shape(), c.out) {
				t.Errorf("shape %v, want %v", y.Shape(), c.out)
			}
			var got []string
			for _, p := range g.Store().Params() {
				got = append(got, p.Name()+fmt.Sprint(p.Shape()))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got  %v\nwant %s", got, c.want)
			}
		})
	}
}

func TestLayers_errors(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer func(s graph.Scope) nn.Layer
		in    []int
		want  string
	}{
		{"conv rank", func(s graph.Scope) nn.Layer { return nn.NewConv2d(s, 3, 4, 3, nn.ConvOpts{}) }, []int{3, 8, 8}, "Conv2d: x[3 8 8], expected [N, C] and 2 axes of space"},
		{"conv channels", func(s graph.Scope) nn.Layer { return nn.NewConv2d(s, 3, 4, 3, nn.ConvOpts{}) }, []int{1, 2, 8, 8}, "Conv2d: x(1, 2, 8, 8), l.weight(4, 3, 3, 3), l.bias(4): weight for 3 input channels, expected 2"},
		{"conv kernel", func(s graph.Scope) nn.Layer { return nn.NewConv1d(s, 1, 1, 9, nn.ConvOpts{}) }, []int{1, 1, 8}, "a kernel of size 9 reaches over 9, the padded input has 8"},
		{"full padding", func(s graph.Scope) nn.Layer {
			return nn.NewConv1d(s, 1, 1, 3, nn.ConvOpts{Padding: nn.Full, PadStart: 3})
		}, []int{1, 1, 8}, "Conv1d: full padding that begins with 3 zeros, expected 0 to 2 for filter 3"},
		{"transposed padding", func(s graph.Scope) nn.Layer {
			return nn.NewConvTranspose2d(s, 1, 1, 3, nn.ConvOpts{Padding: nn.Same})
		}, []int{1, 1, 8, 8}, "ConvTranspose2d: padding mode same, expected an explicit Pad"},
		{"batch norm channels", func(s graph.Scope) nn.Layer { return nn.NewBatchNorm2d(s, 3, nn.BatchNormOpts{}) }, []int{1, 2, 8, 8}, "BatchNorm: x[1 2 8 8], expected 3 channels on axis 1"},
		{"batch norm rank", func(s graph.Scope) nn.Layer { return nn.NewBatchNorm(s, 3, nn.BatchNormOpts{}) }, []int{3}, "BatchNorm: x[3], expected 3 channels"},
		{"batch norm of one", func(s graph.Scope) nn.Layer { return nn.NewBatchNorm(s, 3, nn.BatchNormOpts{}) }, []int{1, 3}, "one value a channel has no variance: expected a larger batch"},
		{"linear", func(s graph.Scope) nn.Layer { return nn.NewLinear(s, 3, 4) }, []int{2, 4}, "Linear: x(2, 4), l.weight(4, 3), l.bias(4): expected weight [out, 4]"},
		{"dropout", func(s graph.Scope) nn.Layer { return nn.NewDropout(s, 1.5) }, []int{2}, "Dropout: x(2): probability 1.5, expected in [0, 1)"},
		{"groups", func(s graph.Scope) nn.Layer { return nn.NewConv1d(s, 3, 4, 1, nn.ConvOpts{Groups: 2}) }, []int{1, 3, 4}, "2 groups, expected a divisor of 3 and 4 channels"},
		{"more groups than channels", func(s graph.Scope) nn.Layer { return nn.NewConv1d(s, 2, 4, 1, nn.ConvOpts{Groups: 4}) }, []int{1, 2, 4}, "size 0, expected a positive number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGraph(graph.Train)
			y := c.layer(g.Scope().At("l")).Forward(g.Input("x", c.in...))
			if err := g.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if again := c.layer(g.Scope().At("m")).Forward(y); again.Gorgonia() != nil { // after an error all passes through
				t.Errorf("a node after the error: %v", again)
			}
		})
	}
}

// TestLayers_share: calling Forward again shares the parameters, whose
// gradients add up.
func TestLayers_share(t *testing.T) {
	g := newGraph(graph.Train)
	x := g.Input("x", 1, 2)
	l := nn.NewLinear(g.Scope().At("l"), 2, 1, nn.LinearOpts{Init: nn.Constant(3)})
	y := l.Forward(x).Add(l.Forward(x.Scale(10)))
	prog := run(t, y, ones(x))
	if got := prog.Gradient(l.Weight); !slices.Equal(got, []float64{11, 11}) {
		t.Errorf("gradient %v, want [11 11]", got)
	}
	if got := prog.Gradient(l.Bias); !slices.Equal(got, []float64{2}) {
		t.Errorf("gradient of the bias %v, want [2]", got)
	}
}

func TestDropout_calls(t *testing.T) {
	build := func(mode graph.Mode, plain bool) (x, a, b *graph.Node) {
		g := newGraph(mode)
		x = g.Input("x", 400)
		d := nn.NewDropout(g.Scope().At("drop"), 0.5)
		if plain {
			d = nn.NewDropoutPlain(g.Scope().At("drop"), 0.5)
		}
		return x, d.Forward(x), d.Forward(x)
	}
	for _, plain := range []bool{false, true} {
		kept := 2.
		if plain {
			kept = 1
		}
		x, a, b := build(graph.Train, plain)
		both := graph.Concat(0, a, b)
		v := run(t, both, ones(x)).Values(both)
		if slices.Equal(v[:400], v[400:]) {
			t.Error("two calls have one mask")
		}
		for _, e := range v {
			if e != 0 && e != kept {
				t.Fatalf("plain %t: element %v, want 0 or %v", plain, e, kept)
			}
		}
		x, a, _ = build(graph.Eval, plain)
		if e, want := run(t, a.Scale(1), ones(x)).Loss(), 400*kept/2; e != want {
			t.Errorf("plain %t: evaluation gives a sum of %v, want %v", plain, e, want)
		}
	}
}

func TestBatchNorm_running(t *testing.T) {
	for _, biased := range []bool{false, true} {
		g := newGraph(graph.Train)
		x := g.Input("x", 4, 1)
		bn := nn.NewBatchNorm(g.Scope().At("bn"), 1, nn.BatchNormOpts{Momentum: 0.25, Biased: biased})
		run(t, bn.Forward(x), x.FeedFloat64s([]float64{0, 0, 4, 4})) // μ 2, σ² 4
		want := 0.75 + 0.25*4*4/3
		if biased {
			want = 0.75 + 0.25*4
		}
		mean, variance := g.Store().Param("bn.running_mean").Values()[0], g.Store().Param("bn.running_var").Values()[0]
		if mean != 0.5 || math.Abs(variance-want) > 1e-15 {
			t.Errorf("biased %t: mean %v, variance %v, want 0.5 and %v", biased, mean, variance, want)
		}
		eval := graph.New(g.Store(), graph.Eval)
		ex := eval.Input("x", 1, 1)
		y := nn.NewBatchNorm(eval.Scope().At("bn"), 1, nn.BatchNormOpts{Eps: 0.25}).Forward(ex)
		got := run(t, y.Scale(1), ex.FeedFloat64s([]float64{3})).Loss()
		if want := (3 - mean) / math.Sqrt(variance+0.25); math.Abs(got-want) > 1e-15 {
			t.Errorf("biased %t: evaluation %v, want %v", biased, got, want)
		}
	}
}

func TestEmbedding_padding(t *testing.T) {
	g := newGraph(graph.Train)
	ids := g.InputInts("ids", 2, 2)
	e := nn.NewEmbedding(g.Scope().At("e"), 4, 3, nn.EmbeddingOpts{Padding: 1, HasPadding: true})
	y := e.Forward(ids)
	prog := run(t, y, ids.FeedInts([]int{1, 0, 3, 1}))
	v := prog.Values(y)
	if !slices.Equal(y.Shape(), []int{2, 2, 3}) || !slices.Equal(v[:3], []float64{0, 0, 0}) || v[3] == 0 {
		t.Errorf("%v %v", y.Shape(), v)
	}
	if got, want := prog.Gradient(e.Weight), []float64{1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1}; !slices.Equal(got, want) {
		t.Errorf("gradient %v, want %v", got, want)
	}
	plain := nn.NewEmbedding(g.Scope().At("plain"), 4, 3, nn.EmbeddingOpts{Init: nn.Constant(2)})
	if got := plain.Forward(ids).Shape(); !slices.Equal(got, []int{2, 2, 3}) {
		t.Errorf("shape %v", got)
	}
}
