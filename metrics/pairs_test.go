package metrics_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/metrics"
)

// Four people on a line: 0 and 1 are of label 7, 1.5 and 9 of label 8.
func line() (embeddings []float64, labels []int) {
	return []float64{0, 1, 1.5, 9}, []int{7, 7, 8, 8}
}

func TestAllPairs(t *testing.T) {
	e, y := line()
	d, same, err := metrics.AllPairs(e, 1, y)
	if err != nil {
		t.Fatal(err)
	}
	if want := []float64{1, 2.25, 81, 0.25, 64, 56.25}; !slices.Equal(d, want) {
		t.Errorf("distances %v, want %v", d, want)
	}
	if want := []bool{true, false, false, false, false, true}; !slices.Equal(same, want) {
		t.Errorf("same %v, want %v", same, want)
	}
}

func TestRecallAt(t *testing.T) {
	e, y := line()
	// 0 finds 1 first; 1 finds 1.5 first, then 0; 1.5 has two nearer ones than 9; 9 finds 1.5 first.
	for k, want := range map[int]float64{1: 0.5, 2: 0.75, 3: 1, 9: 1} {
		got, err := metrics.RecallAt(append(e, 100), 1, append(y, 1), k) // the last is not asked
		if err != nil || got != want {
			t.Errorf("k = %d: %g, %v, want %g", k, got, err, want)
		}
	}
}

func TestOneShot(t *testing.T) {
	e, y := line()
	// Shown 0 and 1.5: 1 is nearer to 1.5, 9 too. Shown 1 and 9: 0 is right, 1.5 wrong.
	got, err := metrics.OneShotRounds(e, 1, y)
	if err != nil || got != 0.5 {
		t.Errorf("%g, %v, want 0.5", got, err)
	}
	// A label with one example is shown in the only round.
	got, err = metrics.OneShotRounds([]float64{0, 1, 5}, 1, []int{3, 3, 4})
	if err != nil || got != 1 {
		t.Errorf("a single example: %g, %v, want 1", got, err)
	}
	got, err = metrics.OneShot([]float64{0, 10}, []float64{1, 2, 3, 9}, 1, []int{0, 0, 1, 1})
	if err != nil || got != 0.75 {
		t.Errorf("%g, %v, want 0.75", got, err)
	}
}

func TestPairs_wrongUse(t *testing.T) {
	e, y := line()
	for name, c := range map[string]struct {
		call func() error
		want string
	}{
		"labels": {func() error { _, _, err := metrics.AllPairs(e, 1, y[1:]); return err }, "4 rows, 3 labels"},
		"NaN":    {func() error { _, _, err := metrics.AllPairs([]float64{math.NaN()}, 1, y[:1]); return err }, "NaN"},
		"k":      {func() error { _, err := metrics.RecallAt(e, 1, y, 0); return err }, "k = 0"},
		"alone":  {func() error { _, err := metrics.RecallAt(e, 1, []int{1, 2, 3, 4}, 1); return err }, "no label occurs twice"},
		"class":  {func() error { _, err := metrics.OneShot(e, e, 1, []int{0, 1, 2, 4}); return err }, "label 4 of query 3"},
		"ask":    {func() error { _, err := metrics.OneShotRounds(e, 1, []int{1, 2, 3, 4}); return err }, "one example of each of 4 labels"},
		"none":   {func() error { _, err := metrics.OneShotRounds(nil, 1, nil); return err }, "nothing to measure"},
	} {
		if err := c.call(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
