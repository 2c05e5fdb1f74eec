package graph

// detach is its input, for differentiation a constant.
type detach struct{ noGradient }

func (detach) String() string { return "Detach" }

func (detach) describe() Description {
	return describe("Detach")
}
func (detach) viewOffset() int     { return 0 }
func (detach) compute(*call) error { return nil }

// Detach returns x as a constant: no gradient flows through it. It serves
// targets that are computed from predictions.
func (n *Node) Detach() *Node {
	if !alive("Detach", n) {
		return n.g.dead()
	}
	k, ok := n.kind()
	if !ok {
		return reject("Detach", []*Node{n}, "expected numbers")
	}
	return n.g.apply(detach{}, k, n.shape(), n)
}
