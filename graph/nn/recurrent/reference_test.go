package recurrent_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
	"github.com/hocsau/hocsau/internal/golden"
	"github.com/hocsau/hocsau/losses"
)

func TestReference(t *testing.T) {
	golden.Run(t, "graph/nn/recurrent", func(t *testing.T, c *golden.Case) {
		k := newCase(t, c)
		switch kind := c.Op + " " + c.Variant; kind {
		case "rnn_tanh standard", "gru standard", "lstm standard":
			k.layers()
		case "gru cheatsheet":
			cell := recurrent.NewGRUCell(k.g.Scope(), k.dim("x", 2), k.dim("a0", 1))
			a, _ := cell.Unroll(k.input("x"), k.input("a0"), nil, false)
			k.check(outputs{"a": a})
		case "lstm cheatsheet":
			cell := recurrent.NewLSTMCell(k.g.Scope(), k.dim("x", 2), k.dim("a0", 1))
			all, _ := cell.Unroll(k.input("x"), recurrent.LSTMCellState{A: k.input("a0"), C: k.input("c0")}, nil, false)
			k.check(outputs{"a": all.A, "c": all.C})
		case "rnn_vanilla cheatsheet":
			k.vanilla()
		case "rnn_vanilla_deep cheatsheet", "rnn_vanilla_bidirectional cheatsheet":
			k.twoCells()
		case "rnn_bptt_terms cheatsheet":
			k.terms()
		case "rnn_state_gradient standard":
			k.stateGradient()
		case "sequence_loss cheatsheet", "sequence_loss standard":
			k.sequenceLoss()
		case "attention cheatsheet", "attention standard":
			k.attention()
		case "attention_weights cheatsheet":
			k.check(outputs{"y": recurrent.Weights(k.input("e"), nil)})
		default:
			t.Fatalf("no test for %s", kind)
		}
	})
}

// kase is a reference case being built: its inputs become leaves, its
// parameters the values of the layers' parameters of the same name.
type kase struct {
	*testing.T
	c     *golden.Case
	g     *graph.Graph
	feeds []graph.Feed
	nodes map[string]*graph.Node // inputs
}

type outputs map[string]*graph.Node

func newCase(t *testing.T, c *golden.Case) *kase {
	dtype := graph.Float64
	if c.Float32() {
		dtype = graph.Float32
	}
	return &kase{T: t, c: c, g: graph.New(graph.NewStore(dtype, 1), graph.Train), nodes: map[string]*graph.Node{}}
}

// dim returns the size of an axis of an input.
func (k *kase) dim(name string, axis int) int {
	k.Helper()
	return k.c.Tensor("input." + name).Shape[axis]
}

// rows returns the size of the first axis of a parameter.
func (k *kase) rows(name string) int {
	k.Helper()
	return k.c.Tensor("param." + name).Shape[0]
}

// input returns the leaf of an input; nil where the case has none.
func (k *kase) input(name string) *graph.Node {
	k.Helper()
	if !k.c.Has("input." + name) {
		return nil
	}
	x := k.c.Tensor("input." + name)
	values := x.F64
	if x.I64 != nil { // a mask stored as integers
		values = make([]float64, len(x.I64))
		for i, v := range x.I64 {
			values[i] = float64(v)
		}
	}
	n := k.g.Input(name, x.Shape...)
	if k.c.Has("grad." + name) {
		n.RequireGrad()
	}
	k.feeds = append(k.feeds, n.FeedFloat64s(values))
	k.nodes[name] = n
	return n
}

// ints returns the leaf of an input of integers; nil where the case has none.
func (k *kase) ints(name string) *graph.Node {
	k.Helper()
	if !k.c.Has("input." + name) {
		return nil
	}
	x := k.c.Tensor("input." + name)
	n := k.g.InputInts(name, x.Shape...)
	k.feeds = append(k.feeds, n.FeedInts(x.I64))
	return n
}

