package image

import (
	"math"
	"strings"
	"testing"
)

// stroke returns an h×w picture of value paper with an upright stroke of value ink.
func stroke(h, w, top, left, height, width int, paper, ink float32) *Picture {
	p := &Picture{Pix: make([]float32, h*w), Channels: 1, Height: h, Width: w}
	for y := range h {
		for x := range w {
			p.Pix[y*w+x] = paper
			if y >= top && y < top+height && x >= left && x < left+width {
				p.Pix[y*w+x] = ink
			}
		}
	}
	return p
}

func TestDigit(t *testing.T) {
	for _, tc := range []struct {
		name string
		p    *Picture
	}{
		{"dark on light, off centre", stroke(200, 150, 20, 90, 100, 20, 0.9, 0.1)},
		{"light on dark", stroke(200, 150, 20, 90, 100, 20, 0, 1)},
		{"grey on grey", stroke(60, 60, 5, 5, 50, 10, 0.6, 0.3)},
		{"colour", stroke(60, 60, 5, 5, 50, 10, 1, 0).RGB()},
	} {
		d, err := Digit(tc.p)
		if err != nil {
			t.Fatal(tc.name, err)
		}
		if [3]int(d.Shape()) != [3]int{1, 28, 28} {
			t.Fatalf("%s: shape %v", tc.name, d.Shape())
		}
		var mass, my, mx float64
		top, bottom, left, right := 28, -1, 28, -1
		for i, v := range d.Pix {
			if v > 0 {
				y, x := i/28, i%28
				top, bottom, left, right = min(top, y), max(bottom, y), min(left, x), max(right, x)
			}
			mass += float64(v)
			my += float64(v) * float64(i/28)
			mx += float64(v) * float64(i%28)
		}
		if bottom-top+1 != 20 || right-left+1 != 4 { // 100:20 and 50:10 fit into 20:4
			t.Errorf("%s: ink fills %d×%d, want 20×4", tc.name, bottom-top+1, right-left+1)
		}
		if math.Abs(my/mass-14) > 0.5 || math.Abs(mx/mass-14) > 0.5 {
			t.Errorf("%s: centre of mass %.2f, %.2f, want 14, 14", tc.name, my/mass, mx/mass)
		}
		if d.Pix[14*28+14] < 0.9 || d.Pix[0] != 0 {
			t.Errorf("%s: middle %v, corner %v, want white ink on black", tc.name, d.Pix[14*28+14], d.Pix[0])
		}
	}
}

func TestDigit_failures(t *testing.T) {
	if _, err := Digit(stroke(10, 12, 0, 0, 0, 0, 0.5, 0)); err == nil || !strings.Contains(err.Error(), "found no ink in a picture of 10×12") {
		t.Errorf("blank: got %v", err)
	}
	if _, err := Digit(&Picture{Channels: 1}); err == nil || !strings.Contains(err.Error(), "do not fill") {
		t.Errorf("empty: got %v", err)
	}
	// one dot and one line are digits of extreme proportions
	for _, p := range []*Picture{stroke(9, 9, 4, 4, 1, 1, 0, 1), stroke(5, 900, 2, 10, 1, 880, 0, 1)} {
		if _, err := Digit(p); err != nil {
			t.Error(err)
		}
	}
}
