package graph_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/internal/golden"
)

// caseGraph is a reference case being built: its inputs and weights become
// nodes, its cotangents weigh the outputs in the loss.
type caseGraph struct {
	*testing.T
	c     *golden.Case
	store *graph.Store
	g     *graph.Graph
	feeds []graph.Feed
	nodes map[string]*graph.Node // by the name behind "input." or "param."
}

func newCaseGraph(t *testing.T, c *golden.Case) *caseGraph {
	dtype := graph.Float64
	if c.Float32() {
		dtype = graph.Float32
	}
	store := graph.NewStore(dtype, 1)
	return &caseGraph{t, c, store, graph.New(store, graph.Train), nil, map[string]*graph.Node{}}
}

// input returns the leaf that is fed with input.name.
func (k *caseGraph) input(name string) *graph.Node {
	k.Helper()
	x := k.c.Tensor("input." + name)
	if x.I64 != nil {
		n := k.g.InputInts(name, x.Shape...)
		k.feeds = append(k.feeds, n.FeedInts(x.I64))
		return n
	}
	n := k.g.Input(name, x.Shape...)
	if k.c.Has("grad." + name) {
		n.RequireGrad()
	}
	k.feeds = append(k.feeds, n.FeedFloat64s(x.F64))
	k.nodes[name] = n
	return n
}

// mask returns the leaf that is fed with input.mask, which is stored as
// integers.
func (k *caseGraph) mask() *graph.Node {
	k.Helper()
	m := k.c.Tensor("input.mask")
	n := k.g.Input("mask", m.Shape...)
	values := make([]float64, len(m.I64))
	for i, v := range m.I64 {
		values[i] = float64(v)
	}
	k.feeds = append(k.feeds, n.FeedFloat64s(values))
	return n
}

// param returns the parameter that holds param.name; nil where the case has none.
func (k *caseGraph) param(name string) *graph.Node {
	k.Helper()
	if !k.c.Has("param." + name) {
		return nil
	}
	x := k.c.Tensor("param." + name)
	n := k.g.Scope().Param(name, graph.Constant(0), x.Shape...)
	k.set(name, x.F64)
	k.nodes[name] = n
	return n
}

func (k *caseGraph) set(name string, values []float64) {
	k.Helper()
	if err := k.store.Param(name).SetValues(values); err != nil {
		k.Fatal(err)
	}
}

// check runs Σ y·cotangent and compares the output and all gradients.
func (k *caseGraph) check(name string, y *graph.Node, fetch ...*graph.Node) *graph.Program {
	k.Helper()
	loss := y.Sum()
	if k.c.Has("cotangent." + name) {
		cot := k.c.Tensor("cotangent." + name)
		w := k.g.Input("cotangent", cot.Shape...)
		k.feeds = append(k.feeds, w.FeedFloat64s(cot.F64))
		loss = y.Mul(w).Sum()
	}
	prog, err := k.g.Compile(loss, append([]*graph.Node{y}, fetch...)...)
	if err != nil {
		k.Fatal(err)
	}
	if err := prog.Run(k.feeds...); err != nil {
		k.Fatal(err)
	}
	k.c.Check("output."+name, prog.Values(y), y.Shape())
	for _, full := range k.c.Names("grad.") {
		of := strings.TrimPrefix(full, "grad.")
		n := k.nodes[of]
		if n == nil {
			k.Fatalf("%s: no node for %s", k.c.ID, full)
		}
		k.c.Check(full, prog.Gradient(n), n.Shape())
	}
	return prog
}

