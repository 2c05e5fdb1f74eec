package graph

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// gradient is the derivative of the loss by a leaf.
type gradient struct {
	leaf *leaf
	node *Node
}

func errNumberType(n *gorgonia.Node, dt tensor.Dtype) error {
	return errors.Errorf("%s: numbers of type %v, expected float32, float64 or int", n.Name(), dt)
}

// Compile returns a program that computes the loss, the fetched nodes and, in
// a graph for training, the gradients of the loss by the parameters that are
// not frozen and by the inputs that RequireGrad named. loss is a scalar, or
// nil. It is the only way from a graph to numbers, and returns the first error
// met while building.
func (g *Graph) Compile(loss *Node, fetch ...*Node) (*Program, error) {
	return g.compile(newArena(), loss, fetch)
}

func (g *Graph) compile(a *arena, loss *Node, fetch []*Node) (*Program, error) {
	if g.err != nil {
		return nil, g.err
	}
	keep := fetch
	if loss != nil {
		keep = append([]*Node{loss}, fetch...)
	}
	if err := g.check("Compile", keep...); err != nil {
		return nil, err
	}
	if len(keep) == 0 {
		return nil, errors.New("Compile: neither a loss nor nodes to fetch")
	}
	grads, unreached, err := g.gradients(loss)
	if err != nil {
		return nil, err
	}
	roots := append([]*Node(nil), keep...)
	for _, d := range grads {
		roots = append(roots, d.node)
	}
	if loss != nil {
		for _, u := range g.updates {
			roots = append(roots, u.value)
		}
	}
	p, err := newPlan(g, roots, keep, grads)
	if err != nil {
		return nil, errors.Wrap(err, "Compile")
	}
	prog, err := newProgram(p, a, loss, grads, unreached)
	if prog != nil {
		prog.fetched = fetch
	}
	return prog, err
}

// gradients differentiates the loss, once a graph.
func (g *Graph) gradients(loss *Node) (grads []*gradient, unreached []string, err error) {
	if loss == nil {
		return nil, nil, nil
	}
	if loss.Rank() != 0 || !floats([]*Node{loss}) {
		return nil, nil, errors.Errorf("Compile: the loss %s, expected a scalar; Sum or Mean gives one", loss)
	}
	if g.mode != Train {
		return nil, nil, nil
	}
	if g.loss != nil && g.loss.n != loss.n {
		return nil, nil, errors.Errorf("Compile: the graph is differentiated by %s already; a second loss needs a graph of its own over the same store", g.loss)
	}
	reached, err := reachable(loss)
	if err != nil {
		return nil, nil, err
	}
	var wrt []*leaf
	for _, l := range g.ordered() {
		if l.param != nil && (l.param.buffer || g.store.Frozen(l.name) || anyBelow(g.fixed, l.name)) {
			continue
		}
		if !reached[l.node.n] {
			unreached = append(unreached, l.name)
			continue
		}
		wrt = append(wrt, l)
	}
	if len(wrt) == 0 {
		return nil, unreached, nil
	}
	nodes, err := g.differentiate(loss, wrt, reached)
	if err != nil {
		return nil, nil, err
	}
	first := spanOf(loss.n)
	taken := map[*gorgonia.Node][]span{first.root: {first}} // by what they lie in
	for i, l := range wrt {
		d := &Node{g, nodes[i]}
		s := spanOf(d.n)
		if slices.ContainsFunc(taken[s.root], s.overlaps) || !isOurs(s.root) && !isSum(s.root) {
			// Memory of its own, so that solvers may change it in place.
			k, _ := d.kind()
			d = g.apply(newUnary("Copy", vec.Scale, 1), k, d.shape(), d)
			if g.err != nil {
				return nil, nil, g.err
			}
		}
		s = spanOf(d.n)
		taken[s.root] = append(taken[s.root], s)
		grads = append(grads, &gradient{l, d})
	}
	return grads, unreached, nil
}

func isOurs(n *gorgonia.Node) bool {
	_, ok := n.Op().(*op)
	return ok
}

// span is where a value lies in what it views.
type span struct {
	root   *gorgonia.Node // the value itself where it views nothing
	lo, hi int            // elements
}

func spanOf(n *gorgonia.Node) span {
	s := span{root: n, hi: max(1, shapeOf(n).TotalSize())}
	for {
		o, ok := s.root.Op().(*op)
		if !ok {
			return s
		}
		v, ok := o.kernel.(viewer)
		if !ok {
			return s
		}
		s = span{children(s.root)[0], s.lo + v.viewOffset(), s.hi + v.viewOffset()}
	}
}

// overlaps is for spans of one root.
func (s span) overlaps(t span) bool { return s.lo < t.hi && t.lo < s.hi }

// ordered returns the leaves that a gradient may be asked for: parameters in
// the order of the graph, then inputs.
func (g *Graph) ordered() []*leaf {
	list := append([]*leaf(nil), g.params...)
	for _, l := range g.inputs {
		if l.wantGrad {
			list = append(list, l)
		}
	}
	return list
}

// reachable returns the nodes through which the loss can be differentiated.
func reachable(loss *Node) (map[*gorgonia.Node]bool, error) {
	seen := map[*gorgonia.Node]bool{loss.n: true}
	stack := []*gorgonia.Node{loss.n}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		operands := children(n)
		o, ok := n.Op().(gorgonia.SDOp)
		if !ok && len(operands) > 0 {
			return nil, errors.Errorf("Compile: %s has no symbolic gradient; Apply, rather than Wrap, takes it as a constant", &Node{loss.g, n})
		}
		if !ok {
			continue
		}
		diff := o.DiffWRT(len(operands))
		for i, c := range operands {
			if i < len(diff) && diff[i] && !seen[c] {
				seen[c] = true
				stack = append(stack, c)
			}
		}
	}
	return seen, nil
}
