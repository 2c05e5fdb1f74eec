package digits_test

import (
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/digits"
)

const pixels = digits.Size * digits.Size

var _ datasets.Dataset = (*digits.Set)(nil)

// draw returns example i and its digit.
func draw(t testing.TB, s *digits.Set, i int) ([]float32, int) {
	t.Helper()
	x := make([]float32, pixels)
	label, err := s.At(i, x)
	if err != nil {
		t.Fatal(err)
	}
	return x, label
}

func TestOpen(t *testing.T) {
	train, test := digits.Open(0)
	if train.Len() != 10_000 || test.Len() != 2_000 {
		t.Errorf("%d and %d examples, expected 10000 and 2000", train.Len(), test.Len())
	}
	if diff := cmp.Diff([]int{1, 28, 28}, train.Shape()); diff != "" {
		t.Error(diff)
	}
	for _, s := range []*digits.Set{train, test} {
		counts := make([]int, 10)
		for i := range s.Len() {
			_, label := draw(t, s, i)
			counts[label]++
			if i%10 == 9 && slices.Max(counts) != slices.Min(counts) {
				t.Fatalf("after %d examples the digits are out of balance: %v", i+1, counts)
			}
		}
	}
}

func TestAt_followsSeedPartIndex(t *testing.T) {
	train, test := digits.Open(3)
	again, _ := digits.Open(3)
	other, _ := digits.Open(4)
	same := func(a []float32, b []float32) bool { return slices.Equal(a, b) }
	for i := range 50 {
		x, label := draw(t, train, i)
		y, l := draw(t, again, 49-i)
		if i == 49-i && (!same(x, y) || label != l) {
			t.Fatalf("example %d is not the same a second time", i)
		}
		y, l = draw(t, again, i)
		if !same(x, y) || label != l {
			t.Fatalf("example %d depends on what was drawn before", i)
		}
		for name, s := range map[string]*digits.Set{"the test part": test, "another seed": other} {
			if y, _ := draw(t, s, i); same(x, y) {
				t.Errorf("example %d of %s is the same", i, name)
			}
		}
		if y, _ := draw(t, train, i+10); same(x, y) {
			t.Errorf("examples %d and %d are the same", i, i+10)
		}
	}
}

func TestAt_concurrent(t *testing.T) {
	train, _ := digits.Open(0)
	alone, _ := digits.Open(0)
	want := make([][]float32, 200)
	for i := range want {
		want[i], _ = draw(t, alone, i)
	}
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			x := make([]float32, pixels)
			for k := range want {
				i := (k + 50*worker) % len(want)
				if _, err := train.At(i, x); err != nil || !slices.Equal(x, want[i]) {
					t.Errorf("example %d differs when four draw at a time (%v)", i, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestAt_looksLikeMNIST(t *testing.T) {
	train, _ := digits.Open(0)
	const n = 1000
	var ink, offCentre, border float64
	for i := range n {
		x, label := draw(t, train, i)
		var sum, cx, cy float64
		bright, high := 0, float32(0)
		low, top, right, bottom := 28, 28, -1, -1
		for j, v := range x {
			if !(v >= 0 && v <= 1) {
				t.Fatalf("example %d, pixel %d: %v", i, j, v)
			}
			r, c := j/28, j%28
			high = max(high, v)
			if v > 0.4 {
				bright++
				low, right, top, bottom = min(low, c), max(right, c), min(top, r), max(bottom, r)
				sum += float64(v)
				cx += float64(v) * float64(c)
				cy += float64(v) * float64(r)
				if r == 0 || c == 0 || r == 27 || c == 27 {
					border++
				}
			}
			ink += float64(v) / n / pixels
		}
		// Thin strokes may be faint, but there is always a digit to see.
		if bright < 15 || high < 0.5 {
			t.Errorf("example %d (a %d): %d bright pixels, the brightest %v", i, label, bright, high)
		}
		if side := max(right-low, bottom-top) + 1; side < 13 || side > 28 {
			t.Errorf("example %d (a %d) fills a box of %d pixels", i, label, side)
		}
		offCentre += math.Hypot(cx/sum-13.5, cy/sum-13.5) / n
	}
	// MNIST: mean 0.13, centre of mass at the middle.
	if ink < 0.09 || ink > 0.17 {
		t.Errorf("mean pixel %.3f, expected about 0.13", ink)
	}
	if offCentre > 1.5 {
		t.Errorf("the centre of mass is off by %.2f pixels on average, expected at most 1.5", offCentre)
	}
	if border > n/2 {
		t.Errorf("%v bright pixels on the border in %d images", border, n)
	}
}

// TestAt_isNeitherTrivialNorNoise classifies by the nearest class mean: on
// MNIST that gets 82 % right.
func TestAt_isNeitherTrivialNorNoise(t *testing.T) {
	train, test := digits.Open(0)
	var means [10][pixels]float64
	for i := range 2000 {
		x, label := draw(t, train, i)
		for j, v := range x {
			means[label][j] += float64(v) / 200
		}
	}
	right := 0
	const n = 1000
	for i := range n {
		x, label := draw(t, test, i)
		best, least := 0, math.Inf(1)
		for k := range means {
			var d float64
			for j, v := range x {
				d += (float64(v) - means[k][j]) * (float64(v) - means[k][j])
			}
			if d < least {
				best, least = k, d
			}
		}
		if best == label {
			right++
		}
	}
	if right < n*6/10 || right > n*95/100 {
		t.Errorf("the nearest mean gets %d of %d right, expected 60 to 95 %%", right, n)
	}
}

func TestAt_errors(t *testing.T) {
	train, _ := digits.Open(0)
	x := make([]float32, pixels)
	for _, i := range []int{-1, 10_000} {
		if _, err := train.At(i, x); !errors.Is(err, datasets.ErrRange) || !strings.Contains(err.Error(), "of a set of 10000") {
			t.Errorf("example %d: %v", i, err)
		}
	}
	if _, err := train.At(0, x[1:]); !errors.Is(err, datasets.ErrShape) || !strings.Contains(err.Error(), "784 pixels, the buffer holds 783") {
		t.Errorf("short buffer: %v", err)
	}
}

func TestAt_allocatesNothing(t *testing.T) {
	train, _ := digits.Open(0)
	x := make([]float32, pixels)
	for i := range 500 { // makes all glyphs
		draw(t, train, i)
	}
	i := 0
	if n := testing.AllocsPerRun(200, func() {
		if _, err := train.At(i, x); err != nil {
			t.Fatal(err)
		}
		i++
	}); n != 0 {
		t.Errorf("%v allocations a digit", n)
	}
}

func BenchmarkAt(b *testing.B) {
	train, _ := digits.Open(0)
	x := make([]float32, pixels)
	i := 0
	for b.Loop() {
		if _, err := train.At(i%train.Len(), x); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
}

// BenchmarkFirstBatch includes reading the fonts and making the glyphs.
func BenchmarkFirstBatch(b *testing.B) {
	x := make([]float32, pixels)
	for b.Loop() {
		train, _ := digits.Open(0)
		for i := range 64 {
			if _, err := train.At(i, x); err != nil {
				b.Fatal(err)
			}
		}
	}
}
