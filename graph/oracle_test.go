package graph_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// A stock network is made of Gorgonia's own operations. Its first leaf is the
// input, the others are parameters; build returns the loss.
type stockNetwork struct {
	name   string
	leaves [][]int
	build  func(leaf []*gorgonia.Node) *gorgonia.Node
}

func must(n *gorgonia.Node, err error) *gorgonia.Node {
	if err != nil {
		panic(err)
	}
	return n
}

// stockNetworks use stock operations whose gradients are right, each with
// its gradient.
func stockNetworks() []stockNetwork {
	type node = gorgonia.Node
	mul := func(a, b *node) *node { return must(gorgonia.Mul(a, b)) }
	add := func(a, b *node) *node { return must(gorgonia.Add(a, b)) }
	had := func(a, b *node) *node { return must(gorgonia.HadamardProd(a, b)) }
	sum := func(a *node, axes ...int) *node { return must(gorgonia.Sum(a, axes...)) }
	tanh := func(a *node) *node { return must(gorgonia.Tanh(a)) }
	sigmoid := func(a *node) *node { return must(gorgonia.Sigmoid(a)) }
	return []stockNetwork{
		{"dense", [][]int{{3, 4}, {4, 5}, {1, 5}, {5, 2}}, func(l []*node) *node {
			h := tanh(must(gorgonia.BroadcastAdd(mul(l[0], l[1]), l[2], nil, []byte{0})))
			return must(gorgonia.Mean(must(gorgonia.Square(mul(h, l[3])))))
		}},
		{"elementwise", [][]int{{3, 4}, {3, 4}}, func(l []*node) *node {
			p := add(must(gorgonia.Square(l[1])), must(gorgonia.Exp(l[0])))
			q := had(must(gorgonia.Sqrt(p)), must(gorgonia.Log(p)))
			r := must(gorgonia.HadamardDiv(must(gorgonia.Sub(q, l[1])), p))
			return sum(add(had(must(gorgonia.Softplus(r)), must(gorgonia.Abs(l[1]))), must(gorgonia.Rectify(l[1]))))
		}},
		{"axes", [][]int{{2, 3, 4}, {2, 3, 4}}, func(l []*node) *node {
			p := had(l[0], l[1])
			a := sum(p, 1)                                  // [2, 4]
			b := must(gorgonia.Mean(p, 0))                  // [3, 4]
			c := mul(a, must(gorgonia.Transpose(b, 1, 0)))  // [2, 3]
			d := must(gorgonia.Reshape(c, tensor.Shape{6})) // [6]
			e := must(gorgonia.Slice(d, gorgonia.S(1, 5)))  // [4]
			f := must(gorgonia.Concat(0, e, e))             // [8]
			return sum(had(f, f))
		}},
		{"slices of slices", [][]int{{4, 6}, {4, 6}}, func(l []*node) *node {
			a := must(gorgonia.Slice(had(l[0], l[1]), nil, gorgonia.S(1, 5))) // [4, 4], not contiguous
			b := must(gorgonia.Slice(a, gorgonia.S(1, 3)))                    // [2, 4]
			c := must(gorgonia.Transpose(b, 1, 0))                            // [4, 2]
			d := tanh(mul(b, c))                                              // [2, 2]
			return must(gorgonia.Mean(d))
		}},
		{"batched", [][]int{{3, 2, 4}, {3, 4, 2}}, func(l []*node) *node {
			return sum(tanh(must(gorgonia.BatchedMatMul(l[0], l[1]))))
		}},
		{"convolution", [][]int{{2, 1, 8, 8}, {3, 1, 3, 3}, {27, 2}}, func(l []*node) *node {
			c := must(gorgonia.Conv2d(l[0], l[1], tensor.Shape{3, 3}, []int{0, 0}, []int{1, 1}, []int{1, 1}))
			p := must(gorgonia.MaxPool2D(must(gorgonia.Rectify(c)), tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
			return must(gorgonia.Mean(tanh(mul(must(gorgonia.Reshape(p, tensor.Shape{2, 27})), l[2]))))
		}},
		{"recurrent", [][]int{{2, 3}, {3, 3}, {3, 3}, {3, 3}, {3, 3}}, func(l []*node) *node {
			h, c := l[0], tanh(l[0])
			for range 12 {
				i, f := sigmoid(mul(h, l[1])), sigmoid(mul(h, l[2]))
				g, o := tanh(mul(h, l[3])), sigmoid(mul(h, l[4]))
				c = add(had(f, c), had(i, g))
				h = had(o, tanh(c))
			}
			return sum(h)
		}},
	}
}

// TestProgram_tapeMachine: on stock operations the program gives the bits of
// Gorgonia's own machine, in the first run and in those after it.
func TestProgram_tapeMachine(t *testing.T) {
	for _, dtype := range []graph.DType{graph.Float32, graph.Float64} {
		for _, net := range stockNetworks() {
			t.Run(fmt.Sprint(net.name, " ", dtype), func(t *testing.T) {
				compareWithTapeMachine(t, net, dtype)
			})
		}
	}
}

func compareWithTapeMachine(t *testing.T, net stockNetwork, dtype graph.DType) {
	g := graph.New(graph.NewStore(dtype, 1), graph.Train)
	nodes := []*graph.Node{g.Input("x", net.leaves[0]...).RequireGrad()}
	for i, shape := range net.leaves[1:] {
		nodes = append(nodes, g.Scope().Param(fmt.Sprintf("w%d", i), nn.Normal(0, 0.5), shape...))
	}
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	ours := make([]*gorgonia.Node, len(nodes))
	for i, n := range nodes {
		ours[i] = n.Gorgonia()
	}
	prog, err := g.Compile(g.Wrap(net.build(ours)))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for run := range 3 {
		x := make([]float64, nodes[0].Len())
		for i := range x {
			x[i] = float64(float32(r.NormFloat64()))
		}
		graph.Poison(prog)
		if err := prog.Run(nodes[0].FeedFloat64s(x)); err != nil {
			t.Fatal(err)
		}
		values := [][]float64{x}
		for _, p := range g.Store().Params() {
			values = append(values, p.Values())
		}
		loss, grads := tapeMachine(t, net, dtype, values)
		if got := prog.Loss(); got != loss {
			t.Errorf("run %d: loss %v, want %v", run, got, loss)
		}
		for i, n := range nodes {
			sameBits(t, fmt.Sprintf("run %d: gradient of %s", run, n), prog.Gradient(n), grads[i])
		}
	}
}

// tapeMachine computes the same with Gorgonia alone.
func tapeMachine(t *testing.T, net stockNetwork, dtype graph.DType, values [][]float64) (loss float64, grads [][]float64) {
	t.Helper()
	expr := gorgonia.NewGraph()
	leaves := make(gorgonia.Nodes, len(values))
	for i, v := range values {
		leaves[i] = gorgonia.NewTensor(expr, stockDtype(dtype), len(net.leaves[i]),
			gorgonia.WithShape(net.leaves[i]...), gorgonia.WithName(fmt.Sprintf("leaf%d", i)),
			gorgonia.WithValue(stockValue(dtype, net.leaves[i], v)))
	}
	out := net.build(leaves)
	d, err := gorgonia.Grad(out, leaves...)
	if err != nil {
		t.Fatal(err)
	}
	var read gorgonia.Value
	reads := make([]gorgonia.Value, len(d))
	gorgonia.Read(out, &read)
	for i, n := range d {
		gorgonia.Read(n, &reads[i])
	}
	vm := gorgonia.NewTapeMachine(expr)
	defer func() { _ = vm.Close() }()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	for _, v := range reads {
		grads = append(grads, valuesOf(t, v))
	}
	return valuesOf(t, read)[0], grads
}

func stockDtype(d graph.DType) tensor.Dtype {
	if d == graph.Float64 {
		return tensor.Float64
	}
	return tensor.Float32
}

func stockValue(d graph.DType, shape []int, v []float64) *tensor.Dense {
	if d == graph.Float64 {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(append([]float64(nil), v...)))
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(narrow(v)))
}

func narrow(v []float64) []float32 {
	f := make([]float32, len(v))
	for i := range v {
		f[i] = float32(v[i])
	}
	return f
}

// valuesOf returns the elements of a value in row-major order.
func valuesOf(t rapid.TB, v gorgonia.Value) []float64 {
	t.Helper()
	if d, ok := v.(*tensor.Dense); ok && d.RequiresIterator() {
		v = d.Materialize().(gorgonia.Value)
	}
	switch x := v.Data().(type) {
	case float32:
		return []float64{float64(x)}
	case float64:
		return []float64{x}
	case []float32:
		out := make([]float64, len(x))
		for i := range x {
			out[i] = float64(x[i])
		}
		return out
	case []float64:
		return append([]float64(nil), x...)
	}
	t.Fatalf("a value of type %T", v)
	return nil
}

// sameBits fails where an element differs in any bit; all NaN are one.
func sameBits(t rapid.TB, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
	for i := range got {
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) && !(math.IsNaN(got[i]) && math.IsNaN(want[i])) {
			t.Errorf("%s: element %d: %v, want %v", what, i, got[i], want[i])
			return
		}
	}
}