func TestReference(t *testing.T) {
	golden.Run(t, "graph", func(t *testing.T, c *golden.Case) {
		k := newCaseGraph(t, c)
		switch c.Op {
		case "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "log_sigmoid":
			k.check("y", activation(t, c, k.input("z")))
		case "softmax":
			k.check("y", k.input("x").Softmax(c.Params.Int("axis")))
		case "log_softmax":
			k.check("y", k.input("x").LogSoftmax(c.Params.Int("axis")))
		case "linear":
			k.check("y", linear(k))
		case "flatten_linear":
			k.check("y", k.input("x").Flatten().Linear(k.param("weight"), k.param("bias")))
		case "batched_matmul":
			k.check("y", k.input("a").MatMul(k.input("b")))
		case "conv1d", "conv2d", "conv3d":
			k.check("y", conv(k))
		case "conv_transpose1d", "conv_transpose2d", "conv_transpose3d":
			k.check("y", convTranspose(k))
		case "max_pool1d", "max_pool2d", "max_pool3d":
			k.check("y", k.input("x").MaxPool(poolOpts(c)))
		case "avg_pool1d", "avg_pool2d", "avg_pool3d":
			o := poolOpts(c)
			o.ExcludePad = !c.Params.Bool("count_include_pad")
			k.check("y", k.input("x").AvgPool(o))
		case "global_max_pool1d", "global_max_pool2d":
			k.check("y", k.input("x").GlobalMaxPool())
		case "global_avg_pool1d", "global_avg_pool2d":
			k.check("y", k.input("x").GlobalAvgPool())
		case "batch_norm":
			batchNorm(k)
		case "batch_norm_formula":
			batchNormFormula(k)
		case "dropout":
			k.check("y", dropout(k))
		case "embedding":
			if c.Params.Has("padding_idx") {
				k.check("y", k.param("E").EmbeddingPadded(k.input("ids"), c.Params.Int("padding_idx")))
			} else {
				k.check("y", k.param("E").Embedding(k.input("ids")))
			}
		case "embedding_onehot":
			k.check("y", k.param("E").MatMul(k.input("o")))
			again := newCaseGraph(t, c)
			again.check("y", again.param("E").Transpose().Embedding(again.input("ids")).Transpose())
		case "roi_pool":
			out := c.Params.Ints("output")
			k.check("y", k.input("x").RoIPool(k.input("rois"), out[0], out[1], c.Params.Float("spatial_scale")))
		case "upsample_nearest":
			x := k.input("x")
			var size []int
			image := x
			if x.Rank() == 3 { // [C, H, W]
				image = x.Reshape(append([]int{1}, x.Shape()...)...)
			}
			for _, d := range image.Shape()[2:] {
				size = append(size, d*c.Params.Int("factor"))
			}
			y := image.UpsampleNearest(size...)
			k.check("y", y.Reshape(y.Shape()[4-x.Rank():]...))
		default:
			t.Fatalf("no test for %s", c.Op)
		}
	})
}

func activation(t *testing.T, c *golden.Case, z *graph.Node) *graph.Node {
	t.Helper()
	cheatsheet := c.Variant == "cheatsheet"
	switch c.Op {
	case "sigmoid":
		return z.Sigmoid()
	case "tanh":
		return z.Tanh()
	case "relu":
		return z.ReLU()
	case "softplus":
		return z.Softplus()
	case "log_sigmoid":
		return z.LogSigmoid()
	case "leaky_relu":
		if cheatsheet {
			return z.LeakyReLUMax(c.Params.Float("epsilon"))
		}
		return z.LeakyReLU(c.Params.Float("epsilon"))
	case "elu":
		if cheatsheet {
			return z.ELUMax(c.Params.Float("alpha"))
		}
		return z.ELU(c.Params.Float("alpha"))
	}
	t.Fatalf("no activation %s", c.Op)
	return nil
}

// linear applies the layer to the last axis, as users do for [T, N, D].
func linear(k *caseGraph) *graph.Node {
	x, w := k.input("x"), k.param("weight")
	y := x.Reshape(-1, w.Dim(1)).Linear(w, k.param("bias"))
	return y.Reshape(append(slices.Clone(x.Shape()[:x.Rank()-1]), w.Dim(0))...)
}

