package train

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/zoo"
)

// spoilt is a set with one number that is not finite.
type spoilt struct {
	datasets.Dataset
	at    int
	value float32
}

func (s spoilt) At(i int, x []float32) (int, error) {
	y, err := s.Dataset.At(i, x)
	if i == s.at {
		x[3] = s.value
	}
	return y, err
}

func fails(t *testing.T, l *Loop, is error, wants ...string) {
	t.Helper()
	for l.Next(t.Context()) {
	}
	err := l.Err()
	if is != nil && !errors.Is(err, is) {
		t.Errorf("error %v, want the cause %v", err, is)
	}
	for _, want := range wants {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestLoop_dataNotFinite(t *testing.T) {
	fails(t, newLoop(t, nil, config{train: spoilt{points(testSize, 1), 42, float32(math.NaN())}}), nil,
		"epoch 1, batch ", "training part: example 42: value 3 is NaN, expected finite numbers")
	fails(t, newLoop(t, nil, config{train: spoilt{points(testSize, 1), 7, float32(math.Inf(-1))}}), nil, "example 7: value 3 is -Inf")
	l := newLoop(t, nil, config{})
	if _, err := l.Task.(*Classifier).Evaluate(spoilt{points(testSize, 1), 99, float32(math.Inf(1))}); err == nil || !strings.Contains(err.Error(), "evaluate: example 99: value 3 is +Inf") {
		t.Errorf("error %v", err)
	}
}

// The parameters grow until a matrix product overflows.
func TestLoop_rateTooLarge(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	defer f.Close()
	l := newLoop(t, f, config{rate: 1e30, model: func(s graph.Scope) nn.Layer { return zoo.NewMLP(s, features, 8, classes) }})
	if err := Build(l.Task); err != nil {
		t.Fatal(err)
	}
	if err := l.checkpoint(); err != nil {
		t.Fatal(err)
	}
	before := bits(t, dir, LastDir)
	fails(t, l, ErrDiverged, "epoch 1, batch 2: loss ", "first in Linear: ReLU(16, 8), fc2.weight(3, 8), fc2.bias(3)", "a smaller learning rate may help")
	if bits(t, dir, LastDir) != before {
		t.Error("the last good checkpoint was replaced")
	}
}

// The loss is finite, its gradient is not: ∂√x/∂x at 0.
func TestLoop_gradientNotFinite(t *testing.T) {
	l := newLoop(t, nil, config{model: func(s graph.Scope) nn.Layer {
		zero := s.Param("zero", graph.Constant(0), 1, classes)
		inner := network(s)
		return nn.Func(func(x *graph.Node) *graph.Node { return inner.Forward(x).Add(zero.Sqrt()) })
	}})
	fails(t, l, ErrDiverged, "epoch 1, batch 1: norm of the gradients", "first in ")
	for _, p := range l.Task.Store().Params() {
		for _, v := range p.Values() {
			if !finite(v) {
				t.Fatalf("the gradient reached parameter %s", p.Name())
			}
		}
	}
}

// wild is a solver whose step leaves a number that is not finite.
type wild struct {
	solvers.Solver
	store *graph.Store
	at    int
	steps int
}

func (w *wild) Step(model []gorgonia.ValueGrad) error {
	if w.steps++; w.steps == w.at {
		p := w.store.Param("fc2.bias")
		v := p.Values()
		v[1] = math.Inf(1)
		return p.SetValues(v)
	}
	return w.Solver.Step(model)
}

// Parameters that are not finite are never saved, whenever it is time to save.
func TestLoop_paramsNotFinite(t *testing.T) {
	for _, c := range []struct {
		name  string
		at    int
		every time.Duration
		want  []string
	}{
		{"within an epoch", 9, 1, []string{"no checkpoint is saved (the one before is whole)", "parameter fc2.bias: element 1 is +Inf"}},
		{"at its end", 14, time.Hour, []string{"epoch 2", "parameter fc2.bias: element 1 is +Inf"}},
		{"at the next step", 9, time.Hour, []string{"epoch 2, batch 3: loss ", "after the step before: parameter fc2.bias: element 1 is +Inf"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			f := open(t, dir)
			defer f.Close()
			l := newLoop(t, f, config{})
			l.Solver = &wild{Solver: l.Solver, store: l.Task.Store(), at: c.at}
			l.SaveEvery = c.every
			fails(t, l, ErrDiverged, c.want...)
			m, err := ReadMeta(filepath.Join(dir, LastDir))
			if err != nil {
				t.Fatal(err)
			}
			if m.Progress.Step >= c.at {
				t.Errorf("saved is step %d", m.Progress.Step)
			}
		})
	}
}

// badValidation is a task that measures NaN.
type badValidation struct{ *Classifier }

func (badValidation) Validate() (Metrics, error) {
	return Metrics{{"val_accuracy", 0.5}, {"val_loss", math.NaN()}}, nil
}

func TestLoop_validationNotFinite(t *testing.T) {
	l := newLoop(t, nil, config{})
	l.Task = badValidation{l.Task.(*Classifier)}
	fails(t, l, ErrDiverged, "validate epoch 1: val_loss is NaN")
}

func TestOverfit_cases(t *testing.T) {
	for _, c := range []struct {
		name string
		rate float64
		most int
		ok   bool
		want string
	}{
		{"learns", 0.05, 300, true, ""},
		{"too few steps", 1e-6, 5, false, ""},
		{"diverges", 1e38, 300, false, "overfit: step"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLoop(t, nil, config{rate: c.rate})
			first, last, steps, err := Overfit(t.Context(), l.Task, l.Solver, c.most, 0.05)
			if c.want != "" {
				if !errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v, want %q", err, c.want)
				}
				return
			}
			if err != nil || (last < 0.05) != c.ok || steps > c.most || !(first > last) {
				t.Errorf("loss %g to %g in %d steps, %v", first, last, steps, err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := newLoop(t, nil, config{})
	if _, _, _, err := Overfit(ctx, l.Task, l.Solver, 10, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}
