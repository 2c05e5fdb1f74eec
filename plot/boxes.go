package plot

import (
	"image"
	"image/color"
	"math"

	"github.com/pkg/errors"
)

// A Mark is what Boxes draws: a rectangle by its corners in pixels, with a label.
type Mark struct {
	X1, Y1, X2, Y2 float64
	Label          string
	Series         int // decides the colour, as of a class
}

// A Spot is a point in pixels.
type Spot struct{ X, Y float64 }

// Boxes draws rectangles with labels, then points, onto the picture x [C, H, W],
// grey for C = 1 and RGB for C = 3, values 0 to 1. Small pictures are enlarged.
func Boxes(x []float32, shape [3]int, marks []Mark, spots []Spot) (image.Image, error) {
	ch, h, w := shape[0], shape[1], shape[2]
	if ch != 1 && ch != 3 || h < 1 || w < 1 || h > maxPixels/w || len(x) != ch*h*w {
		return nil, errors.Errorf("boxes: %d values, expected a picture [1 or 3, H, W], found %v", len(x), shape)
	}
	for i, m := range marks {
		if s := m.X1 + m.Y1 + m.X2 + m.Y2; math.IsNaN(s) || math.IsInf(s, 0) {
			return nil, errors.Errorf("boxes: mark %d %+v, expected finite corners", i, m)
		}
	}
	const least = 400 // pixels of the longer side
	scale := max(1, (least+max(h, w)-1)/max(h, w))
	c, err := newCanvas(w*scale, h*scale)
	if err != nil {
		return nil, errors.Wrap(err, "boxes")
	}
	for r := range h * scale {
		for q := range w * scale {
			at := r/scale*w + q/scale
			v := [3]uint8{}
			for k := range v {
				v[k] = uint8(255*min(max(x[min(k, ch-1)*h*w+at], 0), 1) + 0.5)
			}
			c.SetRGBA(q, r, color.RGBA{v[0], v[1], v[2], 255})
		}
	}
	// the best come first: they are drawn last, over the others
	for i := len(marks) - 1; i >= 0; i-- {
		if err := c.mark(marks[i], float64(scale)); err != nil {
			return nil, errors.Wrap(err, "boxes")
		}
	}
	for _, s := range spots {
		c.spot(s, float64(scale))
	}
	return c, nil
}

// mark draws a rectangle with its label on the upper edge, inside where there is
// no room above.
func (c *canvas) mark(m Mark, scale float64) error {
	b := c.Bounds()
	const line, font = 3, 15
	at := func(v float64, most int) int { return int(min(max(math.Round(v*scale), 0), float64(most))) }
	r := image.Rect(at(m.X1, b.Dx()), at(m.Y1, b.Dy()), at(m.X2, b.Dx()), at(m.Y2, b.Dy()))
	col := seriesColor(m.Series)
	for _, side := range []image.Rectangle{
		image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+line), image.Rect(r.Min.X, r.Max.Y-line, r.Max.X, r.Max.Y),
		image.Rect(r.Min.X, r.Min.Y, r.Min.X+line, r.Max.Y), image.Rect(r.Max.X-line, r.Min.Y, r.Max.X, r.Max.Y),
	} {
		c.fill(side.Intersect(b), col)
	}
	if m.Label == "" {
		return nil
	}
	width, err := c.fonts.width(m.Label, font)
	if err != nil {
		return err
	}
	const height = font + 5
	label := image.Rect(r.Min.X, r.Min.Y-height, r.Min.X+width+8, r.Min.Y)
	if label.Min.Y < 0 {
		label = label.Add(image.Pt(0, r.Min.Y-label.Min.Y))
	}
	if over := label.Max.X - b.Dx(); over > 0 {
		label = label.Sub(image.Pt(min(over, label.Min.X), 0))
	}
	c.fill(label.Intersect(b), col)
	return c.text(label.Inset(2), center, font, color.White, m.Label)
}

// spot draws a point with a white rim.
func (c *canvas) spot(s Spot, scale float64) {
	const radius = 5.0
	x, y := s.X*scale, s.Y*scale
	if !(math.Abs(x) < 1e6 && math.Abs(y) < 1e6) {
		return
	}
	for r := int(y - radius - 2); r <= int(y+radius+2); r++ {
		for q := int(x - radius - 2); q <= int(x+radius+2); q++ {
			if !image.Pt(q, r).In(c.Bounds()) {
				continue
			}
			switch d := math.Hypot(float64(q)+0.5-x, float64(r)+0.5-y); {
			case d < radius-1.5:
				c.Set(q, r, seriesColor(1))
			case d < radius:
				c.Set(q, r, color.White)
			}
		}
	}
}