func conv(k *caseGraph) *graph.Node {
	k.Helper()
	p := k.c.Params
	o := graph.ConvOpts{
		Stride: p.Ints("stride"), Dilation: p.Ints("dilation"), Groups: p.Int("groups"), Pad: p.Pairs("pad"),
	}
	x := k.input("x")
	if p.String("padding") == nn.Same.String() {
		for i, f := range p.Ints("kernel") {
			start, end := nn.SamePad(x.Dim(2+i), f, o.Stride[i], o.Dilation[i])
			if want := o.Pad[i]; start != want[0] || end != want[1] {
				k.Errorf("SamePad of axis %d: %d, %d, want %v", i, start, end, want)
			}
		}
	}
	return x.Conv(k.param("weight"), k.param("bias"), o)
}

func convTranspose(k *caseGraph) *graph.Node {
	p := k.c.Params
	o := graph.ConvOpts{
		Stride: p.Ints("stride"), Dilation: p.Ints("dilation"), Groups: p.Int("groups"), OutputPad: p.Ints("output_padding"),
	}
	for _, pad := range p.Ints("pad") {
		o.Pad = append(o.Pad, [2]int{pad, pad})
	}
	return k.input("x").ConvTranspose(k.param("weight"), k.param("bias"), o)
}

func poolOpts(c *golden.Case) graph.PoolOpts {
	return graph.PoolOpts{Kernel: c.Params.Ints("kernel"), Stride: c.Params.Ints("stride"), Pad: c.Params.Pairs("pad")}
}

// batchNorm runs the layer in training; in evaluation, where the case also
// wants the gradients of γ and β, the operation that the layer uses.
func batchNorm(k *caseGraph) {
	k.Helper()
	p := k.c.Params
	x := k.input("x")
	opts := nn.BatchNormOpts{Eps: p.Float("epsilon"), Momentum: p.Float("momentum"), Biased: k.c.Variant == "biased_running"}
	bn := nn.NewBatchNorm(k.g.Scope().At("bn"), x.Dim(1), opts)
	k.nodes["gamma"], k.nodes["beta"] = bn.Gamma, bn.Beta
	k.set("bn.weight", k.c.Tensor("param.gamma").F64)
	k.set("bn.bias", k.c.Tensor("param.beta").F64)
	for _, name := range []string{"running_mean", "running_var"} {
		k.set("bn."+name, k.c.Tensor("input."+name).F64)
	}
	if p.String("mode") == graph.Train.String() {
		k.check("y", bn.Forward(x))
	} else {
		k.check("y", x.BatchNormWith(bn.RunningMean, bn.RunningVar, bn.Gamma, bn.Beta, opts.Eps))
	}
	for _, name := range []string{"running_mean", "running_var"} {
		r := k.store.Param("bn." + name)
		k.c.Check("output."+name, r.Values(), r.Shape())
	}
}

func batchNormFormula(k *caseGraph) {
	k.Helper()
	y, mean, variance := k.input("x").BatchNorm(k.param("gamma"), k.param("beta"), k.c.Params.Float("epsilon"))
	prog := k.check("y", y, mean, variance)
	for name, n := range map[string]*graph.Node{"output.mean": mean, "output.var": variance} {
		if k.c.Has(name) {
			k.c.Check(name, prog.Values(n), n.Shape())
		}
	}
}

// dropout in evaluation is that of a frozen scope, which still has gradients.
func dropout(k *caseGraph) *graph.Node {
	p := k.c.Params.Float("p")
	plain := k.c.Variant == "cheatsheet"
	if k.c.Params.String("mode") == graph.Train.String() {
		if plain {
			return k.input("x").DropoutPlainBy(k.mask(), p)
		}
		return k.input("x").DropoutBy(k.mask(), p)
	}
	k.store.Freeze("drop")
	if plain {
		return k.input("x").DropoutPlain(k.g.Scope().At("drop"), "mask", p)
	}
	return k.input("x").Dropout(k.g.Scope().At("drop"), "mask", p)
}

// near reports whether got equals want up to the relative tolerance tol, or
// absolutely so below 1.
func near(got, want, tol float64) bool {
	return math.Abs(got-want) <= tol*math.Max(1, math.Abs(want))
}
