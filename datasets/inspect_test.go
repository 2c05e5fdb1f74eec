package datasets_test

import (
	"math"
	"slices"
	"testing"

	"github.com/hocsau/hocsau/datasets"
)

func TestInspect(t *testing.T) {
	nan := float32(math.NaN())
	d, err := datasets.NewInMemory([]int{2}, []string{"a", "b"}, []float32{1, 2, 3, 3, 1, 2, nan, 1, 1, 2, -4, 5}, []int{0, 1, 0, 1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	r, err := datasets.Inspect(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what      string
		got, want []int
	}{
		{"labels", r.Labels, []int{3, 3}},
		{"constant", r.Constant, []int{1}},
		{"not finite", r.NotFinite, []int{3}},
		{"twins", r.Twins, []int{2, 4}},
		{"quarrels", r.Quarrels, []int{4}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	if r.Examples != 6 || r.Lowest != -4 || r.Highest != 5 {
		t.Errorf("%d examples in %g to %g", r.Examples, r.Lowest, r.Highest)
	}
	other, err := datasets.NewInMemory([]int{2}, []string{"a", "b"}, []float32{1, 2, 9, 9}, []int{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	o, err := datasets.Inspect(other)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Shared(o); n != 1 {
		t.Errorf("%d examples shared, want 1", n)
	}
}
