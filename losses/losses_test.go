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

// each is every loss of this package on predictions theta [3, 2], with the
// options of the weighted mean.
func each() map[string]func(b *bench, weights *graph.Node) *graph.Node {
	dense := func(f func(z, y *graph.Node, o losses.Opts) *graph.Node) func(*bench, *graph.Node) *graph.Node {
		return func(b *bench, w *graph.Node) *graph.Node {
			return f(b.theta, b.input("y", []float64{1, 0, 0.25, 0.75, 0.5, 0.5}, 3, 2), losses.Opts{Weights: w})
		}
	}
	distribution := func(f func(z, y *graph.Node, o losses.CrossEntropyOpts) *graph.Node) func(*bench, *graph.Node) *graph.Node {
		return func(b *bench, w *graph.Node) *graph.Node {
			o := losses.CrossEntropyOpts{Weights: w, Smoothing: 0.1, ClassWeights: b.input("c", []float64{0.5, 2}, 2)}
			return f(b.theta, b.input("y", []float64{1, 0, 0.25, 0.75, 0.5, 0.5}, 3, 2), o)
		}
	}
	labelled := func(f func(z, y *graph.Node, o losses.CrossEntropyOpts) *graph.Node) func(*bench, *graph.Node) *graph.Node {
		return func(b *bench, w *graph.Node) *graph.Node {
			o := losses.CrossEntropyOpts{Weights: w, Smoothing: 0.1, ClassWeights: b.input("c", []float64{0.5, 2}, 2)}
			return f(b.theta, b.labels(1, 0, 1), o)
		}
	}
	return map[string]func(b *bench, weights *graph.Node) *graph.Node{
		"MSE":                      dense(losses.MSE),
		"BinaryCrossEntropy":       dense(losses.BinaryCrossEntropy),
		"BinaryCrossEntropyLogit":  dense(losses.BinaryCrossEntropyLogit),
		"CrossEntropy":             labelled(losses.CrossEntropy),
		"NLL":                      labelled(losses.NLL),
		"CrossEntropyDistribution": distribution(losses.CrossEntropyDistribution),
		"CrossEntropyProbability":  distribution(losses.CrossEntropyProbability),
		"L1 + ElasticNet":          func(b *bench, _ *graph.Node) *graph.Node { return penalties(b) },
	}
}

func penalties(b *bench) *graph.Node {
	return losses.L1(0.3, b.theta).Add(losses.ElasticNet(0.2, 0.6, b.theta, b.theta.Square()))
}

func TestGradients(t *testing.T) {
	for name, build := range each() {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, graph.Float64, []float64{0.9, 0.2, 0.35, 0.6, 0.7, 0.1}, 3, 2)
			loss := build(b, b.input("w", []float64{0.5, 0, 2}, 3))
			prog, err := b.g.Compile(loss)
			if err != nil {
				t.Fatal(err)
			}
			if err := prog.Run(b.feeds...); err != nil {
				t.Fatal(err)
			}
			report, err := gradcheck.Check(prog, gradcheck.Opts{})
			if err != nil {
				t.Fatal(err)
			}
			if w := report.Worst(); !w.Right(1e-7) { // central differences are good to about 1e-9
				t.Errorf("%+v", w)
			}
		})
	}
}

func TestNoWeightLeft(t *testing.T) {
	for _, dtype := range []graph.DType{graph.Float32, graph.Float64} {
		for name, build := range each() {
			if strings.HasPrefix(name, "L1") {
				continue
			}
			t.Run(name+" "+dtype.String(), func(t *testing.T) {
				b := newBench(t, dtype, []float64{0.9, 0.2, 0.35, 0.6, 0.7, 0.1}, 3, 2)
				loss, grad := b.run(build(b, b.input("w", []float64{0, 0, 0}, 3)), nil)
				near(t, "loss", loss, 0)
				near(t, "gradient", grad, 0, 0, 0, 0, 0, 0)
			})
		}
	}
}

// A sample of weight 0 changes nothing, whatever stands in its row.
func TestWeights_leaveOut(t *testing.T) {
	full := newBench(t, graph.Float64, []float64{1, 2, -1, 0, 7, 7}, 3, 2)
	masked, grad := full.run(losses.CrossEntropy(full.theta, full.labels(0, 1, 0),
		losses.CrossEntropyOpts{Weights: full.input("w", []float64{1, 1, 0}, 3)}), nil)
	near(t, "gradient of the row left out", grad[4:], 0, 0)

	short := newBench(t, graph.Float64, []float64{1, 2, -1, 0}, 2, 2)
	want, wantGrad := short.run(losses.CrossEntropy(short.theta, short.labels(0, 1), losses.CrossEntropyOpts{}), nil)
	near(t, "loss", masked, want...)
	near(t, "gradient", grad[:4], wantGrad...)
}

