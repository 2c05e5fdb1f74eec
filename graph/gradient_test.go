package graph_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
)

// gradientTolerance bounds the relative error of a float64 gradient against
// central differences, whose own error is near 1e-9.
const gradientTolerance = 1e-7

// operands makes the parameters of a gradient check and the leaves beside them.
type operands struct {
	g     *graph.Graph
	r     *rand.Rand
	feeds []graph.Feed
	count int
}

func newOperands(dtype graph.DType, mode graph.Mode) *operands {
	return &operands{g: graph.New(graph.NewStore(dtype, 7), mode), r: rand.New(rand.NewPCG(3, 5))}
}

func (o *operands) param(init graph.Init, shape ...int) *graph.Node {
	o.count++
	return o.g.Scope().Param(fmt.Sprintf("p%d", o.count), init, shape...)
}

// any draws numbers of both signs, at least 0.2 away from 0.
func (o *operands) any(shape ...int) *graph.Node { return o.param(awayFromZero, shape...) }

func awayFromZero(r *rand.Rand, _ []int, values []float64) {
	for i := range values {
		values[i] = 0.2 + r.Float64()
		if r.IntN(2) == 0 {
			values[i] = -values[i]
		}
	}
}

// positive draws numbers in [0.5, 1.5).
func (o *operands) positive(shape ...int) *graph.Node {
	return o.param(func(r *rand.Rand, _ []int, values []float64) {
		for i := range values {
			values[i] = 0.5 + r.Float64()
		}
	}, shape...)
}

// distinct draws numbers that all differ by 0.05 or more, so that no maximum
// changes within a finite difference.
func (o *operands) distinct(shape ...int) *graph.Node {
	return o.param(func(r *rand.Rand, _ []int, values []float64) {
		for i, p := range r.Perm(len(values)) {
			values[i] = 0.05 * (float64(p) - float64(len(values))/2 + 0.3)
		}
	}, shape...)
}

// input returns a leaf that is fed with random numbers.
func (o *operands) input(shape ...int) *graph.Node {
	o.count++
	n := o.g.Input(fmt.Sprintf("x%d", o.count), shape...)
	values := make([]float64, n.Len())
	awayFromZero(o.r, nil, values)
	o.feeds = append(o.feeds, n.FeedFloat64s(values))
	return n
}

// ints returns an integer leaf that is fed with the values.
func (o *operands) ints(values []int, shape ...int) *graph.Node {
	o.count++
	n := o.g.InputInts(fmt.Sprintf("i%d", o.count), shape...)
	o.feeds = append(o.feeds, n.FeedInts(values))
	return n
}

// weighted returns a loss that depends on every element of y differently.
func (o *operands) weighted(y *graph.Node) *graph.Node {
	if y.Gorgonia() == nil || y.Rank() == 0 {
		return y
	}
	return y.Mul(o.input(y.Shape()...)).Sum()
}

type gradientCase struct {
	name  string
	build func(o *operands) *graph.Node
}

// compile returns the program of a case, after a run.
func (c gradientCase) compile(t *testing.T, o *operands) *graph.Program {
	t.Helper()
	prog, err := o.g.Compile(o.weighted(c.build(o)))
	if err != nil {
		t.Fatal(err)
	}
	if u := prog.Unreached(); len(u) > 0 {
		t.Errorf("unreached: %v", u)
	}
	graph.Poison(prog)
	if err := prog.Run(o.feeds...); err != nil {
		t.Fatal(err)
	}
	graph.Poison(prog)
	if err := prog.Diagnose(); err != nil {
		t.Error(err)
	}
	return prog
}

