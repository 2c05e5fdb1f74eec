package losses_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/losses"
)

// yoloTarget is one picture, 1×2 cells, one anchor, one class: an object in the
// first cell, garbage beside p_c = 0 in the second.
func yoloTarget(b *bench) *graph.Node {
	return b.input("target", []float64{1, 0.5, 0.5, 0.36, 0.25, 1, 0, 9, 9, -9, -9, 9}, 1, 1, 2, 1, 6)
}

// ofModels is every loss of a particular model, with where it is tried.
func ofModels() map[string]struct {
	shape []int
	build func(b *bench) *graph.Node
} {
	type try = struct {
		shape []int
		build func(b *bench) *graph.Node
	}
	words := func(b *bench, name string, ids []int, shape ...int) *graph.Node {
		n := b.g.InputInts(name, shape...)
		b.feeds = append(b.feeds, n.FeedInts(ids))
		return n
	}
	// tables makes e and theta of the two halves of a parameter [10, 3].
	tables := func(b *bench) (e, theta *graph.Node) { return b.theta.Slice(0, 0, 5), b.theta.Slice(0, 5, 10) }
	target := func(b *bench) *graph.Node { return words(b, "target", []int{0, 4, 4}, 3) }
	noise := func(b *bench) *graph.Node { return words(b, "noise", []int{1, 2, 3, 3, 0, 4}, 3, 2) }
	contexts := func(b *bench) *graph.Node { return words(b, "contexts", []int{1, 2, 3, 0, 0, 2}, 3, 2) }
	o := func(b *bench) losses.Opts { return losses.Opts{Weights: b.input("w", []float64{0.5, 0, 2}, 3)} }
	cbow := func(b *bench) losses.CBOWOpts {
		return losses.CBOWOpts{Mask: b.input("mask", []float64{1, 1, 0, 1, 0, 0}, 3, 2), Weights: o(b).Weights}
	}
	bias := func(b *bench, i int) *graph.Node { return b.theta.Slice(0, i, i+5).Slice(1, 2, 3).Reshape(5) }
	gan := losses.GANOpts{RealLabel: 0.9}
	likely := losses.GANOpts{Probability: true, RealLabel: 0.8}
	layer := []int{2, 3, 2, 4}
	other := func(b *bench) *graph.Node { return b.input("other", embeddings(6, 8, 3), layer...) }
	return map[string]try{
		"Triplet": {[]int{3, 4}, func(b *bench) *graph.Node {
			p, n := b.input("p", embeddings(3, 4, 5), 3, 4), b.input("n", embeddings(3, 4, 6), 3, 4)
			return losses.Triplet(b.theta, p, n, 9, losses.TripletOpts{Normalize: true, Distance: losses.EuclideanEps, Weights: o(b).Weights})
		}},
		"TripletHard": {[]int{6, 3}, func(b *bench) *graph.Node {
			return losses.TripletHard(b.theta, b.labels(0, 1, 1, 0, 2, 2), 3, losses.TripletOpts{Distance: losses.Euclidean})
		}},
		"TripletAll": {[]int{6, 3}, func(b *bench) *graph.Node {
			return losses.TripletAll(b.theta, b.labels(0, 1, 1, 0, 2, 2), 3, losses.TripletOpts{})
		}},
		"TripletSemiHard": {[]int{6, 3}, func(b *bench) *graph.Node {
			return losses.TripletSemiHard(b.theta, b.labels(0, 1, 1, 0, 2, 2), 3, losses.TripletOpts{})
		}},
		"ContrastiveAll": {[]int{5, 3}, func(b *bench) *graph.Node {
			y := b.labels(0, 1, 1, 0, 2)
			other := b.g.InputInts("other labels", 4)
			b.feeds = append(b.feeds, other.FeedInts([]int{2, 1, 0, 1}))
			return losses.ContrastiveAll(b.theta, b.input("b", embeddings(4, 3, 5), 4, 3), y, other, 4)
		}},
		"Contrastive": {[]int{3, 4}, func(b *bench) *graph.Node {
			return losses.Contrastive(b.theta, b.input("b", embeddings(3, 4, 5), 3, 4), b.input("same", []float64{1, 0, 0}, 3), 4, o(b))
		}},
		"GANDiscriminator": {[]int{5}, func(b *bench) *graph.Node {
			return losses.GANDiscriminator(b.theta.Slice(0, 0, 3), b.theta.Slice(0, 3, 5), gan)
		}},
		"GANDiscriminator of probabilities": {[]int{5}, func(b *bench) *graph.Node {
			p := b.theta.Sigmoid()
			return losses.GANDiscriminator(p.Slice(0, 0, 3), p.Slice(0, 3, 5), likely)
		}},
		"GANGenerator":        {[]int{5}, func(b *bench) *graph.Node { return losses.GANGenerator(b.theta, gan) }},
		"GANGeneratorMinimax": {[]int{5}, func(b *bench) *graph.Node { return losses.GANGeneratorMinimax(b.theta, gan) }},
		"ContentCost":         {layer, func(b *bench) *graph.Node { return losses.ContentCost(b.theta, other(b)) }},
		"ContentCostMean":     {layer, func(b *bench) *graph.Node { return losses.ContentCostMean(b.theta, other(b)) }},
		"StyleCost":           {layer, func(b *bench) *graph.Node { return losses.StyleCost(b.theta, other(b)) }},
		"StyleCostMean":       {layer, func(b *bench) *graph.Node { return losses.StyleCostMean(b.theta, other(b)) }},
		"StyleCostGram": {layer, func(b *bench) *graph.Node {
			return losses.StyleCostGram(b.theta, b.input("gram", embeddings(3, 3, 3), 1, 3, 3))
		}},
		"TotalVariation": {layer, func(b *bench) *graph.Node { return losses.TotalVariation(b.theta) }},
		"YOLO": {[]int{1, 1, 2, 1, 6}, func(b *bench) *graph.Node {
			y := losses.YOLOBoxes(b.theta, [][2]float64{{0.3, 0.4}})
			return losses.YOLO(y, yoloTarget(b), 5, 0.5, losses.YOLOOpts{}).Loss
		}},
		"YOLO in cells": {[]int{1, 1, 2, 1, 6}, func(b *bench) *graph.Node {
			y := losses.YOLOCells(b.theta, [][2]float64{{0.3, 0.4}})
			return losses.YOLO(y, yoloTarget(b), 5, 0.5, losses.YOLOOpts{Reduction: losses.Sum}).Loss
		}},
		"YOLOLogistic": {[]int{1, 1, 2, 1, 6}, func(b *bench) *graph.Node {
			return losses.YOLOLogistic(b.theta, yoloTarget(b), b.input("truths", []float64{0.1, 0.2, 0.4, 0.6, 0, 0, 0, 0}, 1, 2, 4), [][2]float64{{0.3, 0.4}}, losses.YOLOLogisticOpts{}).Loss
		}},
		"Localise": {[]int{2, 7}, func(b *bench) *graph.Node {
			target := b.input("target", []float64{1, 0.5, 0.4, 0.3, 0.2, 0, 1, 0, 9, 9, 9, 9, 9, 9}, 2, 7)
			return losses.Localise(b.theta, target, 5).Loss
		}},
		"SmoothL1": {[]int{3, 4}, func(b *bench) *graph.Node {
			return losses.SmoothL1(b.theta.Scale(3), b.input("t", embeddings(3, 4, 5), 3, 4), o(b))
		}},
		"GloVe": {[]int{10, 3}, func(b *bench) *graph.Node {
			e, theta := tables(b)
			x := make([]float64, 25)
			for i := range x {
				x[i] = float64(i * i % 23)
			}
			return losses.GloVe(theta, e, bias(b, 0), bias(b, 5), b.input("x", x, 5, 5), losses.GloVeOpts{XMax: 10})
		}},
		"GloVePairs": {[]int{10, 3}, func(b *bench) *graph.Node {
			e, theta := tables(b)
			i, j := words(b, "i", []int{0, 0, 4}, 3), words(b, "j", []int{0, 3, 3}, 3)
			return losses.GloVePairs(theta, e, bias(b, 0), bias(b, 5), i, j, b.input("x", []float64{1, 50, 0}, 3), losses.GloVeOpts{XMax: 10})
		}},
		"SkipGram": {[]int{10, 3}, func(b *bench) *graph.Node {
			e, theta := tables(b)
			return losses.SkipGram(e, theta, words(b, "context", []int{3, 3, 1}, 3), target(b), o(b))
		}},
		"NegativeSampling": {[]int{10, 3}, func(b *bench) *graph.Node {
			e, theta := tables(b)
			return losses.NegativeSampling(e, theta, words(b, "context", []int{3, 3, 1}, 3), target(b), noise(b), o(b))
		}},
		"CBOW": {[]int{10, 3}, func(b *bench) *graph.Node {
			e, theta := tables(b)
			return losses.CBOW(e, theta, contexts(b), target(b), cbow(b))
		}},
		"CBOWNegativeSampling": {[]int{10, 3}, func(b *bench) *graph.Node {
			e, theta := tables(b)
			return losses.CBOWNegativeSampling(e, theta, contexts(b), target(b), noise(b), cbow(b))
		}},
	}
}

