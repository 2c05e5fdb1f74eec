package metrics

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func near(t testing.TB, name string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %.15g, want %.15g ± %g", name, got, want, tolerance)
	}
}

func TestMean(t *testing.T) {
	var m Mean
	if !math.IsNaN(m.Value()) {
		t.Errorf("mean of nothing is %g, want NaN", m.Value())
	}
	m.Add(1, 64)
	m.Add(3, 32)
	m.Add(math.NaN(), 0) // a masked row
	near(t, "mean", m.Value(), 160.0/96, 1e-15)
	near(t, "weight", m.Weight(), 96, 0)
	m.Reset()
	for range 1_000_000 {
		m.Add(0.1, 1)
	}
	near(t, "long mean", m.Value(), 0.1, 1e-16) // a plain sum is off by 1e-12
	m.Add(math.Inf(1), 1)
	m.Add(1, 1)
	if !math.IsInf(m.Value(), 1) {
		t.Errorf("got %g, want +Inf", m.Value())
	}
}

func TestAccuracy(t *testing.T) {
	scores := []float64{0, 2, 1, 5, 5, 1, -1, -2, -3} // rows: 1, tie 0 and 1, 0
	got, err := Argmax(scores, 3)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1, 0, 0}, got); diff != "" {
		t.Error(diff)
	}
	top, err := Top(scores[3:6], 2)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{0, 1}, top); diff != "" {
		t.Error(diff)
	}
	for k, want := range map[int]float64{1: 1. / 3, 2: 2. / 3, 3: 1} {
		got, err := TopAccuracy(scores, 3, k, []int{1, 1, 2})
		if err != nil {
			t.Fatal(err)
		}
		near(t, fmt.Sprint("top ", k), got, want, 1e-15)
	}
}

func TestTopAccuracy_propertyOneIsAccuracy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		classes := rapid.IntRange(1, 6).Draw(t, "classes")
		n := rapid.IntRange(1, 10).Draw(t, "n")
		scores := make([]float64, n*classes)
		labels := make([]int, n)
		for i := range scores {
			scores[i] = float64(rapid.IntRange(-2, 2).Draw(t, "score"))
		}
		for i := range labels {
			labels[i] = rapid.IntRange(0, classes-1).Draw(t, "label")
		}
		predictions, err := Argmax(scores, classes)
		if err != nil {
			t.Fatal(err)
		}
		accuracy, err := Accuracy(predictions, labels)
		if err != nil {
			t.Fatal(err)
		}
		before := 0.0
		for k := 1; k <= classes; k++ {
			top, err := TopAccuracy(scores, classes, k, labels)
			if err != nil {
				t.Fatal(err)
			}
			if k == 1 && top != accuracy || k == classes && top != 1 || top < before {
				t.Fatalf("top %d is %g after %g, accuracy %g", k, top, before, accuracy)
			}
			before = top
		}
	})
}

// By hand: 3 samples of class 0, 1 of class 1, none of class 2.
func TestConfusion_Report(t *testing.T) {
	m, err := NewConfusion(3)
	if err != nil {
		t.Fatal(err)
	}
	if m.Accuracy() != 0 {
		t.Errorf("accuracy of nothing %g, want 0", m.Accuracy())
	}
	for _, batch := range [][2][]int{{{0, 1}, {0, 0}}, {{0, 1}, {0, 1}}} {
		if err := m.Add(batch[0], batch[1]); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]int{2, 1, 0, 0, 1, 0, 0, 0, 0}, m.Counts()); diff != "" {
		t.Error(diff)
	}
	r := m.Report()
	want := []ClassReport{{1, 2. / 3, 0.8, 3}, {0.5, 1, 2. / 3, 1}, {}}
	if diff := cmp.Diff(want, r.Classes); diff != "" {
		t.Error(diff)
	}
	near(t, "accuracy", r.Accuracy, 0.75, 0)
	near(t, "macro F1", r.Macro.F1, (0.8+2./3)/3, 1e-15)
	near(t, "weighted precision", r.Weighted.Precision, 0.75+0.125, 1e-15)
	table, err := r.Table([]string{"a", "bb", "ấ"})
	if err != nil {
		t.Fatal(err)
	}
	if want := "       a     1.0000  0.6667  0.8000        3\n"; !strings.Contains(table, want) {
		t.Errorf("got\n%swant a line %q", table, want)
	}
	for _, line := range strings.Split(strings.TrimSpace(table), "\n") {
		if strings.Contains(line, "ấ") && !strings.HasPrefix(line, "       ấ  ") {
			t.Errorf("line %q is not aligned", line)
		}
	}
}

func TestClassify_errors(t *testing.T) {
	m, err := NewConfusion(2)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	for name, c := range map[string]struct {
		call func() error
		want string
	}{
		"rows":      {func() error { _, err := Argmax(make([]float64, 5), 3); return err }, "5 values are no rows of 3"},
		"columns":   {func() error { _, err := Argmax(nil, 0); return err }, "0 columns"},
		"nan":       {func() error { _, err := Argmax([]float64{1, nan}, 2); return err }, "score 1 is NaN"},
		"length":    {func() error { _, err := Accuracy([]int{1}, nil); return err }, "1 predictions, 0 labels"},
		"nothing":   {func() error { _, err := Accuracy(nil, nil); return err }, "found nothing to measure"},
		"k":         {func() error { _, err := TopAccuracy([]float64{1, 2}, 2, 3, []int{0}); return err }, "k = 3, expected 1 to 2"},
		"label":     {func() error { _, err := TopAccuracy([]float64{1, 2}, 2, 1, []int{2}); return err }, "label 2 of row 0, expected 0 to 1"},
		"top":       {func() error { _, err := Top([]float64{1}, 2); return err }, "top 2 of 1 classes"},
		"classes":   {func() error { _, err := NewConfusion(0); return err }, "0 classes"},
		"confusion": {func() error { return m.Add([]int{0, 2}, []int{0, 1}) }, "prediction 2, label 1 of sample 1, expected 0 to 1"},
		"table":     {func() error { _, err := m.Report().Table([]string{"a"}); return err }, "1 names, expected 2"},
	} {
		if err := c.call(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if m.Total() != 0 {
		t.Errorf("a refused batch was counted: %v", m.Counts())
	}
}
