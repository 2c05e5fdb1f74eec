package graph

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// function is y = f(x), element by element, for functions that no kernel of
// their own makes fast.
type function struct{ name string }

// of returns the function itself.
func (k function) of() func(float64) float64 {
	switch k.name {
	case "Erf":
		return math.Erf
	case "Sin":
		return math.Sin
	case "Cos":
		return math.Cos
	case "Floor":
		return math.Floor
	case "Ceil":
		return math.Ceil
	}
	return math.RoundToEven
}

func (k function) String() string        { return k.name }
func (k function) describe() Description { return describe(k.name) }
func (k function) overwrites(int) bool   { return true }

func (k function) compute(c *call) error {
	c.spread(k, c.out.n, grain/8)
	return nil
}

func (k function) span(c *call, lo, hi int) {
	if c.double() {
		each64(k.of(), input[float64](c, 0)[lo:hi], output[float64](c)[lo:hi])
	} else {
		each64(k.of(), input[float32](c, 0)[lo:hi], output[float32](c)[lo:hi])
	}
}

func each64[T vec.Float](f func(float64) float64, x, y []T) {
	for i, v := range x {
		y[i] = T(f(float64(v)))
	}
}

func (k function) gradient(in []*Node, _, grad *Node) []*Node {
	x := in[0]
	switch k.name {
	case "Erf":
		return []*Node{x.Square().Neg().Exp().Scale(2 / math.Sqrt(math.Pi)).Mul(grad)}
	case "Sin":
		return []*Node{x.Cos().Mul(grad)}
	case "Cos":
		return []*Node{x.Sin().Neg().Mul(grad)}
	}
	return []*Node{grad.Scale(0)}
}

func (n *Node) function(name string) *Node {
	if !alive(name, n) {
		return n.g.dead()
	}
	if !floats([]*Node{n}) {
		return reject(name, []*Node{n}, "expected floating-point numbers")
	}
	k, _ := n.kind()
	return n.g.apply(function{name}, k, n.shape(), n)
}

// Erf returns the error function 2/√π ∫₀ˣ e^−t² dt.
func (n *Node) Erf() *Node { return n.function("Erf") }

// Sin returns the sine of x in radians.
func (n *Node) Sin() *Node { return n.function("Sin") }

// Cos returns the cosine of x in radians.
func (n *Node) Cos() *Node { return n.function("Cos") }

// Floor returns the largest integer that is not above x. Its gradient is 0.
func (n *Node) Floor() *Node { return n.function("Floor") }

// Ceil returns the smallest integer that is not below x. Its gradient is 0.
func (n *Node) Ceil() *Node { return n.function("Ceil") }

// Round returns the nearest integer, the even one halfway between two. Its
// gradient is 0.
func (n *Node) Round() *Node { return n.function("Round") }
