package words

import (
	"math"
	"slices"
	"testing"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/datasets/text/cooccur"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
)

// floats widens x.
func floats(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// gradients returns the loss and the gradients by name of a graph whose parameters have these values and shapes.
func gradients(t *testing.T, values map[string][]float64, shapes map[string][]int, build func(g *graph.Graph, p map[string]*graph.Node) (*graph.Node, []graph.Feed)) (float64, map[string][]float64) {
	t.Helper()
	store := graph.NewStore(graph.Float64, 1)
	g := graph.New(store, graph.Train)
	nodes := map[string]*graph.Node{}
	for name, shape := range shapes {
		nodes[name] = g.Scope().Param(name, graph.Constant(0), shape...)
		if err := store.Param(name).SetValues(values[name]); err != nil {
			t.Fatal(err)
		}
	}
	loss, feeds := build(g, nodes)
	prog, err := g.Compile(loss)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := prog.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := prog.Run(feeds...); err != nil {
		t.Fatal(err)
	}
	grads := map[string][]float64{}
	for _, vg := range prog.Gradients() {
		grad, err := vg.Grad()
		if err != nil {
			t.Fatal(err)
		}
		name := vg.(interface{ Name() string }).Name()
		grads[name] = slices.Clone(grad.Data().([]float64))
	}
	return prog.Loss(), grads
}

// checkStep compares after − before with factor·gradient. The trainer is float32: numbers below 1 that were rounded a
// few times, 1e-6.
func checkStep(t *testing.T, what string, before, after []float32, grad []float64, factor float64) {
	t.Helper()
	moved := false
	for i, g := range grad {
		got, want := float64(after[i])-float64(before[i]), factor*g
		moved = moved || want != 0
		if !(math.Abs(got-want) <= 1e-6) {
			t.Errorf("%s[%d] moved by %v, want %v", what, i, got, want)
		}
	}
	if !moved {
		t.Errorf("%s: the gradient is 0, which tests nothing", what)
	}
}

func smallTables(t *testing.T, o Word2VecOptions) *worker {
	t.Helper()
	w, err := NewWord2Vec(newCorpus(t, grouped(50, 50)), o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range w.theta { // θ begins as 0, where e has no gradient
		if i%w.n < o.Dim {
			w.theta[i] = 0.3 * float32(math.Sin(float64(i)))
			w.e[i] = 0.3 * float32(math.Cos(float64(i)))
		}
	}
	return newWorker(w)
}

func (k *worker) tablesNow() (e, theta []float32) {
	place := func(i int) int { return i * k.n }
	return unpadded(k.e, k.corpus.Words(), k.o.Dim, place), unpadded(k.theta, k.corpus.Words(), k.o.Dim, place)
}

// drawOnce lets the worker draw until the negatives are different words: one that is drawn twice, in different parts of
// more than eight rows, is changed by one part before the other.
func (k *worker) drawOnce(centre int32) (rows, negatives []int) {
	for seed := uint64(1); ; seed++ {
		k.random = random(seed, draws, 0)
		rows, negatives = k.draw(centre, nil), nil
		seen := map[int]bool{}
		for _, r := range rows[1:] {
			negatives = append(negatives, r/k.n)
			seen[r] = true
		}
		if len(seen) == len(negatives) && len(negatives) > 0 {
			return rows, negatives
		}
	}
}

func TestSkipGram_stepIsThatOfTheGraph(t *testing.T) {
	const rate, dim, v = 0.25, 5, groups * groupSize
	for _, negative := range []int{1, 5, 10} {
		k := smallTables(t, Word2VecOptions{Dim: dim, Negative: negative})
		e, theta := k.tablesNow()
		rows, negatives := k.drawOnce(7)
		k.pair(step{left: []int32{3}, rows: rows}, rate)
		e2, theta2 := k.tablesNow()
		shape := []int{v, dim}
		_, grads := gradients(t, map[string][]float64{"e": floats(e), "theta": floats(theta)}, map[string][]int{"e": shape, "theta": shape},
			func(g *graph.Graph, p map[string]*graph.Node) (*graph.Node, []graph.Feed) {
				context, target, noise := g.InputInts("context", 1), g.InputInts("target", 1), g.InputInts("noise", 1, len(negatives))
				return losses.NegativeSampling(p["e"], p["theta"], context, target, noise, losses.Opts{}),
					[]graph.Feed{context.FeedInts([]int{3}), target.FeedInts([]int{7}), noise.FeedInts(negatives)}
			})
		checkStep(t, "e", e, e2, grads["e"], -rate)
		checkStep(t, "theta", theta, theta2, grads["theta"], -rate)
	}
}

func TestCBOW_stepIsThatOfTheGraph(t *testing.T) {
	const rate, dim, v = 0.25, 5, groups * groupSize
	k := smallTables(t, Word2VecOptions{Dim: dim, Negative: 4, CBOW: true})
	e, theta := k.tablesNow()
	rows, negatives := k.drawOnce(7)
	context := []int32{3, 8, 2}
	k.bag(step{left: context[:2], right: context[2:], rows: rows}, rate)
	e2, theta2 := k.tablesNow()
	shape := []int{v, dim}
	_, grads := gradients(t, map[string][]float64{"e": floats(e), "theta": floats(theta)}, map[string][]int{"e": shape, "theta": shape},
		func(g *graph.Graph, p map[string]*graph.Node) (*graph.Node, []graph.Feed) {
			around, target, noise := g.InputInts("context", 1, 3), g.InputInts("target", 1), g.InputInts("noise", 1, len(negatives))
			return losses.CBOWNegativeSampling(p["e"], p["theta"], around, target, noise, losses.CBOWOpts{}),
				[]graph.Feed{around.FeedInts([]int{3, 8, 2}), target.FeedInts([]int{7}), noise.FeedInts(negatives)}
		})
	checkStep(t, "e", e, e2, grads["e"], -rate*float64(len(context))) // each word gets the gradient of the mean whole
	checkStep(t, "theta", theta, theta2, grads["theta"], -rate)
}

func TestGloVe_stepIsThatOfTheGraph(t *testing.T) {
	const dim, v, rate, xMax = 5, 4, 0.05, 10
	for _, x := range []float64{0.5, 3, 30} {
		b, err := cooccur.InMemory([]text.Cell{{Row: 1, Col: 2, Value: x}}, v, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		g, err := NewGloVe(b, GloVeOptions{Dim: dim, XMax: xMax, Epochs: 1, Rate: rate})
		if err != nil {
			t.Fatal(err)
		}
		theta, e := g.Vectors(Theta), g.Vectors(E)
		bias, biasPrime := slices.Clone(g.thetaB), slices.Clone(g.eB)
		if err := g.Train(t.Context()); err != nil {
			t.Fatal(err)
		}
		counts := make([]float64, v*v)
		counts[1*v+2] = x
		loss, grads := gradients(t,
			map[string][]float64{"theta": floats(theta), "e": floats(e), "b": floats(bias), "b'": floats(biasPrime)},
			map[string][]int{"theta": {v, dim}, "e": {v, dim}, "b": {v}, "b'": {v}},
			func(g *graph.Graph, p map[string]*graph.Node) (*graph.Node, []graph.Feed) {
				counted := g.Input("x", v, v)
				return losses.GloVe(p["theta"], p["e"], p["b"], p["b'"], counted, losses.GloVeOpts{XMax: xMax}),
					[]graph.Feed{counted.FeedFloat64s(counts)}
			})
		// The sums of squares begin at 1, so that the first step of AdaGrad is one of gradient descent.
		checkStep(t, "theta", theta, g.Vectors(Theta), grads["theta"], -rate)
		checkStep(t, "e", e, g.Vectors(E), grads["e"], -rate)
		checkStep(t, "b", bias, g.thetaB, grads["b"], -1) // at the rate 1
		checkStep(t, "b'", biasPrime, g.eB, grads["b'"], -1)
		var w gloveWorker
		again, err := NewGloVe(b, GloVeOptions{Dim: dim, XMax: xMax})
		if err != nil {
			t.Fatal(err)
		}
		if cost, err := w.train(again, 0, 0); err != nil || math.Abs(cost-loss) > 1e-6 {
			t.Errorf("x = %v: cost %v, %v, want %v as the graph has it", x, cost, err, loss)
		}
	}
}
