package digits

import (
	"math"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/goregular"
	"pgregory.net/rapid"
)

// frame is a square of side 2 with a square hole of side 1 in its middle.
func frame() [][]point {
	return [][]point{
		{{0, 0}, {2, 0}, {2, 2}, {0, 2}},
		{{0.5, 0.5}, {0.5, 1.5}, {1.5, 1.5}, {1.5, 0.5}}, // the other way round
	}
}

func TestGlyph_distance(t *testing.T) {
	g := newGlyph(frame()) // of height 1, the origin in the middle, strokes of width 1/4
	if len(g.points) != 8 || g.points[0] != (point{-0.5, -0.5}) {
		t.Errorf("points %v", g.points)
	}
	// Twice the area over the outline: 2·(3/4) / 6 is the width of an endless
	// stroke; corners make it a little less here than there.
	if want := float32(0.75 / 6); math.Abs(float64(g.half-want)) > 1e-6 {
		t.Errorf("half width %v, expected %v", g.half, want)
	}
	// A bilinear look-up of distances is exact up to the corners' roundness.
	const tolerance = 0.5 / cells
	rapid.Check(t, func(t *rapid.T) {
		x, y := rapid.Float32Range(-0.7, 0.7).Draw(t, "x"), rapid.Float32Range(-0.7, 0.7).Draw(t, "y")
		outer, hole := square(x, y, 0.5), square(x, y, 0.25)
		want := min(max(min(outer, -hole), -margin), margin)
		if got := g.distance(x, y); math.Abs(float64(got-want)) > tolerance {
			t.Fatalf("distance %v at (%v, %v), expected %v", got, x, y, want)
		}
	})
	for _, p := range []point{{9, 0}, {-9, 0}, {0, 9}, {0, -9}, {float32(math.NaN()), 0}} {
		if d := g.distance(p.x, p.y); d != -margin {
			t.Errorf("distance %v far away at %v", d, p)
		}
	}
}

// square returns the signed distance to a square of half the side r.
func square(x, y, r float32) float32 {
	dx, dy := float64(abs(x)-r), float64(abs(y)-r)
	return -float32(math.Hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0))
}

func abs(v float32) float32 { return max(v, -v) }

func TestGlyph_ring(t *testing.T) {
	g := newRing(frame()) // a stroke of width 0.1 inside a square of side 1
	for _, c := range []struct{ x, y, want float32 }{
		{0.5, 0, 0}, {0.45, 0, stroke}, {0.4, 0, 0}, {0.3, 0, -0.1}, {0, 0, stroke - (inside - stroke)}, {0, 0.55, -0.05},
	} {
		if got := g.distance(c.x, c.y); math.Abs(float64(got-c.want)) > 0.5/cells {
			t.Errorf("distance %v at (%v, %v), expected %v", got, c.x, c.y, c.want)
		}
	}
}

func TestFonts(t *testing.T) {
	f := newFonts()
	for i := range fontCount {
		for shape := range shapes {
			g, err := f.glyph(i, shape)
			if err != nil {
				t.Fatal(err)
			}
			low, high := bounds(g.points)
			if h := high.y - low.y; math.Abs(float64(h-1)) > 1e-5 {
				t.Errorf("font %d, shape %d: height %v", i, shape, h)
			}
			if low.x > 0 || high.x < 0 || low.y > -0.3 || high.y < 0.3 {
				t.Errorf("font %d, shape %d: the origin is not in the middle of %v to %v", i, shape, low, high)
			}
			if g.half < 0.025 || g.half > 0.12 {
				t.Errorf("font %d, shape %d: half width of the strokes %v", i, shape, g.half)
			}
			// The mean over the field finds the centre of mass again.
			if shape == openZero {
				continue
			}
			var n, x, y float64
			for k, d := range g.field {
				ink := float64(min(max(0.5+d*cells, 0), 1))
				n += ink
				x += ink * (float64(g.left) + float64(k%g.width)/cells)
				y += ink * (float64(g.top) + float64(k/g.width)/cells)
			}
			if math.Hypot(x/n, y/n) > 0.01 {
				t.Errorf("font %d, shape %d: centre of mass (%v, %v)", i, shape, x/n, y/n)
			}
		}
	}
}

func TestOutline_errors(t *testing.T) {
	for _, c := range []struct {
		name      string
		ttf       []byte
		character rune
		said      string
	}{
		{"no font", []byte("hello"), '0', "read font"},
		{"cut off", goregular.TTF[:5000], '0', "read font"},
		{"no outline", goregular.TTF, ' ', "no outline"},
	} {
		if _, err := outline(c.ttf, c.character); err == nil || !strings.Contains(err.Error(), c.said) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestPen(t *testing.T) {
	p := newPen()
	for i, w := range p.weights {
		if sum := w[0] + w[1] + w[2] + w[3]; math.Abs(float64(sum-1)) > 1e-6 {
			t.Errorf("the weights of row %d sum to %v", i, sum)
		}
	}
	var sum, square float64
	const n = 20_000
	for range n / 2 {
		a, b := p.normals()
		sum += float64(a) + float64(b)
		square += float64(a*a) + float64(b*b)
	}
	// The mean of n draws has the deviation 1/√n; four of them.
	if math.Abs(sum/n) > 4/math.Sqrt(n) || math.Abs(square/n-1) > 0.05 {
		t.Errorf("mean %v, mean square %v, expected 0 and 1", sum/n, square/n)
	}
}

func TestPlace(t *testing.T) {
	for _, c := range []struct{ shift, low, high, want float32 }{
		{0, -10, 10, 13.5}, {1, -10, 10, 14.5}, {1.5, -8, 13, 14}, {-1.5, -13, 8, 13}, {0, -15, 15, 15},
	} {
		if got := place(c.shift, c.low, c.high); got != c.want {
			t.Errorf("place(%v, %v, %v) = %v, expected %v", c.shift, c.low, c.high, got, c.want)
		}
	}
}
