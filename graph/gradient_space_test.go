package graph_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/nn"
)

// spatial returns the first rank of the sizes behind the channels.
func spatial(channels []int, sizes []int, rank int) []int {
	return slices.Concat(channels, sizes[:rank])
}

func TestGradient_conv(t *testing.T) {
	settings := []struct {
		name string
		o    graph.ConvOpts
	}{
		{"valid", graph.ConvOpts{}},
		{"explicit", graph.ConvOpts{Pad: [][2]int{{2, 1}}}},
		{"full", graph.ConvOpts{Pad: [][2]int{{2, 2}}}},
		{"full from 0", graph.ConvOpts{Pad: [][2]int{{0, 2}}}},
		{"stride", graph.ConvOpts{Stride: []int{2}}},
		{"stride over the window", graph.ConvOpts{Stride: []int{4}, Pad: [][2]int{{1, 1}}}},
		{"dilation", graph.ConvOpts{Dilation: []int{2}, Pad: [][2]int{{1, 2}}}},
		{"groups", graph.ConvOpts{Groups: 2}},
		{"all", graph.ConvOpts{Groups: 2, Stride: []int{2}, Dilation: []int{2}, Pad: [][2]int{{2, 1}}}},
	}
	var cases []gradientCase
	for rank := 1; rank <= 3; rank++ {
		in, kernel := []int{5, 6, 4}, []int{3, 2, 2}
		for _, s := range settings {
			groups := max(1, s.o.Groups)
			cases = append(cases, gradientCase{fmt.Sprintf("%dd %s", rank, s.name), func(o *operands) *graph.Node {
				x := o.any(spatial([]int{2, 4}, in, rank)...)
				return x.Conv(o.any(spatial([]int{6, 4 / groups}, kernel, rank)...), o.any(6), s.o)
			}})
		}
		cases = append(cases, gradientCase{fmt.Sprintf("%dd depthwise without bias", rank), func(o *operands) *graph.Node {
			x := o.any(spatial([]int{2, 3}, in, rank)...)
			return x.Conv(o.any(spatial([]int{3, 1}, kernel, rank)...), nil, graph.ConvOpts{Groups: 3})
		}})
		for _, p := range []nn.Padding{nn.Valid, nn.Same, nn.Full} {
			for _, stride := range []int{1, 2} {
				cases = append(cases, gradientCase{fmt.Sprintf("%dd %v by %d", rank, p, stride), func(o *operands) *graph.Node {
					x := o.any(spatial([]int{1, 2}, []int{5, 6, 4}, rank)...)
					c := newConv(rank, o.g.Scope().At("conv"), nn.ConvOpts{Padding: p, Stride: stride})
					return c.Forward(x)
				}})
			}
		}
		cases = append(cases, gradientCase{fmt.Sprintf("%dd fused with relu", rank), func(o *operands) *graph.Node {
			x := o.any(spatial([]int{1, 2}, in, rank)...)
			return x.Conv(o.any(spatial([]int{3, 2}, kernel, rank)...), o.any(3), graph.ConvOpts{}).ReLU()
		}})
	}
	cases = append(cases, gradientCase{"read by relu and through a view", func(o *operands) *graph.Node {
		y := o.any(2, 1, 4, 4).Conv(o.any(2, 1, 3, 3), o.any(2), graph.ConvOpts{})
		return y.Flatten().TMatMul(y.ReLU().Flatten())
	}}, gradientCase{"each axis its own", func(o *operands) *graph.Node {
		return o.any(2, 2, 6, 7).Conv(o.any(3, 2, 2, 3), o.any(3), graph.ConvOpts{
			Stride: []int{1, 2}, Dilation: []int{2, 1}, Pad: [][2]int{{1, 0}, {0, 2}},
		})
	}})
	checkGradients(t, cases)
}

func newConv(rank int, s graph.Scope, o nn.ConvOpts) nn.Layer {
	constructors := []func(graph.Scope, int, int, int, nn.ConvOpts) *nn.Conv{nn.NewConv1d, nn.NewConv2d, nn.NewConv3d}
	return constructors[rank-1](s, 2, 3, 3, o)
}