func TestGradients_models(t *testing.T) {
	for name, try := range ofModels() {
		t.Run(name, func(t *testing.T) {
			n := 1
			for _, d := range try.shape {
				n *= d
			}
			b := newBench(t, graph.Float64, embeddings(n, 1, 11), try.shape...)
			loss := try.build(b)
			prog, err := b.g.Compile(loss)
			if err != nil {
				t.Fatal(err)
			}
			if err := prog.Run(b.feeds...); err != nil {
				t.Fatal(err)
			}
			report, err := gradcheck.Check(prog, gradcheck.Opts{Most: -1})
			if err != nil {
				t.Fatal(err)
			}
			if w := report.Worst(); !w.Right(1e-7) || w.Analytical == 0 && w.Numerical == 0 && w.Checked == 0 {
				t.Errorf("%+v", w)
			}
		})
	}
}

func TestNaN_showsInModels(t *testing.T) {
	for name, try := range ofModels() {
		n := 1
		for _, d := range try.shape {
			n *= d
		}
		values := embeddings(n, 1, 11)
		for i := range values {
			values[i] = math.NaN()
		}
		b := newBench(t, graph.Float32, values, try.shape...)
		if loss, _ := b.run(try.build(b), nil); !math.IsNaN(loss[0]) {
			t.Errorf("%s of NaNs is %v", name, loss[0])
		}
	}
}