func TestWeights_elements(t *testing.T) {
	b := newBench(t, graph.Float64, []float64{1, 2, 3, 4}, 2, 2)
	y := b.input("y", []float64{0, 0, 0, 0}, 2, 2)
	w := b.input("w", []float64{1, 0, 0, 3}, 2, 2)
	loss, _ := b.run(losses.MSE(b.theta, y, losses.Opts{Weights: w}), nil)
	near(t, "Σ w·ℓ / Σ w", loss, (1+3*16)/4.)

	b = newBench(t, graph.Float64, []float64{1, 2, 3, 4}, 2, 2)
	y = b.input("y", []float64{0, 0, 0, 0}, 2, 2)
	w = b.input("w", []float64{1, 3}, 2)
	loss, _ = b.run(losses.MSE(b.theta, y, losses.Opts{Weights: w}), nil)
	near(t, "one a sample", loss, (1+4+3*(9+16))/8.)
}

// Equal weights are no weights.
func TestWeights_equal(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0.01, 0.99), 6, 6).Draw(rt, "theta")
		w := rapid.Float64Range(1e-3, 1e3).Draw(rt, "weight")
		for name, build := range each() {
			b := newBench(t, graph.Float64, values, 3, 2)
			plain, _ := b.run(build(b, nil), nil)
			b = newBench(t, graph.Float64, values, 3, 2)
			weighted, _ := b.run(build(b, b.input("w", []float64{w, w, w}, 3)), nil)
			near(t, name, weighted, plain...)
		}
	})
}

// The three ways to a cross-entropy agree: from logits, from log-probabilities
// and from probabilities; so do a label and its one-hot row.
func TestCrossEntropy_agree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		logits := rapid.SliceOfN(rapid.Float64Range(-8, 8), 6, 6).Draw(rt, "logits")
		label := rapid.IntRange(0, 2).Draw(rt, "label")
		smoothing := rapid.Float64Range(0, 0.9).Draw(rt, "smoothing")
		o := losses.CrossEntropyOpts{Smoothing: smoothing}
		hot := make([]float64, 6)
		hot[label], hot[3] = 1, 1

		b := newBench(t, graph.Float64, logits, 2, 3)
		want, wantGrad := b.run(losses.CrossEntropy(b.theta, b.labels(label, 0), o), nil)
		forms := map[string]func(b *bench) *graph.Node{
			"NLL": func(b *bench) *graph.Node {
				return losses.NLL(b.theta.LogSoftmax(1), b.labels(label, 0), o)
			},
			"distribution": func(b *bench) *graph.Node {
				return losses.CrossEntropyDistribution(b.theta, b.input("y", hot, 2, 3), o)
			},
			"probability": func(b *bench) *graph.Node {
				return losses.CrossEntropyProbability(b.theta.Softmax(1), b.input("y", hot, 2, 3), o)
			},
		}
		for name, build := range forms {
			b := newBench(t, graph.Float64, logits, 2, 3)
			got, grad := b.run(build(b), nil)
			for i := range want {
				if math.Abs(got[i]-want[i]) > 1e-9 {
					t.Fatalf("%s: %v, want %v", name, got, want)
				}
			}
			for i := range wantGrad {
				if math.Abs(grad[i]-wantGrad[i]) > 1e-9 {
					t.Fatalf("gradient of %s: %v, want %v", name, grad, wantGrad)
				}
			}
		}
	})
}

// Certain predictions: right ones cost nothing, wrong ones a finite price.
func TestProbability_atTheEnds(t *testing.T) {
	for _, dtype := range []graph.DType{graph.Float32, graph.Float64} {
		b := newBench(t, dtype, []float64{0, 1, 0, 1}, 4)
		y := b.input("y", []float64{0, 1, 1, 0}, 4)
		loss, grad := b.run(losses.BinaryCrossEntropy(b.theta, y, losses.Opts{Reduction: losses.None}), nil)
		for i, want := range []float64{0, 0, -math.Log(1e-30), -math.Log(1e-30)} {
			if math.Abs(loss[i]-want) > 1e-5 || math.IsNaN(grad[i]) || math.IsInf(grad[i], 0) {
				t.Errorf("%v: loss %v, gradient %v; want %v", dtype, loss[i], grad[i], want)
			}
		}
	}
}

