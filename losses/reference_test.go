package losses_test

import (
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/golden"
	"github.com/hocsau/hocsau/losses"
)

func TestReference(t *testing.T) {
	golden.Run(t, "losses", func(t *testing.T, c *golden.Case) {
		switch c.Op {
		case "mse", "binary_cross_entropy", "categorical_cross_entropy", "nll":
			referenceLoss(t, c)
		case "l1", "l2", "elastic_net":
			referencePenalty(t, c)
		default:
			run, ok := referenceModels()[c.Op]
			if !ok {
				t.Fatalf("no test for %s", c.Op)
			}
			run(newModelCase(t, c))
		}
	})
}

// bench is a graph with one parameter, theta, on which a loss is tried.
type bench struct {
	t     *testing.T
	g     *graph.Graph
	theta *graph.Node
	feeds []graph.Feed
}

func newBench(t *testing.T, dtype graph.DType, values []float64, shape ...int) *bench {
	t.Helper()
	store := graph.NewStore(dtype, 1)
	g := graph.New(store, graph.Train)
	b := &bench{t: t, g: g, theta: g.Scope().Param("theta", nil, shape...)}
	if g.Err() == nil {
		if err := store.Param("theta").SetValues(values); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// input returns a leaf with a value.
func (b *bench) input(name string, values []float64, shape ...int) *graph.Node {
	n := b.g.Input(name, shape...)
	b.feeds = append(b.feeds, n.FeedFloat64s(values))
	return n
}

// labels returns a leaf of class labels.
func (b *bench) labels(values ...int) *graph.Node {
	n := b.g.Labels("labels", len(values))
	b.feeds = append(b.feeds, n.FeedInts(values))
	return n
}

// run returns the elements of y and the gradient, by theta, of Σ cotangent·y;
// nil stands for ones.
func (b *bench) run(y *graph.Node, cotangent []float64) (value, grad []float64) {
	b.t.Helper()
	total := y
	if cotangent != nil && y.Rank() > 0 {
		total = y.Mul(b.input("cotangent", cotangent, y.Shape()...))
	}
	if y.Rank() > 0 {
		total = total.Sum()
	}
	prog, err := b.g.Compile(total, y)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := prog.Run(b.feeds...); err != nil {
		b.t.Fatal(err)
	}
	return prog.Values(y), prog.Gradient(b.theta)
}

func dtype(c *golden.Case) graph.DType {
	if c.Float32() {
		return graph.Float32
	}
	return graph.Float64
}

func reduction(t *testing.T, c *golden.Case) losses.Reduction {
	t.Helper()
	switch r := c.Params.String("reduction"); r {
	case "none":
		return losses.None
	case "sum":
		return losses.Sum
	case "mean":
		return losses.Mean
	default:
		t.Fatalf("reduction %q", r)
		return 0
	}
}

func referenceLoss(t *testing.T, c *golden.Case) {
	z := c.Tensor("input.z")
	b := newBench(t, dtype(c), z.F64, z.Shape...)
	target := func() *graph.Node {
		y := c.Tensor("input.target")
		if y.I64 != nil {
			return b.labels(y.I64...)
		}
		return b.input("target", y.F64, y.Shape...)
	}
	plain := losses.Opts{Reduction: reduction(t, c)}
	o := losses.CrossEntropyOpts{Reduction: plain.Reduction, Smoothing: c.Params.FloatOr("label_smoothing", 0)}
	if c.Params.BoolOr("class_weight", false) {
		w := c.Tensor("input.weight")
		o.ClassWeights = b.input("class weights", w.F64, w.Shape...)
	}
	var y *graph.Node
	switch kind := c.Op + " " + c.Params.StringOr("input", "") + " " + c.Params.StringOr("target", ""); kind {
	case "mse  ":
		y = losses.MSE(b.theta, target(), plain)
	case "binary_cross_entropy probability ":
		y = losses.BinaryCrossEntropy(b.theta, target(), plain)
	case "binary_cross_entropy logit ":
		y = losses.BinaryCrossEntropyLogit(b.theta, target(), plain)
	case "categorical_cross_entropy logit label":
		y = losses.CrossEntropy(b.theta, target(), o)
	case "categorical_cross_entropy logit distribution":
		y = losses.CrossEntropyDistribution(b.theta, target(), o)
	case "categorical_cross_entropy probability distribution":
		y = losses.CrossEntropyProbability(b.theta, target(), o)
	case "nll log_probability label":
		y = losses.NLL(b.theta, target(), o)
	default:
		t.Fatalf("no test for %s", kind)
	}
	value, grad := b.run(y, c.Tensor("cotangent.y").F64)
	c.Check("output.y", value, y.Shape())
	c.Check("grad.z", grad, b.theta.Shape())
}

func referencePenalty(t *testing.T, c *golden.Case) {
	theta := c.Tensor("param.theta")
	b := newBench(t, dtype(c), theta.F64, theta.Shape...)
	lambda, alpha := c.Params.Float("lambda"), c.Params.FloatOr("alpha", 0)
	var y *graph.Node
	switch c.Op + " " + c.Variant {
	case "l1 cheatsheet", "l1 standard":
		y = losses.L1(lambda, b.theta)
	case "l2 cheatsheet":
		y = losses.L2(lambda, b.theta)
	case "l2 standard":
		y = losses.L2Half(lambda, b.theta)
	case "elastic_net cheatsheet":
		y = losses.ElasticNet(lambda, alpha, b.theta)
	case "elastic_net standard":
		y = losses.ElasticNetGLM(lambda, alpha, b.theta)
	default:
		t.Fatalf("no test for %s %s", c.Op, c.Variant)
	}
	value, grad := b.run(y, nil)
	c.Check("output.y", value, y.Shape())
	c.Check("grad.theta", grad, b.theta.Shape())
}
