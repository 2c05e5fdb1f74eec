package graph

import "github.com/hocsau/hocsau/internal/kernels/vec"

// Eq returns a mask: 1 where a = b, else 0. As of all comparisons, a and b have
// the shapes of [Node.Add] and are floating-point numbers of one type, or both
// integers; the mask is of the store's number type and counts as a constant in
// differentiation. As everywhere in floating point, NaN equals nothing.
func (n *Node) Eq(b *Node) *Node { return n.compare("Eq", vec.Eq, b) }

// Ne returns 1 where a ≠ b, also where either is NaN, else 0; see [Node.Eq].
func (n *Node) Ne(b *Node) *Node { return n.compare("Ne", vec.Ne, b) }

// Lt returns 1 where a < b, else 0; see [Node.Eq].
func (n *Node) Lt(b *Node) *Node { return n.compare("Lt", vec.Lt, b) }

// Le returns 1 where a ≤ b, else 0; see [Node.Eq].
func (n *Node) Le(b *Node) *Node { return n.compare("Le", vec.Le, b) }

// Gt returns 1 where a > b, else 0; see [Node.Eq].
func (n *Node) Gt(b *Node) *Node { return n.compare("Gt", vec.Gt, b) }

// Ge returns 1 where a ≥ b, else 0; see [Node.Eq].
func (n *Node) Ge(b *Node) *Node { return n.compare("Ge", vec.Ge, b) }

func (n *Node) compare(name string, fn vec.Binary, b *Node) *Node {
	in := []*Node{n, b}
	if !alive(name, in...) {
		return n.g.dead()
	}
	if !allInts(in) {
		return n.binary(name, fn, b, nil)
	}
	l, ok := alignment(in...)
	if !ok {
		return reject(name, in, badShapes)
	}
	return n.g.apply(compareInts{name: name, fn: fn, aligned: l}, kindOf(n.g.store.dtype), l.shape, n, b)
}

func allInts(in []*Node) bool {
	for _, n := range in {
		if k, ok := n.kind(); !ok || k != kindInt {
			return false
		}
	}
	return true
}

// compareInts compares integers without rounding.
type compareInts struct {
	noGradient
	aligned
	name string
	fn   vec.Binary
}

func (k compareInts) String() string        { return k.name }
func (k compareInts) describe() Description { return describe(k.name) }

func (k compareInts) compute(c *call) error {
	if c.double() {
		vec.CompareInts(c.pool, k.fn, k.shape, k.stride[0], k.stride[1], c.ints(0), c.ints(1), output[float64](c))
	} else {
		vec.CompareInts(c.pool, k.fn, k.shape, k.stride[0], k.stride[1], c.ints(0), c.ints(1), output[float32](c))
	}
	return nil
}

// positive is 1 where x > 0, else 0.
type positive struct{ noGradient }

func (positive) String() string { return "Positive" }

func (positive) describe() Description {
	return describe("Positive")
}
func (positive) overwrites(int) bool { return true }

func (positive) compute(c *call) error {
	if c.double() {
		vec.ZipScalar(c.pool, vec.Gt, input[float64](c, 0), 0, output[float64](c))
	} else {
		vec.ZipScalar(c.pool, vec.Gt, input[float32](c, 0), 0, output[float32](c))
	}
	return nil
}

// Positive returns a mask: 1 where x > 0, else 0, also where x is NaN. It
// counts as a constant in differentiation.
func (n *Node) Positive() *Node {
	in := []*Node{n}
	if !alive("Positive", in...) {
		return n.g.dead()
	}
	if !floats(in) {
		return reject("Positive", in, "expected floating-point numbers")
	}
	k, _ := n.kind()
	return n.g.apply(positive{}, k, n.shape(), n)
}

// same is 1 where a_i = b_j, else 0, for integers a [N] and b [M].
type same struct{ noGradient }

func (same) String() string { return "Same" }

func (same) describe() Description {
	return describe("Same")
}

func (same) compute(c *call) error {
	if c.double() {
		equal[float64](c)
	} else {
		equal[float32](c)
	}
	return nil
}

func equal[T vec.Float](c *call) {
	a, b, y := c.ints(0), c.ints(1), output[T](c)
	clear(y)
	for i, v := range a {
		row := y[i*len(b) : (i+1)*len(b)]
		for j, w := range b {
			if v == w {
				row[j] = 1
			}
		}
	}
}

// Same compares each pair of two lists of integers n [N] and b [M], such as the
// labels of a batch: [N, M] of the store's number type, 1 where n_i = b_j, else 0.
func (n *Node) Same(b *Node) *Node {
	in := []*Node{n, b}
	if !alive("Same", in...) {
		return n.g.dead()
	}
	if !allInts(in) || n.Rank() != 1 || b.Rank() != 1 {
		return reject("Same", in, "expected two lists of integers; InputInts makes them")
	}
	return n.g.apply(same{}, kindOf(n.g.store.dtype), []int{n.shape()[0], b.shape()[0]}, n, b)
}
