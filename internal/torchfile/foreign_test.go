package torchfile_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/hocsau/hocsau/internal/torchfile"
)

// The files hold {"args": argparse.Namespace(…), "best": a number of NumPy,
// "history": two of them, "color": an Enum's, "tags": a set, "frozen": a frozenset,
// "words", "table": of classes derived from list and dict, "share": a Fraction, "z":
// a complex number, a tuple and an Enum's as keys, "epoch": 7, "state_dict": {"w":
// [[1, 2], [3, 4]], "b": [5, 6]}} in the protocols 2 and 4.
func TestOpen_foreignObjects(t *testing.T) {
	for _, name := range []string{"beside2.pt", "beside4.pt"} {
		t.Run(name, func(t *testing.T) {
			f, err := torchfile.Open(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if got := f.Names(); !slices.Equal(got, []string{"w", "b"}) {
				t.Errorf("names %q", got)
			}
			x, err := f.Tensor("w")
			if err != nil {
				t.Fatal(err)
			}
			values, err := x.Float64s()
			if err != nil || !slices.Equal(values, []float64{1, 2, 3, 4}) {
				t.Errorf("w is %v (%v)", values, err)
			}
			if f.Metadata["epoch"] != "7" {
				t.Errorf("metadata %v", f.Metadata)
			}
			builtins := map[string]string{"beside2.pt": "__builtin__", "beside4.pt": "builtins"}[name]
			want := []string{
				"args (argparse.Namespace)", "best (numpy._core.multiarray.scalar)", "color (mine.Color)",
				"frozen (frozenset)", "words (mine.Words)", "table (mine.Table)", "share (fractions.Fraction)", "z (" + builtins + ".complex)",
			}
			got := f.Passed()
			for _, w := range want {
				if w == "frozen (frozenset)" && name == "beside2.pt" {
					w = "frozen (__builtin__.frozenset)"
				}
				if !slices.Contains(got, w) {
					t.Errorf("passed over %q, want %q among them", got, w)
				}
			}
		})
	}
}
