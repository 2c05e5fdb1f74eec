package graph_test

import (
	"math"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/internal/machine"
	"github.com/pkg/errors"
)

// TestErrors_build: each wrong use is one error that names the operation, the
// operands and what was expected.
func TestErrors_build(t *testing.T) {
	type inputs = func(shape ...int) *graph.Node
	ints := func(x *graph.Node, shape ...int) *graph.Node { return x.Graph().InputInts("ids", shape...) }
	cases := []struct {
		name  string
		build func(x inputs)
		want  string
	}{
		{"add ranks", func(x inputs) { x(2, 3).Add(x(3)) }, "Add: x1(2, 3), x2(3): the shapes do not broadcast: expected one rank, and in each axis equal sizes or 1"},
		{"add sizes", func(x inputs) { x(2, 3).Add(x(2, 2)) }, "Add: x1(2, 3), x2(2, 2): the shapes do not broadcast"},
		{"sub", func(x inputs) { x(2).Sub(x(3)) }, "Sub: x1(2), x2(3)"},
		{"mul", func(x inputs) { x(2).Mul(x(3)) }, "Mul: x1(2), x2(3)"},
		{"div", func(x inputs) { x(2).Div(x(3)) }, "Div: x1(2), x2(3)"},
		{"maximum", func(x inputs) { x(2).Maximum(x(3)) }, "Maximum: x1(2), x2(3): the shapes do not broadcast"},
		{"minimum of ranks", func(x inputs) { x(2).Minimum(x(2, 1)) }, "Minimum: x1(2), x2(2, 1): the shapes do not broadcast"},
		{"pow", func(x inputs) { x(2, 3).Pow(x(3, 2)) }, "Pow: x1(2, 3), x2(3, 2): the shapes do not broadcast"},
		{"pow of ints", func(x inputs) { n := x(2); n.Pow(ints(n, 2)) }, "Pow: x1(2), ids(2): expected floating-point numbers of one type"},
		{"pow by NaN", func(x inputs) { x(2).PowScalar(math.NaN()) }, "PowScalar: x1(2): exponent NaN, expected a number"},
		{"pow scalar of ints", func(x inputs) { ints(x(2), 2).PowScalar(2) }, "PowScalar: ids(2): expected floating-point"},
		{"clamp", func(x inputs) { x(2).Clamp(1, 0) }, "Clamp: x1(2): bounds 1 and 0, expected the lower one first"},
		{"clamp by NaN", func(x inputs) { x(2).Clamp(0, math.NaN()) }, "bounds 0 and NaN"},
		{"clip below 0", func(x inputs) { x(2).Clip(-1) }, "Clamp: x1(2): bounds 1 and -1"},
		{"clamp of ints", func(x inputs) { ints(x(2), 2).Clamp(0, 1) }, "Clamp: ids(2): expected floating-point"},
		{"sign of ints", func(x inputs) { ints(x(2), 2).Sign() }, "Sign: ids(2): expected floating-point"},
		{"where", func(x inputs) { graph.Where(x(2), x(3), x(1)) }, "Where: x1(2), x2(3), x3(1): the shapes do not broadcast"},
		{"where by ints", func(x inputs) { n := x(2); graph.Where(ints(n, 2), n, n) }, "Where: ids(2), x1(2), x1(2): expected floating-point numbers of one type"},
		{"where nil", func(x inputs) { n := x(2); graph.Where(n, n, nil) }, "Where: operand 2 is nil"},
		{"compare shapes", func(x inputs) { x(2).Gt(x(3)) }, "Gt: x1(2), x2(3): the shapes do not broadcast"},
		{"compare ints' shapes", func(x inputs) { n := x(2); ints(n, 2).Eq(n.Graph().InputInts("more", 3)) }, "Eq: ids(2), more(3): the shapes do not broadcast"},
		{"compare kinds", func(x inputs) { n := x(2); n.Le(ints(n, 2)) }, "Le: x1(2), ids(2): expected floating-point numbers of one type"},
		{"nil operand", func(x inputs) { x(2).Mul(nil) }, "Mul: operand 1 is nil"},
		{"another graph", func(x inputs) {
			x(2).Add(graph.New(graph.NewStore(graph.Float64, 1), graph.Train).Input("far", 2))
		}, "Add: operand 1, far(2), belongs to another graph"},
		{"ints in arithmetic", func(x inputs) { n := x(2); n.Add(ints(n, 2)) }, "Add: x1(2), ids(2): expected floating-point numbers of one type"},
		{"unary of ints", func(x inputs) { ints(x(2), 2).Exp() }, "Exp: ids(2): expected floating-point numbers"},
		{"sum of ints", func(x inputs) { ints(x(2), 2).Sum() }, "Sum: ids(2): expected floating-point numbers"},
		{"sum axis", func(x inputs) { x(2, 3).Sum(2) }, "Sum: x1(2, 3): no axis 2, or given twice"},
		{"mean axis twice", func(x inputs) { x(2, 3).Mean(0, -2) }, "Mean: x1(2, 3): no axis -2, or given twice"},
		{"max axis", func(x inputs) { x(2).Max(-2) }, "Max: x1(2): no axis -2"},
		{"min of a scalar's axis", func(x inputs) { x().Min(0) }, "Min: x1(): no axis 0"},
		{"softmax axis", func(x inputs) { x(2).Softmax(1) }, "Softmax: x1(2): no axis 1"},
		{"log softmax of a scalar", func(x inputs) { x().LogSoftmax(-1) }, "LogSoftmax: x1(): no axis -1"},
		{"softmax of ints", func(x inputs) { ints(x(2), 2).Softmax(0) }, "Softmax: ids(2): expected floating-point"},
		{"roi pool", func(x inputs) { x(2, 3, 4).RoIPool(x(2, 5), 1, 1, 1) }, "RoIPool: x1(2, 3, 4), x2(2, 5): expected maps [N, C, H, W] with regions [R, 5]"},
		{"roi pool bins", func(x inputs) { x(1, 1, 4, 4).RoIPool(x(2, 5), 0, 1, 1) }, "0×1 bins at scale 1, expected numbers above 0"},
		{"call", func(x inputs) { graph.Call("Pick", nil, []int{2}, x(2)) }, "Pick: x1(2): function for a result of shape [2], expected a function, sizes above 0"},
		{"reshape", func(x inputs) { x(2, 3).Reshape(4, 2) }, "Reshape: x1(2, 3): 6 elements do not fit shape [4 2]"},
		{"reshape rest", func(x inputs) { x(2, 3).Reshape(4, -1) }, "6 elements do not fit shape [4 -1]"},
		{"reshape two rests", func(x inputs) { x(2, 3).Reshape(-1, -1) }, "do not fit shape [-1 -1]"},
		{"reshape to 0", func(x inputs) { x(2, 3).Reshape(0, 6) }, "do not fit shape [0 6]"},
		{"reshape to negatives", func(x inputs) { x(2, 3).Reshape(-2, -3) }, "do not fit shape [-2 -3]"},
		{"flatten", func(x inputs) { x().Flatten() }, "Flatten: x1(): a scalar, expected [N, …]"},
		{"transpose", func(x inputs) { x(2, 3).Transpose(0, 0) }, "Transpose: x1(2, 3): axes [0 0], expected each of 2 once"},
		{"transpose too few", func(x inputs) { x(2, 3).Transpose(1) }, "axes [1], expected each of 2 once"},
		{"transpose of ints", func(x inputs) { ints(x(2), 2, 3).Transpose() }, "Transpose: ids(2, 3): expected floating-point"},
		{"slice axis", func(x inputs) { x(2, 3).Slice(2, 0, 1) }, "Slice: x1(2, 3): no axis 2"},
		{"slice range", func(x inputs) { x(2, 3).Slice(1, 2, 4) }, "Slice: x1(2, 3): elements 2 to 4 of axis 1, expected a part of 0 to 3"},
		{"empty slice", func(x inputs) { x(2, 3).Slice(1, 2, 2) }, "elements 2 to 2 of axis 1"},
		{"slice of ints", func(x inputs) { ints(x(2), 2, 3).Slice(1, 0, 1) }, "integers can be sliced along the first axis only"},
		{"index", func(x inputs) { x(2, 3).Index(0, 2) }, "Slice: x1(2, 3): elements 2 to 3 of axis 0"},
		{"concat axis", func(x inputs) { graph.Concat(2, x(2, 3)) }, "Concat: x1(2, 3): no axis 2"},
		{"concat sizes", func(x inputs) { graph.Concat(0, x(2, 3), x(2, 4)) }, "Concat: x1(2, 3), x2(2, 4): expected equal sizes but along axis 0"},
		{"concat ranks", func(x inputs) { graph.Concat(-1, x(2, 3), x(2)) }, "expected equal sizes but along axis -1"},
		{"concat nil first", func(x inputs) { graph.Concat(0, nil, x(2)) }, "Concat: operand 0 is nil"},
		{"concat of ints", func(x inputs) { n := x(2); graph.Concat(0, n, ints(n, 2)) }, "expected floating-point numbers of one type"},
		{"stack", func(x inputs) { graph.Stack(x(2), x(3)) }, "Concat: Reshape(1, 2), Reshape(1, 3): expected equal sizes"},
		{"dim", func(x inputs) { x(2, 3).Dim(2) }, "Dim: x1(2, 3) has no axis 2"},
		{"matmul inner", func(x inputs) { x(2, 3).MatMul(x(2, 3)) }, "MatMul: x1(2, 3), x2(2, 3): inner sizes 3 and 2, expected equal ones"},
		{"matmul rank", func(x inputs) { x(2, 3).MatMul(x(3)) }, "expected two matrices, or two batches of them"},
		{"matmul transposed", func(x inputs) { x(2, 3).MatMulT(x(3, 2)) }, "MatMulT: x1(2, 3), x2(3, 2): inner sizes 3 and 2"},
		{"transposed matmul", func(x inputs) { x(2, 3).TMatMul(x(3, 2)) }, "TMatMul: x1(2, 3), x2(3, 2): inner sizes 2 and 3"},
		{"matmul batches", func(x inputs) { x(2, 3, 4).MatMul(x(3, 4, 3)) }, "BatchedMatMul: x1(2, 3, 4), x2(3, 4, 3): batches of 2 and 3, expected equal sizes"},
		{"linear rank", func(x inputs) { x(2, 3, 4).Linear(x(2, 3), nil) }, "Linear: x1(2, 3, 4), x2(2, 3): x has 3 axes, expected [N, in]; Flatten gives that"},
		{"linear weight", func(x inputs) { x(2, 3).Linear(x(4, 2), nil) }, "Linear: x1(2, 3), x2(4, 2): expected weight [out, 3]"},
		{"linear bias", func(x inputs) { x(2, 3).Linear(x(4, 3), x(3)) }, "expected bias [4]"},
		{"linear no weight", func(x inputs) { x(2, 3).Linear(nil, nil) }, "Linear: operand 1 is nil"},
		{"conv channels", func(x inputs) { x(2, 3, 8, 8).Conv(x(8, 4, 3, 3), nil, graph.ConvOpts{}) }, "Conv2d: x1(2, 3, 8, 8), x2(8, 4, 3, 3): weight for 4 input channels, expected 3"},
		{"conv rank", func(x inputs) { x(2, 3).Conv(x(8, 3), nil, graph.ConvOpts{}) }, "Conv: x1(2, 3), x2(8, 3): expected x [N, C, …] and weight [K"},
		{"conv kernel", func(x inputs) { x(2, 3, 4, 8).Conv(x(8, 3, 5, 3), nil, graph.ConvOpts{}) }, "a kernel of size 5 reaches over 5, the padded input has 4"},
		{"conv dilated kernel", func(x inputs) {
			x(2, 3, 4).Conv(x(8, 3, 3), nil, graph.ConvOpts{Dilation: []int{2}})
		}, "Conv1d: x1(2, 3, 4), x2(8, 3, 3): a kernel of size 3 reaches over 5, the padded input has 4"},
		{"conv groups", func(x inputs) { x(2, 3, 8).Conv(x(4, 1, 3), nil, graph.ConvOpts{Groups: 2}) }, "2 groups, expected a divisor of 3 and 4 channels"},
		{"conv stride", func(x inputs) { x(2, 3, 8).Conv(x(4, 3, 3), nil, graph.ConvOpts{Stride: []int{-1}}) }, "stride -1, expected at least 1"},
		{"conv dilation", func(x inputs) { x(2, 3, 8).Conv(x(4, 3, 3), nil, graph.ConvOpts{Dilation: []int{0}}) }, "dilation 0, expected at least 1"},
		{"conv pad", func(x inputs) { x(2, 3, 8).Conv(x(4, 3, 3), nil, graph.ConvOpts{Pad: [][2]int{{-1, 0}}}) }, "padding [-1 0], expected none negative"},
		{"conv lists", func(x inputs) {
			x(2, 3, 8).Conv(x(4, 3, 3), nil, graph.ConvOpts{Stride: []int{1, 2}})
		}, "stride for 2 axes, expected one value, or 1"},
		{"conv bias", func(x inputs) { x(2, 3, 8).Conv(x(4, 3, 3), x(3), graph.ConvOpts{}) }, "expected bias [4]"},
		{"transposed conv channels", func(x inputs) { x(2, 3, 8).ConvTranspose(x(4, 3, 3), nil, graph.ConvOpts{}) }, "ConvTranspose1d: x1(2, 3, 8), x2(4, 3, 3): weight for 4 input channels, expected 3"},
		{"transposed conv rank", func(x inputs) { x(2).ConvTranspose(x(2), nil, graph.ConvOpts{}) }, "ConvTranspose: x1(2), x2(2): expected x [N, C, …]"},
		{"transposed conv output pad", func(x inputs) {
			x(2, 3, 8).ConvTranspose(x(3, 4, 3), nil, graph.ConvOpts{OutputPad: []int{1}})
		}, "output pad 1, expected less than stride 1 or dilation 1"},
		{"transposed conv size", func(x inputs) {
			x(2, 3, 1).ConvTranspose(x(3, 4, 2), nil, graph.ConvOpts{Pad: [][2]int{{1, 1}}})
		}, "output size 0, expected at least 1"},
		{"transposed conv bias", func(x inputs) { x(2, 3, 8).ConvTranspose(x(3, 4, 3), x(3), graph.ConvOpts{}) }, "expected bias [4]"},
		{"pool rank", func(x inputs) { x(2, 3).MaxPool2d(2) }, "MaxPool: x1(2, 3): expected [N, C, …] with one to three spatial axes"},
		{"pool kernel", func(x inputs) { x(1, 1, 3, 3).MaxPool2d(4) }, "MaxPool2d: x1(1, 1, 3, 3): a kernel of size 4 reaches over 4, the padded input has 3"},
		{"pool no kernel", func(x inputs) { x(1, 1, 3, 3).AvgPool(graph.PoolOpts{}) }, "AvgPool2d: x1(1, 1, 3, 3): kernel for 0 axes, expected one size, or 2"},
		{"pool kernel 0", func(x inputs) { x(1, 1, 3).AvgPool(graph.PoolOpts{Kernel: []int{0}}) }, "kernel size 0, expected at least 1"},
		{"pool padding", func(x inputs) {
			x(1, 1, 3).MaxPool(graph.PoolOpts{Kernel: []int{2}, Pad: [][2]int{{2, 0}}})
		}, "padding of 2, expected less than the window's 2"},
		{"global pool", func(x inputs) { x(2, 3).GlobalAvgPool() }, "GlobalAvgPool: x1(2, 3): expected [N, C, …]"},
		{"nearest", func(x inputs) { x(1, 1, 3, 3).UpsampleNearest(6) }, "UpsampleNearest: x1(1, 1, 3, 3): sizes [6], expected one for each"},
		{"nearest size", func(x inputs) { x(1, 1, 3).UpsampleNearest(0) }, "UpsampleNearest: x1(1, 1, 3): shape [1 1 0]: size 0, expected a positive number"},
		{"bilinear", func(x inputs) { x(1, 3, 3).UpsampleBilinear(6, 6, false) }, "UpsampleBilinear: x1(1, 3, 3): expected [N, C, H, W]"},
		{"bilinear size", func(x inputs) { x(1, 1, 3, 3).UpsampleBilinear(6, -6, false) }, "size -6, expected a positive number"},
		{"batch norm rank", func(x inputs) { x(2).BatchNorm(x(2), x(2), 1e-5) }, "BatchNorm: x1(2), x2(2), x3(2): expected [N, C, …]"},
		{"batch norm gamma", func(x inputs) { x(2, 3).BatchNorm(x(2), x(3), 1e-5) }, "expected parameters [3]"},
		{"batch norm of one", func(x inputs) { x(1, 3).BatchNorm(x(3), x(3), 1e-5) }, "one value a channel has no variance: expected a larger batch (drop the last, smaller one)"},
		{"batch norm with", func(x inputs) { x(1, 3).BatchNormWith(x(3), x(2), x(3), x(3), 1e-5) }, "expected parameters [3]"},
		{"dropout", func(x inputs) { n := x(3); n.Dropout(n.Graph().Scope(), "d", 1) }, "Dropout: x1(3): probability 1, expected in [0, 1)"},
		{"dropout nan", func(x inputs) { n := x(3); n.DropoutPlain(n.Graph().Scope(), "d", math.NaN()) }, "DropoutPlain: x1(3): probability NaN"},
		{"dropout scope", func(x inputs) {
			x(3).Dropout(graph.New(graph.NewStore(graph.Float64, 1), graph.Train).Scope().At("far"), "d", 0.5)
		}, "Dropout: scope far.d belongs to another graph"},
		{"dropout of ints", func(x inputs) { n := ints(x(3), 3); n.Dropout(n.Graph().Scope(), "d", 0.5) }, "Dropout: ids(3): expected floating-point"},
		{"dropout mask", func(x inputs) { x(3).DropoutBy(x(2), 0.5) }, "DropoutBy: x1(3), x2(2): expected a mask of the shape and number type of x"},
		{"dropout mask probability", func(x inputs) { x(3).DropoutPlainBy(x(3), -0.5) }, "probability -0.5"},
		{"embedding table", func(x inputs) { n := x(3); n.Embedding(ints(n, 2)) }, "Embedding: x1(3), ids(2): expected a table [V, D]"},
		{"embedding ids", func(x inputs) { x(3, 2).Embedding(x(2)) }, "expected integer indices; InputInts makes them"},
		{"embedding padding", func(x inputs) { n := x(3, 2); n.EmbeddingPadded(ints(n, 2), 3) }, "padding index 3, expected below 3"},
		{"nll rank", func(x inputs) { n := x(3); n.NLL(ints(n, 3), graph.NLLOpts{}) }, "NLL: x1(3), ids(3): expected log-probabilities [N, C]"},
		{"nll labels", func(x inputs) { n := x(3, 2); n.NLL(ints(n, 2), graph.NLLOpts{}) }, "NLL: x1(3, 2), ids(2): expected labels [3]"},
		{"nll float labels", func(x inputs) { x(3, 2).NLL(x(3), graph.NLLOpts{}) }, "expected integer labels; Labels makes them"},
		{"nll weights", func(x inputs) { n := x(3, 2); n.NLL(ints(n, 3), graph.NLLOpts{ClassWeights: x(3)}) }, "expected class weights [2]"},
		{"nll smoothing", func(x inputs) { n := x(3, 2); n.NLL(ints(n, 3), graph.NLLOpts{Smoothing: 1}) }, "smoothing 1, expected in [0, 1)"},
		{"input size", func(x inputs) { x(3, 0) }, "input x1: shape [3 0]: size 0, expected a positive number"},
		{"input overflow", func(x inputs) { x(1<<30, 1<<30) }, "more than 2^40 elements"},
		{"input without name", func(x inputs) { x(1).Graph().Input("", 1) }, "input: no name"},
		{"input name taken", func(x inputs) { x(1).Graph().Input("x1", 1) }, "input x1: the name is taken in this graph; to share weights, call Forward of the same layer again"},
		{"parameter without shape", func(x inputs) { x(1).Graph().Scope().Param("w", nil) }, "parameter w: no shape, expected at least one axis"},
		{"parameter size", func(x inputs) { x(1).Graph().Scope().At("a").Param("w", nil, -1) }, "parameter a.w: shape [-1]: size -1"},
		{"parameter name taken", func(x inputs) {
			s := x(1).Graph().Scope()
			nn.NewLinear(s.At("fc"), 2, 2)
			nn.NewLinear(s.At("fc"), 2, 2)
		}, "parameter fc.weight: the name is taken in this graph"},
		{"gradient of a result", func(x inputs) { x(2).Tanh().RequireGrad() }, "RequireGrad: Tanh(2) is not an input"},
		{"update of an input", func(x inputs) { n := x(2); n.Graph().Update(n, n) }, "Update: x1(2) is no buffer"},
		{"update of another shape", func(x inputs) {
			n := x(3)
			n.Graph().Update(n.Graph().Scope().Buffer("b", nil, 2), n)
		}, "Update: b(2), x1(3): expected equal shapes"},
		{"update of nothing", func(x inputs) { x(2).Graph().Update(nil, nil) }, "Update: operand 0 is nil"},
		{"latest of nothing", func(x inputs) { x(2).Graph().Latest(nil) }, "Latest: operand 0 is nil"},
		{"apply to nothing", func(x inputs) { x(2).Graph().Apply(&userOp{name: "Boil"}, nil) }, "Apply: operand 0 is nil"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
			n := 0
			c.build(func(shape ...int) *graph.Node {
				n++
				return g.Input("x"+string(rune('0'+n)), shape...)
			})
			if err := g.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if prog, err := g.Compile(g.Input("later").Sum()); prog != nil || !errors.Is(err, g.Err()) {
				t.Errorf("Compile: %v, want the first error", err)
			}
		})
	}
}

