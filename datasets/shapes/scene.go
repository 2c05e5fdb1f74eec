package shapes

import (
	"math"
	"math/rand/v2"

	"github.com/hocsau/hocsau/datasets/box"
)

// scene is everything about one picture but its pixels.
type scene struct {
	figures []*figure
	top     rgb // background colours, upper left to lower right
	bottom  rgb
	strokes []stroke // behind the figures
	covers  []stroke // before them
	noise   float32  // half the width of the noise, of triangular distribution
	r       *rand.Rand
}

// stroke is a straight line with round ends. Lengths are pixels.
type stroke struct {
	x1, y1, x2, y2, radius float64
	color                  rgb
}

// scene decides about picture i.
func (s *Set) scene(i int) *scene {
	r := s.source(i)
	side := float64(s.o.Size)
	contrast := float32(0.4)
	sc := &scene{noise: 0.03, r: r}
	if s.o.Hard {
		contrast, sc.noise = 0.2, 0.15
	}
	sc.top = rgb{r.Float32(), r.Float32(), r.Float32()}
	for k := range sc.bottom {
		sc.bottom[k] = min(max(sc.top[k]+0.3*(r.Float32()-0.5), 0), 1)
	}
	count, smallest, largest := 1, 0.2, 0.38 // half heights as shares of the side
	switch s.o.Task {
	case Localise:
		smallest = 0.12
		if r.IntN(7) == 0 {
			count = 0
		}
	case Detect:
		count, smallest, largest = 1+r.IntN(MaxObjects), 0.09, 0.22
	}
	for range count {
		if f := s.figure(r, sc, side*smallest, side*largest, contrast); f != nil {
			sc.figures = append(sc.figures, f)
		}
	}
	if s.o.Hard {
		sc.clutter(side)
	}
	return sc
}

// figure draws the lots for one object; nil where no place is left.
func (s *Set) figure(r *rand.Rand, sc *scene, smallest, largest float64, contrast float32) *figure {
	f := &figure{class: r.IntN(len(s.kinds)), color: sc.distinct(r, contrast), cos: 1}
	f.kind = &s.kinds[f.class]
	size := smallest + (largest-smallest)*r.Float64()
	stretch := math.Exp(0.2 * (2*r.Float64() - 1)) // the ratio of the sides is up to e^0.4
	f.rx, f.ry = size*stretch, size/stretch
	if !f.kind.round {
		const most = 30 * math.Pi / 180 // a star is the same again after 72°, a square after 90°
		f.sin, f.cos = math.Sincos(most * (2*r.Float64() - 1))
	}
	most := 0.1 // share of a box that another may cover
	if s.o.Hard {
		most = 0.3
	}
	b := f.bounds()
	side := float64(s.o.Size)
	for range 40 {
		at := b.Shift(r.Float64()*(side-b.X2+b.X1)-b.X1, r.Float64()*(side-b.Y2+b.Y1)-b.Y1)
		if sc.crowded(at, most) {
			continue
		}
		f.x, f.y = at.X1-b.X1, at.Y1-b.Y1
		return f
	}
	return nil
}

// distinct draws a colour that differs from the background by contrast in at least one channel.
func (sc *scene) distinct(r *rand.Rand, contrast float32) rgb {
	for {
		c := rgb{r.Float32(), r.Float32(), r.Float32()}
		if distance(c, sc.top) >= contrast && distance(c, sc.bottom) >= contrast {
			return c
		}
	}
}

func distance(a, b rgb) float32 {
	d := float32(0)
	for k := range a {
		d = max(d, a[k]-b[k], b[k]-a[k])
	}
	return d
}

// crowded tells whether b shares more than the share most with a figure's box.
func (sc *scene) crowded(b box.Box, most float64) bool {
	for _, f := range sc.figures {
		o := f.bounds()
		if box.Intersection(b, o) > most*min(b.Area(), o.Area()) {
			return true
		}
	}
	return false
}

// clutter adds strokes behind the figures, for each figure perhaps one across it.
func (sc *scene) clutter(side float64) {
	r := sc.r
	line := func(radius float64) stroke {
		return stroke{
			x1: r.Float64() * side, y1: r.Float64() * side, x2: r.Float64() * side, y2: r.Float64() * side,
			radius: radius * side * (0.5 + r.Float64()), color: rgb{r.Float32(), r.Float32(), r.Float32()},
		}
	}
	for range 3 + r.IntN(4) {
		sc.strokes = append(sc.strokes, line(0.012))
	}
	for _, f := range sc.figures {
		if r.IntN(2) == 0 {
			continue
		}
		angle := r.Float64() * math.Pi
		sin, cos := math.Sincos(angle)
		long := 1.3 * max(f.rx, f.ry)
		off := 0.5 * (2*r.Float64() - 1)
		x, y := f.x-sin*off*f.rx, f.y+cos*off*f.ry
		sc.covers = append(sc.covers, stroke{
			x1: x - cos*long, y1: y - sin*long, x2: x + cos*long, y2: y + sin*long,
			radius: min(f.rx, f.ry) * (0.1 + 0.1*r.Float64()), color: rgb{r.Float32(), r.Float32(), r.Float32()},
		})
	}
}

// draw paints the picture.
func (sc *scene) draw(c canvas) {
	n := c.side * c.side
	for k := range 3 {
		from, step := sc.top[k], (sc.bottom[k]-sc.top[k])/float32(2*c.side)
		for r := range c.side {
			row := c.pix[k*n+r*c.side : k*n+(r+1)*c.side]
			for q := range row {
				row[q] = from + step*float32(r+q)
			}
		}
	}
	for _, s := range sc.strokes {
		s.draw(c)
	}
	for _, f := range sc.figures {
		f.draw(c)
	}
	for _, s := range sc.covers {
		s.draw(c)
	}
	sc.addNoise(c.pix)
}

// addNoise adds the sum of two uniform numbers, three values from one draw.
func (sc *scene) addNoise(pix []float32) {
	const mask = 1<<10 - 1
	scale := sc.noise / mask
	var bits uint64
	for i, v := range pix {
		if i%3 == 0 {
			bits = sc.r.Uint64()
		}
		a, b := bits&mask, bits>>10&mask
		bits >>= 20
		pix[i] = min(max(v+scale*(float32(a)+float32(b)-mask), 0), 1)
	}
}

func (s stroke) draw(c canvas) {
	ex, ey := s.x2-s.x1, s.y2-s.y1
	length := max(ex*ex+ey*ey, 1e-9)
	reach := s.radius + 1
	left, right := max(0, int(min(s.x1, s.x2)-reach)), min(c.side, int(max(s.x1, s.x2)+reach)+1)
	for r := max(0, int(min(s.y1, s.y2)-reach)); r < min(c.side, int(max(s.y1, s.y2)+reach)+1); r++ {
		for q := left; q < right; q++ {
			wx, wy := float64(q)+0.5-s.x1, float64(r)+0.5-s.y1
			t := min(max((wx*ex+wy*ey)/length, 0), 1)
			dx, dy := wx-t*ex, wy-t*ey
			if d := dx*dx + dy*dy; d < reach*reach {
				c.blend(r*c.side+q, s.color, float32(min(max(0.5+s.radius-math.Sqrt(d), 0), 1)))
			}
		}
	}
}