// checkGradients compares the gradients of each case with finite differences,
// and their bits with those of a program that is not optimised, in both number
// types.
func checkGradients(t *testing.T, cases []gradientCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, dtype := range []graph.DType{graph.Float32, graph.Float64} {
				o, p := newOperands(dtype, graph.Train), newOperands(dtype, graph.Train)
				graph.DisableOptimisation(p.g)
				got, want := c.compile(t, o), c.compile(t, p)
				if got.Loss() != want.Loss() {
					t.Errorf("%v: loss %v, not optimised %v", dtype, got.Loss(), want.Loss())
				}
				for i, vg := range got.Gradients() {
					sameBits(t, fmt.Sprintf("%v: gradient %d, optimised", dtype, i), gradientOf(t, vg), gradientOf(t, want.Gradients()[i]))
				}
			}
			prog := c.compile(t, newOperands(graph.Float64, graph.Train))
			report, err := gradcheck.Check(prog, gradcheck.Opts{Most: 40})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range report {
				if !r.Right(gradientTolerance) {
					t.Errorf("%s: relative error %.2g, element %d: numerical %.9g, analytical %.9g",
						r.Name, r.RelativeError, r.Index, r.Numerical, r.Analytical)
				}
			}
		})
	}
}

func gradientOf(t *testing.T, vg gorgonia.ValueGrad) []float64 {
	t.Helper()
	d, err := vg.Grad()
	if err != nil {
		t.Fatal(err)
	}
	return valuesOf(t, d)
}

func TestGradient_elementwise(t *testing.T) {
	unary := func(name string, f func(*graph.Node) *graph.Node) gradientCase {
		return gradientCase{name, func(o *operands) *graph.Node { return f(o.any(3, 5)) }}
	}
	positive := func(name string, f func(*graph.Node) *graph.Node) gradientCase {
		return gradientCase{name, func(o *operands) *graph.Node { return f(o.positive(3, 5)) }}
	}
	checkGradients(t, []gradientCase{
		unary("neg", (*graph.Node).Neg),
		unary("abs", (*graph.Node).Abs),
		unary("square", (*graph.Node).Square),
		unary("exp", (*graph.Node).Exp),
		unary("reciprocal", (*graph.Node).Reciprocal),
		unary("sigmoid", (*graph.Node).Sigmoid),
		unary("tanh", (*graph.Node).Tanh),
		unary("relu", (*graph.Node).ReLU),
		unary("softplus", (*graph.Node).Softplus),
		unary("log sigmoid", (*graph.Node).LogSigmoid),
		unary("gelu", (*graph.Node).GELU),
		unary("scale", func(n *graph.Node) *graph.Node { return n.Scale(-1.7) }),
		unary("scale by 0", func(n *graph.Node) *graph.Node { return n.Scale(0).Add(n) }),
		unary("shift", func(n *graph.Node) *graph.Node { return n.Shift(0.3) }),
		unary("clip", func(n *graph.Node) *graph.Node { return n.Clip(0.6103) }),
		unary("clamp", func(n *graph.Node) *graph.Node { return n.Clamp(-0.7123, 0.4321) }),
		unary("clamp from below", func(n *graph.Node) *graph.Node { return n.Clamp(0.1, math.Inf(1)) }),
		unary("cube", func(n *graph.Node) *graph.Node { return n.PowScalar(3) }),
		unary("power -2", func(n *graph.Node) *graph.Node { return n.PowScalar(-2) }),
		unary("power 0", func(n *graph.Node) *graph.Node { return n.PowScalar(0).Add(n) }),
		positive("power 0.75", func(n *graph.Node) *graph.Node { return n.PowScalar(0.75) }),
		unary("sign beside others", func(n *graph.Node) *graph.Node { return n.Sign().Mul(n.Square()) }),
		unary("comparisons beside others", func(n *graph.Node) *graph.Node { return n.Gt(n.Neg()).Add(n.Le(n.Tanh())).Mul(n.Square()) }),
		unary("leaky relu", func(n *graph.Node) *graph.Node { return n.LeakyReLU(0.1) }),
		unary("leaky relu, slope 0", func(n *graph.Node) *graph.Node { return n.LeakyReLU(0) }),
		unary("leaky relu, slope -0.5", func(n *graph.Node) *graph.Node { return n.LeakyReLU(-0.5) }),
		unary("leaky relu, slope 1.5", func(n *graph.Node) *graph.Node { return n.LeakyReLU(1.5) }),
		unary("leaky relu max", func(n *graph.Node) *graph.Node { return n.LeakyReLUMax(0.1) }),
		unary("leaky relu max, 1.5", func(n *graph.Node) *graph.Node { return n.LeakyReLUMax(1.5) }),
		unary("elu", func(n *graph.Node) *graph.Node { return n.ELU(1) }),
		unary("elu, alpha 0.5", func(n *graph.Node) *graph.Node { return n.ELU(0.5) }),
		unary("elu, alpha -0.5", func(n *graph.Node) *graph.Node { return n.ELU(-0.5) }),
		unary("elu max", func(n *graph.Node) *graph.Node { return n.ELUMax(1) }),
		unary("elu max, alpha 0.3", func(n *graph.Node) *graph.Node { return n.ELUMax(0.3) }),
		positive("sqrt", (*graph.Node).Sqrt),
		positive("log", (*graph.Node).Log),
		unary("exp of what is read again", func(n *graph.Node) *graph.Node { y := n.Tanh(); return y.Exp().Add(y) }),
		unary("several uses of one node", func(n *graph.Node) *graph.Node {
			return n.Tanh().Add(n.Square()).Sub(n).Mul(n)
		}),
		unary("one node twice in an operation", func(n *graph.Node) *graph.Node { return n.Mul(n).Add(n.Div(n)) }),
	})
}

