package graph

import (
	"fmt"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Node is a value in a graph: an input, a parameter, or the result of an
// operation. After an error in its graph a node is dead: operations on it
// pass through and its shape is empty.
type Node struct {
	g *Graph
	n *gorgonia.Node
}

// Gorgonia returns the node below n; nil after an error.
func (n *Node) Gorgonia() *gorgonia.Node { return n.n }

// Graph returns the graph that n belongs to.
func (n *Node) Graph() *Graph { return n.g }

// Shape returns a copy of the shape; empty for a scalar and after an error.
func (n *Node) Shape() []int {
	if n.n == nil {
		return nil
	}
	return n.shape().Clone()
}

// shape returns the shape, which is only to be read.
func (n *Node) shape() tensor.Shape { return shapeOf(n.n) }

// shapeOf is [gorgonia.Node.Shape] without a copy where the node is ours.
func shapeOf(n *gorgonia.Node) tensor.Shape {
	if o, ours := n.Op().(*op); ours {
		return o.shape
	}
	return n.Shape()
}

// Rank returns the number of axes; 0 for a scalar and after an error.
func (n *Node) Rank() int {
	if n.n == nil {
		return 0
	}
	return len(n.shape())
}

// Dim returns the size of an axis, negative ones counting from the last;
// where there is none it is an error of the graph, and 1.
func (n *Node) Dim(axis int) int {
	if n.n == nil {
		return 1
	}
	a := axis
	if a < 0 {
		a += n.Rank()
	}
	if a < 0 || a >= n.Rank() {
		n.g.fail(errors.Errorf("Dim: %s has no axis %d", n, axis))
		return 1
	}
	return n.shape()[a]
}

// Len returns the number of elements; 1 for a scalar and after an error.
func (n *Node) Len() int {
	if n.n == nil || len(n.shape()) == 0 {
		return 1
	}
	return n.shape().TotalSize()
}

// kind returns the element kind; ok is false for types that have none.
func (n *Node) kind() (k kind, ok bool) { return kindOfNode(n.n) }

func kindOfNode(n *gorgonia.Node) (k kind, ok bool) {
	if o, ours := n.Op().(*op); ours {
		return o.out, true
	}
	dt, err := dtypeOf(n)
	if err != nil {
		return 0, false
	}
	return kindOfTensor(dt)
}

func dtypeOf(n *gorgonia.Node) (dt tensor.Dtype, err error) {
	defer recovered(&err)
	return n.Dtype(), nil
}

// Fail makes err the error of n's graph, where it has none yet, and returns a
// node on which every operation passes through: what a layer does when it is
// used wrongly.
func (n *Node) Fail(err error) *Node { return n.g.fail(err) }

// RequireGrad asks for the gradient of the loss with respect to the input n,
// which [Program.Gradient] then returns.
func (n *Node) RequireGrad() *Node {
	if n.n == nil {
		return n
	}
	l := n.g.leaves[n.n]
	if l == nil {
		return n.g.fail(errors.Errorf("RequireGrad: %s is not an input", n))
	}
	l.wantGrad = true
	return n
}

// String returns name and shape, as in messages: "conv1.weight(6, 1, 5, 5)".
func (n *Node) String() string {
	if n.n == nil {
		return "nothing"
	}
	return n.label() + shapeString(n.shape())
}

func (n *Node) label() string {
	if l := n.g.leaves[n.n]; l != nil {
		return l.name
	}
	if o, ok := n.n.Op().(*op); ok {
		return o.kernel.String()
	}
	if n.n.Op() != nil {
		return n.n.Op().String()
	}
	return n.n.Name()
}

func shapeString(s []int) string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = fmt.Sprint(d)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
