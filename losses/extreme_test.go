package losses_test

import (
	"math"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
)

// TestExtremes: numbers whose squares, exponentials or differences leave what
// the number type holds. Each loss is compared with its formula, worked out by
// limits; NaN in want stands for NaN.
func TestExtremes(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	each := losses.Opts{Reduction: losses.None}
	none := losses.CrossEntropyOpts{Reduction: losses.None}
	for name, c := range map[string]struct {
		x           []float64
		shape       []int
		build       func(b *bench) *graph.Node
		value, grad []float64
	}{
		"smooth l1": {[]float64{0, 1, -1, 1e8, -1e8, inf, -inf, nan}, []int{8}, func(b *bench) *graph.Node {
			return losses.SmoothL1(b.theta, b.theta.Zeros(8), each)
		}, []float64{0, 0.5, 0.5, 1e8 - 0.5, 1e8 - 0.5, inf, inf, nan}, []float64{0, 1, -1, 1, -1, 1, -1, nan}},
		"mse": {[]float64{1e8, inf, nan}, []int{3}, func(b *bench) *graph.Node {
			return losses.MSE(b.theta, b.theta.Zeros(3), each)
		}, []float64{1e16, inf, nan}, []float64{2e8, inf, nan}},
		"binary cross-entropy of logits, y = 1": {[]float64{1e8, -1e8, inf, -inf, nan}, []int{5}, func(b *bench) *graph.Node {
			return losses.BinaryCrossEntropyLogit(b.theta, b.theta.Zeros(5).Shift(1), each)
		}, []float64{0, 1e8, 0, inf, nan}, []float64{0, -1, 0, -1, nan}},
		"binary cross-entropy of logits, y = 0": {[]float64{1e8, -1e8, inf, -inf}, []int{4}, func(b *bench) *graph.Node {
			return losses.BinaryCrossEntropyLogit(b.theta, b.theta.Zeros(4), each)
		}, []float64{1e8, 0, inf, 0}, []float64{1, 0, 1, 0}},
		"binary cross-entropy": {[]float64{0, 1}, []int{2}, func(b *bench) *graph.Node {
			return losses.BinaryCrossEntropy(b.theta, b.input("y", []float64{0, 1}, 2), each)
		}, []float64{0, 0}, []float64{1, -1}},
		"cross-entropy": {[]float64{1e8, -1e8, 0, -inf, 3, 3}, []int{2, 3}, func(b *bench) *graph.Node {
			return losses.CrossEntropy(b.theta, b.labels(0, 1), none)
		}, []float64{0, math.Ln2}, []float64{0, 0, 0, 0, -0.5, 0.5}},
		"cross-entropy of the least probable": {[]float64{1e8, -1e8, 0}, []int{1, 3}, func(b *bench) *graph.Node {
			return losses.CrossEntropy(b.theta, b.labels(1), none)
		}, []float64{2e8}, []float64{1, -1, 0}},
		"cross-entropy without an impossible class": {[]float64{-inf, 3, 3}, []int{1, 3}, func(b *bench) *graph.Node {
			o := losses.CrossEntropyOpts{Reduction: losses.None, Smoothing: 0.3, ClassWeights: b.input("w", []float64{0, 1, 1}, 3)}
			return losses.CrossEntropy(b.theta, b.labels(1), o)
		}, []float64{(0.7 + 0.2) * math.Ln2}, []float64{0, -0.8 + 0.45, -0.1 + 0.45}},
		"cross-entropy with a distribution": {[]float64{-inf, 3, 3, 1e8, 0, 0}, []int{2, 3}, func(b *bench) *graph.Node {
			return losses.CrossEntropyDistribution(b.theta, b.input("y", []float64{0, 0.25, 0.75, 1, 0, 0}, 2, 3), none)
		}, []float64{math.Ln2, 0}, []float64{0, 0.25, -0.25, 0, 0, 0}},
		"a sample of weight 0": {[]float64{nan, 1}, []int{2}, func(b *bench) *graph.Node {
			return losses.MSE(b.theta, b.theta.Zeros(2), losses.Opts{Weights: b.input("w", []float64{0, 1}, 2)})
		}, []float64{1}, []float64{nan, 2}},
		"steps that a mask leaves out": {[]float64{inf, 1, 2, 2}, []int{2, 1, 2}, func(b *bench) *graph.Node {
			loss, _ := losses.Sequence(b.theta, b.labels(0, 1).Reshape(2, 1), b.input("mask", []float64{0, 1}, 2, 1), losses.MeanSteps)
			return loss
		}, []float64{math.Ln2}, []float64{nan, nan, 0.5, -0.5}},
		"l2 normalize": {[]float64{3e30, 4e30, -3e-10, 4e-10, 0, 1e-15}, []int{3, 2}, func(b *bench) *graph.Node {
			return losses.L2Normalize(b.theta)
		}, []float64{0.6, 0.8, -0.6, 0.8, 0, 0}, []float64{0.032 / 1e30 * 5, -0.024 / 1e30 * 5, 2.24 / 1e-9 * 1, 1.68 / 1e-9 * 1, 0, 0}},
		"hard triplets far apart": {[]float64{0, 1e16, 3e16}, []int{3, 1}, func(b *bench) *graph.Node {
			return losses.TripletHard(b.theta, b.labels(0, 0, 1), 0, losses.TripletOpts{Reduction: losses.None})
		}, []float64{0, 0, 0}, []float64{0, 0, 0}},
		"hard triplets, one not told apart": {[]float64{0, 2e16, 1e16}, []int{3, 1}, func(b *bench) *graph.Node {
			return losses.TripletHard(b.theta, b.labels(0, 0, 1), 0, losses.TripletOpts{Reduction: losses.None})
		}, []float64{3e32, 3e32, 0}, []float64{-6e16, 6e16, 0}},
		"semi-hard triplets far apart": {[]float64{0, 1e16, 3e16}, []int{3, 1}, func(b *bench) *graph.Node {
			return losses.TripletSemiHard(b.theta, b.labels(0, 0, 1), 0, losses.TripletOpts{})
		}, []float64{0}, []float64{0, 0, 0}},
		"contrastive": {[]float64{1e25, 0}, []int{2, 1}, func(b *bench) *graph.Node {
			return losses.Contrastive(b.theta, b.theta.Zeros(2, 1), b.input("same", []float64{0, 1}, 2), 1, each)
		}, []float64{0, 0}, []float64{0, 0}},
		"localise, sure of itself": {[]float64{1e8, 0, 0, 0, 0, 1e8, -1e8}, []int{1, 7}, func(b *bench) *graph.Node {
			return losses.Localise(b.theta, b.input("y", []float64{1, 0.5, 0.5, 0.5, 0.5, 1, 0}, 1, 7), 1).Loss
		}, []float64{0}, []float64{0, 0, 0, 0, 0, 0, 0}},
		"yolo, a wild box where there is no object": {[]float64{0, 0, 0, inf, nan, 0}, []int{1, 1, 1, 1, 6}, func(b *bench) *graph.Node {
			return losses.YOLO(b.theta, b.theta.Zeros(1, 1, 1, 1, 6), 5, 0.5, losses.YOLOOpts{}).Loss
		}, []float64{0}, []float64{0, 0, 0, 0, 0, 0}},
	} {
		for _, dtype := range []graph.DType{graph.Float32, graph.Float64} {
			t.Run(name+" "+dtype.String(), func(t *testing.T) {
				b := newBench(t, dtype, c.x, c.shape...)
				value, grad := b.run(c.build(b), nil)
				closeTo(t, "value", value, c.value)
				closeTo(t, "gradient", grad, c.grad)
			})
		}
	}
}

// closeTo compares with the precision of float32.
func closeTo(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i, w := range want {
		g := got[i]
		if g != w && !(math.IsNaN(g) && math.IsNaN(w)) && !(math.Abs(g-w) <= 1e-6*math.Max(1, math.Abs(w))) {
			t.Errorf("%s %d: %v, want %v", what, i, got, want)
			return
		}
	}
}

// TestGloVeWeights_extremes: the weight is 1 from x_max on, however large.
func TestGloVeWeights_extremes(t *testing.T) {
	for _, dtype := range []graph.DType{graph.Float32, graph.Float64} {
		x := []float64{0, 50, 100, 1e8, 1e30, math.Inf(1), math.NaN()}
		g := graph.New(graph.NewStore(dtype, 1), graph.Eval)
		in := g.Input("x", len(x))
		y := losses.GloVeWeights(in, losses.GloVeOpts{})
		prog, err := g.Compile(nil, y)
		if err != nil {
			t.Fatal(err)
		}
		if err := prog.Run(in.FeedFloat64s(x)); err != nil {
			t.Fatal(err)
		}
		closeTo(t, "weight", prog.Values(y), []float64{0, math.Pow(0.5, 0.75), 1, 1, 1, 1, math.NaN()})
	}
}