func TestGradient_convTranspose(t *testing.T) {
	settings := []struct {
		name string
		o    graph.ConvOpts
	}{
		{"plain", graph.ConvOpts{}},
		{"stride", graph.ConvOpts{Stride: []int{2}}},
		{"output pad", graph.ConvOpts{Stride: []int{2}, Pad: [][2]int{{1, 1}}, OutputPad: []int{1}}},
		{"asymmetric", graph.ConvOpts{Stride: []int{2}, Pad: [][2]int{{1, 0}}}},
		{"dilation", graph.ConvOpts{Dilation: []int{2}}},
		{"groups", graph.ConvOpts{Groups: 2, Stride: []int{2}}},
	}
	var cases []gradientCase
	for rank := 1; rank <= 3; rank++ {
		in, kernel := []int{3, 4, 2}, []int{3, 2, 2}
		for _, s := range settings {
			groups := max(1, s.o.Groups)
			cases = append(cases, gradientCase{fmt.Sprintf("%dd %s", rank, s.name), func(o *operands) *graph.Node {
				x := o.any(spatial([]int{2, 4}, in, rank)...)
				return x.ConvTranspose(o.any(spatial([]int{4, 6 / groups}, kernel, rank)...), o.any(6), s.o)
			}})
		}
		cases = append(cases, gradientCase{fmt.Sprintf("%dd without bias", rank), func(o *operands) *graph.Node {
			x := o.any(spatial([]int{2, 2}, in, rank)...)
			return x.ConvTranspose(o.any(spatial([]int{2, 3}, kernel, rank)...), nil, graph.ConvOpts{})
		}})
	}
	checkGradients(t, cases)
}

func TestGradient_pool(t *testing.T) {
	settings := []struct {
		name string
		o    graph.PoolOpts
	}{
		{"plain", graph.PoolOpts{Kernel: []int{2}}},
		{"overlapping", graph.PoolOpts{Kernel: []int{3}, Stride: []int{1}}},
		{"stride over the window", graph.PoolOpts{Kernel: []int{2}, Stride: []int{3}}},
		{"padded", graph.PoolOpts{Kernel: []int{3}, Stride: []int{2}, Pad: [][2]int{{1, 1}}}},
		{"padded at the end", graph.PoolOpts{Kernel: []int{2}, Stride: []int{1}, Pad: [][2]int{{0, 1}}}},
		{"ceil", graph.PoolOpts{Kernel: []int{2}, Ceil: true}},
		{"ceil, padded", graph.PoolOpts{Kernel: []int{3}, Stride: []int{2}, Pad: [][2]int{{1, 0}}, Ceil: true}},
	}
	var cases []gradientCase
	for rank := 1; rank <= 3; rank++ {
		shape := spatial([]int{2, 2}, []int{5, 4, 3}, rank)
		for _, s := range settings {
			x := s.o
			x.ExcludePad = true
			cases = append(cases,
				gradientCase{fmt.Sprintf("max %dd %s", rank, s.name), func(o *operands) *graph.Node { return o.distinct(shape...).MaxPool(s.o) }},
				gradientCase{fmt.Sprintf("avg %dd %s", rank, s.name), func(o *operands) *graph.Node { return o.any(shape...).AvgPool(s.o) }},
				gradientCase{fmt.Sprintf("avg %dd %s, padding left out", rank, s.name), func(o *operands) *graph.Node { return o.any(shape...).AvgPool(x) }})
		}
		cases = append(cases,
			gradientCase{fmt.Sprintf("global max %dd", rank), func(o *operands) *graph.Node { return o.distinct(shape...).GlobalMaxPool() }},
			gradientCase{fmt.Sprintf("global avg %dd", rank), func(o *operands) *graph.Node { return o.any(shape...).GlobalAvgPool() }},
			gradientCase{fmt.Sprintf("nearest %dd", rank), func(o *operands) *graph.Node {
				return o.any(shape...).UpsampleNearest([]int{7, 4, 6}[:rank]...)
			}},
			gradientCase{fmt.Sprintf("nearest %dd, smaller", rank), func(o *operands) *graph.Node {
				return o.any(shape...).UpsampleNearest([]int{2, 3, 1}[:rank]...)
			}})
	}
	cases = append(cases,
		gradientCase{"max used twice", func(o *operands) *graph.Node {
			y := o.distinct(1, 2, 4, 4).MaxPool2d(2)
			return y.Add(y.Square())
		}},
		gradientCase{"max and what it came from", func(o *operands) *graph.Node {
			x := o.distinct(1, 1, 3, 3)
			y := x.Tanh()
			return y.MaxPool(graph.PoolOpts{Kernel: []int{2}, Stride: []int{1}}).Sum().Mul(y.Mean())
		}})
	for _, align := range []bool{false, true} {
		for _, size := range [][2]int{{7, 9}, {5, 4}, {2, 3}, {1, 1}} {
			cases = append(cases, gradientCase{fmt.Sprint("bilinear ", size, align), func(o *operands) *graph.Node {
				return o.any(2, 2, 5, 4).UpsampleBilinear(size[0], size[1], align)
			}})
		}
	}
	checkGradients(t, cases)
}

