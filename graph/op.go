package graph

import (
	stdbinary "encoding/binary"
	"fmt"
	"hash"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/internal/kernels/par"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// kernel is what an operation of this package consists of. What it holds are
// settings, never results.
type kernel interface {
	// String returns the operation's name, as in messages.
	String() string
	// describe says what the operation is in the field's terms, with its
	// settings as the user gave them.
	describe() Description
	// compute writes the result for c's inputs into c's output.
	compute(c *call) error
	// gradient returns for each input the gradient of the loss, given that of
	// the output; nil where constant reports so.
	gradient(in []*Node, out, grad *Node) []*Node
}

// A kernel may also have these methods:
type (
	// selective tells which inputs count as constants in differentiation.
	selective interface{ constant(i int) bool }
	// inPlace tells whether the output may take input i's memory.
	inPlace interface{ overwrites(i int) bool }
	// viewer returns the first element of input 0 from which the output, a
	// contiguous part of it, is a view; nothing is then computed.
	viewer interface{ viewOffset() int }
	// packer tells how many elements of the result are numbers; what follows
	// them is of another kind.
	packer interface{ numbers() int }
	// fusable returns the kernel that does this one's work followed by next's.
	fusable interface {
		fuse(next kernel) (kernel, bool)
	}
	// absorbing returns the kernel that does from's work followed by this one's;
	// its inputs are from's, then those of this but the first.
	absorbing interface {
		absorb(from kernel) (kernel, bool)
	}
	// rectifiable is a gradient of a normalisation; behind returns the kernel
	// whose input 4 is the gradient behind a rectifier of the normalised x.
	rectifiable interface {
		behind(r vec.Rectify[float64]) kernel
	}
)

// noGradient is embedded by kernels that are not differentiated.
type noGradient struct{}

func (noGradient) gradient(in []*Node, _, _ *Node) []*Node { return make([]*Node, len(in)) }
func (noGradient) constant(int) bool                       { return true }

// call is one execution of a kernel: where its operands lie.
type call struct {
	pool *par.Pool
	out  buf
	in   []buf
	work work
}

// work is a loop of a kernel over the threads of a pool.
type work struct {
	k interface{ span(c *call, lo, hi int) }
	c *call
}

func (w *work) Range(_, lo, hi int) { w.k.span(w.c, lo, hi) }

// spread calls k's span for parts of n iterations, at least grain in each.
func (c *call) spread(k interface{ span(c *call, lo, hi int) }, n, grain int) {
	c.work = work{k, c}
	c.pool.For(n, grain, &c.work)
}

func (c *call) double() bool     { return c.out.kind == kindF64 }
func (c *call) ints(i int) []int { return sliceOf[int](c.in[i]) }

func input[T number](c *call, i int) []T { return sliceOf[T](c.in[i]) }
func output[T number](c *call) []T       { return sliceOf[T](c.out) }

// opCount numbers the operations of the process. The number is the hash, so
// that Gorgonia never takes one operation for another.
var opCount atomic.Uint32

// op makes a kernel a gorgonia.SDOp.
type op struct {
	kernel kernel
	g      *Graph
	id     uint32
	in     gorgonia.Nodes // of the one node that has the operation
	shape  tensor.Shape
	out    kind
}

var _ gorgonia.SDOp = (*op)(nil)

func (o *op) Arity() int                                            { return len(o.in) }
func (o *op) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) { return o.shape.Clone(), nil }
func (o *op) ReturnsPtr() bool                                      { return false }
func (o *op) CallsExtern() bool                                     { return false }
func (o *op) OverwritesInput() int                                  { return -1 }
func (o *op) Hashcode() uint32                                      { return o.id }
func (o *op) String() string                                        { return o.kernel.String() }
func (o *op) WriteHash(h hash.Hash) {
	var b [4]byte
	stdbinary.LittleEndian.PutUint32(b[:], o.id)
	h.Write(b[:])
}

// Type returns the operation's type. Gorgonia takes the memory of the one that it
// is given for others, so that each is new.
func (o *op) Type() hm.Type {
	types := make([]hm.Type, 0, len(o.in)+1)
	for _, n := range o.in {
		types = append(types, n.Type())
	}
	return hm.NewFnType(append(types, o.result())...)
}

