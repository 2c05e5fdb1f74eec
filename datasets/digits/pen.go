package digits

import (
	"math"
	"math/rand/v2"
)

const (
	box     = 20 // pixels of the longer side of a digit, as in MNIST
	spacing = 7  // pixels between the nodes of the bending
	nodes   = 7  // nodes a side: from -7 to 35
)

// pen draws glyphs. It holds what a drawing needs, so that one costs no
// allocation; it serves one goroutine.
type pen struct {
	random  rand.PCG
	weights [Size][4]float32 // of the nodes around each row or column
	bend    [nodes][nodes]point
}

func newPen() *pen {
	p := new(pen)
	for i := range p.weights {
		t := float32(i%spacing) / spacing
		u := 1 - t
		p.weights[i] = [4]float32{ // the uniform cubic B-spline
			u * u * u / 6,
			(3*t*t*t - 6*t*t + 4) / 6,
			(3*u*u*u - 6*u*u + 4) / 6,
			t * t * t / 6,
		}
	}
	return p
}

// number returns a random number from 0 to n-1.
func (p *pen) number(n int) int { return number(&p.random, n) }

// between returns a random number between low and high.
func (p *pen) between(low, high float32) float32 {
	return low + (high-low)*float32(p.random.Uint64()>>40)/(1<<24)
}

// normals returns two random numbers of mean 0 and deviation 1. Each is the
// sum of two uniform ones: bell-shaped enough for noise, bounded by ±√6.
func (p *pen) normals() (float32, float32) {
	r := p.random.Uint64()
	const scale = 1 / 26754.564 // the deviation of the sum of two 16-bit numbers, 2¹⁶/√6
	a := int32(r&0xffff) + int32(r>>16&0xffff) - 0xffff
	b := int32(r>>32&0xffff) + int32(r>>48) - 0xffff
	return float32(a) * scale, float32(b) * scale
}

// draw draws g with random distortions into x [28, 28].
func (p *pen) draw(g *glyph, x []float32) {
	// From the units of the glyph to pixels: proportions, slant, rotation,
	// then the size of the box.
	sin, cos := math.Sincos(float64(p.between(-0.25, 0.25)))
	s, c := float32(sin), float32(cos)
	aspect, slant := p.between(0.75, 1.15), p.between(-0.28, 0.28)
	m := matrix{c * aspect, -c*slant - s, s * aspect, -s*slant + c}
	low, high := m.bounds(g.points)
	size := box * p.between(0.85, 1.05) / max(high.x-low.x, high.y-low.y)
	m = matrix{m.xx * size, m.xy * size, m.yx * size, m.yy * size}
	centre := point{
		place(p.between(-1.2, 1.2), low.x*size, high.x*size),
		place(p.between(-1.2, 1.2), low.y*size, high.y*size),
	}
	inverse, unit := m.invert()

	half := p.between(0.035, 0.085) // half the width of the strokes, in heights
	edge := p.between(1, 2.2)       // pixels from ink to no ink
	ink := p.between(0.75, 1)
	noise := p.between(0, 0.06)
	p.randomBend(p.between(0, 2.5))

	for row := range Size {
		columns := p.bendRow(row)
		line := x[row*Size : (row+1)*Size]
		for column := range line {
			w := &p.weights[column]
			b := columns[column/spacing : column/spacing+4]
			dx := float32(column) - centre.x + w[0]*b[0].x + w[1]*b[1].x + w[2]*b[2].x + w[3]*b[3].x
			dy := float32(row) - centre.y + w[0]*b[0].y + w[1]*b[1].y + w[2]*b[2].y + w[3]*b[3].y
			d := g.distance(inverse.xx*dx+inverse.xy*dy, inverse.yx*dx+inverse.yy*dy)
			t := min(max(0.5+(d+half-g.half)*unit/edge, 0), 1)
			line[column] = ink * t * t * (3 - 2*t)
		}
	}
	for i := 0; i < len(x); i += 2 {
		a, b := p.normals()
		x[i] = min(max(x[i]+noise*a, 0), 1)
		x[i+1] = min(max(x[i+1]+noise*b, 0), 1)
	}
}

// place returns where the origin of a digit lies that reaches from low to
// high: off the middle by shift, but inside the image where it fits.
func place(shift, low, high float32) float32 {
	const middle = (Size - 1) / 2.
	return max(min(middle+shift, Size-1-high), -low)
}

// randomBend draws how far each node is moved, in pixels.
func (p *pen) randomBend(deviation float32) {
	for i := range p.bend {
		for j := range p.bend[i] {
			a, b := p.normals()
			p.bend[i][j] = point{a * deviation, b * deviation}
		}
	}
}

// bendRow returns the bend along a row of pixels at each column of nodes.
func (p *pen) bendRow(row int) (columns [nodes]point) {
	for k, w := range p.weights[row] {
		for j, b := range p.bend[row/spacing+k] {
			columns[j].x += w * b.x
			columns[j].y += w * b.y
		}
	}
	return columns
}

// matrix maps (x, y) to (xx·x + xy·y, yx·x + yy·y).
type matrix struct{ xx, xy, yx, yy float32 }

// bounds returns the box around the images of points.
func (m matrix) bounds(points []point) (low, high point) {
	inf := float32(math.Inf(1))
	low, high = point{inf, inf}, point{-inf, -inf}
	for _, p := range points {
		x, y := m.xx*p.x+m.xy*p.y, m.yx*p.x+m.yy*p.y
		low = point{min(low.x, x), min(low.y, y)}
		high = point{max(high.x, x), max(high.y, y)}
	}
	return low, high
}

// invert returns the inverse, and by how much m stretches lengths on average.
func (m matrix) invert() (inverse matrix, stretch float32) {
	det := m.xx*m.yy - m.xy*m.yx
	return matrix{m.yy / det, -m.xy / det, -m.yx / det, m.xx / det}, float32(math.Sqrt(math.Abs(float64(det))))
}
