package tsne

import "math"

// tree is a quadtree of the points of a plane: each cell knows how many it holds and where their centre is.
type tree struct {
	cells []cell
	y     []float64
}

type cell struct {
	x, y     float64 // centre of mass
	side2    float64 // squared side
	count    float64
	children int32 // the first of four that lie together, 0 for a leaf
	point    int32 // of a leaf: the point it holds, of several equal ones the first; −1 for an empty one
}

// maxDepth ends the division of cells: points that are closer than 2⁻⁴⁸ of the picture count as one place.
const maxDepth = 48

// build makes the tree of y [N, 2], reusing the memory of the last.
func (t *tree) build(y []float64) {
	t.y, t.cells = y, append(t.cells[:0], cell{point: -1})
	lowX, highX, lowY, highY := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for i := 0; i < len(y); i += 2 {
		lowX, highX = min(lowX, y[i]), max(highX, y[i])
		lowY, highY = min(lowY, y[i+1]), max(highY, y[i+1])
	}
	half := max(highX-lowX, highY-lowY, 1e-300) / 2 * (1 + 1e-9)
	midX, midY := (lowX+highX)/2, (lowY+highY)/2
	t.cells[0].side2 = 4 * half * half
	for i := 0; i < len(y); i += 2 {
		t.insert(int32(i/2), midX, midY, half)
	}
	for c := range t.cells {
		if n := t.cells[c].count; n > 0 {
			t.cells[c].x /= n
			t.cells[c].y /= n
		}
	}
}

// insert adds a point; x and y of cells are sums until the tree is done.
func (t *tree) insert(i int32, midX, midY, half float64) {
	px, py := t.y[2*i], t.y[2*i+1]
	at := int32(0)
	for depth := 0; ; depth++ {
		c := &t.cells[at]
		c.x += px
		c.y += py
		c.count++
		if c.children == 0 {
			if c.point < 0 {
				c.point = i
				return
			}
			old := c.point
			if depth == maxDepth || t.y[2*old] == px && t.y[2*old+1] == py {
				return
			}
			t.split(at, midX, midY)
		}
		child, east, north := quadrant(px, py, midX, midY)
		half /= 2
		midX += half * east
		midY += half * north
		at = t.cells[at].children + child
	}
}

// split gives a leaf four children and moves what it holds, but for the point that is just being added, into one.
func (t *tree) split(at int32, midX, midY float64) {
	first := int32(len(t.cells))
	side2 := t.cells[at].side2 / 4
	for range 4 {
		t.cells = append(t.cells, cell{side2: side2, point: -1})
	}
	c := &t.cells[at]
	c.children = first
	old := c.point
	c.point = -1
	x, y := t.y[2*old], t.y[2*old+1]
	child, _, _ := quadrant(x, y, midX, midY)
	n := c.count - 1
	d := &t.cells[first+child]
	d.point, d.count, d.x, d.y = old, n, n*x, n*y
}

func quadrant(x, y, midX, midY float64) (child int32, east, north float64) {
	east, north = -1, -1
	if x >= midX {
		child, east = 1, 1
	}
	if y >= midY {
		child, north = child+2, 1
	}
	return child, east, north
}

// repulsion returns Σ_j q_ij·(y_i − y_j), q = (1 + d²)⁻² each, and Σ_j (1 + d²)⁻¹ over all other points j, where a cell
// whose side is less than theta times its distance counts as one point. stack is memory.
func (t *tree) repulsion(i int, theta float64, stack []int32) (fx, fy, z float64, _ []int32) {
	px, py := t.y[2*i], t.y[2*i+1]
	theta2 := theta * theta
	stack = append(stack[:0], 0)
	for len(stack) > 0 {
		c := &t.cells[stack[len(stack)-1]]
		stack = stack[:len(stack)-1]
		dx, dy := px-c.x, py-c.y
		d2 := dx*dx + dy*dy
		if c.children != 0 && c.side2 >= theta2*d2 {
			for k := int32(0); k < 4; k++ {
				if t.cells[c.children+k].count > 0 {
					stack = append(stack, c.children+k)
				}
			}
			continue
		}
		w := 1 / (1 + d2)
		z += c.count * w
		w *= c.count * w
		fx += w * dx
		fy += w * dy
	}
	return fx, fy, z - 1, stack // the point itself has added 1 to z, nothing to the force
}
