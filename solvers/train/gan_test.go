package train

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers"
)

// twoPixels are pictures of 1×1×2 around a point, class 1 brighter by a half.
func twoPixels(n int) *datasets.InMemory {
	x, y := make([]float32, 2*n), make([]int, n)
	for i := range n {
		wave := 0.05 * float32(math.Sin(float64(i)))
		y[i] = i % 2
		x[2*i], x[2*i+1] = 0.2+wave+0.5*float32(y[i]), 0.4-wave
	}
	d, err := datasets.NewInMemory([]int{1, 1, 2}, []string{"dark", "bright"}, x, y)
	if err != nil {
		panic(err)
	}
	return d
}

// smallGAN are networks for twoPixels.
func smallGAN(classes int) GANNetworks {
	joined := func(s graph.Scope, x, class *graph.Node) *graph.Node {
		if class == nil {
			return x
		}
		return graph.Concat(1, x, nn.NewEmbedding(s, classes, 2, nn.EmbeddingOpts{}).Forward(class))
	}
	wide := 0
	if classes > 0 {
		wide = 2
	}
	return GANNetworks{
		Shape: []int{1, 1, 2}, Z: 3, Classes: classes,
		Generator: func(s graph.Scope) func(z, class *graph.Node) *graph.Node {
			net := nn.Sequential{
				nn.NewLinear(s.At("0"), 3+wide, 16), nn.NewBatchNorm(s.At("1"), 16, nn.BatchNormOpts{}), nn.Func((*graph.Node).ReLU),
				nn.NewLinear(s.At("3"), 16, 2), nn.Func((*graph.Node).Tanh),
			}
			return func(z, class *graph.Node) *graph.Node {
				return net.Forward(joined(s.At("embed"), z, class)).Reshape(-1, 1, 1, 2)
			}
		},
		Discriminator: func(s graph.Scope) func(x, class *graph.Node) *graph.Node {
			net := nn.Sequential{nn.NewLinear(s.At("0"), 2+wide, 16), nn.Func((*graph.Node).ReLU), nn.NewLinear(s.At("2"), 16, 1)}
			var embed *nn.Embedding
			if classes > 0 {
				embed = nn.NewEmbedding(s.At("embed"), classes, 2, nn.EmbeddingOpts{})
			}
			return func(x, class *graph.Node) *graph.Node {
				x = x.Flatten()
				if embed != nil {
					x = graph.Concat(1, x, embed.Forward(class))
				}
				return net.Forward(x).Reshape(-1)
			}
		},
	}
}

// newGAN makes a small GAN's task and loop.
func newGAN(tb testing.TB, classes, epochs int, f *Folder, o GANTaskOpts) (*GANTask, *Loop) {
	tb.Helper()
	opt := solvers.NewAdam(0.003)
	opt.Beta1 = 0.5
	store := graph.NewStore(graph.Float32, 1)
	store.SetThreads(1)
	o.Batch = 16
	task, err := NewGANTask(store, smallGAN(classes), twoPixels(100), o)
	if err != nil {
		tb.Fatal(err)
	}
	task.Solver = opt
	tb.Cleanup(task.Close)
	return task, &Loop{Task: task, Solver: opt, Epochs: epochs, Folder: f, SaveEvery: time.Hour}
}

func runLoop(tb testing.TB, l *Loop) {
	tb.Helper()
	for l.Next(tb.Context()) {
		continue
	}
	if err := l.Err(); err != nil {
		tb.Fatal(err)
	}
}

// means returns the mean of each pixel of pictures of two.
func means(x []float32) (a, b float64) {
	n := float64(len(x) / 2)
	for i := 0; i < len(x); i += 2 {
		a, b = a+float64(x[i])/n, b+float64(x[i+1])/n
	}
	return a, b
}

