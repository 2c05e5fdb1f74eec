package datasets_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets"
)

// people is a set of so many people with two pictures each, whose only value is
// the number of the person.
func people(t interface{ Fatal(...any) }, n int) datasets.Dataset {
	var names []string
	var x []float32
	var y []int
	for i := range 2 * n {
		x, y = append(x, float32(i%n)), append(y, i%n)
		if i < n {
			names = append(names, fmt.Sprintf("s%d", i))
		}
	}
	d, err := datasets.NewInMemory([]int{1}, names, x, y)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSplitClasses_nobodyInBoth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "people")
		fraction := rapid.Float64Range(0.01, 0.99).Draw(t, "fraction")
		rest, part, err := datasets.SplitClasses(people(t, n), fraction, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		if want := min(max(int(math.Round(fraction*float64(n))), 1), n-1); len(part.Classes()) != want {
			t.Fatalf("%d people in the part, want %d", len(part.Classes()), want)
		}
		all := slices.Concat(rest.Classes(), part.Classes())
		slices.Sort(all)
		if len(slices.Compact(all)) != n {
			t.Fatalf("people %q and %q", rest.Classes(), part.Classes())
		}
		for _, d := range []datasets.Dataset{rest, part} {
			if d.Len() != 2*len(d.Classes()) {
				t.Fatalf("%d pictures of %d people", d.Len(), len(d.Classes()))
			}
			x := make([]float32, 1)
			for i := range d.Len() {
				label, err := d.At(i, x)
				if err != nil {
					t.Fatal(err)
				}
				if want := fmt.Sprintf("s%.0f", x[0]); d.Classes()[label] != want {
					t.Fatalf("a picture of %s has the class %s", want, d.Classes()[label])
				}
			}
		}
	})
}

func TestOfClasses_wrongUse(t *testing.T) {
	d := people(t, 3)
	for _, c := range []struct {
		names []string
		want  string
	}{
		{[]string{"s1", "s9"}, `class "s9": the set has no such class`},
		{[]string{"s1", "s1"}, `class "s1": named twice`},
	} {
		if _, err := datasets.OfClasses(d, c.names); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("classes %q: %v, want %s", c.names, err, c.want)
		}
	}
	for _, c := range []struct {
		people   int
		fraction float64
		want     string
	}{
		{3, 0, "fraction 0, expected"},
		{3, 1, "fraction 1, expected"},
		{1, 0.5, "split of 1 classes"},
	} {
		if _, _, err := datasets.SplitClasses(people(t, c.people), c.fraction, 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("fraction %g of %d: %v, want %s", c.fraction, c.people, err, c.want)
		}
	}
}
