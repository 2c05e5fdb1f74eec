package graph

import (
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// binary is f(a, b), element by element, with broadcasting.
type binary struct {
	aligned
	name string
	fn   vec.Binary
	diff func(a, b, out, grad *Node) (da, db *Node) // nil where there is no gradient
}

func (b *binary) String() string        { return b.name }
func (b *binary) describe() Description { return describe(b.name) }
func (b *binary) overwrites(i int) bool { return b.full[i] }
func (b *binary) constant(int) bool     { return b.diff == nil }

func (b *binary) compute(c *call) error {
	if c.double() {
		zip[float64](b, c)
	} else {
		zip[float32](b, c)
	}
	return nil
}

func zip[T vec.Float](b *binary, c *call) {
	if b.same {
		vec.Zip(c.pool, b.fn, input[T](c, 0), input[T](c, 1), output[T](c))
		return
	}
	vec.ZipBroadcast(c.pool, b.fn, b.shape, b.stride[0], b.stride[1], input[T](c, 0), input[T](c, 1), output[T](c))
}

func (b *binary) gradient(in []*Node, out, grad *Node) []*Node {
	if b.diff == nil {
		return make([]*Node, len(in))
	}
	da, db := b.diff(in[0], in[1], out, grad)
	return []*Node{da.sumTo(in[0].shape()), db.sumTo(in[1].shape())}
}

// Add returns a + b. Operands have one rank, an axis of size 1 being repeated
// along the other's; or one of them is a scalar.
func (n *Node) Add(b *Node) *Node {
	return n.binary("Add", vec.Add, b, func(_, _, _, grad *Node) (*Node, *Node) { return grad, grad })
}

// Sub returns a − b, with the shapes of [Node.Add].
func (n *Node) Sub(b *Node) *Node {
	return n.binary("Sub", vec.Sub, b, func(_, _, _, grad *Node) (*Node, *Node) { return grad, grad.Neg() })
}

// Mul returns the product a·b element by element, with the shapes of
// [Node.Add].
func (n *Node) Mul(b *Node) *Node {
	return n.binary("Mul", vec.Mul, b, func(a, b, _, grad *Node) (*Node, *Node) { return grad.Mul(b), grad.Mul(a) })
}

// Div returns a/b element by element, with the shapes of [Node.Add].
func (n *Node) Div(b *Node) *Node {
	return n.binary("Div", vec.Div, b, func(_, b, out, grad *Node) (*Node, *Node) {
		da := grad.Div(b)
		return da, da.Mul(out).Neg()
	})
}

// binary applies fn to n and b; without gradient the result counts as a constant
// in differentiation.
func (n *Node) binary(name string, fn vec.Binary, b *Node, gradient func(a, b, out, grad *Node) (*Node, *Node)) *Node {
	in := []*Node{n, b}
	if !alive(name, in...) {
		return n.g.dead()
	}
	if !floatsOfOneKind(in...) {
		return reject(name, in, "expected floating-point numbers of one type")
	}
	l, ok := alignment(in...)
	if !ok {
		return reject(name, in, badShapes)
	}
	k, _ := n.kind()
	return n.g.apply(&binary{name: name, fn: fn, aligned: l, diff: gradient}, k, l.shape, n, b)
}

const badShapes = "the shapes do not broadcast: expected one rank, and in each axis equal sizes or 1"

// floatsOfOneKind reports whether all operands have the same floating-point type.
func floatsOfOneKind(in ...*Node) bool {
	first, _ := in[0].kind()
	for _, n := range in {
		if k, ok := n.kind(); !ok || k != first || k == kindInt {
			return false
		}
	}
	return true
}

// aligned says how operands that are repeated to one shape lie in it.
type aligned struct {
	shape  []int    // of the result
	stride [3][]int // of each operand, in elements; 0 along axes where it is repeated
	full   [3]bool  // whether the operand has as many elements as the result
	same   bool     // whether all have the result's shape
}

// alignment aligns up to three operands: all of one rank, or scalars.
func alignment(in ...*Node) (l aligned, ok bool) {
	shape := tensor.Shape{}
	for _, n := range in {
		if shape, ok = broadcast(shape, n.shape()); !ok {
			return l, false
		}
	}
	l.shape, l.same = shape, true
	for i, n := range in {
		l.stride[i] = broadcastStrides(n.shape(), shape)
		l.full[i] = n.Len() == prod(shape)
		l.same = l.same && n.shape().Eq(shape)
	}
	return l, true
}

// broadcast returns the common shape of a and b: of one rank, or one a scalar.
func broadcast(a, b tensor.Shape) (tensor.Shape, bool) {
	switch {
	case len(a) == 0:
		return b.Clone(), true
	case len(b) == 0:
		return a.Clone(), true
	case len(a) != len(b):
		return nil, false
	}
	shape := make(tensor.Shape, len(a))
	for i := range a {
		if a[i] != b[i] && a[i] != 1 && b[i] != 1 {
			return nil, false
		}
		shape[i] = max(a[i], b[i])
	}
	return shape, true
}

// broadcastStrides returns the strides in elements of an operand of shape s
// within a result of the given shape.
func broadcastStrides(s tensor.Shape, shape []int) []int {
	strides := make([]int, len(shape))
	if len(s) == 0 {
		return strides
	}
	step := 1
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] != 1 {
			strides[i] = step
		}
		step *= s[i]
	}
	return strides
}

// sumTo sums n over the axes along which shape was repeated to n's.
func (n *Node) sumTo(shape tensor.Shape) *Node {
	if n.n == nil || n.shape().Eq(shape) {
		return n
	}
	if len(shape) == 0 {
		return n.Sum()
	}
	var axes []int
	for i, d := range n.shape() {
		if d != shape[i] {
			axes = append(axes, i)
		}
	}
	return n.Sum(axes...).Reshape(shape...)
}
