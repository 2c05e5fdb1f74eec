package graph_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"

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

// TestProgram_frozen: frozen parameters get no gradient and unreached ones
// are named.
func TestProgram_frozen(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	store.Freeze("conv1")
	store.Freeze("bn")
	g := graph.New(store, graph.Train)
	x, y, _, loss := lenet(g, 4)
	nn.NewLinear(g.Scope().At("unused"), 3, 2)
	prog := compiled(t, g, loss)
	var names []string
	for _, vg := range prog.Gradients() {
		names = append(names, vg.(interface{ Name() string }).Name())
	}
	if got, want := strings.Join(names, " "), "conv2.weight conv2.bias fc1.weight fc1.bias fc2.weight fc2.bias fc3.weight fc3.bias"; got != want {
		t.Errorf("gradients of %s, want %s", got, want)
	}
	if got := strings.Join(prog.Unreached(), " "); got != "unused.weight unused.bias" {
		t.Errorf("unreached: %s", got)
	}
	images, labels := digits(4)
	mean := store.Param("bn.running_mean").Values()
	ran(t, prog, x.Feed(images), y.FeedInts(labels))
	sameBits(t, "running mean below a frozen prefix", store.Param("bn.running_mean").Values(), mean)

	store.Unfreeze()
	if _, err := g.Compile(loss); err == nil || !strings.Contains(err.Error(), "differentiated before conv1.weight was unfrozen") {
		t.Errorf("compiling again after Unfreeze: %v", err)
	}
	store.Freeze("")
	if prog := compiled(t, g, loss); len(prog.Gradients()) != 0 {
		t.Error("a wholly frozen store has gradients")
	}
}

// TestProgram_gradientsApart: gradients lie in memory of their own even where
// they are equal, so that a solver may change them in place.
func TestProgram_gradientsApart(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	s := g.Scope()
	a, b := s.Param("a", graph.Constant(1), 2, 3), s.Param("b", graph.Constant(2), 2, 3)
	c, d := s.Param("c", graph.Constant(3), 6), s.Param("d", graph.Constant(3), 1, 3)
	sum := a.Add(b).Shift(1).Add(c.Reshape(2, 3)).Add(graph.Concat(0, d, d))
	prog := ran(t, compiled(t, g, sum.Tanh().Sum()))
	for i, vg := range prog.Gradients() {
		grad, err := vg.Grad()
		if err != nil {
			t.Fatal(err)
		}
		values := grad.Data().([]float32)
		for j := range values {
			values[j] = float32(i)
		}
	}
	for i, vg := range prog.Gradients() {
		for _, v := range gradientOf(t, vg) {
			if v != float64(i) {
				t.Fatalf("gradient %d was overwritten with %v", i, v)
			}
		}
	}
}

// TestProgram_buffersInOrder: a batch norm called twice moves its running
// values twice, first by the first call.
func TestProgram_buffersInOrder(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	a, b := g.Input("a", 2, 1), g.Input("b", 2, 1)
	bn := nn.NewBatchNorm(g.Scope().At("bn"), 1, nn.BatchNormOpts{Momentum: 0.5, Biased: true})
	loss := bn.Forward(a).Sum().Add(bn.Forward(b).Sum())
	prog := compiled(t, g, loss)
	ran(t, prog, a.FeedFloat64s([]float64{3, 5}), b.FeedFloat64s([]float64{10, 12}))
	// mean: 0 → 2 → 6.5; variance: 1 → 1 → 1, as each batch has 1.
	if got := g.Store().Param("bn.running_mean").Values()[0]; got != 6.5 {
		t.Errorf("running mean %v, want 6.5", got)
	}
	ran(t, prog) // 6.5 → 5.25 → 8.125
	if got := g.Store().Param("bn.running_mean").Values()[0]; got != 8.125 {
		t.Errorf("running mean %v after the second run, want 8.125", got)
	}
	if got := g.Store().Param("bn.running_var").Values()[0]; got != 1 {
		t.Errorf("running variance %v, want 1", got)
	}
}

func TestProgram_dropoutByStep(t *testing.T) {
	mask := func(seed uint64, name string, step int) []float64 {
		g := graph.New(graph.NewStore(graph.Float64, seed), graph.Train)
		x := g.Input("x", 1000)
		y := x.Dropout(g.Scope().At(name), "call0", 0.3)
		prog := compiled(t, g, nil, y)
		prog.SetStep(step)
		return ran(t, prog, x.FeedFloat64s(slices.Repeat([]float64{1}, 1000))).Values(y)
	}
	m := mask(1, "d", 5)
	sameBits(t, "the same seed, name and step", mask(1, "d", 5), m)
	kept := 0
	for _, v := range m {
		if v != 0 {
			kept++
			if !near(v, 1/0.7, 1e-15) {
				t.Fatalf("a kept element is %v, want 1/0.7", v)
			}
		}
	}
	if kept < 650 || kept > 750 { // 700, deviation 14.5
		t.Errorf("%d of 1000 kept, want about 700", kept)
	}
	for what, other := range map[string][]float64{"seed": mask(2, "d", 5), "name": mask(1, "e", 5), "step": mask(1, "d", 6)} {
		if slices.Equal(m, other) {
			t.Errorf("another %s gives the same mask", what)
		}
	}
}

func TestProgram_diagnose(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x := g.Input("x", 1, 1, 3, 3)
	w := g.Scope().Param("w", graph.Constant(1), 1, 1, 3, 3)
	h := x.Mul(w).MaxPool(graph.PoolOpts{Kernel: []int{2}, Stride: []int{1}, Pad: [][2]int{{0, 1}}})
	y := h.Log().Sum()
	prog := compiled(t, g, y)
	count := g.Store().Param("w")

	ran(t, prog, x.FeedFloat64s([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9}))
	if err := prog.Diagnose(); err != nil {
		t.Errorf("all is finite, got %v", err)
	}
	check := func(want string) {
		t.Helper()
		err := prog.Diagnose()
		if !errors.Is(err, graph.ErrNotFinite) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	ran(t, prog, x.FeedFloat64s([]float64{-1, -2, -3, -4, -5, -6, -7, -8, -9}))
	check("Log: MaxPool2d(1, 1, 3, 3)")
	ran(t, prog, x.FeedFloat64s([]float64{1, 2, math.NaN(), 4, 5, 6, 7, 8, 9}))
	check("input x(1, 1, 3, 3)")
	if err := count.SetValues([]float64{1, 1, 1, 1, math.Inf(1), 1, 1, 1, 1}); err != nil {
		t.Fatal(err)
	}
	check("w(1, 1, 3, 3)")
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
