package losses_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/golden"
	"github.com/hocsau/hocsau/losses"
)

// modelCase is a case whose inputs with a wanted gradient are parameters of a
// graph.
type modelCase struct {
	*testing.T
	c      *golden.Case
	g      *graph.Graph
	params map[string]*graph.Node // by the name after "input." or "param."
	values map[string][]float64
	feeds  []graph.Feed
}

func newModelCase(t *testing.T, c *golden.Case) *modelCase {
	g := graph.New(graph.NewStore(dtype(c), 1), graph.Train)
	return &modelCase{T: t, c: c, g: g, params: map[string]*graph.Node{}, values: map[string][]float64{}}
}

// in returns the node of a given tensor.
func (m *modelCase) in(name string) *graph.Node {
	m.Helper()
	full := "input." + name
	if !m.c.Has(full) {
		full = "param." + name
	}
	x := m.c.Tensor(full)
	switch {
	case x.I64 != nil:
		n := m.g.InputInts(name, x.Shape...)
		m.feeds = append(m.feeds, n.FeedInts(x.I64))
		return n
	case !m.c.Has("grad." + name):
		n := m.g.Input(name, x.Shape...)
		m.feeds = append(m.feeds, n.FeedFloat64s(x.F64))
		return n
	}
	n := m.g.Scope().Param(name, nil, x.Shape...)
	m.params[name], m.values[name] = n, x.F64
	return n
}

// check compares the outputs, and the gradients of the sum of those that have a
// cotangent, each times it.
func (m *modelCase) check(outputs map[string]*graph.Node) {
	m.Helper()
	var total *graph.Node
	var fetch []*graph.Node
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		y := outputs[name]
		fetch = append(fetch, y)
		if !m.c.Has("cotangent." + name) {
			continue
		}
		w := m.c.Tensor("cotangent." + name)
		term := y.Mul(m.g.Constant(w.F64, y.Shape()...)).Sum()
		if total == nil {
			total = term
		} else {
			total = total.Add(term)
		}
	}
	prog, err := m.g.Compile(total, fetch...)
	if err != nil {
		m.Fatal(err)
	}
	for name, v := range m.values {
		if err := m.g.Store().Param(name).SetValues(v); err != nil {
			m.Fatal(err)
		}
	}
	if err := prog.Run(m.feeds...); err != nil {
		m.Fatal(err)
	}
	for name, y := range outputs {
		if m.c.Has("output." + name) { // the suite fails what stays unchecked
			m.c.Check("output."+name, prog.Values(y), y.Shape())
		}
	}
	for name, n := range m.params {
		m.c.Check("grad."+name, prog.Gradient(n), n.Shape())
	}
}

// checkOne is check for the one output of most cases.
func (m *modelCase) checkOne(name string, y *graph.Node) {
	m.Helper()
	m.check(map[string]*graph.Node{name: y})
}

func (m *modelCase) opts() losses.Opts { return losses.Opts{Reduction: reduction(m.T, m.c)} }

// unknown fails the test for a form that it does not know.
func (m *modelCase) unknown() { m.Helper(); m.Fatalf("no test for %s %s", m.c.Op, m.c.Variant) }

// referenceModels has the losses of particular models by operation.
func referenceModels() map[string]func(m *modelCase) {
	return map[string]func(m *modelCase){
		"triplet":            referenceTriplet,
		"batch_hard_triplet": referenceTripletHard,
		"contrastive": func(m *modelCase) {
			margin := m.c.Params.Float("margin")
			m.checkOne("y", losses.Contrastive(m.in("a"), m.in("b"), m.in("same"), margin, m.opts()))
		},
		"content_cost":                referenceContent,
		"gram":                        referenceGram,
		"style_cost":                  referenceStyle,
		"nst_total":                   referenceTransfer,
		"gan_discriminator":           referenceDiscriminator,
		"gan_generator_minimax":       referenceGenerator(losses.GANGeneratorMinimax),
		"gan_generator_nonsaturating": referenceGenerator(losses.GANGenerator),
		"yolo_loss":                   referenceYOLO,
		"glove_cost":                  referenceGloVe,
		"glove_final_embedding": func(m *modelCase) {
			m.checkOne("E_final", losses.GloVeFinal(m.in("E"), m.in("Theta")))
		},
		"skipgram_softmax":  referenceSkipGram,
		"negative_sampling": referenceNegativeSampling,
		"cbow":              referenceCBOW,
	}
}

func distance(m *modelCase) losses.Distance {
	m.Helper()
	switch d := m.c.Params.String("distance"); d {
	case "squared":
		return losses.Squared
	case "euclidean":
		return losses.Euclidean
	case "euclidean_eps":
		return losses.EuclideanEps
	default:
		m.Fatalf("distance %q", d)
		return 0
	}
}

func tripletOpts(m *modelCase) losses.TripletOpts {
	m.Helper()
	p := m.c.Params
	return losses.TripletOpts{Distance: distance(m), Epsilon: p.FloatOr("epsilon", 0), Normalize: p.BoolOr("l2_normalize", false)}
}

func referenceTriplet(m *modelCase) {
	o := tripletOpts(m)
	o.Reduction = reduction(m.T, m.c)
	m.checkOne("y", losses.Triplet(m.in("anchor"), m.in("positive"), m.in("negative"), m.c.Params.Float("margin"), o))
}

