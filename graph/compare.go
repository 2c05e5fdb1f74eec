package graph

import "github.com/hocsau/hocsau/internal/kernels/vec"

// positive is 1 where x > 0, else 0.
type positive struct{ noGradient }

func (positive) String() string { return "Positive" }

func (positive) describe() Description {
	return describe("Positive")
}
func (positive) overwrites(int) bool { return true }

func (positive) compute(c *call) error {
	if c.double() {
		signs[float64](c)
	} else {
		signs[float32](c)
	}
	return nil
}

func signs[T vec.Float](c *call) {
	y := output[T](c)
	for i, v := range input[T](c, 0) {
		if v > 0 {
			y[i] = 1
		} else {
			y[i] = 0
		}
	}
}

// Positive returns a mask: 1 where x > 0, else 0, also where x is NaN. It
// counts as a constant in differentiation. a.Sub(b).Positive() is 1 where a > b.
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
	for _, x := range in {
		if k, ok := x.kind(); !ok || k != kindInt || x.Rank() != 1 {
			return reject("Same", in, "expected two lists of integers; InputInts makes them")
		}
	}
	return n.g.apply(same{}, kindOf(n.g.store.dtype), []int{n.shape()[0], b.shape()[0]}, n, b)
}
