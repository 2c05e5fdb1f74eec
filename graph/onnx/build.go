package onnx

import (
	"fmt"
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/onnxeval"
	"github.com/hocsau/hocsau/internal/onnxfile"
)

// value is a value of the model: stored, known, or computed by a graph.
type value struct {
	name    string
	dtype   onnxfile.DType
	shape   []int
	stored  *onnxfile.Tensor
	host    *Array
	node    *graph.Node
	in      *graph.Graph // that node belongs to
	dynamic bool         // depends on an input
}

func known(name string, a *Array, dynamic bool) *value {
	return &value{name: name, dtype: a.Type, shape: a.Shape, host: a, dynamic: dynamic}
}

// frame has the values of a graph by name; those of the graphs around are
// looked for in up.
type frame struct {
	values map[string]*value
	uses   map[string]int // left, by later nodes and as outputs
	up     *frame
}

func (f *frame) find(name string) *value {
	for ; f != nil; f = f.up {
		if v := f.values[name]; v != nil {
			return v
		}
	}
	return nil
}

// builder walks through a model, building a graph of what a graph computes.
type builder struct {
	m     *Model
	opset int64
	g     *graph.Graph
	s     graph.Scope
	top   *frame

	// whole: the model becomes one graph; no value is read from it on the way.
	whole bool
	// batch has the batch size that the file declares and the one that it is built
	// for, where the two differ.
	batch   [2]int
	params  map[string]*graph.Node // of g
	buffers map[string]bool        // stored values that are running statistics
	fed     []feed
	parts   int        // graphs that were run
	last    *lastLayer // where the walk ends
}

// feed is an input of the graph with its value.
type feed struct {
	node   *graph.Node
	values []float32
	name   string // of the model's input; "" for others
}

func newBuilder(m *Model, s graph.Scope) *builder {
	b := &builder{m: m, opset: m.file.Opset(), g: s.Graph(), s: s, params: map[string]*graph.Node{}, buffers: map[string]bool{}}
	b.statistics(m.file.Graph.Nodes)
	for _, f := range m.file.Functions {
		b.statistics(f.Nodes)
	}
	return b
}

func (b *builder) statistics(nodes []*onnxfile.Node) {
	for _, n := range nodes {
		if n.OpType == "BatchNormalization" && len(n.Inputs) >= 5 {
			b.buffers[n.Inputs[3]], b.buffers[n.Inputs[4]] = true, true
		}
	}
}

// enter makes the frame of a graph with its stored values.
func (b *builder) enter(g *onnxfile.Graph, up *frame) *frame {
	f := &frame{values: map[string]*value{}, uses: map[string]int{}, up: up}
	for _, t := range g.Initializers {
		shape, _, _ := t.Shape() // checked when it was read
		f.values[t.Name] = &value{name: t.Name, dtype: t.Type, shape: shape, stored: t}
	}
	count(g.Nodes, f.uses)
	for _, v := range g.Outputs {
		f.uses[v.Name]++
	}
	return f
}

// count counts the uses of names, those in graphs within too.
func count(nodes []*onnxfile.Node, uses map[string]int) {
	for _, n := range nodes {
		for _, in := range n.Inputs {
			uses[in]++
		}
		for _, a := range n.Attributes {
			if a.G != nil {
				count(a.G.Nodes, uses)
				for _, v := range a.G.Outputs {
					uses[v.Name]++
				}
			}
		}
	}
}

// run computes the nodes in a frame.
func (b *builder) run(nodes []*onnxfile.Node, f *frame, where string) error {
	outer := b.top
	b.top = f
	defer func() { b.top = outer }()
	for i, n := range nodes {
		in := make([]*value, len(n.Inputs))
		for k, name := range n.Inputs {
			if name == "" {
				continue
			}
			if in[k] = f.find(name); in[k] == nil {
				return errors.Errorf("%s: input %q has no value", place(where, i, n), name)
			}
		}
		out, err := b.node(n, in, f)
		if err != nil {
			return errors.Wrap(err, place(where, i, n))
		}
		for k, name := range n.Outputs {
			if name == "" {
				continue
			}
			if k >= len(out) || out[k] == nil {
				return errors.Wrapf(ErrUnsupported, "%s: output %d, %q", place(where, i, n), k, name)
			}
			v := *out[k]
			v.name = name
			f.values[name] = &v
		}
		for _, name := range n.Inputs {
			f.done(name)
		}
		if b.last != nil && b.last.reached {
			return nil
		}
	}
	return nil
}

