package train

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers"
)

// plain has nothing that depends on the batch but its examples.
func plain(s graph.Scope) nn.Layer {
	return nn.Sequential{nn.NewLinear(s.At("fc1"), features, 16), nn.Func((*graph.Node).Tanh), nn.NewLinear(s.At("fc2"), 16, classes)}
}

// Two batches of 8 together take the step that one of 16 takes.
func TestLoop_accumulates(t *testing.T) {
	weights := func(batch, accumulate int) []float64 {
		store := graph.NewStore(graph.Float64, 1)
		task, err := NewClassifier(store, plain, points(48, 1), nil, ClassifierOpts{Batch: batch, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer task.Close()
		l := &Loop{Task: task, Solver: solvers.NewMomentum(0.1), Epochs: 2, Accumulate: accumulate}
		for l.Next(t.Context()) {
		}
		if err := l.Err(); err != nil {
			t.Fatal(err)
		}
		return store.Param("fc1.weight").Values()
	}
	got, want := weights(8, 2), weights(16, 1)
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-12 { // another order of sums in float64
			t.Fatalf("weight %d: %g, want %g", i, got[i], want[i])
		}
	}
}

func TestLoop_stopsEarly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	f := open(t, dir)
	l := newLoop(t, f, config{rate: 0.05})
	l.Epochs, l.Patience, l.MinDelta = 100, 2, 0.01
	epochs := 0
	l.OnEpoch = func(e Epoch) error { epochs = e.Epoch; return nil }
	for l.Next(t.Context()) {
	}
	p := l.Progress()
	if l.Err() != nil || !p.Stopped || !p.Done || p.Epoch == 100 || epochs != p.Epoch {
		t.Fatalf("%d epochs, stopped %t, %v", p.Epoch, p.Stopped, l.Err())
	}
	// The two epochs after the best brought nothing.
	best := p.History[p.Epoch-3].Validation[0].Value
	for _, e := range p.History[p.Epoch-2:] {
		if e.Validation[0].Value > best+0.01 {
			t.Errorf("epoch %d has %g, stopped after %g", e.Epoch, e.Validation[0].Value, best)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = open(t, dir)
	defer f.Close()
	again := newLoop(t, f, config{rate: 0.05})
	again.Epochs, again.Patience = 100, 2
	if _, resumed, err := again.Resume(); err != nil || !resumed || again.Next(t.Context()) {
		t.Errorf("a run that stopped goes on: resumed %t, %v", resumed, err)
	}
}

// Averaged weights, early stopping, accumulated gradients, the plateau: all
// survive an interruption to the bit.
func TestLoop_habitsResume(t *testing.T) {
	set := func(l *Loop) {
		l.Epochs, l.Average, l.Accumulate, l.Patience = 4, 0.9, 2, 10
		l.Plateau = solvers.NewPlateau(0.01)
		l.Plateau.Patience, l.Plateau.Factor = 1, 0.5
		l.Histograms = true
	}
	train := func(dir string, stopAt int) {
		f := open(t, dir)
		defer f.Close()
		l := newLoop(t, f, config{seed: 3})
		set(l)
		if _, _, err := l.Resume(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		steps := 0
		l.OnStep = func(Step) {
			if steps++; steps == stopAt {
				cancel()
			}
		}
		for l.Next(ctx) {
		}
	}
	whole, parts := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "parts")
	train(whole, -1)
	for range 20 { // more than enough for 4 epochs of 4 steps
		train(parts, 1)
	}
	same(t, parts, whole)
	a, err := os.ReadFile(filepath.Join(whole, AverageDir, ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(parts, AverageDir, ModelFile))
	if err != nil || string(a) != string(b) {
		t.Errorf("the averaged weights differ, %v", err)
	}
	if last, err := os.ReadFile(filepath.Join(whole, LastDir, ModelFile)); err != nil || string(a) == string(last) {
		t.Errorf("the averaged weights are the last ones, %v", err)
	}
}

// measured is a task whose validation gives what is written down.
type measured struct {
	*Classifier
	epoch *int
	gives []Metrics
}

func (m measured) Validate() (Metrics, error) {
	*m.epoch++
	return m.gives[*m.epoch-1], nil
}

// Of epochs with the same accuracy the best has the least loss.
func TestLoop_bestOfEqualAccuracies(t *testing.T) {
	gives := func(accuracy, loss float64) Metrics { return Metrics{{"val_accuracy", accuracy}, {"val_loss", loss}} }
	for _, c := range []struct {
		name  string
		gives []Metrics
		want  int
	}{
		{"loss falls", []Metrics{gives(0.5, 2), gives(1, 0.9), gives(1, 0.3), gives(1, 0.4)}, 3},
		{"loss rises", []Metrics{gives(1, 0.1), gives(1, 0.2), gives(0.9, 0.01), gives(1, 0.1)}, 1},
		{"no loss", []Metrics{{{"bleu", 1}}, {{"bleu", 1}}, {{"bleu", 0}}, {{"bleu", 1}}}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLoop(t, nil, config{})
			l.Task = measured{l.Task.(*Classifier), new(int), c.gives}
			l.Epochs = len(c.gives)
			for l.Next(t.Context()) {
			}
			if got := l.Progress().BestEpoch; l.Err() != nil || got != c.want {
				t.Errorf("best epoch %d, %v, want %d", got, l.Err(), c.want)
			}
		})
	}
}
