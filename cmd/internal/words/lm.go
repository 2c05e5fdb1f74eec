package words

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
)

// languageModel returns the language model of words.
func languageModel() run.Model {
	return run.Model{
		About: "a recurrent language model of words", Section: "2.5",
		Data: []string{"phrases", "ptb", "text"},
		Recipe: run.Recipe{
			Epochs: 8, Batch: 20, Solver: "adam", Rate: 7e-3,
			Set: map[string]string{"cell": "lstm", "layers": "1", "hidden": "128", "embedding": "64", "steps": "35", "schedule": "cosine"},
		},
		Recipes: map[string]run.Recipe{
			// The small model of arXiv:1409.2329 §4.1. Its loss is the sum over the
			// 35 steps, the one here the mean: the rate is 35 times its 1, the
			// largest norm of the gradients its 5 divided by 35.
			"ptb": {Epochs: 4, Batch: 20, Solver: "sgd", Rate: 35, Set: map[string]string{
				"cell": "lstm", "layers": "2", "hidden": "200", "embedding": "200", "steps": "35",
				"init": "0.1", "clip": "0.142857", "schedule": "multistep", "schedule_factor": "0.5", "schedule_at": "2+3+4+5+6+7+8+9+10+11+12",
			}},
			"text": {Epochs: 6, Batch: 20, Solver: "adam", Rate: 2e-3, Set: map[string]string{
				"cell": "lstm", "layers": "1", "hidden": "200", "embedding": "200", "steps": "35",
				"dropout": "0.2", "clip": "1", "schedule": "cosine",
			}},
		},
		Keys: map[string]string{
			"cell":      "rnn, gru or lstm",
			"layers":    "recurrent layers",
			"hidden":    "units a layer",
			"embedding": "numbers a word",
			"dropout":   "share of values left out before, between and behind the layers",
			"steps":     "words of each stream that a step of training reads",
			"init":      "parameters begin in [−x, x]; none: the usual way of each layer",
			"max_words": "the largest vocabulary; rarer words become <unk>",
			"min_count": "words that occur less often become <unk>",
			"case":      "true: words of text keep their capitals",
		},
		Check: func(s run.Settings) error {
			_, err := shapeOf(s)
			return err
		},
		Build: exampleLM,
		Open: func(ctx context.Context, a *run.App, s run.Settings, o run.OpenOptions) (run.Job, error) {
			return openLM(ctx, a, s, o)
		},
		Generate: generateSentences,
		Predict:  predictSentences, PredictInput: `--text "the dog sleeps ."`,
		Next: "generate %s", NextFor: "Have it write",
	}
}

// shape is the form of a language model.
type shape struct {
	zoo.LanguageModelOpts
	steps int
}

// shapeOf reads the form of a language model from its settings.
func shapeOf(s run.Settings) (m shape, err error) {
	if s.DropLast {
		return m, run.Usagef("--drop-last: has no meaning for lm, whose batches are streams")
	}
	cells := make([]string, len(zoo.Cells()))
	for i, c := range zoo.Cells() {
		cells[i] = string(c)
	}
	cell, err := s.OneOf("cell", "lstm", cells...)
	if err != nil {
		return m, err
	}
	m.Cell = zoo.Cell(cell)
	for _, x := range []struct {
		key          string
		to           *int
		other, least int
	}{
		{"layers", &m.Layers, 1, 1}, {"hidden", &m.Hidden, 128, 1}, {"embedding", &m.Embedding, 64, 1},
		{"steps", &m.steps, 35, 1},
	} {
		if *x.to, err = s.Int(x.key, x.other, x.least); err != nil {
			return m, err
		}
	}
	if m.Dropout, err = s.Float("dropout", 0, 0); err != nil {
		return m, err
	}
	if m.Dropout >= 1 {
		return m, run.Usagef("--set dropout=%g: expected a share in [0, 1)", m.Dropout)
	}
	if v := s.Text("init", "none"); v != "none" {
		r, err := strconv.ParseFloat(v, 64)
		if err != nil || !(r > 0) || math.IsInf(r, 0) {
			return m, run.Usagef("--set init=%s: expected a positive number or none", v)
		}
		m.Init = nn.Uniform(-r, r)
	}
	return m, nil
}

// lm is a language model with its text.
type lm struct {
	settings run.Settings
	shape    shape
	about    spoken
	task     *train.LanguageModel
	trained  int // words to train on
	val      int
	test     []int
}

// spoken is what a checkpoint says of a model of words: its vocabulary, with a
// space between two words. Of a language model the first stands for all others,
// the second for the end of a sentence.
type spoken struct {
	Words string `json:"words"`
}