func TestGradient_broadcast(t *testing.T) {
	ops := map[string]func(a, b *graph.Node) *graph.Node{
		"add": (*graph.Node).Add, "sub": (*graph.Node).Sub, "mul": (*graph.Node).Mul, "div": (*graph.Node).Div,
		"maximum": (*graph.Node).Maximum, "minimum": (*graph.Node).Minimum, "pow": (*graph.Node).Pow,
		"where": func(a, b *graph.Node) *graph.Node { return graph.Where(a.Gt(b), a.Square(), b.Exp()) },
		"where by b": func(a, b *graph.Node) *graph.Node {
			return graph.Where(b.Lt(b.Graph().Constant([]float64{1})), a, b)
		},
	}
	shapes := []struct{ a, b []int }{
		{[]int{2, 3}, []int{2, 3}},
		{[]int{2, 3}, []int{1, 3}},
		{[]int{2, 3}, []int{2, 1}},
		{[]int{2, 3}, []int{1, 1}},
		{[]int{1, 3}, []int{2, 1}},
		{[]int{2, 1, 4}, []int{2, 3, 1}},
		{[]int{1, 3, 1}, []int{2, 1, 4}},
		{[]int{1, 3, 1, 1}, []int{2, 3, 2, 4}},
		{[]int{2, 3, 2, 4}, []int{1, 3, 1, 1}},
		{[]int{4}, []int{1}},
		{[]int{1}, []int{4}},
		{[]int{2, 3}, nil}, // a scalar
		{nil, []int{2, 3}},
		{nil, nil},
	}
	var cases []gradientCase
	for name, f := range ops {
		for _, s := range shapes {
			operand := func(o *operands, shape []int) *graph.Node {
				if shape == nil {
					return o.positive(1).Reshape()
				}
				return o.positive(shape...)
			}
			cases = append(cases, gradientCase{fmt.Sprint(name, s.a, s.b), func(o *operands) *graph.Node {
				return f(operand(o, s.a), operand(o, s.b))
			}})
		}
	}
	checkGradients(t, cases)
}