// TestOp_tapeMachine: our operations run on Gorgonia's machine as well, with
// the same bits at one thread.
func TestOp_tapeMachine(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	store.SetThreads(1)
	g := graph.New(store, graph.Train)
	x, y := g.Input("x", 2, 1, 12, 12), g.Labels("y", 2)
	s := g.Scope()
	h := nn.NewConv2d(s.At("conv"), 1, 3, 3, nn.ConvOpts{Pad: 1}).Forward(x).ReLU().MaxPool2d(2)
	h = nn.NewBatchNorm2d(s.At("bn"), 3, nn.BatchNormOpts{}).Forward(h).Tanh()
	h = nn.NewDropout(s.At("drop"), 0.2).Forward(h.Flatten())
	logits := nn.NewLinear(s.At("fc"), h.Dim(1), 4).Forward(h)
	loss := logits.LogSoftmax(-1).NLL(y, graph.NLLOpts{}).Mean()
	prog, err := g.Compile(loss, logits)
	if err != nil {
		t.Fatal(err)
	}
	image := make([]float64, x.Len())
	awayFromZero(rand.New(rand.NewPCG(1, 2)), nil, image)
	if err := prog.Run(x.FeedFloat64s(image), y.FeedInts([]int{3, 0})); err != nil {
		t.Fatal(err)
	}
	want := prog.Values(logits)
	var grads [][]float64
	for _, p := range prog.Gradients() {
		d, err := p.Grad()
		if err != nil {
			t.Fatal(err)
		}
		grads = append(grads, valuesOf(t, d))
	}
	expr := g.Gorgonia()
	vm := gorgonia.NewTapeMachine(expr)
	defer func() { _ = vm.Close() }()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	sameBits(t, "logits", valuesOf(t, logits.Gorgonia().Value()), want)
	for i, p := range []string{"conv.weight", "conv.bias", "bn.weight", "bn.bias", "fc.weight", "fc.bias"} {
		var leaf *gorgonia.Node
		for _, n := range expr.AllNodes() {
			if n.Name() == p && n.Op() == nil {
				leaf = n
			}
		}
		sameBits(t, p, valuesOf(t, leaf.Deriv().Value()), grads[i])
	}
}
