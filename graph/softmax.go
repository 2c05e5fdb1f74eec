package graph

import "github.com/hocsau/hocsau/internal/kernels/vec"

// softmax is e^x/Σ e^x, or its logarithm, along the middle axis of
// [outer, n, inner].
type softmax struct {
	log             bool
	outer, n, inner int
	axis            int
}

func (s softmax) String() string {
	if s.log {
		return "LogSoftmax"
	}
	return "Softmax"
}

func (s softmax) describe() Description {
	return describe(s.String(), "axis", s.axis)
}

func (s softmax) overwrites(int) bool { return true }

func (s softmax) compute(c *call) error {
	if c.double() {
		normalise[float64](s, c)
	} else {
		normalise[float32](s, c)
	}
	return nil
}

func normalise[T vec.Float](s softmax, c *call) {
	if s.log {
		vec.LogSoftmax(c.pool, s.outer, s.n, s.inner, input[T](c, 0), output[T](c))
	} else {
		vec.Softmax(c.pool, s.outer, s.n, s.inner, input[T](c, 0), output[T](c))
	}
}

func (s softmax) gradient(in []*Node, out, grad *Node) []*Node {
	k, _ := out.kind()
	if ce, ok := crossEntropyGradient(s, out, grad); ok {
		return []*Node{ce}
	}
	return []*Node{out.g.apply(softmaxGrad{s: s}, k, out.shape(), out, grad)}
}

// softmaxGrad is dx from y and dy.
type softmaxGrad struct {
	noGradient
	s softmax
}

func (g softmaxGrad) String() string { return g.s.String() + " gradient" }

func (g softmaxGrad) describe() Description {
	return g.s.describe().gradient()
}
func (g softmaxGrad) overwrites(i int) bool { return i == 1 }

func (g softmaxGrad) compute(c *call) error {
	if c.double() {
		normaliseGrad[float64](g.s, c)
	} else {
		normaliseGrad[float32](g.s, c)
	}
	return nil
}

func normaliseGrad[T vec.Float](s softmax, c *call) {
	if s.log {
		vec.LogSoftmaxGrad(c.pool, s.outer, s.n, s.inner, input[T](c, 0), input[T](c, 1), output[T](c))
	} else {
		vec.SoftmaxGrad(c.pool, s.outer, s.n, s.inner, input[T](c, 0), input[T](c, 1), output[T](c))
	}
}

// Softmax returns e^x_i / Σ_j e^x_j along an axis, −1 being the last.
//
// Source: cheatsheet §1.5.
func (n *Node) Softmax(axis int) *Node { return n.softmax(axis, false) }

// LogSoftmax returns log(Softmax(x)), without loss at small probabilities.
func (n *Node) LogSoftmax(axis int) *Node { return n.softmax(axis, true) }

func (n *Node) softmax(axis int, log bool) *Node {
	s := softmax{log: log}
	in := []*Node{n}
	if !alive(s.String(), in...) {
		return n.g.dead()
	}
	if !floats(in) {
		return reject(s.String(), in, "expected floating-point numbers")
	}
	a := axis
	if a < 0 {
		a += n.Rank()
	}
	if a < 0 || a >= n.Rank() {
		return reject(s.String(), in, "no axis %d", axis)
	}
	shape := n.shape()
	s.axis = a
	s.outer, s.n, s.inner = prod(shape[:a]), shape[a], prod(shape[a+1:])
	k, _ := n.kind()
	return n.g.apply(s, k, shape, n)
}