// J(G) = α·J_content + β·Σ w·J_style, with G_kk' = Σ_ij a_ijk·a_ijk'.
func TestSection1_6_2_StyleTransfer(t *testing.T) {
	// Two channels at two places: a_1 = (1, 2), a_2 = (3, 4).
	b := newBench(t, graph.Float64, []float64{1, 2, 3, 4}, 1, 2, 1, 2)
	gram, _ := b.run(losses.Gram(b.theta), nil)
	near(t, "Gram", gram, 5, 11, 11, 25)

	b = newBench(t, graph.Float64, []float64{1, 2, 3, 4}, 1, 2, 1, 2)
	zero := b.input("zero", make([]float64, 4), 1, 2, 1, 2)
	content, style := losses.ContentCost(b.theta, zero), losses.StyleCost(b.theta, zero)
	j, _ := b.run(losses.StyleTransfer(2, 3, content, []*graph.Node{style, style}, []float64{0.5, 0.25}), nil)
	wantContent := 0.5 * (1 + 4 + 9 + 16)
	wantStyle := (25 + 2*121 + 625.) / (8 * 8) // (2·n_H·n_W·n_C)² = (2·1·2·2)²
	near(t, "J", j, 2*wantContent+3*0.75*wantStyle)
}

// The costs of a batch are the means over its pictures.
func TestStyle_batch(t *testing.T) {
	x, y := embeddings(24, 1, 1), embeddings(24, 1, 2)
	for name, cost := range map[string]func(a, b *graph.Node) *graph.Node{
		"content": losses.ContentCost, "content mean": losses.ContentCostMean,
		"style": losses.StyleCost, "style mean": losses.StyleCostMean,
		"total variation": func(a, _ *graph.Node) *graph.Node { return losses.TotalVariation(a) },
	} {
		of := func(lo, hi, n int) float64 {
			b := newBench(t, graph.Float64, x[lo:hi], n, 2, 2, 3)
			v, _ := b.run(cost(b.theta, b.input("y", y[lo:hi], n, 2, 2, 3)), nil)
			return v[0]
		}
		near(t, name, []float64{of(0, 24, 2)}, (of(0, 12, 1)+of(12, 24, 1))/2)
	}
}

func TestTotalVariation_ramp(t *testing.T) {
	b := newBench(t, graph.Float64, []float64{0, 1, 3, 10, 11, 13}, 1, 1, 2, 3)
	v, _ := b.run(losses.TotalVariation(b.theta), nil)
	near(t, "ramp", v, 3*10+2*(1+2))
	b = newBench(t, graph.Float64, []float64{7}, 1, 1, 1, 1)
	v, _ = b.run(losses.TotalVariation(b.theta), nil)
	near(t, "one pixel", v, 0)
}