// result is the type of the result.
func (o *op) result() hm.Type {
	if len(o.shape) == 0 {
		return o.out.tensor()
	}
	return gorgonia.TensorType{Dims: len(o.shape), Of: o.out.tensor()}
}

// Do computes the result in fresh memory; it serves Gorgonia's own machines.
func (o *op) Do(values ...gorgonia.Value) (v gorgonia.Value, err error) {
	defer recovered(&err)
	if len(values) != len(o.in) {
		return nil, errors.Errorf("%s: %d inputs, expected %d", o, len(values), len(o.in))
	}
	c := &call{out: newBuf(o.out, max(1, o.shape.TotalSize()))}
	for _, in := range values {
		b, err := valueBuf(in)
		if err != nil {
			return nil, errors.Wrap(err, o.String())
		}
		c.in = append(c.in, b)
	}
	if w, ok := o.kernel.(viewer); ok {
		c.out.copyFrom(c.in[0].part(w.viewOffset(), c.out.n))
	} else if err := o.kernel.compute(c); err != nil {
		return nil, errors.Wrap(err, o.String())
	}
	return c.out.value(o.shape), nil
}

// DiffWRT reports which inputs the operation is differentiated by.
func (o *op) DiffWRT(inputs int) []bool {
	d := make([]bool, inputs)
	s, partly := o.kernel.(selective)
	for i := range d {
		d[i] = !partly || !s.constant(i)
	}
	return d
}

// SymDiff returns the nodes that compute the gradients of the inputs.
func (o *op) SymDiff(inputs gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	in := make([]*Node, len(inputs))
	for i, n := range inputs {
		in[i] = &Node{o.g, n}
	}
	grads := o.kernel.gradient(in, &Node{o.g, out}, &Node{o.g, grad})
	if o.g.err != nil {
		return nil, o.g.err
	}
	result := make(gorgonia.Nodes, len(inputs))
	for i, d := range o.DiffWRT(len(inputs)) {
		if !d {
			continue
		}
		if grads[i] == nil {
			return nil, errors.Errorf("%s: no gradient for input %d", o, i)
		}
		result[i] = grads[i].n
	}
	return result, nil
}

// apply adds the operation k to the graph of its inputs, which are alive and
// of one graph. shape is that of the result, empty for a scalar.
func (g *Graph) apply(k kernel, out kind, shape []int, in ...*Node) *Node {
	if g.err != nil {
		return g.dead()
	}
	n, err := g.addOp(k, out, shape, in)
	if err != nil {
		return g.fail(errors.Wrap(err, signature(k.String(), in)))
	}
	return &Node{g, n}
}

func (g *Graph) addOp(k kernel, out kind, shape []int, in []*Node) (n *gorgonia.Node, err error) {
	defer recovered(&err)
	if _, err := elements(shape); err != nil {
		return nil, err
	}
	children := make(gorgonia.Nodes, len(in))
	for i, x := range in {
		children[i] = x.n
	}
	return g.addNode(&op{kernel: k, g: g, id: opCount.Add(1), in: children, shape: append(tensor.Shape{}, shape...), out: out})
}

// addNode adds the node of an operation, which touches nothing that graphs
// share. The types are those of the operands: there is nothing to be inferred.
func (g *Graph) addNode(o *op) (*gorgonia.Node, error) {
	g.places.fill(g.expr)
	n := gorgonia.NewUniqueNode(gorgonia.WithType(o.result()), gorgonia.WithOp(o), gorgonia.WithChildren(o.in),
		gorgonia.In(g.expr), gorgonia.WithShape(o.shape...))
	if n.Op() != gorgonia.Op(o) {
		return nil, errors.New("gorgonia took the operation for another one")
	}
	return n, nil
}

// opaque is an operation without symbolic gradient, which differentiation takes
// as a constant.
type opaque struct{ gorgonia.Op }

func (o opaque) DiffWRT(inputs int) []bool { return make([]bool, inputs) }
func (o opaque) SymDiff(inputs gorgonia.Nodes, _, _ *gorgonia.Node) (gorgonia.Nodes, error) {
	return make(gorgonia.Nodes, len(inputs)), nil
}

