package graph

import (
	"cmp"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// place says where a value's memory comes from.
type place uint8

const (
	inArena  place = iota // the arena: reused once the last reader has run
	inOwn                 // the program's: lasts from run to run
	inParam               // the store's
	inGrads               // the arena's gradient of a parameter
	constant              // a constant's
	bound                 // copied before each run from a value bound in Gorgonia
)

// slot is a value in a plan.
type slot struct {
	node  *gorgonia.Node
	shape tensor.Shape
	kind  kind
	n     int // elements

	place  place
	leaf   *leaf
	param  *Param // of inParam and inGrads
	root   *slot  // what it views, itself where it views nothing
	offset int    // in root, elements

	made, read int      // the first and last step that writes or reads it; of roots
	storage    *storage // of roots in the arena
	mem        buf
	fed        bool
}

// storage is a span of the arena, held by one value after another.
type storage struct {
	bytes      int
	made, read int // steps
	offset     int
}

// task is one step of a plan: an operation with its operands.
type task struct {
	node    *gorgonia.Node
	kernel  kernel      // nil for an operation that is not of this package
	foreign gorgonia.Op // then this is it
	in      []*slot
	out     *slot
	call    call
	values  []gorgonia.Value // operands of a foreign operation
	result  gorgonia.Value
}

// plan is the order and the memory of a computation.
type plan struct {
	g     *Graph
	tasks []*task
	slots map[*gorgonia.Node]*slot
	again []*slot // values that are computed a second time
	roots []*slot // in order of making
	bytes int     // of the arena
	bound int     // the most bytes alive at any step: no plan needs fewer
}

// children returns the operands of a node, in order.
func children(n *gorgonia.Node) []*gorgonia.Node {
	if o, ours := n.Op().(*op); ours {
		return o.in
	}
	it := n.Graph().From(n.ID())
	list := make([]*gorgonia.Node, 0, it.Len())
	for it.Next() {
		list = append(list, it.Node().(*gorgonia.Node))
	}
	return list
}

// newPlan plans the computation of the given nodes. keep are nodes whose values
// last until the next run.
func newPlan(g *Graph, roots, keep []*Node, grads []*gradient) (*plan, error) {
	p := &plan{g: g}
	nodes := p.order(roots)
	p.slots = make(map[*gorgonia.Node]*slot, len(nodes))
	for _, n := range nodes {
		if err := p.add(n); err != nil {
			return nil, err
		}
	}
	for _, d := range grads {
		s := p.slots[d.node.n]
		if s.root == s && s.place == inArena && d.leaf.param != nil {
			s.place, s.param = inGrads, d.leaf.param
		}
		s.root.persist()
	}
	for _, n := range keep {
		p.slots[n.n].root.persist()
	}
	for _, s := range p.slots {
		s.place = s.root.place
	}
	if !g.plain {
		p.fuse(roots)
		p.recompute(roots)
	}
	p.live(roots)
	p.share()
	p.layout()
	return p, nil
}

func (s *slot) persist() {
	if s.place == inArena {
		s.place = inOwn
	}
}

// order returns all that the roots need, operands first.
func (p *plan) order(roots []*Node) []*gorgonia.Node {
	seen := map[*gorgonia.Node]bool{}
	var all, stack []*gorgonia.Node
	for _, r := range roots {
		stack = append(stack, r.n)
	}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[n] {
			continue
		}
		seen[n] = true
		all = append(all, n)
		stack = append(stack, children(n)...)
	}
	// Nodes are numbered as they are made, operands first. A sum of gradients
	// is made last but moved up to where its latest term is, so that the terms
	// need not all be kept.
	slices.SortFunc(all, func(a, b *gorgonia.Node) int { return cmp.Compare(a.ID(), b.ID()) })
	type key struct {
		at  int64
		sum int
	}
	keys := make(map[*gorgonia.Node]key, len(all))
	for _, n := range all {
		k := key{at: n.ID()}
		if isSum(n) {
			k = key{sum: 1}
			for _, c := range children(n) {
				k.at = max(k.at, keys[c].at)
			}
		}
		keys[n] = k
	}
	slices.SortStableFunc(all, func(a, b *gorgonia.Node) int {
		ka, kb := keys[a], keys[b]
		return cmp.Or(cmp.Compare(ka.at, kb.at), cmp.Compare(ka.sum, kb.sum), cmp.Compare(a.ID(), b.ID()))
	})
	return all
}

// isSum reports whether n is a sum of gradients of one node, or Gorgonia's own
// a + b of equal shapes, which its Grad makes of such.
func isSum(n *gorgonia.Node) bool {
	o := n.Op()
	if o == nil {
		return false
	}
	if o, ours := o.(*op); ours {
		_, sum := o.kernel.(gradientSum)
		return sum
	}
	if o.Arity() != 2 || o.String() != stockAdd {
		return false
	}
	c := children(n)
	return shapeOf(c[0]).Eq(shapeOf(c[1])) && shapeOf(c[0]).Eq(shapeOf(n)) && c[0].Type() == c[1].Type()
}

