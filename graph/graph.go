package graph

import (
	"slices"
	"strings"
	"sync"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Mode is what a graph is for.
type Mode int

const (
	// Train graphs use batch statistics and dropout and have gradients.
	Train Mode = iota
	// Eval graphs use running statistics, no dropout and have no gradients.
	Eval
)

func (m Mode) String() string {
	if m == Eval {
		return "eval"
	}
	return "train"
}

// stock is held while operations of Gorgonia's own are made or differentiated,
// which share constants between graphs. Operations of this package do not: graphs
// of those are built side by side.
var stock sync.Mutex

// Graph is one computation under construction: one batch size, one mode, at
// most one loss. The first error sticks; Compile returns it.
type Graph struct {
	store *Store
	mode  Mode
	expr  *gorgonia.ExprGraph
	err   error

	leaves  map[*gorgonia.Node]*leaf
	names   map[string]bool
	params  []*leaf
	inputs  []*leaf
	updates []update
	fixed   []string
	newest  map[*Param]*Node // a buffer's value after the updates so far
	step    *Node

	loss    *Node // what the gradients are of, once there are any
	derived map[*gorgonia.Node]*gorgonia.Node
	foreign bool // there are operations that are not of this package
	places  places

	plain bool // nothing is fused, done in place or given memory used before
}

// leaf is a node without operation: an input, a parameter, a buffer.
type leaf struct {
	node     *Node
	name     string
	param    *Param // nil for an input
	wantGrad bool
}

// update gives a buffer a new value after each run.
type update struct {
	param *Param
	value *Node
}

// New returns an empty graph over store.
func New(store *Store, mode Mode) *Graph {
	return &Graph{
		store:   store,
		mode:    mode,
		expr:    gorgonia.NewGraph(),
		leaves:  map[*gorgonia.Node]*leaf{},
		names:   map[string]bool{},
		newest:  map[*Param]*Node{},
		derived: map[*gorgonia.Node]*gorgonia.Node{},
	}
}

// Store returns the store that g is over.
func (g *Graph) Store() *Store { return g.store }

// Mode returns the mode of g.
func (g *Graph) Mode() Mode { return g.mode }

// Scope returns the root of the names.
func (g *Graph) Scope() Scope { return Scope{g: g} }

// Gorgonia returns the expression graph below g.
func (g *Graph) Gorgonia() *gorgonia.ExprGraph { return g.expr }

// Err returns the first error met while building.
func (g *Graph) Err() error { return g.err }

// Input returns a leaf of the store's number type that each run is fed.
func (g *Graph) Input(name string, shape ...int) *Node {
	return g.leaf(name, kindOf(g.store.dtype), shape, nil)
}

// InputInts returns a leaf of integers: labels, indices, lengths.
func (g *Graph) InputInts(name string, shape ...int) *Node {
	return g.leaf(name, kindInt, shape, nil)
}

// Labels returns the integer leaf [n] of the class labels of a batch.
func (g *Graph) Labels(name string, n int) *Node { return g.InputInts(name, n) }

// Wrap brings a node of g's expression graph in. Leaves among them keep the
// value bound to them in Gorgonia.
func (g *Graph) Wrap(n *gorgonia.Node) *Node {
	if g.err != nil {
		return g.dead()
	}
	if n == nil || n.Graph() != g.expr {
		return g.fail(errors.New("Wrap: the node belongs to another expression graph"))
	}
	if _, ours := n.Op().(*op); !ours {
		g.foreign = true
	}
	return &Node{g, n}
}

// param returns the leaf of a parameter.
func (g *Graph) param(name string, init Init, shape []int, buffer bool) *Node {
	if g.err != nil {
		return g.dead()
	}
	p, err := g.store.param(name, init, shape, buffer)
	if err != nil {
		return g.fail(err)
	}
	return g.leaf(name, kindOf(g.store.dtype), shape, p)
}

func (g *Graph) leaf(name string, k kind, shape []int, p *Param) *Node {
	if g.err != nil {
		return g.dead()
	}
	what := "input"
	if p != nil {
		what = "parameter"
	}
	switch {
	case name == "" || strings.HasPrefix(name, "\x00"):
		return g.fail(errors.Errorf("%s: no name", what))
	case g.names[name]:
		return g.fail(errors.Errorf("%s %s: the name is taken in this graph; to share weights, call Forward of the same layer again", what, name))
	}
	if _, err := elements(shape); err != nil {
		return g.fail(errors.Wrapf(err, "%s %s", what, name))
	}
	n, err := newLeaf(g.expr, name, k.tensor(), shape)
	if err != nil {
		return g.fail(errors.Wrapf(err, "%s %s", what, name))
	}
	g.names[name] = true
	l := &leaf{node: &Node{g, n}, name: name, param: p}
	g.leaves[n] = l
	if p != nil {
		g.params = append(g.params, l)
	} else {
		g.inputs = append(g.inputs, l)
	}
	return l.node
}

// newLeaf calls Gorgonia's constructors, which panic.
func newLeaf(expr *gorgonia.ExprGraph, name string, dt tensor.Dtype, shape []int) (n *gorgonia.Node, err error) {
	defer recovered(&err)
	if len(shape) == 0 {
		return gorgonia.NewScalar(expr, dt, gorgonia.WithName(name)), nil
	}
	return gorgonia.NewTensor(expr, dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name)), nil
}