// Where p_c is 0 nothing but p_c counts; the parts sum to the loss.
func TestSection1_6_YOLO(t *testing.T) {
	pred := []float64{0.8, 0.6, 0.4, 0.49, 0.16, 0.7, 0.3, math.Pi, -5, -1, 0, 3}
	b := newBench(t, graph.Float64, pred, 1, 1, 2, 1, 6)
	y := losses.YOLO(b.theta, yoloTarget(b), 5, 0.5, losses.YOLOOpts{})
	parts := graph.Stack(y.Coord, y.Object, y.None, y.Class, y.Loss)
	got, grad := b.run(parts, []float64{0, 0, 0, 0, 1})
	coord := 5 * (0.01 + 0.01 + 0.01 + 0.01) // Δ√0.49 = 0.1, Δ√0.16 = −0.1
	near(t, "parts", got, coord, 0.04, 0.5*0.09, 0.09, coord+0.04+0.045+0.09)
	near(t, "gradient", grad, -0.4, 1, -1, 5*2*0.1/(2*0.7), 5*2*-0.1/(2*0.4), -0.6, 0.3, 0, 0, 0, 0, 0)
}

func TestYOLO_weights(t *testing.T) {
	pred := embeddings(24, 1, 3)
	target := append([]float64{1, 0.5, 0.5, 0.3, 0.2, 1, 0, 0, 0, 0, 0, 0}, 0, 0, 0, 0, 0, 0, 1, 0.1, 0.2, 0.5, 0.5, 1)
	loss := func(lo, hi, n int, w []float64) float64 {
		b := newBench(t, graph.Float64, pred[lo:hi], n, 1, 2, 1, 6)
		o := losses.YOLOOpts{IoUTarget: true}
		if w != nil {
			o.Weights = b.input("w", w, n)
		}
		v, _ := b.run(losses.YOLO(b.theta, b.input("t", target[lo:hi], n, 1, 2, 1, 6), 5, 0.5, o).Loss, nil)
		return v[0]
	}
	near(t, "second left out", []float64{loss(0, 24, 2, []float64{1, 0})}, loss(0, 12, 1, nil))
	near(t, "mean", []float64{loss(0, 24, 2, nil)}, (loss(0, 12, 1, nil)+loss(12, 24, 1, nil))/2)
}

// A perfect prediction costs nothing, with either target of p_c.
func TestYOLO_perfect(t *testing.T) {
	for _, iou := range []bool{false, true} {
		target := []float64{1, 0.5, 0.25, 0.36, 0.25, 1, 0, 0, 0, 0, 0, 0}
		b := newBench(t, graph.Float64, target, 1, 1, 2, 1, 6)
		v, grad := b.run(losses.YOLO(b.theta, b.input("t", target, 1, 1, 2, 1, 6), 5, 0.5, losses.YOLOOpts{IoUTarget: iou}).Loss, nil)
		near(t, "loss", v, 0)
		for i, g := range grad {
			if math.Abs(g) > 1e-12 {
				t.Errorf("gradient %d is %g", i, g)
			}
		}
	}
}

// The parts by hand: a box on its anchor's size half-way into its cell, and
// beside it a background box, which counts but where it overlaps a true one.
func TestYOLOLogistic_parts(t *testing.T) {
	ln2 := math.Log(2)
	for _, c := range []struct {
		name   string
		truth  []float64 // of the second cell's box
		ignore bool
	}{
		{"background", []float64{0.2, 0.3, 0.3, 0.7}, false},
		{"claimed", []float64{0.61, 0.3, 0.89, 0.7}, true},
	} {
		b := newBench(t, graph.Float64, []float64{0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 2}, 1, 1, 2, 1, 6)
		target := b.input("target", []float64{1, 0.5, 0.5, 0.4, 0.6 * math.E, 1, 0, 9, 9, 9, 9, 9}, 1, 1, 2, 1, 6)
		truths := b.input("truths", append(c.truth, 0, 0, 0, 0), 1, 2, 4)
		y := losses.YOLOLogistic(b.theta, target, truths, [][2]float64{{0.4, 0.3}}, losses.YOLOLogisticOpts{})
		got, _ := b.run(graph.Stack(y.Coord, y.Object, y.None, y.Class, y.Loss), []float64{0, 0, 0, 0, 1})
		w := 2 - 0.4*0.6*math.E/2                  // the box's share of the picture of two cells
		coord, none := w*1, 0.5*math.Log(1+math.E) // in the middle of its cell, the size off by e
		if c.ignore {
			none = 0
		}
		near(t, c.name, got, coord, ln2, none, 0, coord+ln2+none)
	}
}

