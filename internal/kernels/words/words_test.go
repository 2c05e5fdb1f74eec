package words

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// row draws n numbers, those from dim on 0.
func row(r *rand.Rand, dim int, scale float64) []float32 {
	x := make([]float32, Width(dim))
	for i := range dim {
		x[i] = float32(scale * (2*r.Float64() - 1))
	}
	return x
}

func near(t *rapid.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= tolerance*(1+math.Abs(float64(want[i])))) {
			t.Fatalf("%s[%d] = %v, want %v", what, i, got[i], want[i])
		}
	}
}

// The assembly adds in another order: with 200 numbers below 2 the products
// differ by rounding of sums up to 800, 1e-4.
func TestNegative_equalsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		dim := rapid.IntRange(1, 200).Draw(t, "dim")
		n, count := Width(dim), rapid.IntRange(0, MaxRows).Draw(t, "rows")
		scale := rapid.SampledFrom([]float64{0.01, 0.3, 2}).Draw(t, "scale")
		h, sum := row(r, dim, scale), row(r, dim, scale)
		var theta []float32
		for range 12 {
			theta = append(theta, row(r, dim, scale)...)
		}
		rows := make([]int, count)
		for j, at := range r.Perm(12)[:count] {
			rows[j] = at * n
		}
		label := float32(rapid.IntRange(0, 1).Draw(t, "label"))
		sum2, theta2 := slices.Clone(sum), slices.Clone(theta)
		var scores, scores2 Scores
		Negative(h, sum, theta, rows, label, 0.05, &scores)
		negativeGeneric(h, sum2, theta2, rows, label, 0.05, &scores2)
		near(t, "scores", scores[:count], scores2[:count], 1e-5)
		near(t, "sum", sum, sum2, 2e-5)
		near(t, "theta", theta, theta2, 2e-5)
		for _, i := range []int{dim, n - 1} {
			if i >= dim && i < n && (sum[i] != 0 || theta[n+i] != 0) {
				t.Fatalf("padding %d of %d is not 0", i, n)
			}
		}
	})
}

func TestNegative_extremes(t *testing.T) {
	for _, s := range []float32{0, 1, -1, 30, -30, 1000, -1000, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())} {
		h, sum, theta := make([]float32, 8), make([]float32, 8), make([]float32, 8)
		h[0], theta[0] = s, 1
		h2, sum2, theta2 := slices.Clone(h), slices.Clone(sum), slices.Clone(theta)
		var scores Scores
		Negative(h, sum, theta, []int{0}, 1, 0.5, &scores)
		negativeGeneric(h2, sum2, theta2, []int{0}, 1, 0.5, &scores)
		got, want := float64(sum[0]), float64(sum2[0])
		if !(math.Abs(got-want) <= 1e-6 || math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("score %v: slope %v, want %v", s, got, want)
		}
	}
}

func TestGloVe_equalsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		dim := rapid.IntRange(1, 200).Draw(t, "dim")
		limit := rapid.SampledFrom([]float32{0.01, 100}).Draw(t, "limit")
		fresh := func() Row {
			squares := row(r, dim, 0.5)
			for i := range squares {
				squares[i] += 1
			}
			return Row{row(r, dim, 0.5), squares}
		}
		theta, e := fresh(), fresh()
		theta2 := Row{slices.Clone(theta.Values), slices.Clone(theta.Squares)}
		e2 := Row{slices.Clone(e.Values), slices.Clone(e.Squares)}
		got := GloVe(theta, e, -0.7, 0.6, 0.05, limit)
		want := gloveGeneric(theta2, e2, -0.7, 0.6, 0.05, limit)
		near(t, "d", []float32{got}, []float32{want}, 1e-5)
		near(t, "θ", theta.Values, theta2.Values, 1e-6)
		near(t, "e", e.Values, e2.Values, 1e-6)
		near(t, "θ squares", theta.Squares, theta2.Squares, 1e-6)
		near(t, "e squares", e.Squares, e2.Squares, 1e-6)
		for i := dim; i < Width(dim); i++ {
			if theta.Values[i] != 0 || e.Values[i] != 0 {
				t.Fatalf("padding %d is not 0", i)
			}
		}
	})
}

func TestGloVe_keepsNaN(t *testing.T) {
	theta, e := Row{make([]float32, 8), make([]float32, 8)}, Row{make([]float32, 8), make([]float32, 8)}
	for i := range 8 {
		theta.Squares[i], e.Squares[i] = 1, 1
	}
	if d := GloVe(theta, e, float32(math.NaN()), 1, 0.05, 100); d == d {
		t.Errorf("d = %v, want NaN: training must see it", d)
	}
}

func TestPrefetch_changesNothing(t *testing.T) {
	theta := row(rand.New(rand.NewPCG(1, 1)), 64, 1)
	want := slices.Clone(theta)
	Prefetch(theta, []int{0, 24, 56}, 8)
	Prefetch(theta, nil, 8)
	if !slices.Equal(theta, want) {
		t.Error("theta was changed")
	}
}

func TestAdd_equalsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		dim := rapid.IntRange(1, 200).Draw(t, "dim")
		x, y := row(r, dim, 1), row(r, dim, 1)
		want := slices.Clone(y)
		Add(0.3, x, y)
		addGeneric(0.3, x, want)
		near(t, "y", y, want, 1e-6)
	})
}

func TestLengths_areChecked(t *testing.T) {
	var scores Scores
	eight := make([]float32, 8)
	for name, c := range map[string]struct {
		call func()
		want string
	}{
		"odd length":   {func() { Negative(eight[:7], eight[:7], eight, nil, 1, 1, &scores) }, "7 numbers"},
		"short sum":    {func() { Negative(eight, eight[:0], eight, nil, 1, 1, &scores) }, "sum of 0"},
		"row beyond":   {func() { Negative(eight, eight, eight, []int{1}, 1, 1, &scores) }, "row at 1, expected 0 to 0"},
		"negative row": {func() { Negative(eight, eight, eight, []int{-1}, 1, 1, &scores) }, "row at -1"},
		"many rows":    {func() { Negative(eight, eight, eight, make([]int, 9), 1, 1, &scores) }, "9 rows, at most 8"},
		"glove":        {func() { GloVe(Row{eight, eight}, Row{eight, nil}, 0, 1, 1, 1) }, "8, 0 squares"},
		"prefetch":     {func() { Prefetch(eight, []int{0, 1}, 8) }, "row of 8 at 1, expected 0 to 0"},
		"add":          {func() { Add(1, eight, eight[:4]) }, "8 numbers to 4"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if s, _ := recover().(string); !strings.Contains(s, c.want) {
					t.Errorf("panic %q, want %q", s, c.want)
				}
			}()
			c.call()
		})
	}
}

func BenchmarkNegative(b *testing.B) {
	const dim, v = 100, 256
	n := Width(dim)
	r := rand.New(rand.NewPCG(1, 1))
	h, sum, theta := row(r, dim, 1), row(r, dim, 1), make([]float32, v*n)
	var scores Scores
	rows := make([]int, 6)
	for i := 0; b.Loop(); i++ {
		for j := range rows {
			rows[j] = (i*7 + j*601) % v * n
		}
		Negative(h, sum, theta, rows, 1, 0.025, &scores)
	}
}

func BenchmarkGloVe(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	fresh := func() Row {
		squares := make([]float32, Width(50))
		for i := range squares {
			squares[i] = 1
		}
		return Row{row(r, 50, 0.1), squares}
	}
	theta, e := fresh(), fresh()
	for b.Loop() {
		GloVe(theta, e, 0.1, 0.5, 0.05, 100)
	}
}