func TestNaN_shows(t *testing.T) {
	for _, dtype := range []graph.DType{graph.Float32, graph.Float64} {
		for name, build := range each() {
			b := newBench(t, dtype, []float64{0.9, 0.2, math.NaN(), 0.6, 0.7, 0.1}, 3, 2)
			if loss, _ := b.run(build(b, nil), nil); !math.IsNaN(loss[0]) {
				t.Errorf("%s of a NaN in %v is %v", name, dtype, loss[0])
			}
		}
	}
}

func TestWrongUse(t *testing.T) {
	for _, test := range []struct {
		name  string
		build func(b *bench) *graph.Node
		want  string
	}{
		{"other shapes", func(b *bench) *graph.Node {
			return losses.MSE(b.theta, b.g.Input("y", 3, 1), losses.Opts{})
		}, "MSE: theta(3, 2), y(3, 1): expected equal shapes"},
		{"probability", func(b *bench) *graph.Node {
			return losses.BinaryCrossEntropy(b.theta, b.g.Input("y", 2, 3), losses.Opts{})
		}, "BinaryCrossEntropy: theta(3, 2), y(2, 3): expected equal shapes"},
		{"logits not a matrix", func(b *bench) *graph.Node {
			return losses.CrossEntropy(b.theta.Reshape(6), b.g.Labels("y", 6), losses.CrossEntropyOpts{})
		}, "expected logits [N, C]"},
		{"labels of another batch", func(b *bench) *graph.Node {
			return losses.CrossEntropy(b.theta, b.g.Labels("y", 4), losses.CrossEntropyOpts{})
		}, "expected labels [3]"},
		{"labels that are floats", func(b *bench) *graph.Node {
			return losses.NLL(b.theta, b.g.Input("y", 3), losses.CrossEntropyOpts{})
		}, "expected integer labels"},
		{"smoothing", func(b *bench) *graph.Node {
			return losses.CrossEntropyDistribution(b.theta, b.g.Input("y", 3, 2), losses.CrossEntropyOpts{Smoothing: 1})
		}, "smoothing 1, expected in [0, 1)"},
		{"class weights", func(b *bench) *graph.Node {
			return losses.CrossEntropyProbability(b.theta, b.g.Input("y", 3, 2), losses.CrossEntropyOpts{ClassWeights: b.g.Input("c", 3)})
		}, "class weights c(3), expected [2]"},
		{"weights", func(b *bench) *graph.Node {
			return losses.CrossEntropy(b.theta, b.g.Labels("y", 3), losses.CrossEntropyOpts{Weights: b.g.Input("w", 2)})
		}, "CrossEntropy: weights w(2) for losses [3], expected one a sample or one an element"},
		{"weights beside class weights", func(b *bench) *graph.Node {
			return losses.CrossEntropy(b.theta, b.g.Labels("y", 3),
				losses.CrossEntropyOpts{Weights: b.g.Input("w", 2), ClassWeights: b.g.Input("c", 2)})
		}, "weights w(2) for losses [3]"},
		{"reduction", func(b *bench) *graph.Node {
			return losses.MSE(b.theta, b.g.Input("y", 3, 2), losses.Opts{Reduction: 7})
		}, "reduction 7, expected Mean, Sum or None"},
		{"lambda", func(b *bench) *graph.Node { return losses.L2(-1, b.theta) }, "L2: lambda -1, expected at least 0"},
		{"alpha", func(b *bench) *graph.Node { return losses.ElasticNet(1, 1.5, b.theta) }, "alpha 1.5, expected in [0, 1]"},
		{"after an error", func(b *bench) *graph.Node {
			dead := b.theta.Reshape(5)
			return losses.MSE(dead, losses.CrossEntropyDistribution(dead, b.theta, losses.CrossEntropyOpts{Weights: dead}), losses.Opts{Weights: dead})
		}, "Reshape"},
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

func TestLabelOutOfRange(t *testing.T) {
	b := newBench(t, graph.Float64, make([]float64, 6), 3, 2)
	loss := losses.CrossEntropy(b.theta, b.labels(0, 2, 1), losses.CrossEntropyOpts{})
	prog, err := b.g.Compile(loss)
	if err != nil {
		t.Fatal(err)
	}
	const want = "label 2 at position 1, expected 0 to 1"
	if err := prog.Run(b.feeds...); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q in it", err, want)
	}
}