// done counts a use off and forgets what nothing will read.
func (f *frame) done(name string) {
	if _, mine := f.values[name]; !mine {
		return
	}
	if f.uses[name]--; f.uses[name] <= 0 {
		delete(f.values, name)
	}
}

// node computes the outputs of one node.
func (b *builder) node(n *onnxfile.Node, in []*value, f *frame) ([]*value, error) {
	if fn := b.m.functions[key(n.Domain, n.OpType, n.Overload)]; fn != nil {
		return b.function(fn, n, in)
	}
	if b.last != nil && b.last.node == n {
		return b.features(n, in)
	}
	switch n.OpType {
	case "Shape", "Size": // the values need not be known
		x := &Array{Type: onnxfile.Float32, Shape: in[0].shape}
		if n.OpType == "Size" {
			return []*value{known("", &Array{Type: onnxfile.Int64, Shape: []int{}, I: []int64{int64(volume(in[0].shape))}}, false)}, nil
		}
		out, err := onnxeval.Eval(onnxeval.Call{Node: n, Opset: b.opset, Inputs: []*Array{x}})
		if err != nil {
			return nil, err
		}
		return []*value{known("", out[0], false)}, nil
	case "Identity":
		return in, nil
	case "If":
		if b.whole {
			return b.branch(n, in, f)
		}
	}
	var why error
	if l, ok := lowerings[n.OpType]; ok && b.suits(in) {
		out, err := b.lower(l, n, in)
		if err == nil {
			return out, nil
		}
		why = err // the reference says what is wrong where it is not the form alone
	}
	dynamic := false
	for _, v := range in {
		if v == nil {
			continue
		}
		dynamic = dynamic || v.dynamic
		if v.node != nil && v.host == nil && b.whole {
			if why == nil || errors.Is(why, errElsewhere) {
				return nil, errors.Wrapf(ErrUnsupported, "as a part of a graph, with values that are computed (%v)", reason(why))
			}
			return nil, why
		}
	}
	return b.evaluate(n, in, dynamic, f)
}

func reason(why error) string {
	if why == nil {
		return "the operator is for known values"
	}
	return why.Error()
}

