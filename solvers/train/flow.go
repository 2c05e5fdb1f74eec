package train

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/zoo"
)

// Flow is how large the gradient of the loss is along a network: over time, or
// over depth.
type Flow struct {
	Name string `json:"name"`
	// Norms are ‖∂L/∂a<t>‖ for t = 1, …, T, or ‖∂L/∂a[l]‖ for layers l = 1, …
	Norms []float64 `json:"norms"`
}

// Decay returns by what factor a norm changes in one step towards the beginning:
// (first/last)^{1/(n−1)}. Below 1 the gradient vanishes, above 1 it explodes. It is
// 0 where the first norm is 0.
func (f Flow) Decay() float64 {
	n := len(f.Norms)
	if n < 2 || f.Norms[n-1] == 0 {
		return 1
	}
	return math.Pow(f.Norms[0]/f.Norms[n-1], 1/float64(n-1))
}

// unroller is a language model that can be unrolled with probes; see
// zoo.LanguageModel.
type unroller interface {
	TextModel
	Unroll(tokens *graph.Node, states []*graph.Node, probes *graph.Node) *graph.Node
}

// FlowOverTime returns ‖∂L/∂a<t>‖ of a language model, where L is the loss at
// the last of T tokens [T, n] only: how much of the past a step can learn from.
// next [n] is what follows.
//
// Source: cheatsheet §2.1 and §2.2, vanishing and exploding gradients.
func FlowOverTime(store *graph.Store, model func(s graph.Scope) TextModel, tokens, next []int) ([]float64, error) {
	n := len(next)
	if n == 0 || len(tokens) == 0 || len(tokens)%n != 0 {
		return nil, errors.Errorf("gradients over time: %d tokens of %d texts, expected as many of each", len(tokens), n)
	}
	steps := len(tokens) / n
	g := graph.New(store, graph.Train)
	m, ok := model(g.Scope()).(unroller)
	if !ok {
		return nil, errors.New("gradients over time: the model cannot be taken step by step")
	}
	x, y := g.InputInts(tokensName, steps, n), g.Labels(nextName, n)
	shapes := m.StateShapes(n)
	layers, hidden := shapes[0][0], shapes[0][2]
	probes := g.Input("probes", steps, layers, n, hidden).RequireGrad()
	feeds := []graph.Feed{x.FeedInts(tokens), y.FeedInts(next), probes.Feed(make([]float32, steps*layers*n*hidden))}
	var states []*graph.Node
	for i, shape := range shapes {
		s := g.Input(fmt.Sprint(lastName, i), shape...)
		states = append(states, s)
		feeds = append(feeds, s.Feed(make([]float32, layers*n*hidden)))
	}
	logits := m.Unroll(x, states, probes)
	return probed(g, losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{}), probes, steps, feeds)
}

// probed returns the norms of the gradients by the probes, whose first axis is
// cut into n.
func probed(g *graph.Graph, loss, probes *graph.Node, n int, feeds []graph.Feed) ([]float64, error) {
	prog, err := g.Compile(loss)
	if err != nil {
		return nil, err
	}
	if err := prog.Run(feeds...); err != nil {
		return nil, err
	}
	gradient := prog.Gradient(probes)
	norms := make([]float64, n)
	for t := range norms {
		for _, v := range gradient[t*len(gradient)/n : (t+1)*len(gradient)/n] {
			norms[t] += v * v
		}
		norms[t] = math.Sqrt(norms[t])
	}
	return norms, nil
}

// FlowOfCells returns FlowOverTime of fresh language models with the sizes of o,
// one for each kind of cell, on the same texts.
func FlowOfCells(o zoo.LanguageModelOpts, vocabulary int, tokens, next []int, seed uint64) ([]Flow, error) {
	var flows []Flow
	for _, cell := range zoo.Cells() {
		o.Cell, o.Dropout = cell, 0
		norms, err := FlowOverTime(graph.NewStore(graph.Float32, seed), func(s graph.Scope) TextModel {
			return zoo.NewLanguageModel(s, vocabulary, o)
		}, tokens, next)
		if err != nil {
			return nil, err
		}
		flows = append(flows, Flow{string(cell), norms})
	}
	return flows, nil
}

