package losses_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
)

// embeddings draws n rows of dim numbers.
func embeddings(n, dim int, seed uint64) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float64, n*dim)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

// distances returns the distances of all pairs of rows of x.
func distances(x []float64, dim int, root bool) [][]float64 {
	n := len(x) / dim
	d := make([][]float64, n)
	for i := range d {
		d[i] = make([]float64, n)
		for j := range d[i] {
			for k := range dim {
				d[i][j] += (x[i*dim+k] - x[j*dim+k]) * (x[i*dim+k] - x[j*dim+k])
			}
			if root {
				d[i][j] = math.Sqrt(d[i][j])
			}
		}
	}
	return d
}

// max(d(A, P) − d(A, N) + α, 0)
func TestSection1_6_1_Triplet(t *testing.T) {
	b := newBench(t, graph.Float64, []float64{0, 0, 1, 1}, 2, 2)
	p := b.input("p", []float64{3, 4, 1, 1}, 2, 2)
	n := b.input("n", []float64{6, 8, 5, 4}, 2, 2)
	loss, _ := b.run(losses.Triplet(b.theta, p, n, 80, losses.TripletOpts{Reduction: losses.None}), nil)
	near(t, "squared", loss, 25-100+80, 0-25+80)

	b = newBench(t, graph.Float64, []float64{0, 0, 1, 1}, 2, 2)
	p, n = b.input("p", []float64{3, 4, 1, 1}, 2, 2), b.input("n", []float64{6, 8, 5, 4}, 2, 2)
	o := losses.TripletOpts{Distance: losses.Euclidean, Reduction: losses.None}
	loss, grad := b.run(losses.Triplet(b.theta, p, n, 5.5, o), nil)
	near(t, "Euclidean", loss, 0.5, 0.5)
	// d(A, P)'s direction (−0.6, −0.8) less d(A, N)'s, the same; at A = P none.
	near(t, "gradient", grad, 0, 0, 0.8, 0.6)
}

// TripletHard, TripletSemiHard and TripletAll against the definitions, one pair at a time.
func TestTripletMining_definition(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const dim, margin = 3, 0.7
		n := rapid.IntRange(1, 7).Draw(rt, "n")
		x := embeddings(n, dim, rapid.Uint64().Draw(rt, "seed"))
		labels := rapid.SliceOfN(rapid.IntRange(-1, 2), n, n).Draw(rt, "labels")
		kind := rapid.SampledFrom([]losses.Distance{losses.Squared, losses.Euclidean}).Draw(rt, "distance")
		d := distances(x, dim, kind == losses.Euclidean)
		o := losses.TripletOpts{Distance: kind, Reduction: losses.Sum}

		hard, semi, all, active := 0.0, 0.0, 0.0, 0.0
		for i := range n {
			hardest, nearest := 0.0, math.Inf(1)
			for j := range n {
				if labels[j] == labels[i] {
					hardest = max(hardest, d[i][j])
				} else {
					nearest = min(nearest, d[i][j])
				}
			}
			hard += max(hardest-nearest+margin, 0)
			for j := range n {
				if j != i && labels[j] == labels[i] {
					semi += max(d[i][j]-negative(d[i], d[i][j], labels, labels[i])+margin, 0)
					for k := range n {
						if l := d[i][j] - d[i][k] + margin; labels[k] != labels[i] && l > 0 {
							all, active = all+l, active+1
						}
					}
				}
			}
		}
		b := newBench(t, graph.Float64, x, n, dim)
		got, _ := b.run(losses.TripletHard(b.theta, b.labels(labels...), margin, o), nil)
		near(t, "hard", got, hard)
		b = newBench(t, graph.Float64, x, n, dim)
		got, _ = b.run(losses.TripletSemiHard(b.theta, b.labels(labels...), margin, o), nil)
		near(t, "semi-hard", got, semi)
		b = newBench(t, graph.Float64, x, n, dim)
		got, _ = b.run(losses.TripletAll(b.theta, b.labels(labels...), margin, losses.TripletOpts{Distance: kind}), nil)
		near(t, "all", got, all/max(active, 1))
	})
}

// negative returns the distance of the nearest negative beyond dij, else of the
// farthest, else infinity.
func negative(d []float64, dij float64, labels []int, label int) float64 {
	nearest, farthest := math.Inf(1), math.Inf(-1)
	for k, v := range d {
		if labels[k] == label {
			continue
		}
		farthest = max(farthest, v)
		if v > dij {
			nearest = min(nearest, v)
		}
	}
	if math.IsInf(nearest, 1) && !math.IsInf(farthest, -1) {
		return farthest
	}
	return nearest
}

