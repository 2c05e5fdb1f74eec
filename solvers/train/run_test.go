package train

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers"
)

// TestMain is also the program that the kill test starts and kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		os.Exit(child(dir))
	}
	goleak.VerifyTestMain(m)
}

// features is the size of an example, classes the number of classes.
const features, classes = 12, 3

// points returns n points around the centres of the classes.
func points(n int, seed uint64) *datasets.InMemory {
	r := rand.New(rand.NewPCG(seed, 1))
	x, y := make([]float32, n*features), make([]int, n)
	for i := range n {
		y[i] = i % classes
		for j := range features {
			x[i*features+j] = float32(r.NormFloat64()) * 0.7
			if j%classes == y[i] {
				x[i*features+j]++
			}
		}
	}
	d, err := datasets.NewInMemory([]int{features}, []string{"a", "b", "c"}, x, y)
	if err != nil {
		panic(err)
	}
	return d
}

// network has all kinds of state: parameters, running statistics, random masks.
func network(s graph.Scope) nn.Layer {
	return nn.Sequential{
		nn.NewLinear(s.At("fc1"), features, 16), nn.NewBatchNorm(s.At("bn"), 16, nn.BatchNormOpts{}), nn.Func((*graph.Node).ReLU),
		nn.NewDropout(s.At("drop"), 0.2), nn.NewLinear(s.At("fc2"), 16, classes),
	}
}

// config is what a run under test differs in; the zero value is the usual one.
type config struct {
	threads  int
	seed     uint64
	rate     float64
	train    datasets.Dataset
	model    func(graph.Scope) nn.Layer
	dropLast bool
}

const (
	testEpochs = 3
	testBatch  = 16
	testSize   = 100 // six full batches and one of four
)

// newLoop makes the loop of a run in a folder, which may be nil.
func newLoop(tb testing.TB, f *Folder, c config) *Loop {
	if c.threads == 0 {
		c.threads = 1
	}
	if c.rate == 0 {
		c.rate = 0.01
	}
	if c.train == nil {
		c.train = points(testSize, 1)
	}
	if c.model == nil {
		c.model = network
	}
	store := graph.NewStore(graph.Float32, c.seed)
	store.SetThreads(c.threads)
	task, err := NewClassifier(store, c.model, c.train, points(30, 2), ClassifierOpts{Batch: testBatch, Seed: c.seed, DropLast: c.dropLast})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(task.Close)
	return &Loop{Task: task, Solver: solvers.NewAdam(c.rate), Epochs: testEpochs, Folder: f, SaveEvery: time.Hour}
}

func open(tb testing.TB, dir string) *Folder {
	tb.Helper()
	f, err := OpenFolder(dir)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// finish resumes the run in a folder, or starts it, and takes it to its end.
func finish(tb testing.TB, dir string, c config) *Loop {
	tb.Helper()
	f := open(tb, dir)
	defer func() {
		if err := f.Close(); err != nil {
			tb.Error(err)
		}
	}()
	l := newLoop(tb, f, c)
	if _, _, err := l.Resume(); err != nil {
		tb.Fatal(err)
	}
	for l.Next(tb.Context()) {
	}
	if err := l.Err(); err != nil {
		tb.Fatal(err)
	}
	return l
}

// bits returns the files of a checkpoint that must agree.
func bits(tb testing.TB, dir, name string) string {
	tb.Helper()
	all := ""
	for _, file := range []string{ModelFile, stateFile} {
		if name == BestDir && file == stateFile {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, name, file))
		if err != nil {
			tb.Fatal(err)
		}
		all += string(b)
	}
	return all
}

// same compares the ends of two runs.
func same(tb testing.TB, got, want string) {
	tb.Helper()
	for _, name := range []string{LastDir, BestDir} {
		if bits(tb, got, name) != bits(tb, want, name) {
			tb.Errorf("%s differs in its bits", name)
		}
	}
	a, b := history(tb, got), history(tb, want)
	if len(a) != len(b) {
		tb.Fatalf("%d epochs, want %d", len(a), len(b))
	}
	for i := range b {
		x, y := a[i], b[i]
		x.SamplesPerS, y.SamplesPerS = 0, 0
		if lineOf(tb, x) != lineOf(tb, y) {
			tb.Errorf("epoch %s, want %s", lineOf(tb, x), lineOf(tb, y))
		}
	}
}

