package graph_test

import (
	"math"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// lenet builds LeNet-5 on images [n, 1, 28, 28] and returns the mean
// cross-entropy.
func lenet(g *graph.Graph, n int) (x, labels, logits, loss *graph.Node) {
	s := g.Scope()
	x, labels = g.Input("x", n, 1, 28, 28), g.Labels("labels", n)
	h := nn.NewConv2d(s.At("conv1"), 1, 6, 5, nn.ConvOpts{Pad: 2}).Forward(x).ReLU().MaxPool2d(2)
	h = nn.NewConv2d(s.At("conv2"), 6, 16, 5, nn.ConvOpts{}).Forward(h)
	h = nn.NewBatchNorm2d(s.At("bn"), 16, nn.BatchNormOpts{}).Forward(h).ReLU().MaxPool2d(2)
	h = nn.NewLinear(s.At("fc1"), 400, 120).Forward(h.Flatten()).ReLU()
	h = nn.NewDropout(s.At("drop"), 0.25).Forward(h)
	h = nn.NewLinear(s.At("fc2"), 120, 84).Forward(h).Tanh()
	logits = nn.NewLinear(s.At("fc3"), 84, 10).Forward(h)
	return x, labels, logits, logits.LogSoftmax(-1).NLL(labels, graph.NLLOpts{}).Mean()
}

// digits returns random images and labels.
func digits(n int) (images []float32, labels []int) {
	r := rand.New(rand.NewPCG(4, 2))
	images = make([]float32, n*28*28)
	for i := range images {
		images[i] = r.Float32()
	}
	for range n {
		labels = append(labels, r.IntN(10))
	}
	return images, labels
}

// compiled compiles the loss or ends the test.
func compiled(t testing.TB, g *graph.Graph, loss *graph.Node, fetch ...*graph.Node) *graph.Program {
	t.Helper()
	prog, err := g.Compile(loss, fetch...)
	if err != nil {
		t.Fatal(err)
	}
	return prog
}

// ran runs the program or ends the test.
func ran(t testing.TB, prog *graph.Program, feeds ...graph.Feed) *graph.Program {
	t.Helper()
	if err := prog.Run(feeds...); err != nil {
		t.Fatal(err)
	}
	return prog
}

func TestProgram_allocatesNothing(t *testing.T) {
	if raceDetector {
		t.Skip("under the race detector a sync.Pool forgets on purpose")
	}
	// A collection in the middle would empty the pools of scratch memory.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	const n = 8
	images, labels := digits(n)
	for _, threads := range []int{1, 2} {
		for _, mode := range []graph.Mode{graph.Train, graph.Eval} {
			store := graph.NewStore(graph.Float32, 1)
			store.SetThreads(threads)
			g := graph.New(store, mode)
			x, y, logits, loss := lenet(g, n)
			prog := compiled(t, g, loss, logits)
			if a := prog.Memory().Allocating; len(a) > 0 {
				t.Errorf("allocating operations: %v", a)
			}
			step := 0
			if a := testing.AllocsPerRun(10, func() {
				step++
				prog.SetStep(step)
				if err := prog.Run(x.Feed(images), y.FeedInts(labels)); err != nil {
					t.Error(err)
				}
				_, _ = prog.Loss(), prog.Float32s(logits)
			}); a != 0 {
				t.Errorf("%v, %d threads: %v allocations a step", mode, threads, a)
			}
			if err := prog.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestProgram_threads: two threads give the bits of two, and those of one up
// to rounding.
func TestProgram_threads(t *testing.T) {
	const n = 16
	images, labels := digits(n)
	train := func(threads int) (values map[string][]float64) {
		store := graph.NewStore(graph.Float32, 1)
		store.SetThreads(threads)
		if store.Threads() != threads {
			t.Errorf("%d threads, want %d", store.Threads(), threads)
		}
		g := graph.New(store, graph.Train)
		x, y, logits, loss := lenet(g, n)
		prog := compiled(t, g, loss, logits)
		for step := range 3 {
			prog.SetStep(step)
			ran(t, prog, x.Feed(images), y.FeedInts(labels))
			descend(t, prog, 0.05)
		}
		values = map[string][]float64{"logits": prog.Values(logits), "loss": {prog.Loss()}}
		for _, p := range store.Params() {
			values[p.Name()] = p.Values()
		}
		return values
	}
	two, again, one := train(2), train(2), train(1)
	for name, v := range two {
		sameBits(t, "again: "+name, again[name], v)
		for i := range v {
			if !near(one[name][i], v[i], 1e-3) { // three steps of float32
				t.Errorf("one thread: %s: element %d: %v, want %v", name, i, one[name][i], v[i])
				break
			}
		}
	}
}

// descend takes a step of plain gradient descent.
func descend(t testing.TB, prog *graph.Program, rate float32) {
	t.Helper()
	for _, vg := range prog.Gradients() {
		d, err := vg.Grad()
		if err != nil {
			t.Fatal(err)
		}
		w, g := vg.Value().Data().([]float32), d.Data().([]float32)
		for i := range w {
			w[i] -= rate * g[i]
		}
	}
}

// TestProgram_learns: a few steps on one batch lower the loss.
func TestProgram_learns(t *testing.T) {
	const n = 8
	images, labels := digits(n)
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x, y, _, loss := lenet(g, n)
	prog := compiled(t, g, loss)
	for range 30 {
		ran(t, prog, x.Feed(images), y.FeedInts(labels))
		descend(t, prog, 0.1)
	}
	if l := prog.Loss(); !(l < 0.3) {
		t.Errorf("loss %g after 30 steps, want below 0.3", l)
	}
}

// TestProgram_eval: programs for training and evaluation share the store.
func TestProgram_eval(t *testing.T) {
	images, labels := digits(4)
	store := graph.NewStore(graph.Float32, 1)
	train := graph.New(store, graph.Train)
	x, y, _, loss := lenet(train, 4)
	trainer := compiled(t, train, loss)
	eval := graph.New(store, graph.Eval)
	ex, ey, logits, eloss := lenet(eval, 4)
	evaluator := compiled(t, eval, eloss, logits)

	ran(t, evaluator, ex.Feed(images), ey.FeedInts(labels))
	before, mean := evaluator.Loss(), store.Param("bn.running_mean").Values()
	ran(t, evaluator, ex.Feed(images), ey.FeedInts(labels))
	if evaluator.Loss() != before || !slices.Equal(mean, store.Param("bn.running_mean").Values()) {
		t.Error("evaluation changed something")
	}
	ran(t, trainer, x.Feed(images), y.FeedInts(labels))
	if slices.Equal(mean, store.Param("bn.running_mean").Values()) {
		t.Error("training left the running mean as it was")
	}
	descend(t, trainer, 0.1)
	ran(t, evaluator)
	if evaluator.Loss() == before {
		t.Error("evaluation does not see what training changed")
	}
	if evaluator.Loss() != math.Abs(evaluator.Loss()) || len(evaluator.Gradients()) != 0 {
		t.Error("evaluation has gradients, or a loss below 0")
	}
}

// TestProgram_oneGraph: several programs over one graph, each with its own
// memory, of which one may leave the loss out.
func TestProgram_oneGraph(t *testing.T) {
	images, labels := digits(4)
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x, y, logits, loss := lenet(g, 4)
	first := compiled(t, g, loss)
	second := compiled(t, g, loss, logits)
	forward := compiled(t, g, nil, logits)
	ran(t, second, x.Feed(images), y.FeedInts(labels))
	want := second.Values(logits)
	ran(t, first, x.Feed(images), y.FeedInts(labels))
	if first.Loss() != second.Loss() {
		t.Errorf("losses %v and %v", first.Loss(), second.Loss())
	}
	sameBits(t, "logits of the second after the first ran", second.Values(logits), want)
	for i, vg := range first.Gradients() {
		sameBits(t, "gradient", gradientOf(t, vg), gradientOf(t, second.Gradients()[i]))
	}
	// Without a loss the labels are not needed, and no buffer changes.
	mean := g.Store().Param("bn.running_mean").Values()
	ran(t, forward, x.Feed(images))
	sameBits(t, "logits of the third", forward.Values(logits), want)
	sameBits(t, "running mean", g.Store().Param("bn.running_mean").Values(), mean)
	if !math.IsNaN(forward.Loss()) || forward.Gradient(x) != nil {
		t.Error("a program without loss has one, or a gradient")
	}
}

func TestProgram_valuesOfOthers(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x := g.Input("x", 2)
	y := x.Tanh()
	prog := ran(t, compiled(t, g, nil, y.Sum()), x.FeedFloat64s([]float64{1, 2}))
	if prog.Value(y) != nil || prog.Values(y) != nil || prog.Float32s(y) != nil || !math.IsNaN(prog.Scalar(y)) || prog.Gradient(y) != nil {
		t.Error("an intermediate value that was not asked for is given")
	}
	if prog.Values(nil) != nil || prog.Gradient(nil) != nil || prog.Float32s(x) != nil || !math.IsNaN(prog.Scalar(x)) {
		t.Error("a value of nothing, or of another kind, is given")
	}
	if got := prog.Values(x); !slices.Equal(got, []float64{1, 2}) {
		t.Errorf("input %v", got)
	}
}

// TestProgram_sharedSubexpressions compiles what Gorgonia might fold: equal
// operations on equal operands, with different settings.
func TestProgram_sharedSubexpressions(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x := g.Input("x", 2)
	a, b, c := x.Scale(2), x.Scale(3), x.Scale(2)
	prog := ran(t, compiled(t, g, nil, a, b, c, x), x.FeedFloat64s([]float64{1, 10}))
	for n, want := range map[*graph.Node][]float64{a: {2, 20}, b: {3, 30}, c: {2, 20}, x: {1, 10}} {
		if got := prog.Values(n); !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", n, got, want)
		}
	}
}

func TestProgram_lossIsAnInput(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x := g.Input("x").RequireGrad()
	prog := ran(t, compiled(t, g, x.Scale(3).Shift(1)), x.FeedFloat64s([]float64{2}))
	if got := prog.Gradient(x); prog.Loss() != 7 || !slices.Equal(got, []float64{3}) {
		t.Errorf("loss %v, gradient %v, want 7 and [3]", prog.Loss(), got)
	}
	one := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	z := one.Input("z").RequireGrad()
	prog = ran(t, compiled(t, one, z), z.FeedFloat64s([]float64{2}))
	if got := prog.Gradient(z); prog.Loss() != 2 || !slices.Equal(got, []float64{1}) {
		t.Errorf("loss %v, gradient %v, want 2 and [1]", prog.Loss(), got)
	}
}
