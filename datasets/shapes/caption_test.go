package shapes_test

import (
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/shapes"
)

// TestSet_Caption: what is said names the object and where its middle is.
func TestSet_Caption(t *testing.T) {
	set, err := shapes.New(shapes.Options{Task: shapes.Localise, Len: 60, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i := range set.Len() {
		got, err := set.Caption(i)
		if err != nil {
			t.Fatal(err)
		}
		truth, err := set.Truth(i)
		if err != nil {
			t.Fatal(err)
		}
		if len(truth) == 0 {
			if got != "nothing" {
				t.Errorf("picture %d: %q of nothing", i, got)
			}
			continue
		}
		b := truth[0].Box
		x, y := (b.X1+b.X2)/2, (b.Y1+b.Y2)/2
		for word, want := range map[string]bool{
			set.Classes()[truth[0].Class]: true, "left": x < 1.0/3, "right": x >= 2.0/3, "top": y < 1.0/3, "bottom": y >= 2.0/3,
		} {
			if strings.Contains(got, word) != want {
				t.Errorf("picture %d: %q for a middle at %.2f, %.2f", i, got, x, y)
			}
		}
		seen[got] = true
	}
	if len(seen) < 20 {
		t.Errorf("%d different sentences of 60", len(seen))
	}
	if _, err := set.Caption(60); err == nil {
		t.Error("a picture behind the last: no error")
	}
	many, err := shapes.New(shapes.Options{Task: shapes.Detect, Len: 20, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		got, err := many.Caption(i)
		if err != nil {
			t.Fatal(err)
		}
		truth, err := many.Truth(i)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(got, ",") + 1; n != len(truth) {
			t.Errorf("%q of %d objects", got, len(truth))
		}
	}
}