// A sample of weight 0 might as well not be in the batch.
func TestTripletMining_weightZero(t *testing.T) {
	const dim = 3
	x := embeddings(7, dim, 4)
	labels, w := []int{0, 1, 0, 1, 1, 0, 2}, []float64{1, 1, 0, 1, 1, 1, 0}
	keep := []int{0, 1, 3, 4, 5}
	var left []float64
	var leftLabels []int
	for _, i := range keep {
		left, leftLabels = append(left, x[i*dim:(i+1)*dim]...), append(leftLabels, labels[i])
	}
	for name, loss := range map[string]func(x, y *graph.Node, margin float64, o losses.TripletOpts) *graph.Node{
		"hard": losses.TripletHard, "semi-hard": losses.TripletSemiHard, "all": losses.TripletAll,
	} {
		b := newBench(t, graph.Float64, x, 7, dim)
		got, grad := b.run(loss(b.theta, b.labels(labels...), 1, losses.TripletOpts{Weights: b.input("w", w, 7)}), nil)
		b = newBench(t, graph.Float64, left, 5, dim)
		want, wantGrad := b.run(loss(b.theta, b.labels(leftLabels...), 1, losses.TripletOpts{}), nil)
		near(t, name, got, want...)
		var gradLeft []float64
		for _, i := range keep {
			gradLeft = append(gradLeft, grad[i*dim:(i+1)*dim]...)
		}
		near(t, name+" gradient", gradLeft, wantGrad...)
		near(t, name+" gradient of weight 0", grad[2*dim:3*dim], 0, 0, 0)
	}
}

// Margin 0: identical pictures cost nothing, and nothing moves.
func TestTriplet_marginZero(t *testing.T) {
	for name, build := range map[string]func(b *bench) *graph.Node{
		"triplet": func(b *bench) *graph.Node { return losses.Triplet(b.theta, b.theta, b.theta, 0, losses.TripletOpts{}) },
		"hard": func(b *bench) *graph.Node {
			return losses.TripletHard(b.theta, b.labels(0, 0, 1), 0, losses.TripletOpts{})
		},
		"semi-hard": func(b *bench) *graph.Node {
			return losses.TripletSemiHard(b.theta, b.labels(0, 0, 1), 0, losses.TripletOpts{})
		},
		"all": func(b *bench) *graph.Node {
			return losses.TripletAll(b.theta, b.labels(0, 0, 1), 0, losses.TripletOpts{})
		},
	} {
		b := newBench(t, graph.Float64, []float64{1, 2, 1, 2, 1, 2}, 3, 2)
		loss, grad := b.run(build(b), nil)
		near(t, name, loss, 0)
		near(t, name+" gradient", grad, make([]float64, 6)...)
	}
}

// Pictures that are all alike: distances 0, finite gradients, the margin as the loss.
func TestMetricLosses_identicalPictures(t *testing.T) {
	for _, dtype := range []graph.DType{graph.Float32, graph.Float64} {
		for _, kind := range []losses.Distance{losses.Squared, losses.Euclidean, losses.EuclideanEps} {
			for _, normalize := range []bool{false, true} {
				o := losses.TripletOpts{Distance: kind, Normalize: normalize}
				for name, build := range map[string]func(b *bench) *graph.Node{
					"triplet":   func(b *bench) *graph.Node { return losses.Triplet(b.theta, b.theta, b.theta, 0.25, o) },
					"hard":      func(b *bench) *graph.Node { return losses.TripletHard(b.theta, b.labels(0, 0, 1, 1), 0.25, o) },
					"semi-hard": func(b *bench) *graph.Node { return losses.TripletSemiHard(b.theta, b.labels(0, 0, 1, 1), 0.25, o) },
					"all":       func(b *bench) *graph.Node { return losses.TripletAll(b.theta, b.labels(0, 0, 1, 1), 0.25, o) },
					"contrastive": func(b *bench) *graph.Node {
						return losses.Contrastive(b.theta, b.theta, b.input("same", []float64{1, 0, 1, 0}, 4), 0.5, losses.Opts{}).Scale(4)
					},
				} {
					b := newBench(t, dtype, []float64{0, 0, 0, 0, 0, 0, 0, 0}, 4, 2)
					loss, grad := b.run(build(b), nil)
					if math.Abs(loss[0]-0.25) > 1e-5 { // EuclideanEps is 1e-6·√2 beside 0 on both sides
						t.Errorf("%s, distance %d: loss %v, want 0.25", name, kind, loss)
					}
					for _, v := range grad {
						if math.IsNaN(v) || math.Abs(v) > 2 {
							t.Errorf("%s, distance %d: gradient %v", name, kind, grad)
							break
						}
					}
				}
			}
		}
	}
}

