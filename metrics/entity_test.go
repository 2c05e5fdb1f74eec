package metrics_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/metrics"
)

func TestEntities_cases(t *testing.T) {
	for _, c := range []struct {
		tags string
		want []metrics.Entity
	}{
		{"O O", nil},
		{"B-p I-p O B-l", []metrics.Entity{{0, 2, "p"}, {3, 4, "l"}}},
		{"B-p B-p", []metrics.Entity{{0, 1, "p"}, {1, 2, "p"}}},
		{"I-p I-p I-l", []metrics.Entity{{0, 2, "p"}, {2, 3, "l"}}},                                       // IOB1
		{"B-creative-work I-creative-work", []metrics.Entity{{0, 2, "creative-work"}}},                    // the first hyphen splits
		{"B-p I-p E-p I-p S-l S-l", []metrics.Entity{{0, 3, "p"}, {3, 4, "p"}, {4, 5, "l"}, {5, 6, "l"}}}, // IOBES
		{"O I-p", []metrics.Entity{{1, 2, "p"}}},
		{"", nil},
	} {
		if got := metrics.Entities(strings.Fields(c.tags)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.tags, got, c.want)
		}
	}
}

// TestEntityF1_conlleval: the numbers are by hand after the script's rules: of
// three guesses one is right, there are four.
func TestEntityF1_conlleval(t *testing.T) {
	truth := [][]string{strings.Fields("B-p I-p O B-l"), strings.Fields("B-p O B-l O")}
	guess := [][]string{strings.Fields("B-p I-p O B-p"), strings.Fields("B-p I-p O O")}
	r, err := metrics.EntityF1(truth, guess)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"precision", r.Precision, 1.0 / 3}, {"recall", r.Recall, 1.0 / 4}, {"F1", r.F1, 2.0 / 7},
		{"support", float64(r.Support), 4}, {"F1 of p", r.Types["p"].F1, 0.4}, {"F1 of l", r.Types["l"].F1, 0},
	} {
		if math.Abs(c.got-c.want) > 1e-12 {
			t.Errorf("%s %v, want %v", c.what, c.got, c.want)
		}
	}
	if r, err := metrics.EntityF1(truth, truth); err != nil || r.F1 != 1 {
		t.Errorf("F1 of the truth %v, error %v", r.F1, err)
	}
	if _, err := metrics.EntityF1(truth, [][]string{{"O"}, {"O"}}); err == nil || !strings.Contains(err.Error(), "sentence 0: 4 tags, 1 guesses") {
		t.Errorf("error %v", err)
	}
}
