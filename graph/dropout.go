package graph

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// dropoutMask is scale where an element is kept and 0 elsewhere: a function of
// the seed, the layer, the step and the position.
type dropoutMask struct {
	noGradient
	seed, layer uint64
	keep, scale float64
}

func (k *dropoutMask) String() string { return "Dropout mask" }

func (k *dropoutMask) describe() Description {
	return describe("DropoutMask", "keep", k.keep, "scale", k.scale, "seed", k.seed, "layer", k.layer)
}

func (k *dropoutMask) compute(c *call) error {
	step := uint64(c.ints(0)[0])
	if c.double() {
		vec.DropoutMask(c.pool, k.seed, step, k.layer, k.keep, k.scale, output[float64](c))
	} else {
		vec.DropoutMask(c.pool, k.seed, step, k.layer, float32(k.keep), float32(k.scale), output[float32](c))
	}
	return nil
}

// Dropout returns x with each element dropped with probability p and the kept
// ones divided by 1 − p (inverted dropout); in a graph that is not for
// training, or a frozen scope, x itself. name sets its random numbers apart
// from those of other layers.
//
// Source: cheatsheet §3.4; the scaling is the usual one, which leaves x as it
// is in evaluation. [Node.DropoutPlain] has the other.
func (n *Node) Dropout(s Scope, name string, p float64) *Node {
	return n.dropout("Dropout", s.At(name), p, 1/(1-p), 1)
}

// DropoutPlain returns x with each element dropped with probability p, and in
// evaluation x multiplied by 1 − p.
//
// Source: cheatsheet §3.4.
func (n *Node) DropoutPlain(s Scope, name string, p float64) *Node {
	return n.dropout("DropoutPlain", s.At(name), p, 1, 1-p)
}

// DropoutBy is [Node.Dropout] in training with a given mask of x's shape: 1
// where an element is kept, 0 where it is dropped. It serves masks that stay
// the same over time steps (arXiv:1512.05287).
func (n *Node) DropoutBy(mask *Node, p float64) *Node {
	return n.dropoutBy("DropoutBy", mask, p, 1/(1-p))
}

// DropoutPlainBy is [Node.DropoutPlain] in training with a given mask.
func (n *Node) DropoutPlainBy(mask *Node, p float64) *Node {
	return n.dropoutBy("DropoutPlainBy", mask, p, 1)
}

func (n *Node) dropoutBy(name string, mask *Node, p, scale float64) *Node {
	in := []*Node{n, mask}
	if !alive(name, in...) {
		return n.g.dead()
	}
	switch {
	case !(p >= 0 && p < 1):
		return reject(name, in, "probability %g, expected in [0, 1)", p)
	case !floats(in) || !n.shape().Eq(mask.shape()):
		return reject(name, in, "expected a mask of the shape and number type of x")
	case scale != 1:
		mask = mask.Scale(scale)
	}
	return n.Mul(mask)
}

func (n *Node) dropout(name string, s Scope, p, scale, eval float64) *Node {
	in := []*Node{n}
	if !alive(name, in...) {
		return n.g.dead()
	}
	switch {
	case s.g != n.g:
		return n.g.fail(errors.Errorf("%s: scope %s belongs to another graph", name, s.path))
	case !(p >= 0 && p < 1):
		return reject(name, in, "probability %g, expected in [0, 1)", p)
	case !floats(in):
		return reject(name, in, "expected floating-point numbers")
	case p == 0:
		return n
	case !s.Training() && eval == 1:
		return n
	case !s.Training():
		return n.Scale(eval)
	}
	k := &dropoutMask{seed: n.g.store.seed, layer: nameKey(s.path), keep: 1 - p, scale: scale}
	step := n.g.stepNode()
	if step.n == nil {
		return n.g.dead()
	}
	kind, _ := n.kind()
	return n.Mul(n.g.apply(k, kind, n.shape(), step))
}