func TestL2Normalize(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x := embeddings(3, 4, rapid.Uint64().Draw(rt, "seed"))
		clear(x[4:8]) // a row of zeros stays one
		b := newBench(t, graph.Float64, x, 3, 4)
		y, grad := b.run(losses.L2Normalize(b.theta), embeddings(3, 4, 9))
		for i, want := range []float64{1, 0, 1} {
			sum, dot := 0.0, 0.0
			for k := range 4 {
				sum += y[4*i+k] * y[4*i+k]
				dot += x[4*i+k] * grad[4*i+k] // the gradient stands upright on x
			}
			near(t, "norm", []float64{sum, 1 + dot}, want, 1)
		}
		near(t, "gradient of zeros", grad[4:8], 0, 0, 0, 0)
	})
}

func TestContrastive_gradient(t *testing.T) {
	// d = 5: y = 1 gives d²/2 and a − b; y = 0 gives (7 − 5)²/2 and −(7 − 5)·(a − b)/5.
	b := newBench(t, graph.Float64, []float64{3, 4, 3, 4, 3, 4}, 3, 2)
	zero, same := b.input("b", make([]float64, 6), 3, 2), b.input("same", []float64{1, 0, 0.5}, 3)
	loss, grad := b.run(losses.Contrastive(b.theta, zero, same, 7, losses.Opts{Reduction: losses.None}), nil)
	near(t, "loss", loss, 12.5, 2, 7.25)
	near(t, "gradient", grad, 3, 4, -1.2, -1.6, 0.9, 1.2)
}

// ContrastiveAll against the definition, one pair at a time.
func TestContrastiveAll_definition(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const dim, margin = 3, 1.5
		n, m := rapid.IntRange(1, 6).Draw(rt, "n"), rapid.IntRange(1, 6).Draw(rt, "m")
		seed := rapid.Uint64().Draw(rt, "seed")
		x, y := embeddings(n, dim, seed), embeddings(m, dim, seed+1)
		a, b := rapid.SliceOfN(rapid.IntRange(0, 2), n, n).Draw(rt, "a"), rapid.SliceOfN(rapid.IntRange(0, 2), m, m).Draw(rt, "b")
		d := distances(slices.Concat(x, y), dim, true)
		var sum, count [2]float64
		for i := range n {
			for j := range m {
				switch v := d[i][n+j]; {
				case a[i] == b[j]:
					sum[0], count[0] = sum[0]+v*v, count[0]+1
				case v < margin:
					sum[1], count[1] = sum[1]+(margin-v)*(margin-v), count[1]+1
				}
			}
		}
		want := sum[0]/max(count[0], 1)/2 + sum[1]/max(count[1], 1)/2
		t := newBench(t, graph.Float64, x, n, dim)
		other := t.g.InputInts("other labels", m)
		t.feeds = append(t.feeds, other.FeedInts(b))
		got, _ := t.run(losses.ContrastiveAll(t.theta, t.input("b", y, m, dim), t.labels(a...), other, margin), nil)
		if math.Abs(got[0]-want) > 1e-12*(1+want) { // a sum in another order
			rt.Fatalf("%g, want %g", got[0], want)
		}
	})
}

// Shared weights: the gradient of a tower that is used three times is the sum
// over its uses.
func TestTriplet_sharedWeights(t *testing.T) {
	const n, in, out = 4, 3, 2
	data := [3][]float64{embeddings(n, in, 1), embeddings(n, in, 2), embeddings(n, in, 3)}
	weights := embeddings(out, in, 4)
	whole := func(used func(i int) bool) []float64 {
		b := newBench(t, graph.Float64, weights, out, in)
		fixed := b.input("fixed", weights, out, in)
		var f [3]*graph.Node
		for i, x := range data {
			w := fixed
			if used(i) {
				w = b.theta
			}
			f[i] = b.input([]string{"A", "P", "N"}[i], x, n, in).Linear(w, nil)
		}
		_, grad := b.run(losses.Triplet(f[0], f[1], f[2], 2, losses.TripletOpts{}), nil)
		return grad
	}
	sum := make([]float64, out*in)
	for k := range data {
		for i, v := range whole(func(i int) bool { return i == k }) {
			sum[i] += v
		}
	}
	shared := whole(func(int) bool { return true })
	near(t, "gradient", shared, sum...)
	if slices.Equal(shared, make([]float64, out*in)) {
		t.Error("the gradient is 0: nothing was tested")
	}
}
