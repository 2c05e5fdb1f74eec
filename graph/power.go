package graph

import (
	"fmt"
	"math"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// Pow returns aᵇ element by element, with the shapes of [Node.Add]. As in
// PyTorch, a⁰ is 1 for every a, NaN and 0 too, and a negative a has a power
// where b is a whole number, else NaN. The gradients are
//
//	∂/∂a = b·aᵇ⁻¹, 0 where b = 0;  ∂/∂b = aᵇ·ln a, 0 where a = 0 and b ≥ 0
func (n *Node) Pow(b *Node) *Node {
	return n.binary("Pow", vec.Pow, b, func(a, b, _, grad *Node) (*Node, *Node) {
		return ternaryGradient("Pow", vec.PowBase, a, b, grad), ternaryGradient("Pow", vec.PowExponent, a, b, grad)
	})
}

// PowScalar returns xᵖ, as [Node.Pow] with the number p as exponent.
func (n *Node) PowScalar(p float64) *Node {
	const name = "PowScalar"
	in := []*Node{n}
	if !alive(name, in...) {
		return n.g.dead()
	}
	if !floats(in) {
		return reject(name, in, "expected floating-point numbers")
	}
	if math.IsNaN(p) {
		return reject(name, in, "exponent %g, expected a number", p)
	}
	k, _ := n.kind()
	return n.g.apply(power{p}, k, n.shape(), n)
}

// power is xᵖ.
type power struct{ p float64 }

func (k power) String() string        { return fmt.Sprintf("PowScalar(%g)", k.p) }
func (k power) describe() Description { return describe("PowScalar", "exponent", k.p) }
func (k power) overwrites(int) bool   { return true }

func (k power) compute(c *call) error {
	if c.double() {
		vec.ZipScalar(c.pool, vec.Pow, input[float64](c, 0), k.p, output[float64](c))
	} else {
		vec.ZipScalar(c.pool, vec.Pow, input[float32](c, 0), float32(k.p), output[float32](c))
	}
	return nil
}

func (k power) gradient(in []*Node, _, grad *Node) []*Node {
	kind, _ := grad.kind()
	return []*Node{grad.g.apply(powerGrad{p: k.p}, kind, grad.shape(), in[0], grad)}
}

// powerGrad is dx = dy·p·xᵖ⁻¹, 0 for p = 0.
type powerGrad struct {
	noGradient
	p float64
}

func (k powerGrad) String() string        { return "PowScalar gradient" }
func (k powerGrad) describe() Description { return power{k.p}.describe().gradient() }

func (k powerGrad) compute(c *call) error {
	if c.double() {
		slope[float64](k.p, c)
	} else {
		slope[float32](k.p, c)
	}
	return nil
}

func slope[T vec.Float](p float64, c *call) {
	x, dy, dx := input[T](c, 0), input[T](c, 1), output[T](c)
	if p == 0 {
		clear(dx)
		return
	}
	vec.ZipScalar(c.pool, vec.Pow, x, T(p-1), dx)
	vec.Map(c.pool, vec.Scale, dx, dx, T(p))
	vec.Zip(c.pool, vec.Mul, dy, dx, dx)
}
