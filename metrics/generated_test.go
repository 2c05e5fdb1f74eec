package metrics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/metrics"
)

// gauss returns n rows of independent normal numbers.
func gauss(seed uint64, n int, mean, deviation []float64) []float64 {
	r := rand.New(rand.NewPCG(seed, 0))
	var x []float64
	for range n {
		for j := range mean {
			x = append(x, mean[j]+deviation[j]*r.NormFloat64())
		}
	}
	return x
}

func TestFrechet_ofOneColumn(t *testing.T) {
	// In one dimension it is (μ_a − μ_b)² + (σ_a − σ_b)².
	a, b := []float64{1, 3, 5, 7}, []float64{2, 2.5, 3, 3.5, 4}
	deviation := func(x []float64) (mean, s float64) {
		for _, v := range x {
			mean += v / float64(len(x))
		}
		for _, v := range x {
			s += (v - mean) * (v - mean) / float64(len(x)-1)
		}
		return mean, math.Sqrt(s)
	}
	ma, sa := deviation(a)
	mb, sb := deviation(b)
	want := (ma-mb)*(ma-mb) + (sa-sb)*(sa-sb)
	got, err := metrics.Frechet(a, b, 1)
	if err != nil || math.Abs(got-want) > 1e-12 { // rounding of a few operations
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}

func TestFrechet_properties(t *testing.T) {
	a := gauss(1, 300, []float64{0, 1, 2}, []float64{1, 2, 0.5})
	b := gauss(2, 200, []float64{0.5, 1, 1}, []float64{2, 1, 0.5})
	ab, err := metrics.Frechet(a, b, 3)
	if err != nil {
		t.Fatal(err)
	}
	ba, err := metrics.Frechet(b, a, 3)
	if err != nil || math.Abs(ab-ba) > 1e-9*ab {
		t.Errorf("a to b %v, b to a %v (%v), want the same", ab, ba, err)
	}
	// The distributions' own distance is 0.25 + 0 + 1 + 1 + 1 + 0; the samples
	// are of a few hundred.
	if ab < 2.5 || ab > 4.2 {
		t.Errorf("%v, want about 3.25", ab)
	}
	same, err := metrics.Frechet(a, a, 3)
	if err != nil || same > 1e-6 { // square roots of rounding errors of 1e-15
		t.Errorf("of a set to itself %v, %v, want 0", same, err)
	}
	// More columns than rows: the covariance has no inverse.
	if _, err := metrics.Frechet(a[:12], b[:12], 6); err != nil {
		t.Error(err)
	}
}

func TestFrechet_errors(t *testing.T) {
	ok := []float64{1, 2, 3, 4}
	for _, c := range []struct {
		name    string
		a, b    []float64
		columns int
		want    string
	}{
		{"no columns", ok, ok, 0, "0 columns"},
		{"ragged", ok[:3], ok, 2, "no rows of 2"},
		{"one row", ok, ok[:2], 2, "1 rows, expected at least 2"},
		{"nan", []float64{1, 2, math.NaN(), 4}, ok, 2, "feature of a, row 1, is NaN"},
	} {
		if _, err := metrics.Frechet(c.a, c.b, c.columns); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
}

func TestModes(t *testing.T) {
	even := []float64{0.9, 0.1, 0, 0, 0.9, 0.1, 0.1, 0, 0.9}
	m, err := metrics.NewModes(even, 3)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(m.Entropy-math.Log(3)) > 1e-12 || m.Covered(0.01) != 3 || math.Abs(m.Confidence-0.9) > 1e-12 {
		t.Errorf("%+v, want an even spread over 3 classes with confidence 0.9", m)
	}
	one, err := metrics.NewModes([]float64{1, 0, 1, 0}, 2)
	if err != nil || one.Entropy != 0 || one.Covered(0.01) != 1 || one.Counts[0] != 2 {
		t.Errorf("%+v, %v, want one class", one, err)
	}
	if one.Covered(0) != 1 {
		t.Error("a class without examples counts as covered")
	}
	if _, err := metrics.NewModes(nil, 3); err == nil {
		t.Error("nothing to measure is no error")
	}
}

// The same numbers moved by 3 along one axis lie 3² apart.
func ExampleFrechet() {
	truth := []float64{0, 0, 1, 2, 2, 1, 3, 3}
	generated := []float64{3, 0, 4, 2, 5, 1, 6, 3}
	d, err := metrics.Frechet(generated, truth, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f\n", d)
	// Output: 9.0000
}