// TestErrors_stick: after the first error every operation passes through, on
// dead nodes as on live ones, and no later error hides the first.
func TestErrors_stick(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x, ids := g.Input("x", 2, 3), g.InputInts("ids", 2)
	buffer := g.Scope().Buffer("b", nil, 3)
	bad := x.Reshape(5)
	first := g.Err()
	if first == nil {
		t.Fatal("no error")
	}
	for _, n := range []*graph.Node{bad, x} {
		for _, y := range []*graph.Node{
			n.Add(x), x.Add(n), n.MatMul(x), n.Linear(x, x), n.Conv(x, nil, graph.ConvOpts{}), n.ConvTranspose(x, nil, graph.ConvOpts{}),
			n.MaxPool2d(2), n.AvgPool2d(2), n.GlobalMaxPool(), n.GlobalAvgPool(), n.Sum(9), n.Softmax(9), n.Tanh(), n.Flatten(), n.Reshape(7),
			n.Transpose(9), n.Slice(9, 9, 9), n.Index(9, 9), graph.Concat(9, n, x), graph.Stack(n, x), n.Embedding(ids), n.NLL(ids, graph.NLLOpts{}),
			n.Dropout(g.Scope(), "d", 2), n.DropoutBy(x, 2), n.UpsampleNearest(1), n.UpsampleBilinear(1, 1, true), n.Maximum(x), n.Minimum(x),
			n.BatchNormWith(x, x, x, x, 0), g.Apply(nil, n), g.Wrap(nil), g.Input("y", 0), g.Labels("l", 0), g.Scope().Param("x", nil),
		} {
			if y.Gorgonia() != nil || y.Shape() != nil || y.Rank() != 0 || y.Dim(3) != 1 || y.Len() != 1 || y.String() != "nothing" {
				t.Errorf("a node after the error: %v", y)
			}
		}
		y, mean, variance := n.BatchNorm(x, x, 0)
		if y.Gorgonia() != nil || mean.Gorgonia() != nil || variance.Gorgonia() != nil {
			t.Error("batch norm after the error")
		}
	}
	g.Update(buffer, bad)
	bad.RequireGrad()
	if !errors.Is(g.Err(), first) {
		t.Errorf("the error became %v", g.Err())
	}
	for _, fetch := range [][]*graph.Node{nil, {bad}, {x}} {
		if prog, err := g.Compile(bad, fetch...); prog != nil || !errors.Is(err, first) {
			t.Errorf("Compile: %v", err)
		}
	}
}