func referenceTripletHard(m *modelCase) {
	m.checkOne("y", losses.TripletHard(m.in("x"), m.in("label"), m.c.Params.Float("margin"), tripletOpts(m)))
}

// picture returns activations as [N, C, H, W].
func (m *modelCase) picture(name string) *graph.Node {
	m.Helper()
	a := m.in(name)
	if m.c.Params.String("layout") == "HWC" {
		a = a.Transpose(2, 0, 1)
		a = a.Reshape(1, a.Dim(0), a.Dim(1), a.Dim(2))
	}
	return a
}

func referenceContent(m *modelCase) {
	cost := losses.ContentCost
	if m.c.Variant == "pytorch_tutorial" {
		cost = losses.ContentCostMean
	} else if m.c.Variant != "cheatsheet" {
		m.unknown()
	}
	m.checkOne("y", cost(m.picture("generated"), m.picture("content")))
}

func referenceGram(m *modelCase) {
	gram := losses.Gram
	if m.c.Params.StringOr("normalize", "") == "CHW" {
		gram = losses.GramMean
	}
	y := gram(m.picture("a"))
	m.checkOne("y", y.Reshape(m.c.Tensor("output.y").Shape...))
}

func referenceStyle(m *modelCase) {
	cost := losses.StyleCost
	if m.c.Variant == "pytorch_tutorial" {
		cost = losses.StyleCostMean
	} else if m.c.Variant != "cheatsheet" {
		m.unknown()
	}
	m.checkOne("y", cost(m.picture("generated"), m.picture("style")))
}

func referenceTransfer(m *modelCase) {
	p := m.c.Params
	weights := p.Floats("style_layer_weights")
	var styles []*graph.Node
	generated := map[string]*graph.Node{}
	for l := range weights {
		name := fmt.Sprint("generated", l)
		generated[name] = m.picture(name)
		styles = append(styles, losses.StyleCost(generated[name], m.picture(fmt.Sprint("style", l))))
	}
	layer := fmt.Sprint(p.Int("content_layer"))
	content := losses.ContentCost(generated["generated"+layer], m.picture("content"+layer))
	m.checkOne("y", losses.StyleTransfer(p.Float("alpha"), p.Float("beta"), content, styles, weights))
}

func ganOpts(m *modelCase) losses.GANOpts {
	return losses.GANOpts{Probability: strings.HasPrefix(m.c.Params.String("input"), "prob"), RealLabel: m.c.Params.FloatOr("real_label", 0)}
}

func referenceDiscriminator(m *modelCase) {
	m.checkOne("y", losses.GANDiscriminator(m.in("real"), m.in("fake"), ganOpts(m)))
}

func referenceGenerator(loss func(*graph.Node, losses.GANOpts) *graph.Node) func(m *modelCase) {
	return func(m *modelCase) { m.checkOne("y", loss(m.in("fake"), ganOpts(m))) }
}

func referenceYOLO(m *modelCase) {
	p := m.c.Params
	o := losses.YOLOOpts{IoUTarget: p.String("conf_target") == "iou"}
	if p.String("reduction") == "sum" {
		o.Reduction = losses.Sum
	}
	y := losses.YOLO(m.in("pred"), m.in("target"), p.Float("lambda_coord"), p.Float("lambda_noobj"), o)
	m.check(map[string]*graph.Node{"loss": y.Loss, "coord": y.Coord, "obj": y.Object, "noobj": y.None, "cls": y.Class})
}

func referenceGloVe(m *modelCase) {
	p := m.c.Params
	o := losses.GloVeOpts{XMax: p.Float("x_max"), Alpha: p.Float("alpha"), Whole: p.Float("factor") == 1}
	x := m.in("X")
	loss := losses.GloVe(m.in("Theta"), m.in("E"), m.in("b"), m.in("b_prime"), x, o)
	m.check(map[string]*graph.Node{"loss": loss, "weights": losses.GloVeWeights(x, o)})
}

func referenceSkipGram(m *modelCase) {
	e, theta, context := m.in("E"), m.in("Theta"), m.in("context")
	m.check(map[string]*graph.Node{
		"loss": losses.SkipGram(e, theta, context, m.in("target"), m.opts()),
		"prob": losses.SkipGramProbability(e, theta, context),
	})
}

func referenceNegativeSampling(m *modelCase) {
	e, theta, context := m.in("E"), m.in("Theta"), m.in("context")
	target, negatives := m.in("target"), m.in("negatives")
	m.check(map[string]*graph.Node{
		"loss":  losses.NegativeSampling(e, theta, context, target, negatives, m.opts()),
		"p_pos": losses.NegativeSamplingProbability(e, theta, context, target),
		"p_neg": losses.NegativeSamplingProbability(e, theta, context, negatives),
	})
}

func referenceCBOW(m *modelCase) {
	o := losses.CBOWOpts{Sum: m.c.Params.String("combine") == "sum", Reduction: reduction(m.T, m.c)}
	m.checkOne("loss", losses.CBOW(m.in("E"), m.in("Theta"), m.in("contexts"), m.in("target"), o))
}