func TestGradient_reduce(t *testing.T) {
	ops := map[string]func(n *graph.Node, axes ...int) *graph.Node{
		"sum": (*graph.Node).Sum, "mean": (*graph.Node).Mean, "max": (*graph.Node).Max, "min": (*graph.Node).Min,
	}
	var cases []gradientCase
	for name, f := range ops {
		for set := range 1 << 4 { // every set of the axes of a [2, 3, 2, 3]
			var axes []int
			for a := range 4 {
				if set>>a&1 == 1 {
					axes = append(axes, a)
				}
			}
			cases = append(cases, gradientCase{fmt.Sprint(name, axes), func(o *operands) *graph.Node {
				return f(o.distinct(2, 3, 2, 3), axes...)
			}})
		}
		cases = append(cases, gradientCase{name + " negative axes", func(o *operands) *graph.Node {
			return f(o.distinct(2, 3, 4), -1, -3)
		}})
	}
	for _, axis := range []int{0, 1, 2, -1} {
		cases = append(cases,
			gradientCase{fmt.Sprint("softmax ", axis), func(o *operands) *graph.Node { return o.any(2, 3, 4).Softmax(axis) }},
			gradientCase{fmt.Sprint("log softmax ", axis), func(o *operands) *graph.Node { return o.any(2, 3, 4).LogSoftmax(axis) }})
	}
	checkGradients(t, cases)
}

func TestGradient_shape(t *testing.T) {
	x := func(name string, f func(n *graph.Node) *graph.Node) gradientCase {
		return gradientCase{name, func(o *operands) *graph.Node { return f(o.any(2, 3, 4)) }}
	}
	cases := []gradientCase{
		x("reshape", func(n *graph.Node) *graph.Node { return n.Reshape(4, -1) }),
		x("flatten", func(n *graph.Node) *graph.Node { return n.Flatten() }),
		x("reversed", func(n *graph.Node) *graph.Node { return n.Transpose() }),
		x("transpose of a reshape of a transpose", func(n *graph.Node) *graph.Node {
			return n.Transpose(1, 2, 0).Reshape(6, 4).Transpose()
		}),
		x("a view of a view", func(n *graph.Node) *graph.Node { return n.Slice(0, 1, 2).Reshape(3, 4).Slice(0, 1, 3) }),
		x("overlapping slices", func(n *graph.Node) *graph.Node {
			return n.Slice(2, 0, 3).Add(n.Slice(2, 1, 4)).Mul(n.Slice(2, 1, 4))
		}),
		x("index", func(n *graph.Node) *graph.Node { return n.Index(1, 2).Mul(n.Index(1, 0)) }),
		x("last index", func(n *graph.Node) *graph.Node { return n.Index(-1, 3) }),
		x("concat with itself", func(n *graph.Node) *graph.Node { return graph.Concat(1, n, n.Scale(2), n) }),
		x("stack", func(n *graph.Node) *graph.Node { return graph.Stack(n.Index(0, 0), n.Index(0, 1)) }),
		{"concat of unlike sizes", func(o *operands) *graph.Node {
			return graph.Concat(-1, o.any(2, 3), o.any(2, 1), o.any(2, 2))
		}},
		{"stack of scalars", func(o *operands) *graph.Node {
			return graph.Stack(o.any(3).Sum(), o.any(3).Mean())
		}},
	}
	for axis, size := range []int{2, 3, 4} {
		for lo := range size {
			for hi := lo + 1; hi <= size; hi++ {
				cases = append(cases, x(fmt.Sprintf("slice %d %d:%d", axis, lo, hi), func(n *graph.Node) *graph.Node {
					return n.Slice(axis, lo, hi)
				}))
			}
		}
		cases = append(cases, gradientCase{fmt.Sprintf("concat %d", axis), func(o *operands) *graph.Node {
			return graph.Concat(axis, o.any(2, 3, 4), o.any(2, 3, 4))
		}})
	}
	for _, p := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}, {-1, 0, 1}} {
		cases = append(cases, x(fmt.Sprint("transpose ", p), func(n *graph.Node) *graph.Node { return n.Transpose(p...) }))
	}
	checkGradients(t, cases)
}

