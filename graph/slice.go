package graph

import (
	"slices"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// block is a box within a contiguous array: where it begins, its shape, and
// the strides of the array in elements.
type block struct {
	offset  int
	shape   []int
	strides []int // of the array
	dense   []int // of the box by itself
}

func blockOf(whole []int, axis, lo, size int) block {
	b := block{shape: slices.Clone(whole), strides: make([]int, len(whole))}
	b.shape[axis] = size
	step := 1
	for i := len(whole) - 1; i >= 0; i-- {
		b.strides[i] = step
		if i == axis {
			b.offset = lo * step
		}
		step *= whole[i]
	}
	b.dense = make([]int, len(whole))
	step = 1
	for i := len(whole) - 1; i >= 0; i-- {
		b.dense[i] = step
		step *= b.shape[i]
	}
	return b
}

// slice copies a box out of its input.
type slice struct {
	from   block
	whole  []int
	axis   int
	lo, hi int
}

func (s slice) String() string { return "Slice" }

func (s slice) describe() Description {
	return describe("Slice", "axis", s.axis, "start", s.lo, "end", s.hi)
}

func (s slice) compute(c *call) error {
	if c.double() {
		vec.CopyStrided(c.pool, s.from.shape, s.from.strides, s.from.dense, input[float64](c, 0)[s.from.offset:], output[float64](c))
	} else {
		vec.CopyStrided(c.pool, s.from.shape, s.from.strides, s.from.dense, input[float32](c, 0)[s.from.offset:], output[float32](c))
	}
	return nil
}

func (s slice) gradient(in []*Node, _, grad *Node) []*Node {
	k, _ := grad.kind()
	return []*Node{grad.g.apply(unslice{s: s}, k, in[0].shape(), grad)}
}

// unslice puts dy where the box was and 0 elsewhere.
type unslice struct {
	noGradient
	s slice
}

func (u unslice) String() string { return "Slice gradient" }

func (u unslice) describe() Description {
	return u.s.describe().gradient()
}

func (u unslice) compute(c *call) error {
	if c.double() {
		paste[float64](u.s, c)
	} else {
		paste[float32](u.s, c)
	}
	return nil
}

func paste[T vec.Float](s slice, c *call) {
	dx := output[T](c)
	clear(dx)
	vec.CopyStrided(c.pool, s.from.shape, s.from.dense, s.from.strides, input[T](c, 0), dx[s.from.offset:])
}

// Slice returns the elements lo ≤ i < hi of an axis.
func (n *Node) Slice(axis, lo, hi int) *Node {
	in := []*Node{n}
	if !alive("Slice", in...) {
		return n.g.dead()
	}
	a := axis
	if a < 0 {
		a += n.Rank()
	}
	if a < 0 || a >= n.Rank() {
		return reject("Slice", in, "no axis %d", axis)
	}
	size := n.shape()[a]
	if lo < 0 || hi > size || lo >= hi {
		return reject("Slice", in, "elements %d to %d of axis %d, expected a part of 0 to %d", lo, hi, axis, size)
	}
	if lo == 0 && hi == size {
		return n
	}
	shape := n.Shape()
	shape[a] = hi - lo
	if prod(shape[:a]) == 1 {
		return n.view("Slice", lo*prod(shape[a+1:]), shape)
	}
	k, ok := n.kind()
	if !ok || k == kindInt {
		return reject("Slice", in, "integers can be sliced along the first axis only")
	}
	return n.g.apply(slice{blockOf(n.shape(), a, lo, hi-lo), n.Shape(), a, lo, hi}, k, shape, n)
}

// Index returns element i of an axis, which it drops.
func (n *Node) Index(axis, i int) *Node {
	s := n.Slice(axis, i, i+1)
	if s.n == nil {
		return s
	}
	if axis < 0 {
		axis += n.Rank()
	}
	return s.Reshape(slices.Delete(s.Shape(), axis, axis+1)...)
}

// concat joins its inputs along an axis.
type concat struct {
	axis   int
	shape  []int
	blocks []block // of the result, one an input
}

func (k concat) String() string { return "Concat" }

func (k concat) describe() Description {
	return describe("Concat", "axis", k.axis)
}

func (k concat) compute(c *call) error {
	if c.double() {
		join[float64](k, c)
	} else {
		join[float32](k, c)
	}
	return nil
}

func join[T vec.Float](k concat, c *call) {
	y := output[T](c)
	for i, b := range k.blocks {
		vec.CopyStrided(c.pool, b.shape, b.dense, b.strides, input[T](c, i), y[b.offset:])
	}
}

func (k concat) gradient(in []*Node, _, grad *Node) []*Node {
	grads := make([]*Node, len(in))
	at := 0
	for i, x := range in {
		size := x.shape()[k.axis]
		grads[i] = grad.Slice(k.axis, at, at+size)
		at += size
	}
	return grads
}

// Concat joins the nodes along an axis; their other sizes are equal. It returns
// nil where there are none.
func Concat(axis int, nodes ...*Node) *Node {
	i := slices.IndexFunc(nodes, func(x *Node) bool { return x != nil })
	if i < 0 {
		return nil
	}
	first := nodes[i]
	if err := first.g.check("Concat", nodes...); err != nil || first.g.err != nil {
		return first.g.fail(err)
	}
	a := axis
	if a < 0 {
		a += first.Rank()
	}
	if a < 0 || a >= first.Rank() {
		return reject("Concat", nodes, "no axis %d", axis)
	}
	if !floats(nodes) {
		return reject("Concat", nodes, "expected floating-point numbers of one type")
	}
	k := concat{axis: a, shape: first.Shape()}
	k.shape[a] = 0
	for _, x := range nodes {
		s := x.Shape()
		if len(s) != len(k.shape) || !slices.Equal(s[:a], k.shape[:a]) || !slices.Equal(s[a+1:], k.shape[a+1:]) {
			return reject("Concat", nodes, "expected equal sizes but along axis %d", axis)
		}
		k.shape[a] += s[a]
	}
	at := 0
	for _, x := range nodes {
		k.blocks = append(k.blocks, blockOf(k.shape, a, at, x.shape()[a]))
		at += x.shape()[a]
	}
	if len(nodes) == 1 {
		return first
	}
	kind, _ := first.kind()
	return first.g.apply(k, kind, k.shape, nodes...)
}

// Stack joins nodes of one shape along a new first axis.
func Stack(nodes ...*Node) *Node {
	rows := make([]*Node, len(nodes))
	for i, x := range nodes {
		rows[i] = x
		if x != nil && x.n != nil {
			rows[i] = x.Reshape(append([]int{1}, x.Shape()...)...)
		}
	}
	return Concat(0, rows...)
}
