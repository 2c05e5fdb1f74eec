package metrics_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/internal/golden"
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

func TestEntities_forms(t *testing.T) {
	for _, c := range []struct {
		tags string
		want []metrics.Entity
	}{
		{"PER PER O LOC", []metrics.Entity{{0, 2, "PER"}, {3, 4, "LOC"}}}, // plain
		{"O LOC PER O", []metrics.Entity{{1, 2, "LOC"}, {2, 3, "PER"}}},
		{"b-per i-per o b-loc", []metrics.Entity{{0, 2, "per"}, {3, 4, "loc"}}},
		{"B-per I-PER", []metrics.Entity{{0, 2, "per"}}},
		{"B_p I_p _", []metrics.Entity{{0, 2, "p"}}},
		{"B I O", []metrics.Entity{{0, 2, ""}}},
		{"B-p M-p E-p W-p", []metrics.Entity{{0, 3, "p"}, {3, 4, "p"}}}, // BMEWO
	} {
		if got := metrics.Entities(strings.Fields(c.tags)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.tags, got, c.want)
		}
	}
}

func TestCheckEntityTags(t *testing.T) {
	for tags, says := range map[string]string{
		"O B-p I-p": "", "O PER": "", "o b-per": "", "B I O": "", "O GPE-LOC": "",
		"NOUN VERB": "expected O among them", "(PER* * *)": "brackets", "PER-B PER-I O": `"PER-B" and "PER-I"`,
	} {
		err := metrics.CheckEntityTags(strings.Fields(tags))
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v, want %q", tags, err, says)
		}
	}
}

func TestCases_plainTags(t *testing.T) {
	var want struct {
		Score []struct{ Precision, Recall, F1 float64 }
	}
	dir := golden.Everyday(t, "41-ner-plain-tags", &want)
	b, err := os.ReadFile(filepath.Join(dir, "score.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct{ Truth, Pred [][]string }
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		r, err := metrics.EntityF1(c.Truth, c.Pred)
		w := want.Score[i]
		if err != nil || math.Abs(r.Precision-w.Precision) > 1e-6 || math.Abs(r.Recall-w.Recall) > 1e-6 || math.Abs(r.F1-w.F1) > 1e-6 {
			t.Errorf("case %d: %+v, %v, want %+v", i, r.EntityScore, err, w)
		}
	}
}
