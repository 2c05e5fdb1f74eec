package zoo_test

import (
	"strconv"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/internal/golden"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/zoo"
)

func TestReference(t *testing.T) {
	golden.Run(t, "zoo", func(t *testing.T, c *golden.Case) {
		switch c.Op {
		case "lenet5":
			k := newModelCase(t, c)
			k.classify(zoo.NewLeNetWith(k.g.Scope(), c.Params.Int("classes"), lenetOpts(c.Params)))
		case "resnet_block":
			k := newModelCase(t, c)
			k.rename = func(name string) string { return strings.Replace(name, "proj.", "downsample.", 1) }
			p := c.Params
			k.map1(zoo.NewBasicBlock(k.g.Scope(), p.Int("c_in"), p.Int("c_out"), p.Int("stride"), zoo.Project))
		case "resnet_cifar":
			k := newModelCase(t, c)
			n := c.Params.Int("n")
			k.rename = func(name string) string { return cifarName(name, n) }
			channels := c.Tensor("input.x").Shape[1]
			k.classify(zoo.NewCIFARResNet(k.g.Scope(), channels, c.Params.Int("width"), n, c.Params.Int("classes"), zoo.Project))
		case "inception":
			k := newModelCase(t, c)
			w := c.Params.Ints("channels")
			k.map1(zoo.NewInception(k.g.Scope(), w[0], zoo.InceptionChannels{
				One: w[1], ThreeReduce: w[2], Three: w[3], FiveReduce: w[4], Five: w[5], Pool: w[6],
			}))
		case "dcgan_generator":
			k := newModelCase(t, c)
			k.map1(generator(k.g.Scope(), c))
		case "dcgan_discriminator":
			k := newModelCase(t, c)
			k.map1(discriminator(k.g.Scope(), c, c.Params.Int("channels")))
		case "yolo_head":
			yoloHead(t, c)
		case "dcgan_step":
			dcganStep(t, c)
		case "siamese_triplet":
			siameseTriplet(t, c)
		case "lenet5_training":
			lenetTraining(t, c)
		case "seq2seq_attention":
			seq2seq(t, c)
		case "architecture_count":
			architecture(t, c)
		default:
			t.Fatalf("no test for %s", c.Op)
		}
	})
}

// modelCase is a reference case of a model: a graph that is trained, with the
// case's weights.
type modelCase struct {
	*testing.T
	c      *golden.Case
	store  *graph.Store
	g      *graph.Graph
	rename func(name string) string // from the case's names to the model's
}

// newModelCase makes the graph. In mode eval everything is frozen while the
// model is built, so that it uses running values, and has gradients all the
// same.
func newModelCase(t *testing.T, c *golden.Case) *modelCase {
	t.Helper()
	dtype := graph.Float64
	if c.Float32() {
		dtype = graph.Float32
	}
	store := graph.NewStore(dtype, 1)
	if c.Params.StringOr("mode", "train") == "eval" {
		store.Freeze("")
	}
	return &modelCase{t, c, store, graph.New(store, graph.Train), func(name string) string { return name }}
}

// map1 checks y of a model of one input, weighted by the cotangent.
func (k *modelCase) map1(model nn.Layer) {
	k.Helper()
	x, feeds := k.input("x")
	y := model.Forward(x)
	cot := k.c.Tensor("cotangent.y")
	w := k.g.Input("cotangent", cot.Shape...)
	k.check(y.Mul(w).Sum(), map[string]*graph.Node{"y": y}, map[string]*graph.Node{"x": x}, append(feeds, w.FeedFloat64s(cot.F64)))
}

// classify checks logits and cross-entropy.
func (k *modelCase) classify(model nn.Layer) {
	k.Helper()
	x, feeds := k.input("x")
	target := k.c.Tensor("input.target")
	labels := k.g.Labels("target", len(target.I64))
	y := model.Forward(x)
	loss := losses.CrossEntropy(y, labels, losses.CrossEntropyOpts{})
	k.check(loss, map[string]*graph.Node{"y": y, "loss": loss}, map[string]*graph.Node{"x": x}, append(feeds, labels.FeedInts(target.I64)))
}