func history(tb testing.TB, dir string) []Epoch {
	tb.Helper()
	m, err := ReadMeta(filepath.Join(dir, LastDir))
	if err != nil {
		tb.Fatal(err)
	}
	return m.Progress.History
}

func lineOf(tb testing.TB, e Epoch) string {
	tb.Helper()
	b, err := e.Line()
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

func TestLoop_learns(t *testing.T) {
	l := newLoop(t, nil, config{})
	l.Epochs = 10
	for l.Next(t.Context()) {
	}
	if err := l.Err(); err != nil {
		t.Fatal(err)
	}
	first, last := l.Progress().History[0], l.Epoch()
	if a, ok := last.Validation.Get("val_accuracy"); !ok || a < 0.9 {
		t.Errorf("val_accuracy %g after 10 epochs, want at least 0.9", a)
	}
	if last.TrainLoss > first.TrainLoss/2 {
		t.Errorf("train_loss from %g to %g, want it halved", first.TrainLoss, last.TrainLoss)
	}
	if last.Epoch != 10 || last.Step != 70 || !l.Progress().Done {
		t.Errorf("epoch %d, step %d, done %t", last.Epoch, last.Step, l.Progress().Done)
	}
	if l.Next(t.Context()) {
		t.Error("another epoch after the last")
	}
	if _, resumed, err := l.Resume(); resumed || err != nil {
		t.Errorf("without a folder: resumed %t, error %v", resumed, err)
	}
}

func TestLoop_sameSeedSameBits(t *testing.T) {
	for _, threads := range []int{1, 2} {
		a, b, c := t.TempDir(), t.TempDir(), t.TempDir()
		finish(t, a, config{threads: threads, seed: 5})
		finish(t, b, config{threads: threads, seed: 5})
		finish(t, c, config{threads: threads, seed: 6})
		same(t, a, b)
		if bits(t, a, LastDir) == bits(t, c, LastDir) {
			t.Errorf("%d threads: another seed gives the same bits", threads)
		}
	}
}

// A run that is stopped after any of its steps, and one that is stopped many
// times, ends as if nothing had happened.
func TestLoop_interruptedAnywhere(t *testing.T) {
	whole := t.TempDir()
	steps := finish(t, whole, config{}).Progress().Step
	for stop := range steps {
		dir := t.TempDir()
		interrupt(t, dir, stop)
		finish(t, dir, config{})
		same(t, dir, whole)
	}
	dir := t.TempDir()
	for range steps {
		interrupt(t, dir, 1)
	}
	finish(t, dir, config{})
	same(t, dir, whole)
	checkLog(t, dir)
}

// interrupt takes the run up for so many steps.
func interrupt(t *testing.T, dir string, steps int) {
	t.Helper()
	f := open(t, dir)
	defer f.Close()
	l := newLoop(t, f, config{})
	if _, _, err := l.Resume(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	if steps == 0 {
		cancel()
	}
	l.OnStep = func(Step) {
		if n++; n == steps {
			cancel()
		}
	}
	for l.Next(ctx) {
	}
	if err := l.Err(); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestLoop_onStep(t *testing.T) {
	l := newLoop(t, nil, config{dropLast: true})
	var last Step
	n := 0
	l.OnStep = func(s Step) { last, n = s, n+1 }
	for l.Next(t.Context()) {
	}
	if err := l.Err(); err != nil {
		t.Fatal(err)
	}
	if n != 18 || last.Epoch != 3 || last.Epochs != 3 || last.Batch != 6 || last.Batches != 6 || last.Left != 0 || !(last.SamplesPerS > 0) || !(last.Loss > 0) {
		t.Errorf("%d steps, the last %+v", n, last)
	}
}
