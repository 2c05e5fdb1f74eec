package run

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
)

func TestBar_fitsAndClears(t *testing.T) {
	step := train.Step{Epoch: 2, Epochs: 10, Batch: 50, Batches: 100, Loss: 0.5, SamplesPerS: 12345, Left: 90 * time.Second}
	for _, width := range []int{10, 40, 70, 80, 200} {
		var out bytes.Buffer
		b := &Bar{out: &out}
		b.Draw(step, train.Metrics{{Name: "val_accuracy", Value: 0.97}}, width)
		line := []rune(strings.TrimPrefix(out.String(), "\r"))
		if len(line) >= width {
			t.Errorf("%d columns: %d letters: %q", width, len(line), string(line))
		}
		if width >= 80 {
			for _, want := range []string{"epoch  2/10 ", "█", "░", " 50 %", "loss 0.5000", "val_accuracy 0.9700", "12,345/s", "1m30s left"} {
				if !strings.Contains(string(line), want) {
					t.Errorf("%d columns: %q lacks %q", width, string(line), want)
				}
			}
		}
		out.Reset()
		b.Clear()
		if want := "\r" + strings.Repeat(" ", len(line)) + "\r"; out.String() != want {
			t.Errorf("cleared by %q", out.String())
		}
		out.Reset()
		if b.Clear(); out.Len() != 0 {
			t.Error("cleared twice")
		}
	}
}

func TestShellWord_cases(t *testing.T) {
	for in, want := range map[string]string{
		"runs/lenet-1": "runs/lenet-1",
		"a run":        "'a run'",
		"it's":         `'it'\''s'`,
		"$HOME":        "'$HOME'",
		"":             "''",
	} {
		if got := ShellWord(in); got != want {
			t.Errorf("ShellWord(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestCalled(t *testing.T) {
	hash := strings.Repeat("7f", 32)
	for path, want := range map[string]string{
		"/somewhere/go-build123/b001/exe/hocsau": "go run ./cmd/hocsau",
		"/cache/7f/" + hash + "-d/hocsau":        "go run ./cmd/hocsau",
		"/opt/bin-d/hocsau":                      "/opt/bin-d/hocsau",
		"hocsau":                                 "hocsau",
	} {
		if want[0] == '/' {
			want = filepath.FromSlash(want)
		}
		if got := called(filepath.FromSlash(path)); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestSchedule_rates(t *testing.T) {
	for _, c := range []struct {
		set  map[string]string
		want solvers.Schedule
	}{
		{map[string]string{}, nil},
		{map[string]string{"schedule": "constant"}, nil},
		{map[string]string{"schedule": "cosine"}, solvers.CosineDecay{Start: 0.1, Steps: 90}},
		{map[string]string{"schedule": "onecycle"}, solvers.NewOneCycle(0.1, 90)},
		{map[string]string{"schedule": "linear"}, solvers.PolynomialDecay{Start: 0.1, Steps: 90, Power: 1}},
		{map[string]string{"schedule": "polynomial", "schedule_power": "3"}, solvers.PolynomialDecay{Start: 0.1, Steps: 90, Power: 3}},
		{map[string]string{"schedule": "step"}, solvers.StepDecay{Start: 0.1, Every: 30, Gamma: 0.1}},
		{map[string]string{"schedule": "step", "schedule_every": "2", "schedule_factor": "0.5"}, solvers.StepDecay{Start: 0.1, Every: 20, Gamma: 0.5}},
		{map[string]string{"schedule": "multistep", "schedule_at": "3+6"}, solvers.MultiStepDecay{Start: 0.1, Milestones: []int{30, 60}, Gamma: 0.1}},
		{map[string]string{"schedule": "exponential"}, solvers.StepDecay{Start: 0.1, Every: 10, Gamma: 0.95}},
		{map[string]string{"schedule": "inversetime"}, solvers.InverseTimeDecay{Start: 0.1, Decay: 0.1}},
		{map[string]string{"schedule": "restarts", "schedule_every": "3", "schedule_factor": "2"}, solvers.WarmRestarts{Start: 0.1, First: 30, Factor: 2}},
		{map[string]string{"schedule": "trapezoid"}, solvers.Trapezoid{Peak: 0.1, Warmup: 9, Steps: 90, Least: 0.02}},
		{map[string]string{"schedule": "warmup"}, solvers.LinearWarmup{Peak: 0.1, Warmup: 10}},
		{map[string]string{"schedule": "warmupcosine", "schedule_every": "2"}, solvers.WarmupCosine{Peak: 0.1, Warmup: 20, Steps: 90}},
	} {
		s, err := Settings{Epochs: 9, Set: c.set}.schedule()
		if err != nil {
			t.Errorf("%v: %v", c.set, err)
		}
		if diff := cmp.Diff(c.want, s.rates(0.1, 9, 10)); diff != "" {
			t.Errorf("%v: %s", c.set, diff)
		}
	}
}

func TestSettings_refuseSets(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"schedule", "cosin", `unknown schedule "cosin": did you mean "cosine"?`},
		{"schedule_every", "2", "has no meaning for schedule constant"},
		{"accumulate", "0", "expected at least 1"},
		{"average", "1", "expected below 1"},
		{"rates", "conv1", `"conv1", expected NAME:FACTOR`},
		{"rates", "conv1:-1", "expected NAME:FACTOR"},
		{"l1", "x", "expected a number"},
		{"clip_value", "0", "expected a positive number"},
		{"histograms", "maybe", "expected true or false"},
		{"patience", "3", "there is no validation part"},
		{"patienze", "3", `unknown setting "patienze": did you mean "patience"?`},
	} {
		s := Settings{Epochs: 2, Set: map[string]string{c.key: c.value}}
		if _, err := s.common(Model{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s=%s: %v, want %q", c.key, c.value, err, c.want)
		}
	}
	own := Model{Train: func(context.Context, *App, *Training) error { return nil }}
	if _, err := (Settings{Set: map[string]string{"clip": "1"}}).common(own); err == nil || !strings.Contains(err.Error(), `unknown setting "clip"`) {
		t.Errorf("a key that a loop of its own ignores: %v", err)
	}
}