// run computes the outputs and the gradients of Σ output·cotangent.
func (k *kase) run(out outputs) *graph.Program {
	k.Helper()
	names := make([]string, 0, len(out))
	for name := range out {
		names = append(names, name)
	}
	slices.Sort(names)
	var loss *graph.Node
	var fetch []*graph.Node
	for _, name := range names {
		y := out[name]
		fetch = append(fetch, y)
		if !k.c.Has("cotangent." + name) {
			continue
		}
		cot := k.c.Tensor("cotangent." + name)
		w := k.g.Input("cotangent."+name, cot.Shape...)
		k.feeds = append(k.feeds, w.FeedFloat64s(cot.F64))
		part := y.Mul(w).Sum()
		if loss != nil {
			part = part.Add(loss)
		}
		loss = part
	}
	prog, err := k.g.Compile(loss, fetch...)
	if err != nil {
		k.Fatal(err)
	}
	if err := prog.Run(k.feeds...); err != nil {
		k.Fatal(err)
	}
	return prog
}

// check sets the parameters and compares all outputs and gradients.
func (k *kase) check(out outputs) {
	k.Helper()
	store := k.g.Store()
	if err := k.g.Err(); err != nil {
		k.Fatal(err)
	}
	given := k.c.Names("param.")
	if len(store.Params()) != len(given) {
		k.Fatalf("%d parameters, the case has %d", len(store.Params()), len(given))
	}
	leaves := map[string]*graph.Param{}
	for _, full := range given {
		name := strings.TrimPrefix(full, "param.")
		p, want := store.Param(name), k.c.Tensor(full)
		if p == nil || !slices.Equal(p.Shape(), want.Shape) {
			k.Fatalf("no parameter %s of shape %v", name, want.Shape)
		}
		if err := p.SetValues(want.F64); err != nil {
			k.Fatal(err)
		}
		leaves[name] = p
	}
	prog := k.run(out)
	for name, y := range out {
		if _, ok := k.c.Tolerances["output."+name]; ok {
			k.c.Check("output."+name, prog.Values(y), y.Shape())
		}
	}
	byName := gradients(k.T, prog)
	for _, full := range k.c.Names("grad.") {
		name := strings.TrimPrefix(full, "grad.")
		if n := k.nodes[name]; n != nil {
			k.c.Check(full, prog.Gradient(n), n.Shape())
			continue
		}
		if leaves[name] == nil {
			k.Fatalf("no leaf for %s", full)
		}
		k.c.Check(full, byName[name], leaves[name].Shape())
	}
}

// gradients returns those of the parameters by name.
func gradients(t *testing.T, prog *graph.Program) map[string][]float64 {
	t.Helper()
	byName := map[string][]float64{}
	for _, vg := range prog.Gradients() {
		d, err := vg.Grad()
		if err != nil {
			t.Fatal(err)
		}
		var values []float64
		switch v := d.Data().(type) {
		case []float64:
			values = slices.Clone(v)
		case []float32:
			for _, x := range v {
				values = append(values, float64(x))
			}
		}
		byName[vg.(interface{ Name() string }).Name()] = values
	}
	return byName
}

// layers runs PyTorch's layers over the whole sequence.
func (k *kase) layers() {
	p := k.c.Params
	x, lengths := k.input("x"), k.ints("lengths")
	h0 := k.input("h0")
	o := recurrent.Opts{Layers: p.Int("layers"), Bidirectional: p.Bool("bidirectional")}
	s, in, hidden := k.g.Scope(), x.Dim(2), h0.Dim(2)
	out := outputs{}
	switch k.c.Op {
	case "rnn_tanh":
		out["y"], out["hn"] = recurrent.NewRNN(s, in, hidden, o).Sequence(x, h0, lengths)
	case "gru":
		out["y"], out["hn"] = recurrent.NewGRU(s, in, hidden, o).Sequence(x, h0, lengths)
	default:
		y, last := recurrent.NewLSTM(s, in, hidden, o).Sequence(x, recurrent.LSTMState{H: h0, C: k.input("c0")}, lengths)
		out = outputs{"y": y, "hn": last.H, "cn": last.C}
	}
	k.check(out)
}