func TestErrors_compile(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x, ids := g.Input("x", 2), g.InputInts("id")
	other := graph.New(g.Store(), graph.Train).Input("x", 2)
	w := g.Scope().Param("w", graph.Constant(1), 2)
	loss := x.Mul(w).Sum()
	for name, c := range map[string]struct {
		loss  *graph.Node
		fetch []*graph.Node
		want  string
	}{
		"nothing":       {nil, nil, "neither a loss nor nodes to fetch"},
		"no scalar":     {x, nil, "the loss x(2), expected a scalar; Sum or Mean gives one"},
		"integer":       {ids, nil, "the loss id(), expected a scalar"},
		"nil fetch":     {loss, []*graph.Node{nil}, "operand 1 is nil"},
		"another graph": {loss, []*graph.Node{other}, "operand 1, x(2), belongs to another graph"},
	} {
		if prog, err := g.Compile(c.loss, c.fetch...); prog != nil || err == nil || !strings.Contains(err.Error(), "Compile: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	compiled(t, g, loss)
	if _, err := g.Compile(loss.Scale(2)); err == nil || !strings.Contains(err.Error(), "differentiated by Sum() already; a second loss needs a graph of its own") {
		t.Errorf("a second loss: %v", err)
	}
}

// TestErrors_store: two graphs that want other parameters of one name.
func TestErrors_store(t *testing.T) {
	store := graph.NewStore(graph.Float64, 1)
	graph.New(store, graph.Train).Scope().Param("w", nil, 2, 3)
	for name, c := range map[string]struct {
		build func(s graph.Scope)
		want  string
	}{
		"shape":  {func(s graph.Scope) { s.Param("w", nil, 3, 2) }, "parameter w: the store holds shape (2, 3), expected (3, 2)"},
		"buffer": {func(s graph.Scope) { s.Buffer("w", nil, 2, 3) }, "parameter w: the store holds it as a buffer: false, expected true"},
	} {
		g := graph.New(store, graph.Eval)
		c.build(g.Scope())
		if err := g.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if err := store.Param("w").SetValues(make([]float64, 5)); err == nil || !strings.Contains(err.Error(), "set w: 5 values, expected 6 for shape (2, 3)") {
		t.Errorf("SetValues: %v", err)
	}
}

// What no machine holds is refused before it is taken.
func TestCompile_beyondMemory(t *testing.T) {
	if _, known := machine.Room(); !known {
		t.Skip("nothing is known of this machine's memory")
	}
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
	x := g.Input("x", 1<<20, 1<<19)
	if _, err := g.Compile(nil, x.Tanh()); err == nil || !strings.Contains(err.Error(), "Compile: the program takes 8192.0 GiB of memory, expected at most") {
		t.Errorf("a program: error %v", err)
	}
	g = graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	g.Scope().Param("w", graph.Constant(0), 1<<20, 1<<19)
	if err := g.Err(); err == nil || !strings.Contains(err.Error(), "w: the shape (1048576, 524288) takes 6144.0 GiB of memory") {
		t.Errorf("a parameter: error %v", err)
	}
}