func TestLocalise_parts(t *testing.T) {
	ln2 := math.Log(2)
	b := newBench(t, graph.Float64, make([]float64, 14), 2, 7)
	y := losses.Localise(b.theta, b.input("target", []float64{1, 0.6, 0.5, 0.5, 0.3, 0, 1, 0, 9, 9, 9, 9, 9, 9}, 2, 7), 5)
	got, _ := b.run(graph.Stack(y.Object, y.Box, y.Class, y.Loss), []float64{0, 0, 0, 1})
	near(t, "parts", got, ln2, 5*0.05/2, ln2/2, 1.5*ln2+0.125)
}

func TestSmoothL1_values(t *testing.T) {
	b := newBench(t, graph.Float64, []float64{0, 0.5, -1, 3, -4}, 5)
	got, grad := b.run(losses.SmoothL1(b.theta, b.theta.Zeros(5), losses.Opts{Reduction: losses.None}), []float64{1, 1, 1, 1, 1})
	near(t, "loss", got, 0, 0.125, 0.5, 2.5, 3.5)
	near(t, "gradient", grad, 0, 0.5, -1, 1, -1)
}

// J = ½·Σ f(X)·(θᵀe + b + b' − log X)²; the sparse form leaves out what never occurs.
func TestSection2_3_GloVe(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const v, d = 4, 2
		x := rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0.5, 1, 7, 100, 3000}), v*v, v*v).Draw(rt, "x")
		values := embeddings(2*v, d, rapid.Uint64().Draw(rt, "seed"))
		want := 0.0
		var is, js []int
		var counts []float64
		for i := range v {
			for j := range v {
				if x[i*v+j] == 0 {
					continue
				}
				is, js, counts = append(is, i), append(js, j), append(counts, x[i*v+j])
				dot := 0.0
				for k := range d {
					dot += values[i*d+k] * values[(v+j)*d+k]
				}
				e := dot + float64(i) - float64(j) - math.Log(x[i*v+j])
				want += 0.5 * min(math.Pow(x[i*v+j]/100, 0.75), 1) * e * e
			}
		}
		parts := func(b *bench) (theta, e, bias, biasPrime *graph.Node) {
			return b.theta.Slice(0, 0, v), b.theta.Slice(0, v, 2*v), b.input("b", []float64{0, 1, 2, 3}, v), b.input("b'", []float64{0, -1, -2, -3}, v)
		}
		b := newBench(t, graph.Float64, values, 2*v, d)
		theta, e, bias, biasPrime := parts(b)
		got, grad := b.run(losses.GloVe(theta, e, bias, biasPrime, b.input("x", x, v, v), losses.GloVeOpts{}), nil)
		near(t, "dense", got, want)
		if len(is) == 0 {
			return
		}
		b = newBench(t, graph.Float64, values, 2*v, d)
		theta, e, bias, biasPrime = parts(b)
		i, j := b.g.InputInts("i", len(is)), b.g.InputInts("j", len(js))
		b.feeds = append(b.feeds, i.FeedInts(is), j.FeedInts(js))
		got, sparse := b.run(losses.GloVePairs(theta, e, bias, biasPrime, i, j, b.input("x", counts, len(counts)), losses.GloVeOpts{}), nil)
		near(t, "sparse", got, want)
		for k := range grad {
			if math.Abs(grad[k]-sparse[k]) > 1e-9*(1+math.Abs(grad[k])) {
				t.Fatalf("gradient %d: dense %g, sparse %g", k, grad[k], sparse[k])
			}
		}
	})
}

