package graph

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// gather takes rows of a table [rows, dim] by index.
type gather struct {
	rows, dim int
	padding   int // this row gets no gradient; −1: none
}

func (k gather) String() string { return "Embedding" }

func (k gather) describe() Description {
	return describe("Embedding", "padding", k.padding)
}
func (k gather) constant(i int) bool { return i == 1 }

func (k gather) compute(c *call) error {
	if err := inRange("index", c.ints(1), k.rows); err != nil {
		return err
	}
	if c.double() {
		vec.Gather(c.pool, k.rows, k.dim, input[float64](c, 0), c.ints(1), output[float64](c))
	} else {
		vec.Gather(c.pool, k.rows, k.dim, input[float32](c, 0), c.ints(1), output[float32](c))
	}
	return nil
}

func (k gather) gradient(in []*Node, _, grad *Node) []*Node {
	kind, _ := grad.kind()
	return []*Node{grad.g.apply(scatter{k: k}, kind, in[0].shape(), in[1], grad), nil}
}

// scatter adds the rows of dy to those of the table that they were taken from.
type scatter struct {
	noGradient
	k gather
}

func (s scatter) String() string { return "Embedding gradient" }

func (s scatter) describe() Description {
	return s.k.describe().gradient()
}

func (s scatter) compute(c *call) error {
	if c.double() {
		scatterAdd[float64](s, c)
	} else {
		scatterAdd[float32](s, c)
	}
	return nil
}

func scatterAdd[T vec.Float](s scatter, c *call) {
	table := output[T](c)
	clear(table)
	vec.ScatterAdd(c.pool, s.k.rows, s.k.dim, input[int](c, 0), input[T](c, 1), table, s.k.padding)
}

// inRange returns an error for the first index that is not in [0, n).
func inRange(what string, index []int, n int) error {
	if i := vec.CheckRange(index, n); i >= 0 {
		return errors.Errorf("%s %d at position %d, expected 0 to %d", what, index[i], i, n-1)
	}
	return nil
}

// Embedding returns the rows of the table n [V, D] at the integers ids [...]:
// [..., D]. An index out of range fails the run.
//
// Source: cheatsheet §2.3; it equals the product of the table's transpose with
// one-hot columns.
func (n *Node) Embedding(ids *Node) *Node { return n.embedding(ids, -1) }

// EmbeddingPadded is Embedding where the row of index padding gets no
// gradient.
func (n *Node) EmbeddingPadded(ids *Node, padding int) *Node { return n.embedding(ids, padding) }

func (n *Node) embedding(ids *Node, padding int) *Node {
	in := []*Node{n, ids}
	if !alive("Embedding", in...) {
		return n.g.dead()
	}
	if n.Rank() != 2 || !floats(in[:1]) {
		return reject("Embedding", in, "expected a table [V, D] of floating-point numbers")
	}
	if k, ok := ids.kind(); !ok || k != kindInt {
		return reject("Embedding", in, "expected integer indices; InputInts makes them")
	}
	rows, dim := n.shape()[0], n.shape()[1]
	if padding >= rows {
		return reject("Embedding", in, "padding index %d, expected below %d", padding, rows)
	}
	k, _ := n.kind()
	return n.g.apply(gather{rows, dim, padding}, k, slices.Concat(ids.shape(), []int{dim}), n, ids)
}