func (k *modelCase) input(name string) (*graph.Node, []graph.Feed) {
	k.Helper()
	x := k.c.Tensor("input." + name)
	n := k.g.Input(name, x.Shape...)
	if k.c.Has("grad." + name) {
		n.RequireGrad()
	}
	return n, []graph.Feed{n.FeedFloat64s(x.F64)}
}

// check gives the model the case's weights and running values, runs it once and
// compares outputs, new running values and gradients.
func (k *modelCase) check(loss *graph.Node, outputs, inputs map[string]*graph.Node, feeds []graph.Feed) {
	k.Helper()
	k.load()
	k.store.Unfreeze()
	var fetch []*graph.Node
	for _, n := range outputs {
		fetch = append(fetch, n)
	}
	prog, err := k.g.Compile(loss, fetch...)
	if err != nil {
		k.Fatal(err)
	}
	if err := prog.Run(feeds...); err != nil {
		k.Fatal(err)
	}
	for _, full := range k.c.Names("output.") {
		name := strings.TrimPrefix(full, "output.")
		if n := outputs[name]; n != nil {
			k.c.Check(full, prog.Values(n), n.Shape())
			continue
		}
		p := k.param(name)
		k.c.Check(full, p.Values(), p.Shape())
	}
	k.checkGradients(prog, inputs)
}

func (k *modelCase) checkGradients(prog *graph.Program, inputs map[string]*graph.Node) {
	k.Helper()
	grads := map[string]gradient{}
	for _, vg := range prog.Gradients() {
		p := vg.(interface {
			gorgonia.ValueGrad
			Name() string
			Shape() []int
		})
		v, err := p.Grad()
		if err != nil {
			k.Fatal(err)
		}
		grads[p.Name()] = gradient{p.Shape(), wide(v)}
	}
	for _, full := range k.c.Names("grad.") {
		name := strings.TrimPrefix(full, "grad.")
		if n := inputs[name]; n != nil {
			k.c.Check(full, prog.Gradient(n), n.Shape())
			continue
		}
		d, ok := grads[k.rename(name)]
		if !ok {
			k.Fatalf("no gradient %s", k.rename(name))
		}
		k.c.Check(full, d.values, d.shape)
	}
}

type gradient struct {
	shape  []int
	values []float64
}

func wide(v gorgonia.Value) []float64 {
	if f, ok := v.Data().([]float64); ok {
		return f
	}
	var out []float64
	for _, x := range v.Data().([]float32) {
		out = append(out, float64(x))
	}
	return out
}

// load sets all parameters, and the running values where the case has them.
func (k *modelCase) load() {
	k.Helper()
	if err := k.g.Err(); err != nil {
		k.Fatal(err)
	}
	given := map[string]bool{}
	for _, prefix := range []string{"param.", "input."} {
		for _, full := range k.c.Names(prefix) {
			name := strings.TrimPrefix(full, prefix)
			if prefix == "input." && !strings.Contains(name, ".running_") {
				continue
			}
			p := k.param(name)
			if err := p.SetValues(k.c.Tensor(full).F64); err != nil {
				k.Fatal(err)
			}
			given[p.Name()] = true
		}
	}
	for _, p := range k.store.Params() {
		if !given[p.Name()] && !p.IsBuffer() {
			k.Errorf("the case has no %s", p.Name())
		}
	}
}

func (k *modelCase) param(name string) *graph.Param {
	k.Helper()
	p := k.store.Param(k.rename(name))
	if p == nil {
		k.Fatalf("the model has no %s, which %s should be", k.rename(name), name)
	}
	return p
}

// yoloHead is the head with its loss, on one anchor size: exp(t) counts in cells.
func yoloHead(t *testing.T, c *golden.Case) {
	k := newModelCase(t, c)
	x, feeds := k.input("x")
	target, more := k.input("target")
	p := c.Params
	anchors := make([][2]float64, p.Int("anchors"))
	for i := range anchors {
		anchors[i] = [2]float64{1 / float64(x.Dim(2)), 1 / float64(x.Dim(3))}
	}
	raw := zoo.NewYOLOHead(k.g.Scope(), x.Dim(1), p.Int("hidden"), len(anchors), p.Int("classes")).Forward(x)
	pred := losses.YOLOCells(raw, anchors)
	y := losses.YOLO(pred, target, p.Float("lambda_coord"), p.Float("lambda_noobj"), losses.YOLOOpts{Reduction: losses.Sum})
	k.check(y.Loss, map[string]*graph.Node{"pred": pred, "loss": y.Loss}, map[string]*graph.Node{"x": x}, append(feeds, more...))
}

