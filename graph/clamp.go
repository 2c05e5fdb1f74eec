package graph

import (
	"fmt"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// clamp is x limited to [lo, hi].
type clamp struct{ lo, hi float64 }

func (k clamp) String() string        { return fmt.Sprintf("Clamp(%g, %g)", k.lo, k.hi) }
func (k clamp) describe() Description { return describe("Clamp", "min", k.lo, "max", k.hi) }
func (k clamp) overwrites(int) bool   { return true }

func (k clamp) compute(c *call) error {
	if c.double() {
		vec.Clamp(c.pool, input[float64](c, 0), output[float64](c), k.lo, k.hi)
	} else {
		vec.Clamp(c.pool, input[float32](c, 0), output[float32](c), float32(k.lo), float32(k.hi))
	}
	return nil
}

func (k clamp) gradient(in []*Node, _, grad *Node) []*Node {
	kind, _ := grad.kind()
	return []*Node{grad.g.apply(clampGrad{k: k}, kind, grad.shape(), in[0], grad)}
}

// clampGrad is dx from x and dy.
type clampGrad struct {
	noGradient
	k clamp
}

func (k clampGrad) String() string        { return k.k.String() + " gradient" }
func (k clampGrad) describe() Description { return k.k.describe().gradient() }
func (k clampGrad) overwrites(i int) bool { return true }

func (k clampGrad) compute(c *call) error {
	if c.double() {
		vec.ClampGrad(c.pool, input[float64](c, 0), input[float64](c, 1), output[float64](c), k.k.lo, k.k.hi)
	} else {
		vec.ClampGrad(c.pool, input[float32](c, 0), input[float32](c, 1), output[float32](c), float32(k.k.lo), float32(k.k.hi))
	}
	return nil
}

// Clamp returns x limited to [lo, hi], NaN where x is NaN. Either bound may be
// infinite. The gradient passes within the bounds and at them, and is 0 outside,
// as in PyTorch.
func (n *Node) Clamp(lo, hi float64) *Node {
	const name = "Clamp"
	in := []*Node{n}
	if !alive(name, in...) {
		return n.g.dead()
	}
	if !floats(in) {
		return reject(name, in, "expected floating-point numbers")
	}
	if !(lo <= hi) {
		return reject(name, in, "bounds %g and %g, expected the lower one first", lo, hi)
	}
	k, _ := n.kind()
	return n.g.apply(clamp{lo, hi}, k, n.shape(), n)
}

// Clip returns x limited to [−a, a], as [Node.Clamp]; a ≥ 0.
func (n *Node) Clip(a float64) *Node { return n.Clamp(-a, a) }
