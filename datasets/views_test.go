package datasets_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets"
)

// firsts returns the first value of each example of a count.
func firsts(t interface{ Fatalf(string, ...any) }, d datasets.Dataset) []int {
	var all []int
	x := make([]float32, 2)
	for i := range d.Len() {
		label, err := d.At(i, x)
		if err != nil {
			t.Fatalf("%v", err)
		}
		if label != int(x[0])%3 {
			t.Fatalf("example %v has label %d", x, label)
		}
		all = append(all, int(x[0]))
	}
	return all
}

func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 200).Draw(t, "n")
		fraction := rapid.Float64Range(0.001, 0.999).Draw(t, "fraction")
		seed := rapid.Uint64().Draw(t, "seed")
		rest, part, err := datasets.Split(count{n: n}, fraction, seed)
		if err != nil {
			t.Fatal(err)
		}
		want := min(max(int(math.Round(fraction*float64(n))), 1), n-1)
		if part.Len() != want || rest.Len() != n-want {
			t.Fatalf("parts of %d and %d, expected %d and %d", rest.Len(), part.Len(), n-want, want)
		}
		a, b := firsts(t, rest), firsts(t, part)
		if !slices.IsSorted(a) || !slices.IsSorted(b) {
			t.Fatalf("the order of the set is lost: %v, %v", a, b)
		}
		all := slices.Concat(a, b)
		slices.Sort(all)
		for i, v := range all {
			if i != v {
				t.Fatalf("not each example once: %v, %v", a, b)
			}
		}
		_, again, err := datasets.Split(count{n: n}, fraction, seed)
		if err != nil || !slices.Equal(firsts(t, again), b) {
			t.Fatalf("the same seed gives another part")
		}
	})
}

func TestSplit_errors(t *testing.T) {
	for _, f := range []float64{0, 1, -1, 2, math.NaN()} {
		if _, _, err := datasets.Split(count{n: 5}, f, 0); err == nil || !strings.Contains(err.Error(), "expected a number between 0 and 1") {
			t.Errorf("fraction %v: %v", f, err)
		}
	}
	if _, _, err := datasets.Split(count{n: 1}, 0.5, 0); !errors.Is(err, datasets.ErrEmpty) {
		t.Errorf("one example: %v", err)
	}
}

func TestSubset(t *testing.T) {
	d, err := datasets.Subset(count{n: 9}, []int{8, 2, 2})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{8, 2, 2}, firsts(t, d)); diff != "" {
		t.Error(diff)
	}
	if _, err := d.At(3, make([]float32, 2)); !errors.Is(err, datasets.ErrRange) {
		t.Errorf("beyond the end: %v", err)
	}
	_, err = datasets.Subset(count{n: 9}, []int{1, 9})
	if !errors.Is(err, datasets.ErrRange) || !strings.Contains(err.Error(), "index 9 at place 1, the set has 9 examples") {
		t.Errorf("index too large: %v", err)
	}
}

