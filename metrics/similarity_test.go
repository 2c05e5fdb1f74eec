package metrics

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSection2_4_Cosine(t *testing.T) {
	for _, c := range []struct {
		a, b []float64
		want float64
	}{
		{[]float64{1, 0}, []float64{1, 1}, math.Sqrt2 / 2},
		{[]float64{1e200, 0}, []float64{-1e200, 0}, -1},
		{[]float64{1e-200, 1e-200}, []float64{2e-200, 2e-200}, 1},
		{[]float64{0, 0}, []float64{1, 2}, 0},
	} {
		got, err := Cosine(c.a, c.b)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "cosine", got, c.want, 1e-15)
	}
}

func TestCosineGradient_numerical(t *testing.T) {
	a, b := []float64{0.3, -1.2, 0.7}, []float64{1.1, 0.4, -0.2}
	da, db, err := CosineGradient(a, b)
	if err != nil {
		t.Fatal(err)
	}
	const h = 1e-6
	for i := range a {
		for _, v := range []struct {
			x    []float64
			grad float64
		}{{a, da[i]}, {b, db[i]}} {
			was := v.x[i]
			v.x[i] = was + h
			up, _ := Cosine(a, b)
			v.x[i] = was - h
			down, _ := Cosine(a, b)
			v.x[i] = was
			near(t, "gradient", v.grad, (up-down)/(2*h), 1e-9)
		}
	}
	if da, db, err := CosineGradient([]float64{0}, []float64{1}); err != nil || da[0] != 0 || db[0] != 0 {
		t.Errorf("zero vector: got %v, %v, %v", da, db, err)
	}
}

// Gender is the first axis, royalty the second.
func TestTable(t *testing.T) {
	table, err := NewTable([]float64{1, 0, 0.1, -1, 0, 0.1, 1, 3, 0, -1, 3, 0, 0, 0, 0}, 3)
	if err != nil {
		t.Fatal(err)
	}
	const man, woman, king, queen = 0, 1, 2, 3
	best, err := table.Analogy(man, woman, king, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(best) != 1 || best[0].Row != queen {
		t.Errorf("man is to woman as king is to row %v, want %d", best, queen)
	}
	all, err := table.NearestTo(king, 99)
	if err != nil {
		t.Fatal(err)
	}
	var rows []int
	for _, n := range all {
		rows = append(rows, n.Row)
	}
	if diff := cmp.Diff([]int{queen, man, 4, woman}, rows); diff != "" {
		t.Error(diff)
	}
	near(t, "similarity", all[0].Similarity, 0.8, 1e-15)
}

func TestTable_nearestIsSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Float64Range(-10, 10)
		x := rapid.SliceOfN(value, 12, 12).Draw(t, "table")
		table, err := NewTable(x, 2)
		if err != nil {
			t.Fatal(err)
		}
		query := rapid.SliceOfN(value, 2, 2).Draw(t, "query")
		all, err := table.Nearest(query, 6)
		if err != nil || len(all) != 6 {
			t.Fatalf("%v, %v, want all 6 rows", all, err)
		}
		for i := 1; i < 6; i++ {
			if all[i].Similarity > all[i-1].Similarity {
				t.Fatalf("%v is not decreasing", all)
			}
		}
		some, err := table.Nearest(query, 3)
		if err != nil || !cmp.Equal(some, all[:3]) {
			t.Fatalf("%v, %v, want the first of %v", some, err, all)
		}
	})
}

func TestRanks(t *testing.T) {
	if diff := cmp.Diff([]float64{3.5, 1, 3.5, 2, 5}, Ranks([]float64{7, -1, 7, 0, 9})); diff != "" {
		t.Error(diff)
	}
	for name, c := range map[string]struct {
		x, y []float64
		want float64
	}{
		"monotone": {[]float64{1, 2, 3}, []float64{1, 8, 27}, 1},
		"reverse":  {[]float64{1, 2, 3}, []float64{0, -1, -100}, -1},
		"half":     {[]float64{1, 2, 3}, []float64{1, 3, 2}, 0.5},
		"infinite": {[]float64{1, 2, math.Inf(1)}, []float64{1, 2, 3}, 1},
	} {
		got, err := Spearman(c.x, c.y)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name, got, c.want, 1e-15)
	}
	got, err := Pearson([]float64{1, 2, 3}, []float64{1, 8, 27})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "pearson", got, 26/math.Sqrt(2*1086./3*1), 1e-12) // Σdxdy = 26, Σdx² = 2, Σdy² = 362
}