// FlowOverDepth returns ‖∂L/∂a[l]‖ at every second of so many equal layers of two
// networks, on random inputs: a plain one, a[l+2] = g(z[l+2]), and a residual one,
// a[l+2] = g(a[l] + z[l+2]), with z[l] = W[l]·a[l−1] + b[l], g the ReLU and PyTorch's
// usual first weights.
//
// Source: cheatsheet §1.6.3, residual networks.
func FlowOverDepth(depth, width int, seed uint64) ([]Flow, error) {
	if depth < 2 || width < 2 {
		return nil, errors.Errorf("gradients over depth: %d layers of %d units, expected at least 2 of 2", depth, width)
	}
	const batch = 32
	blocks := depth / 2
	r := rand.New(rand.NewPCG(seed, 7))
	values, labels := make([]float32, batch*width), make([]int, batch)
	for i := range values {
		values[i] = float32(r.NormFloat64())
	}
	for i := range labels {
		labels[i] = r.IntN(width)
	}
	var flows []Flow
	for _, residual := range []bool{false, true} {
		g := graph.New(graph.NewStore(graph.Float32, seed), graph.Train)
		x, y := g.Input(inputName, batch, width), g.Labels(labelsName, batch)
		probes := g.Input("probes", blocks, batch, width).RequireGrad()
		a := x
		for l := range blocks {
			z := nn.NewLinear(g.Scope().At(fmt.Sprintf("fc%d", 2*l+1)), width, width).Forward(a).ReLU()
			z = nn.NewLinear(g.Scope().At(fmt.Sprintf("fc%d", 2*l+2)), width, width).Forward(z)
			if residual {
				z = a.Add(z)
			}
			a = z.ReLU().Add(probes.Index(0, l))
		}
		logits := nn.NewLinear(g.Scope().At("out"), width, width).Forward(a)
		feeds := []graph.Feed{x.Feed(values), y.FeedInts(labels), probes.Feed(make([]float32, blocks*batch*width))}
		norms, err := probed(g, losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{}), probes, blocks, feeds)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("plain, %d layers", depth)
		if residual {
			name = fmt.Sprintf("residual, %d layers", depth)
		}
		flows = append(flows, Flow{name, norms})
	}
	return flows, nil
}

// LayerGradient is how large the gradient of a parameter is after one batch.
type LayerGradient struct {
	Name     string  `json:"parameter"`
	Norm     float64 `json:"norm"`     // ‖∂L/∂W‖
	Relative float64 `json:"relative"` // ‖∂L/∂W‖ / ‖W‖; 0 where W is 0
	// Verdict is "vanishes", "explodes", "none" for a gradient of 0, or "".
	Verdict string `json:"verdict,omitempty"`
}

// The bounds of a verdict: a gradient that is so small beside the largest of the
// network, or so large, that no one learning rate suits all layers.
const (
	vanishes = 1e-6
	explodes = 1e3
)

// LayerGradients returns how large the gradients of a task's parameters are on
// its first batch.
func LayerGradients(t Task) ([]LayerGradient, error) {
	t.Begin(0, 0)
	prog, _, err := t.Step(0)
	if err != nil {
		return nil, errors.Wrap(err, "gradients")
	}
	var list []LayerGradient
	largest := 0.0
	for _, v := range prog.Gradients() {
		p, ok := v.(interface {
			Name() string
			Values() []float64
		})
		if !ok {
			continue
		}
		grad, err := v.Grad()
		if err != nil {
			return nil, errors.Wrapf(err, "gradient of %s", p.Name())
		}
		l := LayerGradient{Name: p.Name(), Norm: length(numbersOf(grad.Data()))}
		if w := length(p.Values()); w > 0 {
			l.Relative = l.Norm / w
		}
		largest = math.Max(largest, l.Norm)
		list = append(list, l)
	}
	for i := range list {
		switch l := &list[i]; {
		case !finite(l.Norm) || l.Norm > explodes:
			l.Verdict = "explodes"
		case l.Norm == 0:
			l.Verdict = "none"
		case l.Norm < vanishes*largest:
			l.Verdict = "vanishes"
		}
	}
	return list, nil
}

func length(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}

// numbersOf returns the elements of a value as float64.
func numbersOf(data any) []float64 {
	switch x := data.(type) {
	case []float64:
		return x
	case []float32:
		out := make([]float64, len(x))
		for i, v := range x {
			out[i] = float64(v)
		}
		return out
	case float32:
		return []float64{float64(x)}
	case float64:
		return []float64{x}
	}
	return nil
}
