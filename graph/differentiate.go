package graph

import (
	"cmp"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// differentiate returns the derivatives of the loss by the leaves, once a graph;
// reached are the nodes through which the loss can be differentiated.
func (g *Graph) differentiate(loss *Node, wrt []*leaf, reached map[*gorgonia.Node]bool) (nodes gorgonia.Nodes, err error) {
	if g.loss != nil {
		for _, l := range wrt {
			d, ok := g.derived[l.node.n]
			if !ok {
				return nil, errors.Errorf("Compile: the graph was differentiated before %s was unfrozen", l.name)
			}
			nodes = append(nodes, d)
		}
		return nodes, nil
	}
	defer recovered(&err)
	if g.foreign {
		stock.Lock()
		defer stock.Unlock()
	}
	for _, l := range wrt {
		nodes = append(nodes, l.node.n)
	}
	derived, err := g.backpropagate(loss.n, nodes, reached)
	if err != nil {
		return nil, errors.Wrapf(err, "differentiate %s", loss)
	}
	g.loss = loss
	for i, n := range nodes {
		nodes[i] = derived[n]
		g.derived[n] = derived[n]
	}
	return nodes, nil
}

// backpropagate returns the derivatives of the loss by nodes on the way to wrt:
// what gorgonia.Grad does, in the same order, which is the reverse of that of
// making. Here it takes time in proportion to the nodes, and a sum of gradients
// is never taken for another one whose hash is the same.
func (g *Graph) backpropagate(loss *gorgonia.Node, wrt []*gorgonia.Node, reached map[*gorgonia.Node]bool) (map[*gorgonia.Node]*gorgonia.Node, error) {
	order := make([]*gorgonia.Node, 0, len(reached))
	for n := range reached {
		order = append(order, n)
	}
	slices.SortFunc(order, func(a, b *gorgonia.Node) int { return cmp.Compare(a.ID(), b.ID()) })
	active := make(map[*gorgonia.Node]bool, len(reached))
	for _, n := range wrt {
		active[n] = true
	}
	for _, n := range order { // operands first
		for i, d := range differentiable(n) {
			if d && active[children(n)[i]] {
				active[n] = true
			}
		}
	}
	one, err := g.one(loss)
	if err != nil {
		return nil, err
	}
	terms := map[*gorgonia.Node]gorgonia.Nodes{loss: {one}}
	derived := make(map[*gorgonia.Node]*gorgonia.Node, len(active))
	for _, n := range slices.Backward(order) {
		if !active[n] {
			continue
		}
		d, err := g.sumOf(terms[n])
		if err != nil {
			return nil, errors.Wrap(err, n.Name())
		}
		derived[n] = d
		gorgonia.SetDerivOf(d, n)
		o, ok := n.Op().(gorgonia.SDOp)
		if !ok {
			continue // a leaf
		}
		in := children(n)
		grads, err := o.SymDiff(in, n, d)
		if err != nil {
			return nil, err
		}
		for i, differentiable := range differentiable(n) {
			if differentiable {
				gorgonia.WithGroupName("gradients")(grads[i])
				terms[in[i]] = append(terms[in[i]], grads[i])
			}
		}
		delete(terms, n)
	}
	return derived, nil
}

// differentiable tells by which of its operands a node is differentiated.
func differentiable(n *gorgonia.Node) []bool {
	o, ok := n.Op().(gorgonia.SDOp)
	if !ok {
		return nil
	}
	operands := len(children(n))
	d := o.DiffWRT(operands)
	return d[:min(len(d), operands)]
}

// one returns the derivative of the loss by itself.
func (g *Graph) one(loss *gorgonia.Node) (*gorgonia.Node, error) {
	dt, err := dtypeOf(loss)
	if err != nil {
		return nil, err
	}
	if k, _ := kindOfTensor(dt); k == kindF64 {
		return g.expr.Constant(gorgonia.NewF64(1)), nil
	}
	return g.expr.Constant(gorgonia.NewF32(1)), nil
}

// gradientSum is the sum of two gradients of one node.
type gradientSum struct{ *binary }

func newGradientSum() gradientSum {
	return gradientSum{&binary{name: "Add", fn: vec.Add, aligned: aligned{same: true, full: [3]bool{true, true}}}}
}

// sumOf adds the gradients of a node in order.
func (g *Graph) sumOf(terms gorgonia.Nodes) (*gorgonia.Node, error) {
	if len(terms) == 0 {
		return nil, errors.New("no gradient")
	}
	sum := terms[0]
	for _, t := range terms[1:] {
		var err error
		k, ok := (&Node{g, sum}).kind()
		if shape := shapeOf(sum); ok && k != kindInt && shape.Eq(shapeOf(t)) && sum.Type().Eq(t.Type()) {
			sum, err = g.addOp(newGradientSum(), k, shape, []*Node{{g, sum}, {g, t}})
		} else { // of operations that are not of this package
			sum, err = gorgonia.Add(sum, t)
		}
		if err != nil {
			return nil, err
		}
		gorgonia.WithGroupName("gradients")(sum)
	}
	return sum, nil
}
