package graph

import "github.com/hocsau/hocsau/internal/kernels/vec"

// where is a where the condition is not 0, else b.
type where struct{ ternary }

func (w where) constant(i int) bool { return i == 0 }

func (w where) gradient(in []*Node, _, grad *Node) []*Node {
	chosen := func(fn vec.Binary, shape []int) *Node {
		return in[0].binary("Where gradient", fn, grad, nil).sumTo(shape)
	}
	return []*Node{nil, chosen(vec.Keep, in[1].shape()), chosen(vec.Drop, in[2].shape())}
}

// Where returns a where the condition is true, else b, element by element. The
// condition is a mask, such as [Node.Gt] gives: 0 is false, all else true. What
// is not taken may be infinite or NaN: neither the value nor the gradient, which
// is 0 there, is spoilt by it. All three have the shapes of [Node.Add].
func Where(condition, a, b *Node) *Node {
	const name = "Where"
	in := []*Node{condition, a, b}
	if condition == nil {
		return nil
	}
	if !alive(name, in...) {
		return condition.g.dead()
	}
	if !floatsOfOneKind(in...) {
		return reject(name, in, "expected floating-point numbers of one type")
	}
	l, ok := alignment(in...)
	if !ok {
		return reject(name, in, badShapes)
	}
	k, _ := a.kind()
	return a.g.apply(where{ternary{name: name, fn: vec.Select, aligned: l}}, k, l.shape, in...)
}