// P(t|c) sums to 1, −log of it is the loss; a context of one word is skip-gram.
func TestSection2_3_SkipGram(t *testing.T) {
	values := embeddings(10, 3, 5)
	build := func() (b *bench, e, theta, context, target *graph.Node) {
		b = newBench(t, graph.Float64, values, 10, 3)
		context, target = b.g.InputInts("context", 2), b.g.InputInts("target", 2)
		b.feeds = append(b.feeds, context.FeedInts([]int{1, 4}), target.FeedInts([]int{0, 2}))
		return b, b.theta.Slice(0, 0, 5), b.theta.Slice(0, 5, 10), context, target
	}
	b, e, theta, context, _ := build()
	p, _ := b.run(losses.SkipGramProbability(e, theta, context), nil)
	sum := 0.0
	for _, v := range p {
		sum += v
	}
	near(t, "sum", []float64{sum}, 2)

	b, e, theta, context, target := build()
	skip, skipGrad := b.run(losses.SkipGram(e, theta, context, target, losses.Opts{}), nil)
	near(t, "loss", skip, -(math.Log(p[0])+math.Log(p[5+2]))/2)

	b, e, theta, context, target = build()
	cbow, cbowGrad := b.run(losses.CBOW(e, theta, context.Reshape(2, 1), target, losses.CBOWOpts{}), nil)
	near(t, "CBOW", cbow, skip...)
	near(t, "CBOW gradient", cbowGrad, skipGrad...)
}

// −log softmax(θ·h)_t of the mean h of the context's vectors.
func TestSection2_3_CBOW(t *testing.T) {
	// e = (1, 0), (0, 1), (2, 2); θ = 0, (2·log 2, 0), (0, 2·log 5): h = (½, ½) gives
	// the scores 0, log 2, log 5.
	b := newBench(t, graph.Float64, []float64{1, 0, 0, 1, 2, 2, 0, 0, 2 * math.Ln2, 0, 0, 2 * math.Log(5)}, 6, 2)
	contexts := b.g.InputInts("contexts", 1, 2)
	b.feeds = append(b.feeds, contexts.FeedInts([]int{0, 1}))
	loss, grad := b.run(losses.CBOW(b.theta.Slice(0, 0, 3), b.theta.Slice(0, 3, 6), contexts, b.labels(2), losses.CBOWOpts{}), nil)
	near(t, "loss", loss, -math.Log(5./8))
	// ∂ℓ/∂θ_j = (P_j − [j = t])·h; the word outside the context gets nothing.
	near(t, "gradient of θ", grad[6:], 1./16, 1./16, 2./16, 2./16, -3./16, -3./16)
	near(t, "gradient of e_3", grad[4:6], 0, 0)
}

// P(y=1|c, t) = σ(θ_tᵀe_c); the loss asks it of the target and its opposite of
// the negatives.
func TestSection2_3_NegativeSampling(t *testing.T) {
	values := []float64{1, 0, 0, 1, 2, 2, math.Log(3), 7, -math.Log(3), 7, 0, 7} // θᵀe_1 = log 3, −log 3, 0
	build := func() (b *bench, e, theta, context, target, negatives *graph.Node) {
		b = newBench(t, graph.Float64, values, 6, 2)
		context, target, negatives = b.g.InputInts("context", 1), b.g.InputInts("target", 1), b.g.InputInts("negatives", 1, 2)
		b.feeds = append(b.feeds, context.FeedInts([]int{0}), target.FeedInts([]int{0}), negatives.FeedInts([]int{1, 2}))
		return b, b.theta.Slice(0, 0, 3), b.theta.Slice(0, 3, 6), context, target, negatives
	}
	b, e, theta, context, target, _ := build()
	p, _ := b.run(losses.NegativeSamplingProbability(e, theta, context, target), nil)
	near(t, "P of the target", p, 0.75)
	b, e, theta, context, _, negatives := build()
	p, _ = b.run(losses.NegativeSamplingProbability(e, theta, context, negatives), nil)
	near(t, "P of the negatives", p, 0.25, 0.5)
	b, e, theta, context, target, negatives = build()
	loss, _ := b.run(losses.NegativeSampling(e, theta, context, target, negatives, losses.Opts{}), nil)
	near(t, "loss", loss, -math.Log(0.75)-math.Log(1-0.25)-math.Log(1-0.5))
}

// A masked word counts neither in the sum nor in the mean.
func TestCBOW_mask(t *testing.T) {
	values := embeddings(10, 3, 5)
	loss := func(ids, mask []float64, sum bool) []float64 {
		b := newBench(t, graph.Float64, values, 10, 3)
		n := len(ids)
		contexts, target := b.g.InputInts("contexts", 1, n), b.labels(3)
		ints := make([]int, n)
		for i, v := range ids {
			ints[i] = int(v)
		}
		b.feeds = append(b.feeds, contexts.FeedInts(ints))
		o := losses.CBOWOpts{Sum: sum}
		if mask != nil {
			o.Mask = b.input("mask", mask, 1, n)
		}
		v, _ := b.run(losses.CBOW(b.theta.Slice(0, 0, 5), b.theta.Slice(0, 5, 10), contexts, target, o), nil)
		return v
	}
	for _, sum := range []bool{false, true} {
		near(t, "masked", loss([]float64{1, 0, 2}, []float64{1, 0, 1}, sum), loss([]float64{1, 2}, nil, sum)...)
		near(t, "none left", loss([]float64{1, 2}, []float64{0, 0}, sum), math.Log(5))
	}
}

