package plot

import (
	"image/color"
	"math"
	"strings"
	"testing"
)

func TestBoxes(t *testing.T) {
	x := make([]float32, 3*50*100)
	img, err := Boxes(x, [3]int{3, 50, 100}, []Mark{
		{X1: 10, Y1: 20, X2: 60, Y2: 45, Label: "dog 0.98", Series: 1},
		{X1: -30, Y1: -20, X2: 300, Y2: 2, Label: "wide"},
		{X1: 95, Y1: 0, X2: 100, Y2: 5, Label: "a long label at the edge"},
		{X1: 500, Y1: 500, X2: 600, Y2: 600, Label: "far away"},
	}, []Spot{{X: 50, Y: 25}, {X: -5, Y: 1000}, {X: math.NaN()}})
	if err != nil {
		t.Fatal(err)
	}
	const scale = 4 // to at least 400 pixels
	if b := img.Bounds(); b.Dx() != 100*scale || b.Dy() != 50*scale {
		t.Errorf("size %v", b)
	}
	at := func(x, y int) color.NRGBA {
		return color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
	}
	if got := at(10*scale+1, 40*scale); got != seriesColor(1) {
		t.Errorf("left side of the first box is %v, want %v", got, seriesColor(1))
	}
	if got := at(50*scale, 25*scale); got != seriesColor(1) {
		t.Errorf("the point is %v", got)
	}
	if got := at(30*scale, 35*scale); got != (color.NRGBA{0, 0, 0, 255}) {
		t.Errorf("inside of the box is %v, want the picture's black", got)
	}
}

func TestBoxes_refuses(t *testing.T) {
	for _, c := range []struct {
		shape [3]int
		n     int
		marks []Mark
		want  string
	}{
		{[3]int{2, 2, 2}, 8, nil, "8 values, expected a picture [1 or 3, H, W], found [2 2 2]"},
		{[3]int{3, 2, 2}, 8, nil, "found [3 2 2]"},
		{[3]int{1, 0, 2}, 0, nil, "found [1 0 2]"},
		{[3]int{1, 2, 2}, 4, []Mark{{X1: math.NaN()}}, "mark 0"},
	} {
		if _, err := Boxes(make([]float32, c.n), c.shape, c.marks, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q in it", c.shape, err, c.want)
		}
	}
}
