package words

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets/vectors"
	"github.com/hocsau/hocsau/metrics"
)

func table(t testing.TB, dim int, words string, x ...float32) *vectors.Table {
	t.Helper()
	v, err := vectors.New(strings.Fields(words), x, dim)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// people are pairs of a man and a woman in three ranks; the vectors have different lengths.
func people(t testing.TB) *vectors.Table {
	return table(t, 3, "man woman king queen uncle aunt",
		1, 0, 0.1, 0, 1, 0.1,
		3, 0, 3, 0, 5, 5,
		0.5, 0, -0.3, 0, 2, -1.2)
}

func TestSearch_nearest(t *testing.T) {
	s, err := NewSearch(people(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Nearest("King", 2) // in lower case
	if err != nil || len(got) != 2 || got[0].Word != "man" || got[1].Word != "queen" {
		t.Fatalf("%v, %v", got, err)
	}
	if want := 1.1 / math.Sqrt(1.01) / math.Sqrt2; math.Abs(got[0].Similarity-want) > 1e-6 { // (1, 0, 0.1)·(1, 0, 1), float32
		t.Errorf("similarity %v, want %v", got[0].Similarity, want)
	}
	got, err = s.Analogy("man", "woman", "king", 1)
	if err != nil || len(got) != 1 || got[0].Word != "queen" {
		t.Errorf("%v, %v", got, err)
	}
	for name, c := range map[string]struct {
		call func() error
		want string
	}{
		"unknown": {func() error { _, err := s.Nearest("dog", 1); return err }, `["dog"]: not among the 6 words`},
		"two":     {func() error { _, err := s.Analogy("dog", "man", "cat", 1); return err }, `["dog" "cat"]: not among`},
		"k":       {func() error { _, err := s.Nearest("man", 0); return err }, "k = 0"},
	} {
		if err := c.call(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

func TestSimilarities(t *testing.T) {
	v := people(t)
	pairs := []vectors.Pair{{A: "man", B: "King", Score: 5}, {A: "man", B: "woman", Score: 1}, {A: "king", B: "aunt", Score: -2}, {A: "dog", B: "man", Score: 9}}
	got, err := Similarities(v, pairs)
	if err != nil || math.Abs(got.Spearman-1) > 1e-12 || got.Pairs != 3 || got.Of != 4 || got.Coverage() != 0.75 {
		t.Errorf("%+v, %v", got, err)
	}
	pairs[0].Score = -5
	if got, err = Similarities(v, pairs); err != nil || math.Abs(got.Spearman+0.5) > 1e-12 {
		t.Errorf("%+v, %v, want −0.5", got, err)
	}
	got, err = Similarities(v, pairs[2:])
	if err == nil || !strings.Contains(err.Error(), "1 of 2 pairs have vectors") || got.Pairs != 1 {
		t.Errorf("%+v, error %v", got, err)
	}
	if _, err := Similarities(v, []vectors.Pair{pairs[0], pairs[0]}); err == nil || !strings.Contains(err.Error(), "the scores are all equal") {
		t.Errorf("error %v", err)
	}
}

func TestAnalogies(t *testing.T) {
	sections := []vectors.Section{
		{Name: "family", Analogies: []vectors.Analogy{
			{A: "man", B: "woman", C: "king", D: "queen"}, {A: "Man", B: "woman", C: "king", D: "aunt"}, {A: "dog", B: "woman", C: "king", D: "queen"},
		}},
		{Name: "gram1", Analogies: []vectors.Analogy{{A: "man", B: "woman", C: "uncle", D: "aunt"}}},
		{Name: "none"},
	}
	got, err := Analogies(t.Context(), people(t), sections)
	if err != nil {
		t.Fatal(err)
	}
	want := Scores{
		Sections:  []Score{{"family", 1, 2, 3}, {"gram1", 1, 1, 1}, {"none", 0, 0, 0}},
		Semantic:  Score{"semantic", 1, 2, 3},
		Syntactic: Score{"syntactic", 1, 1, 1},
		Total:     Score{"total", 2, 3, 4},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got.Total.Accuracy() != 2./3 || got.Total.Coverage() != 0.75 || got.Sections[2].Accuracy() != 0 {
		t.Errorf("accuracy %v, coverage %v", got.Total.Accuracy(), got.Total.Coverage())
	}
	if _, err := Analogies(t.Context(), table(t, 1, "a", 1), sections); err == nil || !strings.Contains(err.Error(), "none of 4 has vectors") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Analogies(ctx, people(t), sections); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// Many questions at a time give what one at a time gives.
func TestAnalogies_equalSearch(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const n, dim = 30, 4
		words := strings.Fields(strings.Repeat("w ", n))
		x := make([]float32, n*dim)
		for i := range words {
			words[i] = "w" + string(rune('A'+i))
		}
		number := rapid.Float32Range(-1, 1)
		for i := range x {
			x[i] = number.Draw(rt, "x")
		}
		v, err := vectors.New(words, x, dim)
		if err != nil {
			rt.Fatal(err)
		}
		s, err := NewSearch(v)
		if err != nil {
			rt.Fatal(err)
		}
		section := vectors.Section{Name: "x"}
		right := 0
		for i := range 100 {
			q := vectors.Analogy{A: words[i%n], B: words[(i*7+1)%n], C: words[(i*11+5)%n]}
			best, err := s.Analogy(q.A, q.B, q.C, 2)
			if err != nil {
				rt.Fatal(err)
			}
			if len(best) < 2 || best[0].Similarity-best[1].Similarity < 1e-5 {
				continue // within the rounding of float32
			}
			q.D = best[0].Word
			section.Analogies = append(section.Analogies, q)
			right++
		}
		if right == 0 {
			return
		}
		got, err := Analogies(t.Context(), v, []vectors.Section{section})
		if err != nil || got.Total.Right != right {
			rt.Fatalf("%d right of %d, %v", got.Total.Right, right, err)
		}
	})
}

func TestCopyUnit_equalsCosine(t *testing.T) {
	a, b := []float32{3e30, 4e30}, []float32{1e-30, 0}
	x, y := make([]float64, 2), make([]float64, 2)
	copyUnit(x, a)
	copyUnit(y, b)
	want, err := metrics.Cosine([]float64{3, 4}, []float64{1, 0})
	if err != nil || math.Abs(x[0]*y[0]+x[1]*y[1]-want) > 1e-6 {
		t.Errorf("%v, %v, want a cosine of %v", x, y, want)
	}
	if copyUnit(x, []float32{0, 0}); x[0] != 0 || x[1] != 0 {
		t.Errorf("zeros became %v", x)
	}
}