// stockAdd is how Gorgonia's addition calls itself.
const stockAdd = "+ false"

// add makes a slot, and for an operation a task, for n.
func (p *plan) add(n *gorgonia.Node) error {
	s := &slot{node: n, shape: shapeOf(n)}
	s.root = s
	var err error
	if s.kind, s.n, err = nodeSize(n); err != nil {
		return err
	}
	p.slots[n] = s
	if n.Op() == nil {
		p.addLeaf(s)
		return nil
	}
	operands := children(n)
	if v := n.Value(); len(operands) == 0 && v != nil { // a constant of Gorgonia
		s.place = constant
		s.mem, err = valueBuf(v)
		return errors.Wrap(err, n.Name())
	}
	t := &task{node: n, out: s}
	for _, c := range operands {
		t.in = append(t.in, p.slots[c])
	}
	switch o := n.Op().(type) {
	case *op:
		t.kernel = o.kernel
		if sum, ok := o.kernel.(gradientSum); ok {
			t.kernel = sum.binary
		}
		if v, ok := o.kernel.(viewer); ok {
			s.root, s.offset = t.in[0].root, t.in[0].offset+v.viewOffset()
			s.place = s.root.place
			return nil
		}
	case opaque:
		t.foreign = o.Op
	default:
		if isSum(n) && s.kind != kindInt {
			t.kernel = newGradientSum().binary
		} else {
			t.foreign = o
		}
	}
	p.tasks = append(p.tasks, t)
	return nil
}

func (p *plan) addLeaf(s *slot) {
	s.leaf = p.g.leaves[s.node]
	switch {
	case s.leaf == nil:
		s.place = bound
	case s.leaf.param != nil:
		s.place, s.param, s.mem = inParam, s.leaf.param, s.leaf.param.mem
	default:
		s.place = inOwn
	}
}

// nodeSize returns the kind and number of a node's elements.
func nodeSize(n *gorgonia.Node) (kind, int, error) {
	k, ok := kindOfNode(n)
	if !ok {
		dt, err := dtypeOf(n)
		if err != nil {
			return 0, 0, err
		}
		return 0, 0, errNumberType(n, dt)
	}
	shape := shapeOf(n)
	if len(shape) == 0 {
		return k, 1, nil
	}
	return k, shape.TotalSize(), nil
}

// live finds when each value is made and last read.
func (p *plan) live(roots []*Node) {
	for i, t := range p.tasks {
		t.out.made, t.out.read = i, i
		p.roots = append(p.roots, t.out)
		for _, s := range t.in {
			s.root.read = max(s.root.read, i)
		}
	}
	for _, n := range roots {
		s := p.slots[n.n].root
		s.read = max(s.read, len(p.tasks))
	}
}

// share gives each value in the arena its storage: that of an operand which it
// may overwrite, or a new one.
func (p *plan) share() {
	for i, t := range p.tasks {
		s := t.out
		if s.place != inArena {
			continue
		}
		if !p.g.plain {
			s.storage = t.overwritten(i)
		}
		if s.storage == nil {
			s.storage = &storage{bytes: align(s.n * s.kind.size()), made: i}
		}
		s.storage.read = s.read
	}
}

// overwritten returns the storage of an operand that task i may put its result
// in: no later task reads it, and it is as large.
func (t *task) overwritten(i int) *storage {
	k, ok := t.kernel.(inPlace)
	if !ok {
		return nil
	}
	for j, s := range t.in {
		r := s.root
		if !k.overwrites(j) || r.storage == nil || r.storage.read != i || s.offset != 0 || s.n != r.n || s.n != t.out.n || s.kind != t.out.kind {
			continue
		}
		if !slices.ContainsFunc(t.in, func(o *slot) bool { return o != s && o.root.storage == r.storage }) {
			return r.storage
		}
	}
	return nil
}

func align(bytes int) int { return (bytes + line - 1) / line * line }

func (p *plan) report() Memory {
	m := Memory{Arena: p.bytes, Bound: p.bound}
	for _, s := range p.slots {
		if s.root != s {
			continue
		}
		size := s.n * s.kind.size()
		switch s.place {
		case inOwn, bound:
			m.Kept += size
		case inGrads:
			m.Gradients += size
		case inParam:
			m.Parameters += size
		}
	}
	for _, t := range p.tasks {
		if t.foreign != nil {
			m.Allocating = append(m.Allocating, t.foreign.String())
		}
	}
	return m
}

// Memory says what a program needs, in bytes.
type Memory struct {
	Parameters int // the store's, read by this program
	Gradients  int
	Kept       int // inputs and results that last from run to run
	Arena      int // intermediate values, each span used again and again
	Bound      int // the most that is alive at any moment: no arena can be less
	// Allocating names the operations that are not of this package and take
	// memory of their own in every run.
	Allocating []string
}