func (k *kase) activation(key string) recurrent.Activation {
	k.Helper()
	switch name := k.c.Params.String(key); name {
	case "tanh":
		return (*graph.Node).Tanh
	case "relu":
		return (*graph.Node).ReLU
	case "sigmoid":
		return (*graph.Node).Sigmoid
	case "softmax":
		return recurrent.Softmax
	case "identity":
		return recurrent.Identity
	default:
		k.Fatalf("activation %q", name)
		return nil
	}
}

func (k *kase) vanilla() {
	x, a0 := k.input("x"), k.input("a0")
	v := recurrent.NewVanilla(k.g.Scope(), x.Dim(2), a0.Dim(1), k.rows("b_y"), k.activation("g1"), k.activation("g2"))
	var y, a *graph.Node
	switch kind := k.c.Params.String("kind"); kind {
	case "one_to_one", "many_to_many":
		y, a = v.ManyToMany(x, a0)
	case "many_to_one":
		y, a = v.ManyToOne(x, a0)
	case "one_to_many":
		y, a = v.OneToMany(x.Index(0, 0), a0, k.c.Params.Int("T_y"))
	default:
		k.Fatalf("kind %q", kind)
	}
	k.check(outputs{"y": y, "a": a})
}

// twoCells is one cell above the other, or one for each direction.
func (k *kase) twoCells() {
	s, g1 := k.g.Scope(), k.activation("g1")
	x, a0 := k.input("x"), k.input("a0")
	in, hidden := x.Dim(2), a0.Dim(2)
	l1 := recurrent.NewVanillaCell(s.At("l1"), in, hidden, g1)
	var a *graph.Node
	first, _ := l1.Unroll(x, a0.Index(0, 0), nil, false)
	if k.c.Op == "rnn_vanilla_deep" {
		l2 := recurrent.NewVanillaCell(s.At("l2"), hidden, hidden, g1)
		a, _ = l2.Unroll(first, a0.Index(0, 1), nil, false)
	} else {
		l2 := recurrent.NewVanillaCell(s.At("l2"), in, hidden, g1)
		second, _ := l2.Unroll(x, a0.Index(0, 1), nil, true)
		a = graph.Concat(2, first, second)
	}
	y := recurrent.NewOutput(s, a.Dim(2), k.rows("b_y"), k.activation("g2")).Forward(a)
	k.check(outputs{"y": y, "a": a})
}

// terms gives every step a copy of the matrices, whose gradients are the terms
// of back-propagation through time; the shared matrices' is their sum.
func (k *kase) terms() {
	x, a0 := k.input("x"), k.input("a0")
	in, hidden, out, steps := x.Dim(2), a0.Dim(1), k.rows("b_y"), x.Dim(0)
	g1, g2 := k.activation("g1"), k.activation("g2")
	matrices := []string{"W_aa", "W_ax", "W_ya"}

	cells := make([]*recurrent.Vanilla, steps)
	copies := make([]*graph.Node, steps)
	state := a0
	for t := range steps {
		v := recurrent.NewVanilla(k.g.Scope().At(string(rune('a'+t))), in, hidden, out, g1, g2)
		copies[t], state = v.Step(x.Index(0, t), state)
		cells[t] = v
	}
	store := k.g.Store()
	if err := k.g.Err(); err != nil {
		k.Fatal(err)
	}
	for _, p := range store.Params() {
		_, name, _ := strings.Cut(p.Name(), ".")
		if err := p.SetValues(k.c.Tensor("param." + name).F64); err != nil {
			k.Fatal(err)
		}
	}
	y := graph.Stack(copies...)
	prog := k.run(outputs{"y": y})
	k.c.Check("output.y", prog.Values(y), y.Shape())
	k.c.Check("grad.x", prog.Gradient(x), x.Shape())
	byName := gradients(k.T, prog)
	for _, m := range matrices {
		var all []float64
		for t := range steps {
			all = append(all, byName[string(rune('a'+t))+"."+m]...)
		}
		k.c.Check("grad."+m, all, append([]int{steps}, store.Param("a."+m).Shape()...))
	}

	// The same with shared matrices.
	k.g, k.feeds = graph.New(graph.NewStore(graph.Float64, 1), graph.Train), nil
	v := recurrent.NewVanilla(k.g.Scope(), in, hidden, out, g1, g2)
	y, _ = v.ManyToMany(k.input("x"), k.input("a0"))
	for _, p := range k.g.Store().Params() {
		if err := p.SetValues(k.c.Tensor("param." + p.Name()).F64); err != nil {
			k.Fatal(err)
		}
	}
	byName = gradients(k.T, k.run(outputs{"y": y}))
	for _, m := range matrices {
		k.c.Check("output.total_"+m, byName[m], k.g.Store().Param(m).Shape())
	}
}