func volume(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// suits reports whether a graph is to compute the node: its numbers are
// float32, and some are not known while it is built.
func (b *builder) suits(in []*value) bool {
	computed, dynamic, trained, size := false, false, false, 0
	for _, v := range in {
		if v == nil || v.dtype != onnxfile.Float32 {
			continue
		}
		computed = computed || v.node != nil
		dynamic = dynamic || v.dynamic
		trained = trained || v.stored != nil && v.host == nil && volume(v.shape) > 1 && len(v.shape) > 0
		size += volume(v.shape)
	}
	switch {
	case computed:
		return true
	case b.whole:
		return trained // also in evaluation, where training may have changed it
	case b.parts > 0 && size < 1<<14: // between graphs
		return false
	}
	return dynamic
}

// array returns the value's elements, run for where a graph computes them.
func (b *builder) array(v *value) (*Array, error) {
	if v.host != nil {
		return v.host, nil
	}
	if v.stored != nil {
		a, err := onnxeval.FromTensor(v.stored)
		if err != nil {
			return nil, err
		}
		if a.Len() < 1<<16 {
			v.host = a
		}
		return a, nil
	}
	if err := b.flush(); err != nil {
		return nil, err
	}
	if v.host == nil {
		return nil, errors.Errorf("value %q was not kept", v.name)
	}
	return v.host, nil
}

// evaluate computes a node on known arrays.
func (b *builder) evaluate(n *onnxfile.Node, in []*value, dynamic bool, f *frame) ([]*value, error) {
	c := onnxeval.Call{Node: n, Opset: b.opset}
	if slices.ContainsFunc(in, func(v *value) bool { return v != nil && v.host == nil && v.stored == nil }) {
		if err := b.flush(); err != nil {
			return nil, err
		}
	}
	for _, v := range in {
		if v == nil {
			c.Inputs = append(c.Inputs, nil)
			continue
		}
		a, err := b.array(v)
		if err != nil {
			return nil, err
		}
		c.Inputs = append(c.Inputs, a)
	}
	for _, a := range n.Attributes {
		dynamic = dynamic || a.G != nil
	}
	c.Run = func(g *onnxfile.Graph, inputs []*Array) ([]*Array, error) { return b.inner(g, inputs, f) }
	out, err := onnxeval.Eval(c)
	if err != nil {
		return nil, err
	}
	values := make([]*value, len(out))
	for i, a := range out {
		if a != nil {
			values[i] = known("", a, dynamic)
		}
	}
	return values, nil
}

// inner runs a graph within a node.
func (b *builder) inner(g *onnxfile.Graph, inputs []*Array, up *frame) ([]*Array, error) {
	f := b.enter(g, up)
	for i, a := range inputs {
		if i < len(g.Inputs) {
			f.values[g.Inputs[i].Name] = known(g.Inputs[i].Name, a, true)
		}
	}
	if err := b.run(g.Nodes, f, "graph "+g.Name); err != nil {
		return nil, err
	}
	outer := b.top
	b.top = f
	defer func() { b.top = outer }()
	var out []*Array
	for _, o := range g.Outputs {
		v := f.find(o.Name)
		if v == nil {
			return nil, errors.Errorf("graph %s: output %q has no value", g.Name, o.Name)
		}
		a, err := b.array(v)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// branch takes the branch of a condition that is known.
func (b *builder) branch(n *onnxfile.Node, in []*value, up *frame) ([]*value, error) {
	if in[0].node != nil && in[0].host == nil {
		return nil, errors.Wrap(ErrUnsupported, "a condition that is computed from an input")
	}
	cond, err := b.array(in[0])
	if err != nil {
		return nil, err
	}
	name := "else_branch"
	if cond.Len() > 0 && cond.I[0] != 0 {
		name = "then_branch"
	}
	a := n.Attribute(name)
	if a == nil || a.G == nil {
		return nil, errors.Errorf("no %s", name)
	}
	f := b.enter(a.G, up)
	if err := b.run(a.G.Nodes, f, "graph "+a.G.Name); err != nil {
		return nil, err
	}
	var out []*value
	for _, o := range a.G.Outputs {
		out = append(out, f.find(o.Name))
	}
	return out, nil
}

// function runs the body of an operator that the file defines.
func (b *builder) function(fn *onnxfile.Function, n *onnxfile.Node, in []*value) ([]*value, error) {
	f := &frame{values: map[string]*value{}, uses: map[string]int{}, up: nil}
	for i, name := range fn.Inputs {
		if i < len(in) && in[i] != nil {
			v := *in[i]
			f.values[name] = &v
			in[i].keep(&v)
		}
	}
	nodes := make([]*onnxfile.Node, len(fn.Nodes))
	for i, body := range fn.Nodes {
		nodes[i] = resolved(body, n, fn)
	}
	count(nodes, f.uses)
	for _, o := range fn.Outputs {
		f.uses[o]++
	}
	f.up = b.top // values around are kept when a graph is run, not seen: names differ
	before := b.opset
	for _, o := range fn.Opsets {
		if standard(o.Domain) {
			b.opset = o.Version
		}
	}
	err := b.run(nodes, f, "function "+fn.Name)
	b.opset = before
	if err != nil {
		return nil, err
	}
	var out []*value
	for _, o := range fn.Outputs {
		out = append(out, f.values[o])
	}
	return out, nil
}

// keep is where a value and its copy stay one; a copy is only ever read.
func (v *value) keep(*value) {}

// resolved returns the node with attributes of the call in the place of
// references to them.
func resolved(body, call *onnxfile.Node, fn *onnxfile.Function) *onnxfile.Node {
	n := *body
	n.Attributes = nil
	for _, a := range body.Attributes {
		if a.Reference == "" {
			n.Attributes = append(n.Attributes, a)
			continue
		}
		given := call.Attribute(a.Reference)
		if given == nil {
			for _, d := range fn.Defaults {
				if d.Name == a.Reference {
					given = d
				}
			}
		}
		if given != nil {
			c := *given
			c.Name = a.Name
			n.Attributes = append(n.Attributes, &c)
		}
	}
	return &n
}

// asNode returns the value as a node of the graph.
func (b *builder) asNode(v *value) (*graph.Node, error) {
	if v.node != nil && v.in == b.g {
		return v.node, nil
	}
	if v.dtype != onnxfile.Float32 {
		return nil, errors.Wrapf(errElsewhere, "elements of type %s", v.dtype)
	}
	if slices.Contains(v.shape, 0) {
		return nil, errors.Wrap(errElsewhere, "no elements")
	}
	var n *graph.Node
	var err error
	if v.stored != nil && len(v.shape) > 0 {
		n, err = b.parameter(v)
	} else {
		var a *Array
		if a, err = b.array(v); err == nil {
			n, err = b.leaf(v, a)
		}
	}
	if err != nil {
		return nil, err
	}
	v.node, v.in = n, b.g
	return n, nil
}

// parameter returns the stored value as a parameter of the graph's store, which
// takes the numbers of the file when it is made.
func (b *builder) parameter(v *value) (*graph.Node, error) {
	if n := b.params[v.name]; n != nil {
		return n, nil
	}
	store, name := b.g.Store(), joinName(b.s.Path(), v.name)
	isNew := store.Param(name) == nil
	var n *graph.Node
	if err := b.g.Try(func() {
		if b.buffers[v.name] {
			n = b.s.Buffer(v.name, nil, v.shape...)
		} else {
			n = b.s.Param(v.name, nil, v.shape...)
		}
	}); err != nil {
		return nil, err
	}
	if isNew && !v.stored.Hollow() {
		if err := setStored(store.Param(name), v.stored); err != nil {
			return nil, err
		}
	}
	b.params[v.name] = n
	return n, nil
}

func joinName(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func setStored(p *graph.Param, t *onnxfile.Tensor) error {
	if to := p.Float32s(); to != nil {
		from, err := t.Float32s()
		if err != nil {
			return err
		}
		copy(to, from)
		return nil
	}
	values, _, err := t.Numbers()
	if err != nil {
		return err
	}
	return p.SetValues(values)
}

// mostConstant is the number of elements up to which a known value is a
// constant of the graph; larger ones are buffers of the store.
const mostConstant = 1 << 12

// leaf brings known numbers into the graph.
func (b *builder) leaf(v *value, a *Array) (n *graph.Node, err error) {
	if !b.whole && (v.dynamic || a.Len() > mostConstant) {
		err = b.g.Try(func() { n = b.g.Input(fmt.Sprintf("value %d", len(b.fed)), a.Shape...) })
		if err == nil {
			b.fed = append(b.fed, feed{node: n, values: a.Float32s()})
		}
		return n, err
	}
	if a.Len() <= mostConstant || len(a.Shape) == 0 {
		err = b.g.Try(func() { n = b.g.Constant(a.F, a.Shape...) })
		return n, err
	}
	for i := 0; ; i++ { // a buffer of its own where another graph has other values there
		name := fmt.Sprintf("%s.known%d", v.name, i)
		p := b.g.Store().Param(joinName(b.s.Path(), name))
		if p != nil && (!slices.Equal(p.Shape(), a.Shape) || !slices.EqualFunc(p.Values(), a.F, nearlySame)) {
			continue
		}
		if n := b.params[name]; n != nil {
			return n, nil
		}
		if err := b.g.Try(func() { n = b.s.Buffer(name, nil, a.Shape...) }); err != nil {
			return nil, err
		}
		b.params[name] = n
		return n, b.g.Store().Param(joinName(b.s.Path(), name)).SetValues(a.F)
	}
}

func nearlySame(a, b float64) bool {
	return a == b || float32(a) == float32(b) || math.IsNaN(a) && math.IsNaN(b)
}

// flush runs the graph so far and takes the values out that are still needed.
func (b *builder) flush() error {
	if b.whole {
		return errors.Wrap(ErrUnsupported, "as a part of a graph, with values that are computed")
	}
	var values []*value
	var nodes []*graph.Node
	for f := b.top; f != nil; f = f.up {
		for _, v := range f.values {
			if v.in == b.g && v.node != nil && v.host == nil && v.stored == nil && !slices.Contains(values, v) {
				values, nodes = append(values, v), append(nodes, v.node)
			}
		}
	}
	if len(nodes) > 0 {
		prog, err := b.g.Compile(nil, nodes...)
		if err != nil {
			return err
		}
		if err := prog.Run(b.feeds()...); err != nil {
			return err
		}
		for i, v := range values {
			v.host = &Array{Type: onnxfile.Float32, Shape: v.shape, F: prog.Values(nodes[i])}
			v.node = nil
		}
	}
	b.parts++
	b.renew()
	return nil
}

// renew starts another graph over the store.
func (b *builder) renew() {
	b.g = graph.New(b.g.Store(), b.g.Mode())
	b.s, b.params, b.fed = b.g.Scope(), map[string]*graph.Node{}, nil
}

func (b *builder) feeds() []graph.Feed {
	var list []graph.Feed
	for _, f := range b.fed {
		list = append(list, f.node.Feed(f.values))
	}
	return list
}