// Update gives the buffer a new value after each run of a program that
// computes the loss. Where a graph updates a buffer several times, [Graph.Latest]
// is the value so far.
func (g *Graph) Update(buffer, value *Node) {
	if g.err != nil {
		return
	}
	if err := g.check("Update", buffer, value); err != nil {
		g.fail(err)
		return
	}
	l := g.leaves[buffer.n]
	switch {
	case l == nil || l.param == nil || !l.param.buffer:
		g.fail(errors.Errorf("Update: %s is no buffer", buffer))
		return
	case !buffer.shape().Eq(value.shape()):
		reject("Update", []*Node{buffer, value}, "expected equal shapes")
		return
	}
	g.updates = slices.DeleteFunc(g.updates, func(u update) bool { return u.param == l.param })
	g.updates = append(g.updates, update{l.param, value})
	g.newest[l.param] = value
}

// Latest returns the value that the buffer has after the updates made so far
// in this graph: itself where there is none.
func (g *Graph) Latest(buffer *Node) *Node {
	if err := g.check("Latest", buffer); err != nil {
		return g.fail(err)
	}
	if l := g.leaves[buffer.n]; l != nil && g.newest[l.param] != nil {
		return g.newest[l.param]
	}
	return buffer
}

// Fix keeps the parameters at and below prefix, a name or its leading parts up
// to a dot, out of this graph's gradients. Unlike after [Store.Freeze] the layers
// there behave as in training: what a generator's graph does with the
// discriminator.
func (g *Graph) Fix(prefix string) { g.fixed = append(g.fixed, prefix) }

// stepNode is the integer leaf [1] that holds the number of the step, from
// which random operations draw.
func (g *Graph) stepNode() *Node {
	if g.step == nil || g.err != nil {
		g.step = g.leaf("step number", kindInt, []int{1}, nil)
	}
	return g.step
}

// Try builds a part of the graph that may fail: an error then is returned and
// leaves the graph as it was, but for parameters that were made.
func (g *Graph) Try(build func()) error {
	if g.err != nil {
		return g.err
	}
	build()
	err := g.err
	g.err = nil
	return err
}

// fail notes the first error and returns a node on which every operation
// passes through.
func (g *Graph) fail(err error) *Node {
	if g.err == nil {
		g.err = err
	}
	return g.dead()
}

func (g *Graph) dead() *Node { return &Node{g: g} }

// recovered turns a panic into an error.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = errors.Errorf("%v", v)
	}
}