func lenetOpts(p golden.Params) zoo.LeNetOpts {
	return zoo.LeNetOpts{
		Unpadded: p.Int("input") == 32, Tanh: p.String("activation") == "tanh", AvgPool: p.String("pool") == "avg",
	}
}

// cifarName turns conv, bn, blocks.4.proj.0 into conv1, bn1,
// layer2.1.downsample.0, for n blocks a stage.
func cifarName(name string, n int) string {
	first, rest, _ := strings.Cut(name, ".")
	switch first {
	case "conv", "bn":
		return first + "1." + rest
	case "blocks":
		block, rest, _ := strings.Cut(rest, ".")
		i, err := strconv.Atoi(block)
		if err != nil {
			return name
		}
		rest = strings.Replace(rest, "proj.", "downsample.", 1)
		return "layer" + strconv.Itoa(i/n+1) + "." + strconv.Itoa(i%n) + "." + rest
	}
	return name
}

// seq2seq checks the loss, logits and attention weights of a batch whose words
// before are the true ones.
func seq2seq(t *testing.T, c *golden.Case) {
	k := newModelCase(t, c)
	k.rename = seq2seqName
	of := func(name string, axis int) int { return c.Tensor("param." + name).Shape[axis] }
	hidden := c.Params.Int("hidden")
	m := zoo.NewSeq2SeqWith(k.g.Scope(), of("src_embed", 0), of("tgt_embed", 0), hidden, zoo.Seq2SeqOpts{DecoderOpts: zoo.DecoderOpts{
		Embedding: of("tgt_embed", 1), Width: of("att.W_s", 0), Cell: zoo.CheatsheetGRU, Readout: zoo.Direct,
	}})
	ints := func(name string) (*graph.Node, graph.Feed) {
		x := c.Tensor("input." + name)
		n := k.g.InputInts(name, x.Shape...)
		return n, n.FeedInts(x.I64)
	}
	src, feedSrc := ints("src")
	tgt, feedTgt := ints("tgt_in")
	labels, feedLabels := ints("tgt_out")
	mask, feeds := k.input("mask")
	logits, alpha := m.Forward(src, nil, tgt)
	logits = logits.Reshape(tgt.Dim(0), tgt.Dim(1), -1)
	loss, _ := losses.Sequence(logits, labels, mask, losses.SumSteps)
	k.check(loss, map[string]*graph.Node{
		"loss": loss, "logits": logits,
		"alpha": graph.Stack(alpha...).Transpose(0, 2, 1), // [T_y, T_x, N]
	}, nil, append(feeds, feedSrc, feedTgt, feedLabels))
}

// seq2seqName turns src_embed, att.b, out.W, fwd.W_u, dec.W_u into
// source.weight, attention.b, logits.weight, encoder.forward.W_u, decoder.W_u.
func seq2seqName(name string) string {
	first, rest, _ := strings.Cut(name, ".")
	plain := map[string]string{"W": "weight", "b": "bias"}
	switch first {
	case "src_embed":
		return "source.weight"
	case "tgt_embed":
		return "target.weight"
	case "att":
		return "attention." + rest
	case "out":
		return "logits." + plain[rest]
	case "init":
		return "init." + plain[rest]
	case "fwd":
		return "encoder.forward." + rest
	case "bwd":
		return "encoder.backward." + rest
	}
	return "decoder." + rest
}

func generator(s graph.Scope, c *golden.Case) *zoo.DCGANGenerator {
	p := c.Params
	return zoo.NewDCGANGenerator(s, p.Int("z"), p.Int("width"), p.Int("stages"), p.IntOr("channels", 1))
}