func TestGAN_learns(t *testing.T) {
	for _, c := range []struct {
		name string
		opts GANTaskOpts
	}{
		{"non-saturating", GANTaskOpts{RealLabel: 0.9}},
		{"minimax", GANTaskOpts{Minimax: true}},
		{"averaged", GANTaskOpts{RealLabel: 0.9, Average: 0.98}},
	} {
		t.Run(c.name, func(t *testing.T) {
			task, loop := newGAN(t, 0, 100, nil, c.opts)
			runLoop(t, loop)
			x, err := task.Generate(task.Noise(200, 1), nil)
			if err != nil {
				t.Fatal(err)
			}
			// The data have 0.45 and 0.4; a GAN circles around them.
			if a, b := means(x); math.Abs(a-0.45) > 0.15 || math.Abs(b-0.4) > 0.15 {
				t.Errorf("means %.3f and %.3f, want about 0.45 and 0.40", a, b)
			}
			if w := task.Warning(); w != "" {
				t.Errorf("warned: %s", w)
			}
		})
	}
}

func TestGAN_byClass(t *testing.T) {
	task, loop := newGAN(t, 2, 100, nil, GANTaskOpts{RealLabel: 0.9, Average: 0.98})
	runLoop(t, loop)
	var bright [2]float64
	for class := range bright {
		x, err := task.Generate(task.Noise(100, 1), slices.Repeat([]int{class}, 100))
		if err != nil {
			t.Fatal(err)
		}
		bright[class], _ = means(x)
	}
	if bright[1]-bright[0] < 0.3 { // the data differ by 0.5
		t.Errorf("first pixel %.3f of class 0, %.3f of class 1, want 0.2 and 0.7", bright[0], bright[1])
	}
	for _, c := range []struct {
		classes []int
		want    string
	}{
		{[]int{0, 2}, "picture 1 of class 2, expected 0 to 1"},
		{[]int{0}, "1 classes for 2 pictures"},
	} {
		if _, err := task.Generate(task.Noise(2, 1), c.classes); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q in it", err, c.want)
		}
	}
}

// A step's first half changes only the discriminator, the second only the
// generator.
func TestGAN_halvesOfAStep(t *testing.T) {
	task, loop := newGAN(t, 0, 1, nil, GANTaskOpts{})
	if err := task.Build(); err != nil {
		t.Fatal(err)
	}
	snapshot := func() map[string][]float64 {
		m := map[string][]float64{}
		for _, p := range task.Store().Params() {
			if !p.IsBuffer() {
				m[p.Name()] = p.Values()
			}
		}
		return m
	}
	changed := func(before map[string][]float64, scope string) bool {
		for name, now := range snapshot() {
			if strings.HasPrefix(name, scope+".") && !slices.Equal(now, before[name]) {
				return true
			}
		}
		return false
	}
	before := snapshot()
	task.Begin(0, 0)
	prog, n, err := task.Step(0)
	if err != nil || n != 16 {
		t.Fatal(n, err)
	}
	if changed(before, generatorScope) || !changed(before, discriminatorScope) {
		t.Error("the first half changes the generator or leaves the discriminator")
	}
	before = snapshot()
	if err := loop.Solver.Step(prog.Gradients()); err != nil {
		t.Fatal(err)
	}
	if !changed(before, generatorScope) || changed(before, discriminatorScope) {
		t.Error("the second half leaves the generator or changes the discriminator")
	}
}