// stateGradient reads ∂a<t>/∂a<0> off a linear cell: from the identity as the
// first states, row i of the states is the derivative by element i.
func (k *kase) stateGradient() {
	hidden, steps := k.rows("W_aa"), k.c.Params.Int("T")
	cell := recurrent.NewVanillaCell(k.g.Scope(), 1, hidden, k.activation("g1"))
	x, identity := k.g.Input("x", 1, 1), k.g.Input("identity", hidden, hidden)
	eye := make([]float64, hidden*hidden)
	for i := range hidden {
		eye[i*hidden+i] = 1
	}
	k.feeds = []graph.Feed{x.FeedFloat64s([]float64{0}), identity.FeedFloat64s(eye)}
	state := identity
	norms := make([]*graph.Node, steps)
	for t := range steps {
		_, state = cell.Step(x, state)
		norms[t] = state.Square().Sum().Sqrt().Reshape(1)
	}
	norm := graph.Concat(0, norms...)
	if err := k.g.Store().Param("W_aa").SetValues(k.c.Tensor("param.W_aa").F64); err != nil {
		k.Fatal(err)
	}
	prog, err := k.g.Compile(nil, norm)
	if err != nil {
		k.Fatal(err)
	}
	if err := prog.Run(k.feeds...); err != nil {
		k.Fatal(err)
	}
	k.c.Check("output.norm", prog.Values(norm), norm.Shape())
}

func (k *kase) sequenceLoss() {
	reductions := map[string]losses.SequenceReduction{
		"sum": losses.SumSteps, "mean_tokens": losses.MeanSteps, "mean_sequences": losses.MeanSequences,
	}
	r, ok := reductions[k.c.Params.String("reduction")]
	if !ok {
		k.Fatalf("reduction %q", k.c.Params.String("reduction"))
	}
	loss, perStep := losses.Sequence(k.input("logits"), k.ints("target"), k.input("mask"), r)
	k.check(outputs{"loss": loss, "per_step": perStep})
}

func (k *kase) attention() {
	scores := map[string]recurrent.Score{}
	for _, s := range []recurrent.Score{recurrent.Additive, recurrent.Dot, recurrent.General, recurrent.ScaledDot, recurrent.Concat} {
		scores[strings.ReplaceAll(s.String(), " ", "_")] = s
	}
	score, ok := scores[k.c.Params.String("score")]
	if !ok {
		k.Fatalf("score %q", k.c.Params.String("score"))
	}
	width := 0
	if k.c.Has("param.v") {
		width = k.rows("v")
	}
	s, a := k.input("s"), k.input("a")
	att := recurrent.NewAttention(k.g.Scope(), score, s.Dim(2), a.Dim(2), width)
	memory := att.Remember(a, k.input("mask"))
	context, alpha := att.Attend(s, memory)
	k.check(outputs{"context": context, "alpha": alpha, "e": att.Scores(s, memory)})
}
