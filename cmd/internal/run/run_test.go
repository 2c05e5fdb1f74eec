package run

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hocsau/hocsau/plot"
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

func TestSpread_cases(t *testing.T) {
	for _, c := range []struct {
		y    []float64
		want float64
	}{
		{[]float64{2, 0.5, 1}, 4},
		{[]float64{2, 0}, 0},
		{nil, 0},
	} {
		if got := spread([]plot.Series{{Y: c.y}}); got != c.want {
			t.Errorf("spread of %v: %g, want %g", c.y, got, c.want)
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

func TestCommon_rates(t *testing.T) {
	for _, c := range []struct {
		schedule string
		want     solvers.Schedule
	}{
		{"", nil},
		{"constant", nil},
		{"cosine", solvers.CosineDecay{Start: 0.1, Steps: 10}},
		{"linear", solvers.PolynomialDecay{Start: 0.1, Steps: 10, Power: 1}},
		{"onecycle", solvers.NewOneCycle(0.1, 10)},
	} {
		if got := (common{schedule: c.schedule}).rates(0.1, 10); got != c.want {
			t.Errorf("%s: %v, want %v", c.schedule, got, c.want)
		}
	}
}