func TestGradient_product(t *testing.T) {
	two := func(name string, f func(a, b *graph.Node) *graph.Node, a, b []int) gradientCase {
		return gradientCase{name, func(o *operands) *graph.Node { return f(o.any(a...), o.any(b...)) }}
	}
	mul, mulT, tmul := (*graph.Node).MatMul, (*graph.Node).MatMulT, (*graph.Node).TMatMul
	checkGradients(t, []gradientCase{
		two("matmul", mul, []int{2, 3}, []int{3, 4}),
		two("matmul of vectors", mul, []int{1, 3}, []int{3, 1}),
		two("outer product", mul, []int{3, 1}, []int{1, 2}),
		two("transposed right", mulT, []int{2, 3}, []int{4, 3}),
		two("transposed left", tmul, []int{3, 2}, []int{3, 4}),
		two("batched", mul, []int{3, 2, 3}, []int{3, 3, 4}),
		two("batched, transposed right", mulT, []int{3, 2, 3}, []int{3, 4, 3}),
		two("batched, transposed left", tmul, []int{3, 3, 2}, []int{3, 3, 4}),
		two("a batch of one", mul, []int{1, 2, 3}, []int{1, 3, 4}),
		{"a matrix times itself", func(o *operands) *graph.Node { a := o.any(3, 3); return a.MatMul(a).MatMulT(a) }},
		{"linear", func(o *operands) *graph.Node { return o.any(2, 3).Linear(o.any(4, 3), o.any(4)) }},
		{"linear without bias", func(o *operands) *graph.Node { return o.any(2, 3).Linear(o.any(4, 3), nil) }},
		{"linear, read by relu and through a view", func(o *operands) *graph.Node {
			y := o.any(2, 3).Linear(o.any(4, 3), o.any(4))
			return y.Reshape(4, 2).MatMul(y.ReLU())
		}},
		{"linear, read by relu and by another", func(o *operands) *graph.Node {
			y := o.any(2, 3).Linear(o.any(4, 3), o.any(4))
			return y.ReLU().Mul(y.Tanh())
		}},
		{"linear, then relu", func(o *operands) *graph.Node { return o.any(2, 3).Linear(o.any(4, 3), o.any(4)).ReLU() }},
		{"linear, then tanh", func(o *operands) *graph.Node { return o.any(2, 3).Linear(o.any(4, 3), o.any(4)).Tanh() }},
		{"linear, then sigmoid", func(o *operands) *graph.Node { return o.any(2, 3).Linear(o.any(4, 3), o.any(4)).Sigmoid() }},
		{"linear, then leaky relu", func(o *operands) *graph.Node {
			return o.any(2, 3).Linear(o.any(4, 3), o.any(4)).LeakyReLU(0.1)
		}},
	})
}

func TestGradient_lookup(t *testing.T) {
	labels := func(o *operands) *graph.Node { return o.ints([]int{2, 0, 2, 1}, 4) }
	nll := func(name string, s float64, weights bool, f func(z *graph.Node) *graph.Node) gradientCase {
		return gradientCase{name, func(o *operands) *graph.Node {
			opts := graph.NLLOpts{Smoothing: s}
			if weights {
				opts.ClassWeights = o.input(3).Square()
			}
			return f(o.any(4, 3)).NLL(labels(o), opts)
		}}
	}
	same := func(z *graph.Node) *graph.Node { return z }
	logp := func(z *graph.Node) *graph.Node { return z.LogSoftmax(-1) }
	twice := func(z *graph.Node) *graph.Node { l := z.LogSoftmax(1); return l.Add(l.Square()) }
	cases := []gradientCase{
		{"embedding", func(o *operands) *graph.Node { return o.any(5, 3).Embedding(o.ints([]int{4, 0, 4, 1, 1, 4}, 2, 3)) }},
		{"embedding of one", func(o *operands) *graph.Node { return o.any(5, 3).Embedding(o.ints([]int{2}, 1)) }},
	}
	for _, w := range []bool{false, true} {
		for _, s := range []float64{0, 0.3} {
			name := fmt.Sprintf("nll smoothing %g weights %t", s, w)
			cases = append(cases, nll(name, s, w, same), nll(name+" of log softmax", s, w, logp), nll(name+" of more", s, w, twice))
		}
	}
	checkGradients(t, cases)
}
