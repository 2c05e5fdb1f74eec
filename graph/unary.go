package graph

import (
	"fmt"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// unary is y = f(x), element by element.
type unary struct {
	name  string
	fn    vec.Unary
	alpha float64
	// fromOutput: the derivative is computed from y alone, so x need not be kept.
	fromOutput bool
}

func newUnary(name string, fn vec.Unary, alpha float64) unary {
	negative := alpha < 0 && (fn == vec.LeakyReLU || fn == vec.ELU) // y does not tell the side
	return unary{name: name, fn: fn, alpha: alpha, fromOutput: fn.UsesOutput() && !negative}
}

func (u unary) String() string {
	if u.alpha != 0 {
		return fmt.Sprintf("%s(%g)", u.name, u.alpha)
	}
	return u.name
}

func (u unary) describe() Description {
	return describe(u.name, u.settings()...)
}

func (u unary) overwrites(int) bool { return true }
func (u unary) constant(int) bool   { return u.fn == vec.Sign }

func (u unary) compute(c *call) error {
	if c.double() {
		vec.Map(c.pool, u.fn, input[float64](c, 0), output[float64](c), u.alpha)
	} else {
		vec.Map(c.pool, u.fn, input[float32](c, 0), output[float32](c), float32(u.alpha))
	}
	return nil
}

func (u unary) gradient(in []*Node, out, grad *Node) []*Node {
	switch u.fn { // linear ones need neither x nor y
	case vec.Neg:
		return []*Node{grad.Neg()}
	case vec.Scale:
		return []*Node{grad.Scale(u.alpha)}
	case vec.Shift:
		return []*Node{grad}
	}
	x := in[0]
	if u.fromOutput {
		x = out
	}
	k, _ := x.kind()
	return []*Node{x.g.apply(unaryGrad{u}, k, x.shape(), x, grad)}
}

// unaryGrad is dx = dy·f′; its inputs are x, or y where that suffices, and dy.
type unaryGrad struct{ unary }

func (u unaryGrad) String() string { return u.unary.String() + " gradient" }

func (u unaryGrad) describe() Description {
	return u.unary.describe().gradient()
}
func (u unaryGrad) overwrites(i int) bool { return i == 1 }
func (u unaryGrad) constant(int) bool     { return true }
func (u unaryGrad) gradient(in []*Node, _, _ *Node) []*Node {
	return make([]*Node, len(in))
}

func (u unaryGrad) compute(c *call) error {
	if c.double() {
		mapGrad[float64](u, c)
	} else {
		mapGrad[float32](u, c)
	}
	return nil
}

func mapGrad[T vec.Float](u unaryGrad, c *call) {
	var x, y []T
	if u.fromOutput {
		y = input[T](c, 0)
	} else {
		x = input[T](c, 0)
	}
	vec.MapGrad(c.pool, u.fn, x, y, input[T](c, 1), output[T](c), T(u.alpha))
}

func (n *Node) unary(name string, fn vec.Unary, alpha float64) *Node {
	if !alive(name, n) {
		return n.g.dead()
	}
	k, ok := n.kind()
	if !ok || k == kindInt {
		return reject(name, []*Node{n}, "expected floating-point numbers")
	}
	return n.g.apply(newUnary(name, fn, alpha), k, n.shape(), n)
}

// Neg returns −x.
func (n *Node) Neg() *Node { return n.unary("Neg", vec.Neg, 0) }

// Abs returns |x|; its gradient at 0 is 0.
func (n *Node) Abs() *Node { return n.unary("Abs", vec.Abs, 0) }

// Sign returns −1, 0 or 1, and NaN where x is. It counts as a constant in
// differentiation.
func (n *Node) Sign() *Node { return n.unary("Sign", vec.Sign, 0) }

// Square returns x².
func (n *Node) Square() *Node { return n.unary("Square", vec.Square, 0) }

// Sqrt returns √x.
func (n *Node) Sqrt() *Node { return n.unary("Sqrt", vec.Sqrt, 0) }

// Exp returns e^x.
func (n *Node) Exp() *Node { return n.unary("Exp", vec.Exp, 0) }

// Log returns the natural logarithm of x.
func (n *Node) Log() *Node { return n.unary("Log", vec.Log, 0) }

// Reciprocal returns 1/x.
func (n *Node) Reciprocal() *Node {
	return n.unary("Reciprocal", vec.Recip, 0)
}

// Scale returns a·x.
func (n *Node) Scale(a float64) *Node {
	return n.unary("Scale", vec.Scale, a)
}

// Shift returns x + a.
func (n *Node) Shift(a float64) *Node {
	return n.unary("Shift", vec.Shift, a)
}
