package graph

import "github.com/hocsau/hocsau/internal/kernels/vec"

// Maximum returns the greater of a and b element by element, NaN where either
// is NaN, with the shapes of [Node.Add]. The gradient goes to the greater one,
// half of it to each where they are equal, as in PyTorch.
func (n *Node) Maximum(b *Node) *Node {
	return n.binary("Maximum", vec.Max, b, func(a, b, _, grad *Node) (*Node, *Node) {
		return share(a, b, grad), share(b, a, grad)
	})
}

// Minimum returns the lesser of a and b element by element, NaN where either is
// NaN, with the shapes of [Node.Add]. The gradient goes to the lesser one, half
// of it to each where they are equal, as in PyTorch.
func (n *Node) Minimum(b *Node) *Node {
	return n.binary("Minimum", vec.Min, b, func(a, b, _, grad *Node) (*Node, *Node) {
		return share(b, a, grad), share(a, b, grad)
	})
}

// share is the gradient where a > b, half of it where a = b, else 0.
func share(a, b, grad *Node) *Node { return ternaryGradient("extremum", vec.Share, a, b, grad) }