func TestGAN_certain(t *testing.T) {
	for _, dtype := range []graph.DType{graph.Float32, graph.Float64} {
		b := newBench(t, dtype, []float64{500, -500}, 2)
		v, grad := b.run(losses.GANDiscriminator(b.theta.Slice(0, 0, 1), b.theta.Slice(0, 1, 2), losses.GANOpts{}), nil)
		near(t, "right", append(v, grad...), 0, 0, 0)
		b = newBench(t, dtype, []float64{-500}, 1)
		v, grad = b.run(losses.GANGenerator(b.theta, losses.GANOpts{}), nil)
		near(t, "caught", append(v, grad...), 500, -1)
		b = newBench(t, dtype, []float64{0}, 1)
		v, _ = b.run(losses.GANGenerator(b.theta, losses.GANOpts{Probability: true}), nil)
		if math.IsInf(v[0], 0) || v[0] < 60 {
			t.Errorf("probability 0 costs %v", v)
		}
	}
}

func TestWrongUse_models(t *testing.T) {
	for _, test := range []struct {
		name  string
		build func(b *bench) *graph.Node
		want  string
	}{
		{"triplet shapes", func(b *bench) *graph.Node {
			return losses.Triplet(b.theta, b.g.Input("p", 3, 2), b.g.Input("n", 3, 1), 1, losses.TripletOpts{})
		}, "Triplet: theta(3, 2), n(3, 1): expected equal shapes"},
		{"margin", func(b *bench) *graph.Node {
			return losses.TripletHard(b.theta, b.g.Labels("y", 3), -1, losses.TripletOpts{})
		}, "TripletHard: margin -1, expected at least 0"},
		{"distance", func(b *bench) *graph.Node {
			return losses.TripletHard(b.theta, b.g.Labels("y", 3), 1, losses.TripletOpts{Distance: 7})
		}, "distance 7, expected Squared, Euclidean or EuclideanEps"},
		{"labels", func(b *bench) *graph.Node {
			return losses.TripletSemiHard(b.theta, b.g.Labels("y", 4), 1, losses.TripletOpts{})
		}, "TripletSemiHard: labels y(4), expected [3]"},
		{"labels that are floats", func(b *bench) *graph.Node {
			return losses.TripletSemiHard(b.theta, b.g.Input("y", 3), 1, losses.TripletOpts{})
		}, "expected two lists of integers"},
		{"weights of a batch", func(b *bench) *graph.Node {
			return losses.TripletHard(b.theta, b.g.Labels("y", 3), 1, losses.TripletOpts{Weights: b.g.Input("w", 2)})
		}, "TripletHard: weights w(2), expected [3]"},
		{"contrastive", func(b *bench) *graph.Node {
			return losses.Contrastive(b.theta, b.theta, b.g.Input("same", 2), 1, losses.Opts{})
		}, "same(2): expected equal shapes"},
		{"vectors", func(b *bench) *graph.Node { return losses.L2Normalize(b.theta.Reshape(6)) }, "expected embeddings [N, D]"},
		{"real label", func(b *bench) *graph.Node {
			return losses.GANDiscriminator(b.theta, b.theta, losses.GANOpts{RealLabel: 1.5})
		}, "real label 1.5, expected in (0, 1]"},
		{"gram", func(b *bench) *graph.Node { return losses.Gram(b.theta) }, "Gram: theta(3, 2), expected [N, C, H, W]"},
		{"style", func(b *bench) *graph.Node {
			return losses.StyleCostGram(b.theta.Reshape(1, 3, 2, 1), b.g.Input("gram", 1, 2, 2))
		}, "style matrix [1, 2, 2]: expected [1, 3, 3] or one for all pictures"},
		{"content", func(b *bench) *graph.Node {
			return losses.ContentCost(b.theta.Reshape(1, 3, 2, 1), b.g.Input("c", 1, 2, 3, 1))
		}, "c(1, 2, 3, 1): expected equal shapes"},
		{"layers", func(b *bench) *graph.Node {
			return losses.StyleTransfer(1, 1, b.theta.Sum(), nil, []float64{1})
		}, "1 weights for 0 layers"},
		{"yolo", func(b *bench) *graph.Node {
			return losses.YOLO(b.theta, b.theta, 5, 0.5, losses.YOLOOpts{}).Class
		}, "YOLO: theta(3, 2), expected [N, G, G, k, 5 + p]"},
		{"lambda", func(b *bench) *graph.Node {
			y := b.theta.Reshape(1, 1, 1, 1, 6)
			return losses.YOLO(y, y, -5, 0.5, losses.YOLOOpts{}).Loss
		}, "lambdas -5, 0.5"},
		{"true boxes", func(b *bench) *graph.Node {
			y := b.theta.Reshape(1, 1, 1, 1, 6)
			return losses.YOLOLogistic(y, y, b.theta, [][2]float64{{1, 1}}, losses.YOLOLogisticOpts{}).None
		}, "true boxes theta(3, 2), expected [1, M, 4]"},
		{"localise", func(b *bench) *graph.Node { return losses.Localise(b.theta, b.theta, 5).Box }, "Localise: theta(3, 2), lambda 5, expected [N, 5 + p]"},
		{"anchors", func(b *bench) *graph.Node { return losses.YOLOBoxes(b.theta.Reshape(1, 1, 1, 1, 6), nil) }, "with 0 anchors"},
		{"anchor", func(b *bench) *graph.Node {
			return losses.YOLOCells(b.theta.Reshape(1, 1, 1, 1, 6), [][2]float64{{1, 0}})
		}, "anchor 0 is [1 0], expected sizes above 0"},
		{"bias", func(b *bench) *graph.Node {
			return losses.GloVe(b.theta, b.theta, b.g.Input("b", 3), b.g.Input("b'", 2), b.g.Input("x", 3, 3), losses.GloVeOpts{})
		}, "GloVe: bias b'(2), expected [3]"},
		{"co-occurrences", func(b *bench) *graph.Node {
			bias := b.g.Input("b", 3)
			return losses.GloVe(b.theta, b.theta, bias, bias, b.g.Input("x", 3, 2), losses.GloVeOpts{})
		}, "co-occurrences x(3, 2), expected [3, 3]"},
		{"x_max", func(b *bench) *graph.Node { return losses.GloVeWeights(b.theta, losses.GloVeOpts{XMax: -1}) }, "x_max -1"},
		{"pairs", func(b *bench) *graph.Node {
			bias := b.g.Input("b", 3)
			return losses.GloVePairs(b.theta, b.theta, bias, bias, b.g.Labels("i", 2), b.g.Labels("j", 3), b.g.Input("x", 2), losses.GloVeOpts{})
		}, "rows i(2), columns j(3), counts x(2): expected equal shapes [n]"},
		{"final", func(b *bench) *graph.Node { return losses.GloVeFinal(b.theta, b.g.Input("e", 2, 2)) }, "GloVeFinal"},
		{"negatives", func(b *bench) *graph.Node {
			return losses.NegativeSampling(b.theta, b.theta, b.g.Labels("c", 2), b.g.Labels("t", 2), b.g.Labels("k", 2), losses.Opts{})
		}, "target t(2), negatives k(2): expected [2], [2, k]"},
		{"words", func(b *bench) *graph.Node {
			return losses.NegativeSamplingProbability(b.theta, b.theta, b.g.Labels("c", 2), b.g.Labels("t", 3))
		}, "words t(3), expected [2] or [2, k]"},
		{"contexts", func(b *bench) *graph.Node {
			return losses.CBOW(b.theta, b.theta, b.g.Labels("c", 2), b.g.Labels("t", 2), losses.CBOWOpts{})
		}, "contexts c(2), expected [n, m]"},
		{"mask", func(b *bench) *graph.Node {
			return losses.CBOW(b.theta, b.theta, b.g.InputInts("c", 2, 2), b.g.Labels("t", 2), losses.CBOWOpts{Mask: b.g.Input("m", 2)})
		}, "mask m(2), expected [2, 2]"},
		{"tables", func(b *bench) *graph.Node {
			return losses.SkipGram(b.theta, b.g.Input("theta'", 2, 2), b.g.Labels("c", 2), b.g.Labels("t", 2), losses.Opts{})
		}, "SkipGram: theta(3, 2), theta'(2, 2): expected equal shapes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, graph.Float64, make([]float64, 6), 3, 2)
			_, err := b.g.Compile(test.build(b))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
}
