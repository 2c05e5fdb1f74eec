package train

import (
	"math"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/zoo"
)

// TestSection2_2_VanishingGradients: in a fresh network the gradient of a vanilla
// network vanishes soonest; none explodes.
func TestSection2_2_VanishingGradients(t *testing.T) {
	const steps, n = 40, 4
	tokens := make([]int, steps*n)
	for i := range tokens {
		tokens[i] = i * 7 % textTokens
	}
	flows, err := FlowOfCells(zoo.LanguageModelOpts{Embedding: 8, Hidden: 16}, textTokens, tokens, []int{0, 1, 2, 3}, 1)
	if err != nil {
		t.Fatal(err)
	}
	decay := map[string]float64{}
	for _, f := range flows {
		if len(f.Norms) != steps {
			t.Fatalf("%s: %d norms, want %d", f.Name, len(f.Norms), steps)
		}
		decay[f.Name] = f.Decay()
	}
	if !(decay["rnn"] < 0.75 && decay["rnn"] < decay["gru"] && decay["rnn"] < decay["lstm"] && decay["gru"] < 1) {
		t.Errorf("factors a step %v, expected that of rnn to be the smallest", decay)
	}
}

// TestFlowOverTime_probes: the norms are those of the gradients that finite
// differences give.
func TestFlowOverTime_probes(t *testing.T) {
	const steps = 4
	store := graph.NewStore(graph.Float32, 3)
	model := func(s graph.Scope) TextModel {
		return zoo.NewLanguageModel(s, textTokens, zoo.LanguageModelOpts{Cell: zoo.LSTM, Embedding: 4, Hidden: 3, Layers: 2})
	}
	tokens := []int{1, 2, 3, 4}
	norms, err := FlowOverTime(store, model, tokens, []int{2})
	if err != nil {
		t.Fatal(err)
	}
	g := graph.New(store, graph.Eval)
	m := model(g.Scope()).(unroller)
	x, probes := g.InputInts("x", steps, 1), g.Input("probes", steps, 2, 1, 3)
	h, c := g.Input("h", 2, 1, 3), g.Input("c", 2, 1, 3)
	logp := m.Unroll(x, []*graph.Node{h, c}, probes).LogSoftmax(-1)
	prog, err := g.Compile(nil, logp)
	if err != nil {
		t.Fatal(err)
	}
	loss := func(at int, e float32) float64 {
		v := make([]float32, steps*2*3)
		v[at] = e
		if err := prog.Run(x.FeedInts(tokens), probes.Feed(v), h.Feed(make([]float32, 6)), c.Feed(make([]float32, 6))); err != nil {
			t.Fatal(err)
		}
		return -prog.Values(logp)[2]
	}
	for s := range steps {
		sum := 0.0
		for k := range 6 {
			d := (loss(s*6+k, 0.01) - loss(s*6+k, -0.01)) / 0.02
			sum += d * d
		}
		if got, want := norms[s], math.Sqrt(sum); math.Abs(got-want) > 1e-4+0.01*want { // of float32 and the step
			t.Errorf("step %d: norm %v, by differences %v", s+1, got, want)
		}
	}
}

func TestSection1_6_3_ResidualGradients(t *testing.T) {
	flows, err := FlowOverDepth(20, 32, 1)
	if err != nil {
		t.Fatal(err)
	}
	plain, residual := flows[0].Decay(), flows[1].Decay()
	if !(plain < 0.5 && residual > 0.9 && residual < 1.1) {
		t.Errorf("factors a block: plain %v, residual %v", plain, residual)
	}
}

func TestLayerGradients_verdicts(t *testing.T) {
	_, task := newTextLoop(t, nil, zoo.GRU)
	list, err := LayerGradients(task)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 7 { // emb; four of the GRU; weight, bias of out
		t.Errorf("%d parameters, want 7", len(list))
	}
	for _, l := range list {
		if l.Verdict != "" || !(l.Norm > 0) {
			t.Errorf("%+v, expected a sound gradient", l)
		}
	}
	if err := task.Store().Param("out.weight").SetValues(make([]float64, 12*textTokens)); err != nil {
		t.Fatal(err)
	}
	if list, err = LayerGradients(task); err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		if none := l.Verdict == "none"; none != (l.Name != "out.weight" && l.Name != "out.bias") {
			t.Errorf("output weights of 0: %+v", l)
		}
	}
}
