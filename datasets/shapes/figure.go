package shapes

import (
	"math"

	"github.com/hocsau/hocsau/datasets/box"
)

// rgb is a colour, each part in [0, 1].
type rgb [3]float32

// figure is a kind placed in a picture. Lengths are pixels.
type figure struct {
	kind     *kind
	class    int
	x, y     float64 // middle
	rx, ry   float64 // half the width, height of the kind's frame
	sin, cos float64 // of the turn, clockwise
	color    rgb
}

// place returns the picture's point for a point of the kind's frame.
func (f *figure) place(p Point) Point {
	x, y := p.X*f.rx, p.Y*f.ry
	return Point{f.x + f.cos*x - f.sin*y, f.y + f.sin*x + f.cos*y}
}

// bounds returns the tight box, pixels.
func (f *figure) bounds() box.Box {
	b := box.Box{X1: math.Inf(1), Y1: math.Inf(1), X2: math.Inf(-1), Y2: math.Inf(-1)}
	for _, p := range f.kind.outline {
		q := f.place(p)
		b = box.Box{X1: min(b.X1, q.X), Y1: min(b.Y1, q.Y), X2: max(b.X2, q.X), Y2: max(b.Y2, q.Y)}
	}
	return b
}

func (f *figure) object(side float64) Object {
	o := Object{Class: f.class, Box: f.bounds().Scale(1/side, 1/side)}
	for i, p := range f.kind.landmarks {
		q := f.place(p)
		o.Landmarks[i] = Point{q.X / side, q.Y / side}
	}
	return o
}

// canvas is a picture [3, side, side]. Pixel (c, r) covers the square from (c, r) to (c + 1, r + 1).
type canvas struct {
	pix  []float32
	side int
}

// draw paints the figure; a pixel at the edge takes the share that is covered.
func (f *figure) draw(c canvas) {
	b := f.bounds()
	scale := min(f.rx, f.ry)
	left, right := max(0, int(b.X1-1)), min(c.side, int(b.X2+2))
	for r := max(0, int(b.Y1-1)); r < min(c.side, int(b.Y2+2)); r++ {
		for q := left; q < right; q++ {
			dx, dy := float64(q)+0.5-f.x, float64(r)+0.5-f.y
			d := f.kind.at((f.cos*dx+f.sin*dy)/f.rx, (f.cos*dy-f.sin*dx)/f.ry) * scale
			c.blend(r*c.side+q, f.color, float32(min(max(0.5-d, 0), 1)))
		}
	}
}

// blend mixes the colour into the pixel at the flat position at.
func (c canvas) blend(at int, color rgb, share float32) {
	if share == 0 {
		return
	}
	n := c.side * c.side
	for k, v := range color {
		p := &c.pix[k*n+at]
		*p += share * (v - *p)
	}
}
