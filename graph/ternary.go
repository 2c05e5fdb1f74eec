package graph

import "github.com/hocsau/hocsau/internal/kernels/vec"

// ternary is f(a, b, c), element by element, with broadcasting, a constant in
// differentiation.
type ternary struct {
	noGradient
	aligned
	name string
	fn   vec.Ternary
}

func (t ternary) String() string        { return t.name }
func (t ternary) describe() Description { return describe(t.name) }
func (t ternary) overwrites(i int) bool { return t.full[i] }

func (t ternary) compute(c *call) error {
	if c.double() {
		zip3[float64](t, c)
	} else {
		zip3[float32](t, c)
	}
	return nil
}

func zip3[T vec.Float](t ternary, c *call) {
	vec.Zip3Broadcast(c.pool, t.fn, t.shape, t.stride[0], t.stride[1], t.stride[2],
		input[T](c, 0), input[T](c, 1), input[T](c, 2), output[T](c))
}

// ternaryGradient applies fn to the operands of a binary operation and the
// gradient of its result, with which they are known to align.
func ternaryGradient(name string, fn vec.Ternary, a, b, grad *Node) *Node {
	if grad.n == nil {
		return grad
	}
	l, _ := alignment(a, b, grad)
	k, _ := grad.kind()
	return grad.g.apply(ternary{name: name + " gradient", fn: fn, aligned: l}, k, l.shape, a, b, grad)
}