// Apply adds any operation of Gorgonia's form to the graph. One that is not of
// this package runs by its UsePreallocDo or Do and may allocate; one that is no
// gorgonia.SDOp counts as a constant in differentiation.
func (g *Graph) Apply(o gorgonia.Op, in ...*Node) *Node {
	if g.err != nil {
		return g.dead()
	}
	if err := g.check("Apply", in...); err != nil {
		return g.fail(err)
	}
	n, err := func() (n *gorgonia.Node, err error) {
		defer recovered(&err)
		children := make(gorgonia.Nodes, len(in))
		for i, x := range in {
			children[i] = x.n
		}
		if _, ok := o.(gorgonia.SDOp); !ok {
			o = opaque{o}
		}
		stock.Lock()
		defer stock.Unlock()
		g.foreign = true
		return gorgonia.ApplyOp(o, children...)
	}()
	if err != nil {
		return g.fail(errors.Wrap(err, signature(o.String(), in)))
	}
	return &Node{g, n}
}

// check returns an error where a node is nil or of another graph.
func (g *Graph) check(what string, in ...*Node) error {
	for i, x := range in {
		switch {
		case x == nil:
			return errors.Errorf("%s: operand %d is nil", what, i)
		case x.g != g:
			return errors.Errorf("%s: operand %d, %s, belongs to another graph", what, i, x)
		}
	}
	return nil
}

// alive reports whether an operation named what can be applied to the nodes;
// where not, the graph holds the error.
func alive(what string, in ...*Node) bool {
	g := in[0].g
	if g.err != nil {
		return false
	}
	if err := g.check(what, in...); err != nil {
		g.fail(err)
		return false
	}
	return true
}

// reject makes a wrong use of an operation the graph's error.
func reject(what string, in []*Node, format string, args ...any) *Node {
	return in[0].g.fail(errors.Errorf("%s: %s", signature(what, in), fmt.Sprintf(format, args...)))
}

// signature returns "what: x(2, 3), weight(4, 3)".
func signature(what string, in []*Node) string {
	parts := make([]string, len(in))
	for i, x := range in {
		parts[i] = x.String()
	}
	return what + ": " + strings.Join(parts, ", ")
}

// valueBuf returns the memory of a Gorgonia value, copied where it is not
// contiguous.
func valueBuf(v gorgonia.Value) (buf, error) {
	switch v := v.(type) {
	case *gorgonia.F32:
		return scalarBuf(float32(*v), kindF32), nil
	case *gorgonia.F64:
		return scalarBuf(float64(*v), kindF64), nil
	case *gorgonia.I:
		return scalarBuf(int(*v), kindInt), nil
	case *tensor.Dense:
		k, ok := kindOfTensor(v.Dtype())
		if !ok {
			return buf{}, errors.Errorf("a tensor of %v, expected float32, float64 or int", v.Dtype())
		}
		if v.RequiresIterator() {
			m, ok := v.Materialize().(*tensor.Dense)
			if !ok {
				return buf{}, errors.New("a view that cannot be copied")
			}
			v = m
		}
		n := max(1, v.Shape().TotalSize())
		if v.DataSize() < n {
			return buf{}, errors.Errorf("a tensor of shape %v with %d elements", v.Shape(), v.DataSize())
		}
		return denseBuf(v, k, n), nil
	}
	return buf{}, errors.Errorf("a value of type %T, expected a dense tensor or a scalar", v)
}

func denseBuf(v *tensor.Dense, k kind, n int) buf {
	b := buf{n: n, kind: k}
	switch k {
	case kindF64:
		b.ptr = unsafe.Pointer(unsafe.SliceData(v.Float64s()))
	case kindInt:
		b.ptr = unsafe.Pointer(unsafe.SliceData(v.Ints()))
	default:
		b.ptr = unsafe.Pointer(unsafe.SliceData(v.Float32s()))
	}
	return b
}

func scalarBuf[T number](v T, k kind) buf {
	b := newBuf(k, 1)
	sliceOf[T](b)[0] = v
	return b
}
