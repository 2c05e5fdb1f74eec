package tuples_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets/tuples"
)

// labels draws a list with two labels or more, one of them twice or more.
func labels(t *rapid.T) []int {
	list := rapid.SliceOfN(rapid.IntRange(-1, 4), 0, 20).Draw(t, "labels")
	return append(list, 7, 7, 8)
}

func TestPairs_property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := labels(t)
		s, err := tuples.New(y, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		step := rapid.IntRange(0, 9).Draw(t, "step")
		a, b, same, err := s.Pairs(21, step)
		if err != nil {
			t.Fatal(err)
		}
		if len(a) != 21 || len(b) != 21 || len(same) != 21 {
			t.Fatalf("%d, %d, %d drawn", len(a), len(b), len(same))
		}
		for i := range a {
			if a[i] == b[i] || same[i] != (y[a[i]] == y[b[i]]) || same[i] != (i%2 == 0) {
				t.Fatalf("pair %d: examples %d and %d, same %t", i, a[i], b[i], same[i])
			}
		}
		again, _, _, err := s.Pairs(21, step)
		if err != nil || !slices.Equal(a, again) {
			t.Fatalf("the same step gave %v, then %v, %v", a, again, err)
		}
	})
}

func TestTriplets_property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := labels(t)
		s, err := tuples.New(y, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		a, p, n, err := s.Triplets(20, 3)
		if err != nil {
			t.Fatal(err)
		}
		for i := range a {
			if a[i] == p[i] || y[a[i]] != y[p[i]] || y[a[i]] == y[n[i]] {
				t.Fatalf("triplet %d, %d, %d", a[i], p[i], n[i])
			}
		}
	})
}

func TestBatch_property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := labels(t)
		s, err := tuples.New(y, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		people, k := rapid.IntRange(2, 9).Draw(t, "people"), rapid.IntRange(1, 6).Draw(t, "k")
		batch, err := s.Batch(people, k, 1)
		if err != nil {
			t.Fatal(err)
		}
		kinds := len(slices.Compact(slices.Sorted(slices.Values(y))))
		if want := min(people, kinds) * k; len(batch) != want {
			t.Fatalf("%d drawn, want %d", len(batch), want)
		}
		seen := map[int]bool{}
		for i := 0; i < len(batch); i += k {
			group := batch[i : i+k]
			label, has := y[group[0]], 0
			for _, v := range y {
				if v == label {
					has++
				}
			}
			if seen[label] {
				t.Fatalf("label %d twice in %v", label, batch)
			}
			seen[label] = true
			if different := len(slices.Compact(slices.Sorted(slices.Values(group)))); different != min(k, has) {
				t.Fatalf("%d different ones of %d among %d", different, has, k)
			}
			for _, j := range group {
				if y[j] != label {
					t.Fatalf("labels differ in %v", group)
				}
			}
		}
	})
}

// A person with one picture is never half of a pair of one person, but meets
// others.
func TestPairs_onePicture(t *testing.T) {
	s, err := tuples.New([]int{0, 0, 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	a, b, same, err := s.Pairs(40, 0)
	if err != nil {
		t.Fatal(err)
	}
	met := false
	for i := range a {
		lonely := a[i] == 2 || b[i] == 2
		if lonely && same[i] {
			t.Errorf("pair %d: %d and %d are the same", i, a[i], b[i])
		}
		met = met || lonely
	}
	if !met {
		t.Error("the person with one picture was never drawn")
	}
}

func TestNew_wrongUse(t *testing.T) {
	if _, err := tuples.New([]int{3, 3}, 1); err == nil || !strings.Contains(err.Error(), "1 labels in 2 examples") {
		t.Errorf("one label: %v", err)
	}
	if _, err := tuples.New(nil, 1); err == nil {
		t.Error("no examples: no error")
	}
	s, err := tuples.New([]int{0, 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := s.Pairs(2, 0); err == nil || !strings.Contains(err.Error(), "each of 2 labels has one example") {
		t.Errorf("single examples: %v", err)
	}
	if _, _, _, err := s.Triplets(0, 0); err == nil || !strings.Contains(err.Error(), "draw 0 triplets") {
		t.Errorf("no triplets: %v", err)
	}
	if _, err := s.Batch(1, 3, 0); err == nil || !strings.Contains(err.Error(), "1 times 3") {
		t.Errorf("one label a batch: %v", err)
	}
}
