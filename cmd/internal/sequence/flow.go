package sequence

import (
	"math/rand/v2"
	"slices"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
)

// The texts through which gradients are followed.
const (
	flowSteps = 100
	flowTexts = 8
)

// flowAxis is what gradients are followed over.
const flowAxis = "step t"

// Flow follows the gradient of the loss at the last of a hundred characters back
// through the test text: of fresh networks, and of the run's own.
func (j *writerJob) Flow() (string, []train.Flow, error) {
	o, err := writerOpts(j.settings)
	if err != nil {
		return "", nil, err
	}
	steps := min(flowSteps, len(j.test)-1)
	if steps < 2 {
		return flowAxis, nil, nil
	}
	tokens, next := make([]int, steps*flowTexts), make([]int, flowTexts)
	r := rand.New(rand.NewPCG(j.settings.Seed, 0xf10))
	for n := range flowTexts {
		at := r.IntN(len(j.test) - steps)
		for t := range steps {
			tokens[t*flowTexts+n] = j.test[at+t]
		}
		next[n] = j.test[at+steps]
	}
	flows, err := train.FlowOfCells(o, len(j.about.Characters), tokens, next, j.settings.Seed)
	if err != nil {
		return "", nil, err
	}
	if err := j.Build(); err != nil {
		return "", nil, err
	}
	o.Dropout = 0
	norms, err := train.FlowOverTime(j.Store(), func(s graph.Scope) train.TextModel {
		return zoo.NewLanguageModel(s, len(j.about.Characters), o)
	}, tokens, next)
	if err != nil {
		return "", nil, err
	}
	for _, f := range flows {
		if slices.Equal(f.Norms, norms) { // nothing is trained yet
			return flowAxis, flows, nil
		}
	}
	return flowAxis, append(flows, train.Flow{Name: "this " + string(o.Cell), Norms: norms}), nil
}

// Flow follows the gradient through fresh networks of the three cells that have
// the run's sizes, on random words.
func (j *labelJob) Flow() (string, []train.Flow, error) {
	usual := map[bool]int{true: 100, false: 128}[perToken(j.settings.Model)]
	hidden, err := j.settings.Int("hidden", usual, 1)
	if err != nil {
		return "", nil, err
	}
	embedding, err := j.settings.Int("embedding", 100, 1)
	if err != nil {
		return "", nil, err
	}
	words := len(j.encoder.Words)
	r := rand.New(rand.NewPCG(j.settings.Seed, 0xf10))
	some := func(n int) []int {
		v := make([]int, n)
		for i := range v {
			v[i] = r.IntN(words)
		}
		return v
	}
	flows, err := train.FlowOfCells(zoo.LanguageModelOpts{Embedding: embedding, Hidden: hidden}, words, some(flowSteps*flowTexts), some(flowTexts), j.settings.Seed)
	return flowAxis, flows, err
}
