package words

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/vectors"
	"github.com/hocsau/hocsau/internal/golden"
)

func open(t *testing.T, path string) *vectors.Table {
	t.Helper()
	v, err := vectors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCases_lists(t *testing.T) {
	var want struct {
		Files     []string
		Spearman  float64
		Pairs, Of int
		Tolerance float64
	}
	dir := golden.Everyday(t, "48-word-list-layouts", &want)
	for _, f := range want.Files {
		pairs, err := vectors.ReadSimilarities(filepath.Join(dir, f))
		if err != nil {
			t.Fatal(err)
		}
		s, err := Similarities(open(t, filepath.Join(dir, "v.vec")), pairs)
		if err != nil || math.Abs(s.Spearman-want.Spearman) > want.Tolerance || s.Pairs != want.Pairs || s.Of != want.Of {
			t.Errorf("%s: %+v, %v, want %+v", f, s, err, want)
		}
	}
}

func TestCases_constant(t *testing.T) {
	var want struct{ Counted, Of int }
	dir := golden.Everyday(t, "49-word-list-constant", &want)
	pairs, err := vectors.ReadSimilarities(filepath.Join(dir, "constant.txt"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Similarities(open(t, filepath.Join(dir, "v.vec")), pairs)
	if !errors.Is(err, ErrConstant) || s.Pairs != want.Counted || s.Of != want.Of {
		t.Errorf("%+v, error %v", s, err)
	}
}

func TestCases_neighbours(t *testing.T) {
	type near [][2]any
	var marks struct {
		Cat       near    `json:"nearest_cat"`
		The       near    `json:"nearest_the"`
		Analogies float64 `json:"analogy_accuracy"`
		Tolerance float64
	}
	dir := golden.Everyday(t, "31-byte-order-mark", &marks)
	var nfd struct{ Nearest near }
	composed := golden.Everyday(t, "34-vectors-nfc-nfd", &nfd)
	for _, c := range []struct {
		path, word string
		want       near
	}{
		{filepath.Join(dir, "w2v.txt"), "cat", marks.Cat}, {filepath.Join(dir, "glove.txt"), "the", marks.The},
		{filepath.Join(composed, "nfd.vec"), "tiếng", nfd.Nearest}, {filepath.Join(composed, "nfc.vec"), "tiếng", nfd.Nearest},
	} {
		s, err := NewSearch(open(t, c.path))
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Nearest(c.word, len(c.want))
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		for i, n := range got {
			if n.Word != c.want[i][0] || math.Abs(n.Similarity-c.want[i][1].(float64)) > marks.Tolerance {
				t.Errorf("%s: %v, want %v", c.path, got, c.want)
			}
		}
	}
	sections, err := vectors.ReadAnalogies(filepath.Join(dir, "analogies.txt"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := Analogies(context.Background(), open(t, filepath.Join(dir, "plain.vec")), sections)
	if err != nil || math.Abs(a.Total.Accuracy()-marks.Analogies) > marks.Tolerance {
		t.Errorf("%+v, %v, want %v", a.Total, err, marks.Analogies)
	}
}