func TestConcat(t *testing.T) {
	a, err := datasets.Subset(count{n: 9}, []int{4, 5})
	if err != nil {
		t.Fatal(err)
	}
	none, err := datasets.Subset(count{n: 9}, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := datasets.Concat(none, a, none, count{n: 3}, none)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{4, 5, 0, 1, 2}, firsts(t, d)); diff != "" {
		t.Error(diff)
	}
	if _, err := d.At(-1, make([]float32, 2)); !errors.Is(err, datasets.ErrRange) {
		t.Errorf("before the begin: %v", err)
	}
	other, err := datasets.NewInMemory([]int{3}, []string{"a", "b", "c"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := datasets.Concat(a, other); !errors.Is(err, datasets.ErrShape) || !strings.Contains(err.Error(), "part 1 has examples of shape [3], part 0 of [2]") {
		t.Errorf("other shape: %v", err)
	}
	other, err = datasets.NewInMemory([]int{2}, []string{"a"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := datasets.Concat(a, other); !errors.Is(err, datasets.ErrShape) || !strings.Contains(err.Error(), `["a"]`) {
		t.Errorf("other classes: %v", err)
	}
	if _, err := datasets.Concat(); !errors.Is(err, datasets.ErrEmpty) {
		t.Errorf("no part: %v", err)
	}
}

func TestInMemory(t *testing.T) {
	d, err := datasets.Decode(count{n: 7})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{0, 1, 2, 3, 4, 5, 6}, firsts(t, d)); diff != "" {
		t.Error(diff)
	}
	if _, err := d.At(0, make([]float32, 3)); !errors.Is(err, datasets.ErrShape) {
		t.Errorf("buffer too long: %v", err)
	}
	if _, err := d.At(7, make([]float32, 2)); !errors.Is(err, datasets.ErrRange) {
		t.Errorf("beyond the end: %v", err)
	}
	if _, err := datasets.Decode(count{n: 7, fails: 5}); err == nil || !strings.Contains(err.Error(), "example 5 of 7") {
		t.Errorf("unreadable: %v", err)
	}
	if _, err := datasets.NewInMemory([]int{2}, nil, make([]float32, 5), make([]int, 2)); !errors.Is(err, datasets.ErrShape) || !strings.Contains(err.Error(), "5 values for 2 labels, expected 4") {
		t.Errorf("values missing: %v", err)
	}
	if _, err := datasets.NewInMemory([]int{0}, nil, nil, nil); !errors.Is(err, datasets.ErrShape) {
		t.Errorf("no value: %v", err)
	}
	if _, err := datasets.NewInMemory([]int{1}, []string{"a"}, []float32{0}, []int{1}); !errors.Is(err, datasets.ErrLabel) {
		t.Errorf("label: %v", err)
	}
}

// naive returns mean and deviation of some values by the definition.
func naive(x []float64) (mean, std float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	var s float64
	for _, v := range x {
		s += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, math.Sqrt(s)
}

func TestStats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		shape := []int{rapid.IntRange(1, 3).Draw(t, "channels"), 2, 3}
		x := rapid.SliceOfN(rapid.Float32Range(-10, 30), n*datasets.Size(shape), n*datasets.Size(shape)).Draw(t, "x")
		d, err := datasets.NewInMemory(shape, nil, x, make([]int, n))
		if err != nil {
			t.Fatal(err)
		}
		mean, std, err := datasets.Stats(d)
		if err != nil {
			t.Fatal(err)
		}
		for c := range shape[0] {
			var values []float64
			for i := range n {
				for j := range 6 {
					values = append(values, float64(x[i*6*shape[0]+c*6+j]))
				}
			}
			m, s := naive(values)
			// float32 results of float64 sums: a few units in the last place of values up to 30.
			if math.Abs(float64(mean[c])-m) > 1e-5 || math.Abs(float64(std[c])-s) > 1e-5 {
				t.Fatalf("channel %d: mean %v, deviation %v, expected %v, %v", c, mean[c], std[c], m, s)
			}
		}
	})
}

func TestNormalized(t *testing.T) {
	x := []float32{1, 2, 3, 10, 20, 30, 3, 2, 1, 30, 20, 10}
	d, err := datasets.NewInMemory([]int{2, 1, 3}, nil, x, []int{0, 0})
	if err != nil {
		t.Fatal(err)
	}
	mean, std, err := datasets.Stats(d)
	if err != nil {
		t.Fatal(err)
	}
	n, err := datasets.Normalized(d, mean, std)
	if err != nil {
		t.Fatal(err)
	}
	mean, std, err = datasets.Stats(n)
	if err != nil {
		t.Fatal(err)
	}
	for c := range mean {
		if math.Abs(float64(mean[c])) > 1e-6 || math.Abs(float64(std[c])-1) > 1e-6 {
			t.Errorf("channel %d: mean %v, deviation %v, expected 0, 1", c, mean[c], std[c])
		}
	}
	one, err := datasets.Normalized(d, []float32{1}, []float32{2})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float32, 6)
	if _, err := one.At(0, got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{0, .5, 1, 4.5, 9.5, 14.5}, got); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		mean, std []float32
		said      string
	}{
		{[]float32{1, 2, 3}, []float32{1, 2, 3}, "3 means, 3 deviations, expected 2 or 1"},
		{[]float32{1, 2}, []float32{1}, "2 means, 1 deviations"},
		{[]float32{1, 2}, []float32{1, 0}, "channel 1: mean 2, deviation 0"},
		{[]float32{float32(math.NaN())}, []float32{1}, "channel 0: mean NaN"},
	} {
		if _, err := datasets.Normalized(d, c.mean, c.std); err == nil || !strings.Contains(err.Error(), c.said) {
			t.Errorf("error %v, expected %q in it", err, c.said)
		}
	}
	if _, _, err := datasets.Stats(count{}); !errors.Is(err, datasets.ErrEmpty) {
		t.Errorf("no example: %v", err)
	}
	if _, _, err := datasets.Stats(count{n: 4, fails: 2}); err == nil || !strings.Contains(err.Error(), "example 2") {
		t.Errorf("unreadable: %v", err)
	}
}
