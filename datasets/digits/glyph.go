package digits

import (
	"cmp"
	"math"
	"slices"
)

const (
	cells  = 40   // cells of the distance field in the height of a digit
	margin = 0.15 // how far the field reaches beyond the outline, in heights
	inside = 0.3  // how far into a ring distances are measured, in heights
	stroke = 0.05 // half the width of the stroke of a ring, in heights
)

// glyph is the shape of a digit as a distance field: from it the digit can be
// drawn at any place, slant and weight by one look-up a pixel. The unit of
// length is the height of the digit; the origin is its centre of mass.
type glyph struct {
	points []point // of the outline
	half   float32 // half the mean width of the strokes

	// The distance to the outline at the corners of a grid, positive inside.
	// Far from the outline it is only known to be large.
	field         []float32
	width, height int
	left, top     float32 // the first corner
}

// newGlyph makes the glyph of closed polygons in any unit.
func newGlyph(contours [][]point) *glyph {
	g := new(glyph)
	g.fill(g.normalise(contours), margin)
	return g
}

// newRing makes the glyph of the largest of the contours, drawn as a stroke
// along its inner side.
func newRing(contours [][]point) *glyph {
	area := func(c []point) float32 {
		low, high := bounds(c)
		return (high.x - low.x) * (high.y - low.y)
	}
	outer := slices.MaxFunc(contours, func(a, b []point) int { return cmp.Compare(area(a), area(b)) })
	g := new(glyph)
	g.fill(g.normalise([][]point{outer}), inside)
	g.half = stroke
	for i, d := range g.field {
		g.field[i] = stroke - max(d-stroke, stroke-d)
	}
	return g
}

// fill computes the distance field, with distances of at most reach.
func (g *glyph) fill(contours [][]point, reach float32) {
	for _, c := range contours {
		g.points = append(g.points, c...)
	}
	low, high := bounds(g.points)
	g.left, g.top = low.x-margin, low.y-margin
	g.width = int(math.Ceil(float64((high.x-low.x+2*margin)*cells))) + 1
	g.height = int(math.Ceil(float64((high.y-low.y+2*margin)*cells))) + 1
	g.field = make([]float32, g.width*g.height)
	for i := range g.field {
		g.field[i] = reach * reach
	}
	edges := edgesOf(contours)
	for _, e := range edges {
		g.addEdge(e, reach)
	}
	for row := range g.height {
		g.sign(row, edges)
	}
}

// normalise moves and scales the contours to the unit and the origin of g,
// and measures the strokes.
func (g *glyph) normalise(contours [][]point) [][]point {
	low, high := bounds(slices.Concat(contours...))
	scale := 1 / (high.y - low.y)
	var area, mx, my, length float64 // twice the area, six times the moments
	for _, e := range edgesOf(contours) {
		ax, ay, bx, by := float64(e.a.x), float64(e.a.y), float64(e.b.x), float64(e.b.y)
		cross := ax*by - bx*ay // holes run the other way round and count negative
		area += cross
		mx += cross * (ax + bx)
		my += cross * (ay + by)
		length += math.Hypot(bx-ax, by-ay)
	}
	cx, cy := float32(mx/(3*area)), float32(my/(3*area))
	// A stroke of width w and length l has the area w·l and the outline 2·l.
	g.half = float32(math.Abs(area)/2/length) * scale
	moved := make([][]point, len(contours))
	for i, c := range contours {
		for _, p := range c {
			moved[i] = append(moved[i], point{(p.x - cx) * scale, (p.y - cy) * scale})
		}
	}
	return moved
}

// edge is a side of a polygon.
type edge struct{ a, b point }

func edgesOf(contours [][]point) []edge {
	var edges []edge
	for _, c := range contours {
		a := c[len(c)-1]
		for _, b := range c {
			if a != b {
				edges = append(edges, edge{a, b})
			}
			a = b
		}
	}
	return edges
}

func bounds(points []point) (low, high point) {
	low, high = points[0], points[0]
	for _, p := range points {
		low = point{min(low.x, p.x), min(low.y, p.y)}
		high = point{max(high.x, p.x), max(high.y, p.y)}
	}
	return low, high
}

// addEdge lowers the squared distances of the corners within reach of e.
func (g *glyph) addEdge(e edge, reach float32) {
	low, high := bounds([]point{e.a, e.b})
	from := func(v, origin float32) int { return max(int((v-reach-origin)*cells), 0) }
	to := func(v, origin float32, n int) int { return min(int((v+reach-origin)*cells)+2, n) }
	dx, dy := e.b.x-e.a.x, e.b.y-e.a.y
	inverse := 1 / (dx*dx + dy*dy)
	for row := from(low.y, g.top); row < to(high.y, g.top, g.height); row++ {
		py := g.top + float32(row)/cells - e.a.y
		for column := from(low.x, g.left); column < to(high.x, g.left, g.width); column++ {
			px := g.left + float32(column)/cells - e.a.x
			t := min(max((px*dx+py*dy)*inverse, 0), 1) // the nearest point of the edge
			u, v := px-t*dx, py-t*dy
			if d := u*u + v*v; d < g.field[row*g.width+column] {
				g.field[row*g.width+column] = d
			}
		}
	}
}

// sign turns the squared distances of a row into distances, negative outside.
// A corner is inside if the outline winds around it.
func (g *glyph) sign(row int, edges []edge) {
	type crossing struct {
		x    float32
		turn int
	}
	var crossings []crossing
	y := g.top + float32(row)/cells
	for _, e := range edges {
		if (e.a.y <= y) == (e.b.y <= y) {
			continue
		}
		turn := 1
		if e.a.y > y {
			turn = -1
		}
		crossings = append(crossings, crossing{e.a.x + (y-e.a.y)/(e.b.y-e.a.y)*(e.b.x-e.a.x), turn})
	}
	for column := range g.width {
		x, winding := g.left+float32(column)/cells, 0
		for _, c := range crossings {
			if c.x < x {
				winding += c.turn
			}
		}
		d := &g.field[row*g.width+column]
		*d = float32(math.Sqrt(float64(*d)))
		if winding == 0 {
			*d = -*d
		}
	}
}

// distance returns the signed distance at (x, y), bilinear between corners.
func (g *glyph) distance(x, y float32) float32 {
	u, v := (x-g.left)*cells, (y-g.top)*cells
	if !(u >= 0 && v >= 0 && u < float32(g.width-1) && v < float32(g.height-1)) {
		return -margin
	}
	column, row := int(u), int(v)
	u, v = u-float32(column), v-float32(row)
	k := row*g.width + column
	upper, lower := g.field[k:k+2], g.field[k+g.width:k+g.width+2]
	a := upper[0] + u*(upper[1]-upper[0])
	b := lower[0] + u*(lower[1]-lower[0])
	return a + v*(b-a)
}
