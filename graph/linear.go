package graph

import (
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// linear is y = act(x·Wᵀ + b).
type linear struct {
	rows, in, out int
	bias          bool
	act           gemm.Activation
	slope         float64
}

func (k linear) String() string { return "Linear" }

func (k linear) describe() Description {
	return describe("Linear")
}

func (k linear) fuse(next kernel) (kernel, bool) {
	act, slope, ok := epilogue(next)
	if !ok || k.act != gemm.Identity {
		return nil, false
	}
	k.act, k.slope = act, slope
	return k, true
}

func (k linear) compute(c *call) error {
	if c.double() {
		affine[float64](k, c)
	} else {
		affine[float32](k, c)
	}
	return nil
}

func affine[T vec.Float](k linear, c *call) {
	ep := gemm.Epilogue[T]{Act: k.act, Slope: T(k.slope)}
	if k.bias {
		ep.Bias = input[T](c, 2)
	}
	gemm.Gemm(c.pool, false, true, k.rows, k.out, k.in, input[T](c, 0), k.in, input[T](c, 1), k.in, 0, output[T](c), k.out, ep)
}

func (k linear) gradient(in []*Node, _, grad *Node) []*Node {
	x, w := in[0], in[1]
	dx := grad.MatMul(w)
	dw := grad.TMatMul(x)
	if !k.bias {
		return []*Node{dx, dw}
	}
	return []*Node{dx, dw, grad.Sum(0)}
}

// Linear returns x·Wᵀ + b for x [N, in], w [out, in] and b [out], which may be
// nil: a fully connected layer.
//
// Source: cheatsheet §1.2.
func (n *Node) Linear(w, b *Node) *Node {
	in := []*Node{n, w}
	if b != nil {
		in = append(in, b)
	}
	if !alive("Linear", in...) {
		return n.g.dead()
	}
	switch {
	case !floats(in):
		return reject("Linear", in, "expected floating-point numbers of one type")
	case n.Rank() != 2:
		return reject("Linear", in, "x has %d axes, expected [N, in]; Flatten gives that", n.Rank())
	case w.Rank() != 2 || w.shape()[1] != n.shape()[1]:
		return reject("Linear", in, "expected weight [out, %d]", n.shape()[1])
	case b != nil && (b.Rank() != 1 || b.shape()[0] != w.shape()[0]):
		return reject("Linear", in, "expected bias [%d]", w.shape()[0])
	}
	k := linear{rows: n.shape()[0], in: n.shape()[1], out: w.shape()[0], bias: b != nil}
	kind, _ := n.kind()
	return n.g.apply(k, kind, []int{k.rows, k.out}, in...)
}

// epilogue returns the activation that a matrix product or convolution can do
// in the same pass as the kernel next, with the same bits. Tanh and sigmoid
// round otherwise there than they do by themselves.
func epilogue(next kernel) (gemm.Activation, float64, bool) {
	u, ok := next.(unary)
	if !ok {
		return 0, 0, false
	}
	switch u.fn {
	case vec.ReLU:
		return gemm.ReLU, 0, true
	case vec.LeakyReLU:
		return gemm.LeakyReLU, u.alpha, u.fromOutput
	}
	return 0, 0, false
}
