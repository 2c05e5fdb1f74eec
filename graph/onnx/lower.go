package onnx

import (
	"maps"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/onnxfile"
)

// errElsewhere says that no operation of a graph computes this form.
var errElsewhere = errors.New("no operation of a graph")

// lowering builds a node's results of operations of a graph.
type lowering func(l *lower) []*graph.Node

// lower is one node on its way into a graph.
type lower struct {
	*onnxfile.Node
	b  *builder
	in []*value
}

// lowerings has the operators that a graph computes, by what they do.
var lowerings = merged(elementwise, moving, summing, layers)

func merged(tables ...map[string]lowering) map[string]lowering {
	all := map[string]lowering{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

// lower builds the node's operations; an error leaves the graph as it was.
func (b *builder) lower(f lowering, n *onnxfile.Node, in []*value) ([]*value, error) {
	l := &lower{Node: n, b: b, in: in}
	var out []*graph.Node
	if err := b.g.Try(func() { out = f(l) }); err != nil {
		return nil, err
	}
	for i := len(out); i < len(n.Outputs); i++ {
		if n.Outputs[i] != "" && b.top.uses[n.Outputs[i]] > 0 {
			return nil, errors.Wrapf(errElsewhere, "output %d", i)
		}
	}
	values := make([]*value, len(n.Outputs))
	for i := range values {
		if i < len(out) {
			values[i] = &value{dtype: onnxfile.Float32, shape: shapeOf(out[i]), node: out[i], in: b.g, dynamic: true}
		} else {
			values[i] = &value{dtype: onnxfile.Undefined, shape: []int{}}
		}
	}
	return values, nil
}

// shapeOf is the shape, [] for a scalar.
func shapeOf(n *graph.Node) []int { return append([]int{}, n.Shape()...) }

// skip gives the node up: it is computed elsewhere.
func (l *lower) skip(why string) []*graph.Node {
	l.b.s.Fail(errors.Wrap(errElsewhere, why))
	return nil
}

// x returns input i as a node.
func (l *lower) x(i int) *graph.Node {
	v := l.maybe(i)
	if v == nil {
		l.skip("an input is missing")
		return l.b.g.Constant(nil) // of no use after the error
	}
	if l.b.g.Err() != nil {
		return l.b.g.Constant(nil)
	}
	n, err := l.b.asNode(v)
	if err != nil {
		l.b.s.Fail(err)
		return l.b.g.Constant(nil)
	}
	return n
}

// maybe returns input i, nil where it is left out.
func (l *lower) maybe(i int) *value {
	if i < len(l.in) {
		return l.in[i]
	}
	return nil
}

// known returns input i where its elements are known while the graph is built.
func (l *lower) known(i int) *Array {
	v := l.maybe(i)
	if v == nil {
		return nil
	}
	if v.host == nil && v.stored == nil {
		l.skip("a setting that is computed")
		return nil
	}
	a, err := l.b.array(v)
	if err != nil {
		l.b.s.Fail(err)
		return nil
	}
	return a
}

// list returns integers that an attribute holds in old versions and input i in
// new ones.
func (l *lower) list(name string, i int) (v []int, given bool) {
	if l.maybe(i) != nil {
		if a := l.known(i); a != nil {
			return a.Ints(), true
		}
		return nil, false
	}
	if l.Attribute(name) != nil {
		return l.Ints(name), true
	}
	return nil, false
}

// axis resolves an axis that may count from the end.
func (l *lower) axis(a, rank int) int {
	if a < 0 {
		a += rank
	}
	if a < 0 || a >= rank {
		l.skip("an axis that x has not")
		return 0
	}
	return a
}

func one(n *graph.Node) []*graph.Node { return []*graph.Node{n} }