// A run that is interrupted anywhere ends with the bits of one that is not.
func TestGAN_resume(t *testing.T) {
	opts := GANTaskOpts{RealLabel: 0.9, Average: 0.9}
	train := func(dir string, stop int) error {
		f := open(t, dir)
		defer f.Close()
		_, loop := newGAN(t, 2, 3, f, opts)
		if _, _, err := loop.Resume(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		loop.OnStep = func(Step) {
			if loop.Progress().Step == stop {
				cancel()
			}
		}
		for loop.Next(ctx) {
			continue
		}
		return loop.Err()
	}
	whole := t.TempDir()
	if err := train(whole, -1); err != nil {
		t.Fatal(err)
	}
	for _, stop := range []int{1, 6, 8, 17} { // six steps an epoch
		dir := t.TempDir()
		if err := train(dir, stop); stop%6 != 0 && err == nil {
			t.Fatal("not interrupted")
		}
		if err := train(dir, -1); err != nil {
			t.Fatal(err)
		}
		if bits(t, dir, LastDir) != bits(t, whole, LastDir) {
			t.Errorf("interrupted after step %d: other bits", stop)
		}
	}
}

// The way between two points begins and ends there and keeps its length.
func TestBetween(t *testing.T) {
	a, b := []float32{3, 0, 4}, []float32{0, 5, 0}
	z := Between(a, b, 5)
	for k := range 5 {
		p := z[3*k : 3*k+3]
		if n := math.Hypot(math.Hypot(float64(p[0]), float64(p[1])), float64(p[2])); math.Abs(n-5) > 1e-5 {
			t.Errorf("point %d has length %v, want 5", k, n)
		}
	}
	if !slices.Equal(z[:3], a) || math.Abs(float64(z[13]-5)) > 1e-6 {
		t.Errorf("from %v to %v", z[:3], z[12:])
	}
	if z := Between(a, a, 2); !slices.Equal(z, append(slices.Clone(a), a...)) {
		t.Errorf("from a point to itself %v", z)
	}
}

// Once it runs, only the start of an epoch takes memory, for the loader.
func TestGAN_allocates(t *testing.T) {
	task, loop := newGAN(t, 2, 1, nil, GANTaskOpts{RealLabel: 0.9, Average: 0.9})
	step := 0
	epoch := func() {
		task.Begin(step/task.Steps(), 0)
		for range task.Steps() {
			prog, _, err := task.Step(step)
			if err != nil {
				t.Fatal(err)
			}
			if err := loop.Solver.Step(prog.Gradients()); err != nil {
				t.Fatal(err)
			}
			step++
		}
	}
	epoch()
	perStep := testing.AllocsPerRun(5, epoch) / float64(task.Steps())
	t.Logf("%.1f allocations a step", perStep)
	if perStep > 2 { // of six steps an epoch
		t.Errorf("%.1f allocations a step", perStep)
	}
}

func TestGAN_warns(t *testing.T) {
	task := GANTask{steps: 1000}
	even := Verdict{}
	even.Counts, even.Entropy, even.Confidence = []int{10, 10, 10, 10}, math.Log(4), 0.9
	task.warnModes(even)
	task.warnBalance(0.8, 0.3)
	if task.Warning() != "" {
		t.Errorf("warned of an even spread: %s", task.Warning())
	}
	few := Verdict{}
	few.Counts, few.Entropy, few.Confidence = []int{40, 0, 0, 0}, 0.1, 0.9
	task.warnModes(few)
	if !strings.Contains(task.Warning(), "1 of 4 classes") {
		t.Errorf("warning %q", task.Warning())
	}
	task.warnBalance(0.999, 0.001)
	if !strings.Contains(task.Warning(), "the discriminator is certain") {
		t.Errorf("warning %q", task.Warning())
	}
}

func TestGAN_errors(t *testing.T) {
	for _, c := range []struct {
		opts GANTaskOpts
		want string
	}{
		{GANTaskOpts{Batch: 1}, "batch size 1, expected at least 2"},
		{GANTaskOpts{Batch: 200}, "100 examples: expected at least one full batch"},
		{GANTaskOpts{Batch: 16, Average: 1}, "average 1"},
	} {
		_, err := NewGANTask(graph.NewStore(graph.Float32, 1), smallGAN(0), twoPixels(100), c.opts)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q in it", err, c.want)
		}
	}
	task, _ := newGAN(t, 0, 1, nil, GANTaskOpts{})
	if _, err := task.Generate(make([]float32, 4), nil); err == nil || !strings.Contains(err.Error(), "expected a multiple of 3") {
		t.Errorf("error %v", err)
	}
	if _, err := task.Generate(make([]float32, 3), []int{0}); err == nil || !strings.Contains(err.Error(), "know no classes") {
		t.Errorf("error %v", err)
	}
}

// A discriminator whose loss is not finite stops the run and is named.
func TestGAN_diverges(t *testing.T) {
	task, loop := newGAN(t, 0, 1, nil, GANTaskOpts{})
	if err := task.Build(); err != nil {
		t.Fatal(err)
	}
	w := task.Store().Param(discriminatorScope + ".0.weight").Float32s()
	w[0] = float32(math.NaN())
	for loop.Next(t.Context()) {
		continue
	}
	if err := loop.Err(); err == nil || !strings.Contains(err.Error(), "discriminator.0.weight") {
		t.Errorf("error %v, want one that names discriminator.0.weight", err)
	}
}