func TestGradient_norm(t *testing.T) {
	shapes := [][]int{{4, 3}, {3, 2, 4}, {2, 3, 3, 2}, {2, 2, 2, 2, 3}}
	var cases []gradientCase
	for _, s := range shapes {
		c := s[1]
		cases = append(cases,
			gradientCase{fmt.Sprint("batch ", s), func(o *operands) *graph.Node {
				y, _, _ := o.any(s...).BatchNorm(o.any(c), o.any(c), 1e-3)
				return y
			}},
			gradientCase{fmt.Sprint("batch, then relu ", s), func(o *operands) *graph.Node {
				y, _, _ := o.any(s...).BatchNorm(o.any(c), o.any(c), 1e-3)
				return y.ReLU()
			}},
			gradientCase{fmt.Sprint("given ", s), func(o *operands) *graph.Node {
				return o.any(s...).BatchNormWith(o.input(c), o.input(c).Square(), o.any(c), o.any(c), 1e-3)
			}})
	}
	cases = append(cases, gradientCase{"read by relu and through a view", func(o *operands) *graph.Node {
		y, _, _ := o.any(4, 3).BatchNorm(o.any(3), o.any(3), 1e-3)
		return y.ReLU().MatMul(y.Reshape(3, 4))
	}}, gradientCase{"two calls of one layer", func(o *operands) *graph.Node {
		bn := nn.NewBatchNorm2d(o.g.Scope().At("bn"), 2, nn.BatchNormOpts{})
		return bn.Forward(o.any(2, 2, 3, 3)).Mul(bn.Forward(o.any(2, 2, 3, 3)))
	}})
	checkGradients(t, cases)
}

func TestGradient_dropout(t *testing.T) {
	checkGradients(t, []gradientCase{
		{"inverted", func(o *operands) *graph.Node { return o.any(5, 6).Dropout(o.g.Scope(), "d", 0.4) }},
		{"plain", func(o *operands) *graph.Node { return o.any(5, 6).DropoutPlain(o.g.Scope(), "d", 0.4) }},
		{"given mask", func(o *operands) *graph.Node { return o.any(5, 6).DropoutBy(o.input(5, 6), 0.4) }},
		{"given mask, plain", func(o *operands) *graph.Node { return o.any(5, 6).DropoutPlainBy(o.input(5, 6), 0.4) }},
	})
}

// TestGradient_padding: the gradient of a padded embedding is that of the
// plain one, but for the row of the padding, which gets none.
func TestGradient_padding(t *testing.T) {
	run := func(padding int) []float64 {
		o := newOperands(graph.Float64, graph.Train)
		table := o.any(4, 3)
		prog, err := o.g.Compile(o.weighted(table.EmbeddingPadded(o.ints([]int{1, 3, 1, 0, 3}, 5), padding)))
		if err != nil {
			t.Fatal(err)
		}
		if err := prog.Run(o.feeds...); err != nil {
			t.Fatal(err)
		}
		return prog.Gradient(table)
	}
	got, want := run(3), run(-1)
	clear(want[3*3:])
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestGradient_eval: without Train there are no gradients.
func TestGradient_eval(t *testing.T) {
	o := newOperands(graph.Float64, graph.Eval)
	prog, err := o.g.Compile(o.any(3).Square().Sum())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(prog.Gradients()); n != 0 {
		t.Errorf("%d gradients", n)
	}
	if _, err := gradcheck.Check(prog, gradcheck.Opts{}); err == nil {
		t.Error("a check without gradients passed")
	}
}

func TestGradient_roiPool(t *testing.T) {
	// regions that overlap, cross the border, lie outside, have less than a cell a bin
	rois := []float64{0, 0, 0, 5, 4, 1, 2.4, 1.6, 4.5, 3.5, 1, -3, -3, 2, 2, 0, 9, 9, 12, 12, 0, 3, 3, 3, 3}
	checkGradients(t, []gradientCase{
		{"2 by 3", func(o *operands) *graph.Node {
			return o.any(2, 2, 5, 6).RoIPool(o.g.Constant(rois, 5, 5), 2, 3, 1)
		}},
		{"half scale", func(o *operands) *graph.Node {
			return o.any(2, 1, 5, 6).RoIPool(o.g.Constant(rois, 5, 5), 3, 2, 0.5)
		}},
	})
}
