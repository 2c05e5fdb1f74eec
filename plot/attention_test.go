package plot_test

import (
	"image/color"
	"testing"

	"github.com/hocsau/hocsau/plot"
)

func TestAttentionMap(t *testing.T) {
	img, err := plot.AttentionMap("attention", [][]float64{{1, 0}, {0.5, 0.5}, {0, 1}}, []string{"ein", "Hund"}, []string{"a", "dog", "</s>"})
	if err != nil {
		t.Fatal(err)
	}
	dark := 0
	for y := range img.Bounds().Max.Y {
		for x := range img.Bounds().Max.X {
			if r, _, b, _ := img.At(x, y).RGBA(); b > 2*r {
				dark++
			}
		}
	}
	// Two cells of 39×39 pixels are full, but for the digits in them.
	if dark < 2*39*39*3/4 {
		t.Errorf("%d blue pixels, want two cells", dark)
	}
	if img.At(0, 0) != (color.RGBA{255, 255, 255, 255}) {
		t.Errorf("corner %v, want white", img.At(0, 0))
	}
	for name, alpha := range map[string][][]float64{"none": nil, "rows": {{1, 0}}, "columns": {{1}, {1}, {1}}, "range": {{2, 0}, {0, 0}, {0, 0}}} {
		if _, err := plot.AttentionMap("", alpha, []string{"ein", "Hund"}, []string{"a", "dog", "</s>"}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
