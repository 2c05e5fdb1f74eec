package graph

import "github.com/hocsau/hocsau/internal/kernels/vec"

// ReLU returns max(0, x); its gradient at 0 is 0.
//
// Source: cheatsheet §1.5.
func (n *Node) ReLU() *Node { return n.unary("ReLU", vec.ReLU, 0) }

// LeakyReLU returns x for x > 0, else slope·x.
//
// Source: the usual form; it equals the cheatsheet's, [Node.LeakyReLUMax],
// for 0 ≤ slope ≤ 1.
func (n *Node) LeakyReLU(slope float64) *Node {
	return n.unary("LeakyReLU", vec.LeakyReLU, slope)
}

// LeakyReLUMax returns max(εx, x).
//
// Source: cheatsheet §1.5.
func (n *Node) LeakyReLUMax(epsilon float64) *Node {
	return n.unary("LeakyReLUMax", vec.LeakyReLUMax, epsilon)
}

// ELU returns x for x > 0, else α(e^x − 1).
//
// Source: arXiv:1511.07289; the cheatsheet's form is [Node.ELUMax].
func (n *Node) ELU(alpha float64) *Node {
	return n.unary("ELU", vec.ELU, alpha)
}

// ELUMax returns max(α(e^x − 1), x). For x > 0 it leaves the line y = x where
// α(e^x − 1) exceeds it: for α = 1, everywhere.
//
// Source: cheatsheet §1.5, to the letter.
func (n *Node) ELUMax(alpha float64) *Node {
	return n.unary("ELUMax", vec.ELUMax, alpha)
}

// Sigmoid returns 1/(1 + e^−x).
//
// Source: cheatsheet §2.2.
func (n *Node) Sigmoid() *Node {
	return n.unary("Sigmoid", vec.Sigmoid, 0)
}

// Tanh returns (e^x − e^−x)/(e^x + e^−x).
//
// Source: cheatsheet §2.2.
func (n *Node) Tanh() *Node { return n.unary("Tanh", vec.Tanh, 0) }

// Softplus returns log(1 + e^x), without overflow.
func (n *Node) Softplus() *Node { return n.unary("Softplus", vec.Softplus, 0) }

// LogSigmoid returns log(1/(1 + e^−x)), without overflow.
func (n *Node) LogSigmoid() *Node { return n.unary("LogSigmoid", vec.LogSigmoid, 0) }

// GELU returns x·Φ(x), Φ the normal distribution function.
//
// Source: arXiv:1606.08415.
func (n *Node) GELU() *Node { return n.unary("GELU", vec.GELU, 0) }