func TestROC(t *testing.T) {
	r, err := NewROC([]bool{true, false, true, false}, []float64{0.9, 0.8, 0.7, 0.1})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "auc", r.AUC(), 0.75, 0)
	rate, threshold := r.EER()
	near(t, "eer", rate, 0.5, 0)
	near(t, "threshold", threshold, 0.8, 0)
	want := []FARPoint{{0, 0.5, 0.9}, {0.5, 1, 0.7}, {0.5, 1, 0.7}}
	if diff := cmp.Diff(want, r.FARTable([]float64{0, 0.5, 0.9})); diff != "" {
		t.Error(diff)
	}
	p, err := NewPrecisionRecall([]bool{true, false, true, false}, []float64{0.9, 0.8, 0.7, 0.1})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "average precision", p.AveragePrecision(), 0.5+0.5*2/3, 1e-15)
	perfect, err := NewROC([]bool{true, false}, []float64{1, 0})
	if err != nil {
		t.Fatal(err)
	}
	rate, _ = perfect.EER()
	near(t, "perfect eer", rate, 0, 0)
	blind, err := NewROC([]bool{true, false, true}, []float64{1, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	rate, _ = blind.EER()
	near(t, "blind auc", blind.AUC(), 0.5, 0)
	near(t, "blind eer", rate, 0.5, 0)
}

// The area is the share of pairs that are in order, ties counting half.
func TestROC_aucCountsPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 12).Draw(t, "n")
		labels, scores := make([]bool, n), make([]float64, n)
		labels[0] = true
		for i := range labels {
			if i > 1 {
				labels[i] = rapid.Bool().Draw(t, "label")
			}
			scores[i] = float64(rapid.IntRange(0, 5).Draw(t, "score"))
		}
		r, err := NewROC(labels, scores)
		if err != nil {
			t.Fatal(err)
		}
		pairs, ordered := 0.0, 0.0
		for i := range labels {
			for j := range labels {
				if labels[i] && !labels[j] {
					pairs++
					if scores[i] > scores[j] {
						ordered++
					} else if scores[i] == scores[j] {
						ordered += 0.5
					}
				}
			}
		}
		if math.Abs(r.AUC()-ordered/pairs) > 1e-12 {
			t.Fatalf("area %g, want %g", r.AUC(), ordered/pairs)
		}
		if rate, _ := r.EER(); !(rate >= 0 && rate <= 1) {
			t.Fatalf("eer %g", rate)
		}
	})
}

func TestSimilarity_errors(t *testing.T) {
	table, err := NewTable([]float64{1, 2, 3, 4}, 2)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	for name, c := range map[string]struct {
		call func() error
		want string
	}{
		"cosine":     {func() error { _, err := Cosine([]float64{1}, nil); return err }, "1 values, 0 values"},
		"gradient":   {func() error { _, _, err := CosineGradient(nil, nil); return err }, "nothing to measure"},
		"matrix":     {func() error { _, err := CosineMatrix([]float64{1, 2}, []float64{1}, 2); return err }, "1 values are no rows of 2"},
		"table":      {func() error { _, err := NewTable([]float64{nan}, 1); return err }, "value 0 is NaN"},
		"row":        {func() error { _, err := table.NearestTo(2, 1); return err }, "row 2, expected 0 to 1"},
		"analogy":    {func() error { _, err := table.Analogy(0, 1, -1, 1); return err }, "row -1"},
		"query":      {func() error { _, err := table.Nearest([]float64{1}, 1); return err }, "query of 1 values, expected 2"},
		"k":          {func() error { _, err := table.Nearest([]float64{1, 1}, 0); return err }, "k = 0"},
		"constant":   {func() error { _, err := Spearman([]float64{1, 1}, []float64{1, 2}); return err }, "all values of one list are equal"},
		"rank nan":   {func() error { _, err := Spearman([]float64{1, nan}, []float64{1, 2}); return err }, "value 1 is NaN"},
		"pearson":    {func() error { _, err := Pearson([]float64{1, math.Inf(1)}, []float64{1, 2}); return err }, "not finite"},
		"one class":  {func() error { _, err := NewROC([]bool{true}, []float64{1}); return err }, "1 positive and 0 negative"},
		"score":      {func() error { _, err := NewROC([]bool{true}, []float64{nan}); return err }, "score 0 is NaN"},
		"no labels":  {func() error { _, err := NewROC(nil, nil); return err }, "nothing to measure"},
		"no recall":  {func() error { _, err := NewPrecisionRecall([]bool{false}, []float64{1}); return err }, "no positive sample"},
		"pr lengths": {func() error { _, err := NewPrecisionRecall([]bool{false}, nil); return err }, "1 labels, 0 scores"},
	} {
		if err := c.call(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