func (s spoken) tokens() []string { return strings.Fields(s.Words) }

func (s spoken) check(path string) error {
	if t := s.tokens(); len(t) < 3 || t[0] != text.Unknown || t[1] != endMark {
		return errors.Errorf("run %s: the checkpoint does not say which words the model knows", path)
	}
	return nil
}

func openLM(ctx context.Context, a *run.App, s run.Settings, o run.OpenOptions) (*lm, error) {
	t, err := openTexts(ctx, s, o.Offline, a.Err)
	if err != nil {
		return nil, err
	}
	var about spoken
	if o.About != nil {
		if err := (&run.Run{Path: o.Path, About: o.About}).Describe(&about); err != nil {
			return nil, err
		}
		if err := about.check(o.Path); err != nil {
			return nil, err
		}
	} else {
		words, err := t.vocabulary(s)
		if err != nil {
			return nil, err
		}
		about.Words = strings.Join(words, " ")
	}
	parts := ids(about.tokens(), t.train, t.val, t.test)
	m, err := newLM(s, about, parts[0], parts[1])
	if err != nil {
		return nil, err
	}
	m.trained, m.val, m.test = len(t.train), len(t.val), parts[2]
	return m, nil
}

// newLM makes the task of a language model; without a text it is only used.
func newLM(s run.Settings, about spoken, text, val []int) (*lm, error) {
	m := &lm{settings: s, about: about}
	var err error
	if m.shape, err = shapeOf(s); err != nil {
		return nil, err
	}
	words := len(about.tokens())
	m.task, err = train.NewLanguageModel(graph.NewStore(graph.Float32, s.Seed), func(sc graph.Scope) train.TextModel {
		return zoo.NewLanguageModel(sc, words, m.shape.LanguageModelOpts)
	}, text, begun(val), train.LanguageModelOpts{Batch: s.Batch, Steps: m.shape.steps, Measure: train.Perplexity})
	return m, err
}

// begun returns the text with the end of a sentence before it, so that the first
// word is foretold, too.
func begun(text []int) []int {
	if len(text) == 0 {
		return nil
	}
	return append([]int{1}, text...)
}

func (m *lm) Store() *graph.Store { return m.task.Store() }
func (m *lm) Build() error        { return m.task.Build() }
func (m *lm) Task() train.Task    { return m.task }
func (m *lm) About() any          { return m.about }
func (m *lm) Close()              { m.task.Close() }

// Sizes says how much text there is.
func (m *lm) Sizes() string {
	return fmt.Sprintf("%s words to train on, %s to validate, %s to test, %s different ones",
		run.Thousands(m.trained), run.Thousands(m.val), run.Thousands(len(m.test)), run.Thousands(len(m.about.tokens())))
}

// Test measures the perplexity of the test part, over words and end marks.
func (m *lm) Test(context.Context, *run.App) (run.Result, error) {
	loss, err := m.task.Evaluate(begun(m.test))
	if err != nil {
		return run.Result{}, err
	}
	return run.Result{
		Metrics:  train.Metrics{{Name: "perplexity", Value: m.task.Measured(loss)}, {Name: "test_loss", Value: loss}},
		Examples: len(m.test),
	}, nil
}

// exampleLM builds the model in its usual form on random words.
func exampleLM(g *graph.Graph, batch int) run.Built {
	const words, steps = 300, 35
	tokens, next := g.InputInts("tokens", steps, batch), g.Labels("next", steps*batch)
	m := zoo.NewLanguageModel(g.Scope(), words, zoo.LanguageModelOpts{Cell: zoo.LSTM, Embedding: 64, Hidden: 128})
	var states []*graph.Node
	for i, shape := range m.StateShapes(batch) {
		states = append(states, g.Input(fmt.Sprint("state", i), shape...))
	}
	logits, _ := m.Forward(tokens, states)
	return run.Built{
		Inputs: append([]*graph.Node{tokens}, states...), Output: logits, Loss: losses.CrossEntropy(logits, next, losses.CrossEntropyOpts{}),
		Feed: func(r *rand.Rand) []graph.Feed {
			draw := func(n int) []int {
				x := make([]int, n)
				for i := range x {
					x[i] = r.IntN(words)
				}
				return x
			}
			feeds := []graph.Feed{tokens.FeedInts(draw(steps * batch)), next.FeedInts(draw(steps * batch))}
			for _, s := range states {
				feeds = append(feeds, s.FeedFloat64s(slices.Repeat([]float64{0.1}, batch*128)))
			}
			return feeds
		},
	}
}
