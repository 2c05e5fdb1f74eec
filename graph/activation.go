package graph

import "github.com/hocsau/hocsau/internal/kernels/vec"

// ReLU returns max(0, x); its gradient at 0 is 0.
//
// Source: cheatsheet §1.5.
func (n *Node) ReLU() *Node { return n.unary(unary{name: "ReLU", fn: vec.ReLU, fromOutput: true}) }

// LeakyReLU returns x for x > 0, else slope·x.
//
// Source: the usual form; it equals the cheatsheet's, [Node.LeakyReLUMax],
// for 0 ≤ slope ≤ 1.
func (n *Node) LeakyReLU(slope float64) *Node {
	return n.unary(unary{name: "LeakyReLU", fn: vec.LeakyReLU, alpha: slope, fromOutput: slope > 0})
}

// LeakyReLUMax returns max(εx, x).
//
// Source: cheatsheet §1.5.
func (n *Node) LeakyReLUMax(epsilon float64) *Node {
	return n.unary(unary{name: "LeakyReLUMax", fn: vec.LeakyReLUMax, alpha: epsilon})
}

// ELU returns x for x > 0, else α(e^x − 1).
//
// Source: arXiv:1511.07289; the cheatsheet's form is [Node.ELUMax].
func (n *Node) ELU(alpha float64) *Node {
	return n.unary(unary{name: "ELU", fn: vec.ELU, alpha: alpha})
}

// ELUMax returns max(α(e^x − 1), x). For x > 0 it leaves the line y = x where
// α(e^x − 1) exceeds it: for α = 1, everywhere.
//
// Source: cheatsheet §1.5, to the letter.
func (n *Node) ELUMax(alpha float64) *Node {
	return n.unary(unary{name: "ELUMax", fn: vec.ELUMax, alpha: alpha})
}

// Sigmoid returns 1/(1 + e^−x).
//
// Source: cheatsheet §2.2.
func (n *Node) Sigmoid() *Node {
	return n.unary(unary{name: "Sigmoid", fn: vec.Sigmoid, fromOutput: true})
}

// Tanh returns (e^x − e^−x)/(e^x + e^−x).
//
// Source: cheatsheet §2.2.
func (n *Node) Tanh() *Node { return n.unary(unary{name: "Tanh", fn: vec.Tanh, fromOutput: true}) }

// Softplus returns log(1 + e^x), without overflow.
func (n *Node) Softplus() *Node { return n.unary(unary{name: "Softplus", fn: vec.Softplus}) }

// LogSigmoid returns log(1/(1 + e^−x)), without overflow.
func (n *Node) LogSigmoid() *Node { return n.unary(unary{name: "LogSigmoid", fn: vec.LogSigmoid}) }

// GELU returns x·Φ(x), Φ the normal distribution function.
//
// Source: arXiv:1606.08415.
func (n *Node) GELU() *Node { return n.unary(unary{name: "GELU", fn: vec.GELU}) }
