package graph

import (
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// binary is f(a, b), element by element, with broadcasting.
type binary struct {
	name    string
	fn      vec.Binary
	same    bool  // both operands have the result's shape
	shape   []int // of the result
	aStride []int // elements; 0 along broadcast axes
	bStride []int
	fullA   bool // a has as many elements as the result
	fullB   bool
	diff    func(a, b, out, grad *Node) (da, db *Node)
}

func (b *binary) String() string { return b.name }

func (b *binary) describe() Description {
	return describe(b.name)
}
func (b *binary) overwrites(i int) bool { return i == 0 && b.fullA || i == 1 && b.fullB }

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
	vec.ZipBroadcast(c.pool, b.fn, b.shape, b.aStride, b.bStride, input[T](c, 0), input[T](c, 1), output[T](c))
}

func (b *binary) gradient(in []*Node, out, grad *Node) []*Node {
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

// Maximum returns the greater of a and b; where they are equal the gradient
// goes to b.
func (n *Node) Maximum(b *Node) *Node { return n.Sub(b).ReLU().Add(b) }

// Minimum returns the lesser of a and b; where they are equal the gradient
// goes to a.
func (n *Node) Minimum(b *Node) *Node { return n.Sub(n.Sub(b).ReLU()) }

func (n *Node) binary(name string, fn vec.Binary, b *Node, gradient func(a, b, out, grad *Node) (*Node, *Node)) *Node {
	in := []*Node{n, b}
	if !alive(name, in...) {
		return n.g.dead()
	}
	ka, oka := n.kind()
	kb, okb := b.kind()
	if !oka || !okb || ka != kb || ka == kindInt {
		return reject(name, in, "expected floating-point numbers of one type")
	}
	shape, ok := broadcast(n.shape(), b.shape())
	if !ok {
		return reject(name, in, "the shapes do not broadcast: expected one rank, and in each axis equal sizes or 1")
	}
	total := 1
	for _, d := range shape {
		total *= d
	}
	k := &binary{
		name: name, fn: fn, shape: shape, diff: gradient,
		same:    n.shape().Eq(b.shape()),
		aStride: broadcastStrides(n.shape(), shape),
		bStride: broadcastStrides(b.shape(), shape),
		fullA:   n.Len() == total,
		fullB:   b.Len() == total,
	}
	return n.g.apply(k, ka, shape, n, b)
}

// broadcast returns the common shape of a and b: of one rank, or one a scalar.
func broadcast(a, b tensor.Shape) ([]int, bool) {
	switch {
	case len(a) == 0:
		return b.Clone(), true
	case len(b) == 0:
		return a.Clone(), true
	case len(a) != len(b):
		return nil, false
	}
	shape := make([]int, len(a))
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