func discriminator(s graph.Scope, c *golden.Case, channels int) *zoo.DCGANDiscriminator {
	return zoo.NewDCGANDiscriminator(s, channels, c.Params.Int("width"), c.Params.Int("stages"))
}

// dcganStep is one of the two losses of a step with its gradients, as training
// computes them: generated pictures are constants for the discriminator, which
// has a graph of its own, and the generator's loss goes through it.
func dcganStep(t *testing.T, c *golden.Case) {
	k := newModelCase(t, c)
	pictures := c.Tensor("input.real")
	g := generator(k.g.Scope().At("g"), c)
	d := discriminator(k.g.Scope().At("d"), c, pictures.Shape[1])
	z, feeds := k.input("z")
	fake := g.Forward(z)
	ofFake := d.Forward(fake)
	k.load()
	if c.Params.String("update") == "generator" {
		loss := crossEntropyWith(ofFake, true)
		k.check(loss, map[string]*graph.Node{"loss": loss}, nil, feeds)
		return
	}
	prog, err := k.g.Compile(nil, fake)
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(feeds...); err != nil {
		t.Fatal(err)
	}
	second := &modelCase{t, c, k.store, graph.New(k.store, graph.Train), k.rename}
	x, feeds := second.input("real")
	y := second.g.Input("fake", fake.Shape()...)
	d = discriminator(second.g.Scope().At("d"), c, pictures.Shape[1])
	loss := crossEntropyWith(d.Forward(x), true).Add(crossEntropyWith(d.Forward(y), false))
	second.check(loss, map[string]*graph.Node{"loss": loss}, nil, append(feeds, y.FeedFloat64s(prog.Values(fake))))
}

// crossEntropyWith is −mean log σ(z) for pictures taken as real, −mean log
// (1 − σ(z)) for the others.
func crossEntropyWith(z *graph.Node, genuine bool) *graph.Node {
	if genuine {
		return z.LogSigmoid().Mean().Neg()
	}
	return z.Neg().LogSigmoid().Mean().Neg()
}

// lenetTraining trains on the batches in turn and compares each loss, and the
// weights at the end.
func lenetTraining(t *testing.T, c *golden.Case) {
	data := c.Load("training/lenet5_data")
	k := newModelCase(t, c)
	k.c = data
	p := c.Params
	images, target := data.Tensor("input.x"), data.Tensor("input.target")
	shape := images.Shape[1:]
	x, labels := k.g.Input("x", shape...), k.g.Labels("labels", shape[0])
	dp := data.Params
	logits := zoo.NewLeNetWith(k.g.Scope(), dp.Int("classes"), lenetOpts(dp)).Forward(x)
	prog, err := k.g.Compile(losses.CrossEntropy(logits, labels, losses.CrossEntropyOpts{}))
	if err != nil {
		t.Fatal(err)
	}
	k.load()
	opt := solver(t, p)
	var curve []float64
	for step := range p.Int("steps") {
		b := step % p.Int("batches")
		size := x.Len()
		if err := prog.Run(x.FeedFloat64s(images.F64[b*size:(b+1)*size]), labels.FeedInts(target.I64[b*shape[0]:(b+1)*shape[0]])); err != nil {
			t.Fatal(err)
		}
		curve = append(curve, prog.Loss())
		if err := opt.Step(prog.Gradients()); err != nil {
			t.Fatal(err)
		}
	}
	c.Check("output.loss", curve, []int{len(curve)})
	for _, full := range c.Names("output.final.") {
		w := k.param(strings.TrimPrefix(full, "output.final."))
		c.Check(full, w.Values(), w.Shape())
	}
}

func solver(t *testing.T, p golden.Params) solvers.Solver {
	t.Helper()
	rate := p.Float("lr")
	switch name := p.String("optimizer"); name {
	case "sgd":
		return solvers.NewSGD(rate)
	case "momentum":
		s := solvers.NewMomentum(rate)
		s.Beta = p.Float("momentum")
		return s
	case "adam":
		s := solvers.NewAdam(rate)
		s.Beta1, s.Beta2, s.Epsilon = p.Float("beta1"), p.Float("beta2"), p.Float("epsilon")
		return s
	default:
		t.Fatalf("no solver %s", name)
		return nil
	}
}
