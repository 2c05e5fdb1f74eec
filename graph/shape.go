package graph

import (
	"slices"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// view is a contiguous part of its input under another shape.
type view struct {
	name   string
	offset int
}

func (v view) String() string { return v.name }

func (v view) describe() Description {
	return describe("Reshape", "offset", v.offset)
}
func (v view) viewOffset() int       { return v.offset }
func (v view) compute(c *call) error { return nil }

func (v view) gradient(in []*Node, out, grad *Node) []*Node {
	x := in[0]
	if x.Len() == out.Len() {
		return []*Node{grad.view(v.name, 0, x.shape())}
	}
	k, _ := x.kind()
	return []*Node{x.g.apply(unview{name: v.name, offset: v.offset}, k, x.shape(), grad)}
}

// unview puts dy where the view was and 0 elsewhere.
type unview struct {
	noGradient
	name   string
	offset int
}

func (u unview) String() string { return u.name + " gradient" }

func (u unview) describe() Description {
	return describe("ReshapeGradient", "offset", u.offset)
}

func (u unview) compute(c *call) error {
	if c.double() {
		putBack[float64](u, c)
	} else {
		putBack[float32](u, c)
	}
	return nil
}

func putBack[T vec.Float](u unview, c *call) {
	dy, dx := input[T](c, 0), output[T](c)
	clear(dx[:u.offset])
	copy(dx[u.offset:], dy)
	clear(dx[u.offset+len(dy):])
}

// view returns the elements from offset on under the given shape.
func (n *Node) view(name string, offset int, shape []int) *Node {
	if n.n == nil {
		return n
	}
	k, _ := n.kind()
	return n.g.apply(view{name, offset}, k, shape, n)
}

// Reshape returns the same elements under another shape; one size may be −1
// and is then what is left. Without sizes a one-element node becomes a scalar.
func (n *Node) Reshape(shape ...int) *Node {
	in := []*Node{n}
	if !alive("Reshape", in...) {
		return n.g.dead()
	}
	s := slices.Clone(shape)
	if i := slices.Index(s, -1); i >= 0 {
		s[i] = 1
		if p := prod(s); p > 0 && n.Len()%p == 0 {
			s[i] = n.Len() / p
		}
	}
	if slices.Min(append([]int{1}, s...)) < 1 || prod(s) != n.Len() {
		return reject("Reshape", in, "%d elements do not fit shape %v", n.Len(), shape)
	}
	if slices.Equal(s, n.shape()) {
		return n
	}
	return n.view("Reshape", 0, s)
}

// Flatten returns [N, rest] of [N, …].
func (n *Node) Flatten() *Node {
	if !alive("Flatten", n) {
		return n.g.dead()
	}
	if n.Rank() < 1 {
		return reject("Flatten", []*Node{n}, "a scalar, expected [N, …]")
	}
	return n.Reshape(n.shape()[0], -1)
}

// transpose permutes axes.
type transpose struct {
	shape, perm []int
}

func (t transpose) String() string { return "Transpose" }

func (t transpose) describe() Description {
	return describe("Transpose", "perm", t.perm)
}

func (t transpose) compute(c *call) error {
	if c.double() {
		vec.Transpose(c.pool, t.shape, t.perm, input[float64](c, 0), output[float64](c))
	} else {
		vec.Transpose(c.pool, t.shape, t.perm, input[float32](c, 0), output[float32](c))
	}
	return nil
}

func (t transpose) gradient(_ []*Node, _, grad *Node) []*Node {
	inverse := make([]int, len(t.perm))
	for i, p := range t.perm {
		inverse[p] = i
	}
	return []*Node{grad.Transpose(inverse...)}
}

// Transpose returns x with its axes in the order perm; reversed where none is
// given.
func (n *Node) Transpose(perm ...int) *Node {
	in := []*Node{n}
	if !alive("Transpose", in...) {
		return n.g.dead()
	}
	if len(perm) == 0 {
		for i := n.Rank() - 1; i >= 0; i-- {
			perm = append(perm, i)
		}
	}
	if sorted, bad := resolveAxes(perm, n.Rank()); bad != nil || len(sorted) != n.Rank() {
		return reject("Transpose", in, "axes %v, expected each of %d once", perm, n.Rank())
	}
	perm = slices.Clone(perm)
	shape := make([]int, len(perm))
	moved := false
	for i, p := range perm {
		if p < 0 {
			perm[i] = p + n.Rank()
		}
		shape[i] = n.shape()[perm[i]]
		moved = moved || perm[i] != i
	}
	if !moved {
		return n
	}
	k, ok := n.kind()
	if !ok || k == kindInt {
		return reject("Transpose", in, "expected floating-point numbers")
	}
	return n.g.apply(transpose{n.Shape(), perm}, k, shape, n)
}
