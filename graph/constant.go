package graph

import (
	"fmt"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Constant returns a leaf of the store's number type whose elements, in
// row-major order, are the same in each run: the corners of a grid's cells, the
// mean of a data set. The values are copied. Without sizes it is a scalar.
func (g *Graph) Constant(values []float64, shape ...int) *Node {
	if g.err != nil {
		return g.dead()
	}
	n, err := elements(shape)
	if err != nil {
		return g.fail(errors.Wrap(err, "Constant"))
	}
	if len(values) != n {
		return g.fail(errors.Errorf("Constant: %d values for shape %s, expected %d", len(values), shapeString(shape), n))
	}
	name := g.freeName("constant")
	k := kindOf(g.store.dtype)
	leaf, err := newLeaf(g.expr, name, k.tensor(), shape)
	if err != nil {
		return g.fail(errors.Wrap(err, "Constant"))
	}
	b := newBuf(k, n)
	b.setFloat64s(values)
	if err := gorgonia.UnsafeLet(leaf, b.value(shape)); err != nil {
		return g.fail(errors.Wrap(err, "Constant"))
	}
	return &Node{g, leaf}
}

// freeName takes a name that no leaf of the graph has.
func (g *Graph) freeName(what string) string {
	for i := len(g.names); ; i++ {
		name := fmt.Sprintf("%s #%d", what, i)
		if !g.names[name] {
			g.names[name] = true
			return name
		}
	}
}
