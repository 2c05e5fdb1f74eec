package sequence

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
)

// written is what a checkpoint says of a language model of characters.
type written struct {
	Characters []string `json:"characters"`
}

// writerJob is a language model of characters with its data.
type writerJob struct {
	settings   run.Settings
	about      written
	characters *text.Vocabulary
	sizes      [3]int // characters to train, validate, test on
	test       []int
	task       *train.LanguageModel
}

func openText(ctx context.Context, a *run.App, s run.Settings, o run.OpenOptions) (run.Job, error) {
	t, err := openTexts(ctx, s, o.Offline, a.Err)
	if err != nil {
		return nil, err
	}
	var w written
	if o.About != nil {
		if err := (&run.Run{Path: o.Path, About: o.About}).Describe(&w); err != nil {
			return nil, err
		}
	} else {
		counts := text.Counts{}
		counts.Add(text.Characters(t.train))
		v, err := text.NewVocabulary(counts, text.VocabularyOptions{Specials: []string{text.Unknown}})
		if err != nil {
			return nil, err
		}
		w.Characters = v.Tokens()
	}
	return newWriterJob(s, w, t)
}

// openWriter opens the model of a run without its data.
func openWriter(r *run.Run) (*writerJob, error) {
	if !r.InFolder() {
		return nil, run.Usagef("%s: its characters are in the folder of its run; name the run instead of --weights", r.Settings.Model)
	}
	var w written
	if err := r.Describe(&w); err != nil {
		return nil, err
	}
	j, err := newWriterJob(r.Settings, w, texts{})
	if err != nil {
		return nil, err
	}
	return j, r.Load(j)
}

func newWriterJob(s run.Settings, w written, t texts) (*writerJob, error) {
	if len(w.Characters) < 2 || w.Characters[0] != text.Unknown {
		return nil, errors.New("the checkpoint does not say what its characters are")
	}
	j := &writerJob{settings: s, about: w}
	var err error
	if j.characters, err = vocabularyOf(w.Characters); err != nil {
		return nil, err
	}
	parts := [3][]int{}
	for i, part := range []string{t.train, t.val, t.test} {
		if part != "" {
			parts[i] = j.ids(part)
		}
		j.sizes[i] = len(parts[i])
	}
	j.test = parts[2]
	steps, err := s.Int("steps", 100, 1)
	if err != nil {
		return nil, err
	}
	o, err := writerOpts(s)
	if err != nil {
		return nil, err
	}
	build := func(sc graph.Scope) train.TextModel { return zoo.NewLanguageModel(sc, len(w.Characters), o) }
	j.task, err = train.NewLanguageModel(graph.NewStore(graph.Float32, s.Seed), build, parts[0], parts[1],
		train.LanguageModelOpts{Batch: s.Batch, Steps: steps, DropLast: s.DropLast})
	return j, err
}

// writerOpts returns the sizes of the language model of s.
func writerOpts(s run.Settings) (o zoo.LanguageModelOpts, err error) {
	cell, err := s.OneOf("cell", string(zoo.GRU), string(zoo.RNN), string(zoo.GRU), string(zoo.LSTM))
	if err != nil {
		return o, err
	}
	o.Cell = zoo.Cell(cell)
	for key, to := range map[string]*int{"embedding": &o.Embedding, "hidden": &o.Hidden, "layers": &o.Layers} {
		if *to, err = s.Int(key, 0, 1); err != nil {
			return o, err
		}
	}
	o.Dropout, err = dropoutOf(s, 0)
	return o, err
}

// ids returns the numbers of the characters of a text.
func (j *writerJob) ids(s string) []int {
	chars := text.Characters(clean(s))
	ids := make([]int, len(chars))
	for i, c := range chars {
		ids[i] = j.characters.ID(c)
	}
	return ids
}

func (j *writerJob) Store() *graph.Store { return j.task.Store() }
func (j *writerJob) Build() error        { return j.task.Build() }
func (j *writerJob) Task() train.Task    { return j.task }
func (j *writerJob) About() any          { return j.about }
func (j *writerJob) Close()              { j.task.Close() }

// Sizes says how much data there is.
func (j *writerJob) Sizes() string {
	return fmt.Sprintf("%s characters to train on, %s to validate, %s to test; %d different ones",
		run.Thousands(j.sizes[0]), run.Thousands(j.sizes[1]), run.Thousands(j.sizes[2]), len(j.about.Characters))
}

// Test measures the model on the test text.
func (j *writerJob) Test(ctx context.Context, _ *run.App) (run.Result, error) {
	loss, err := j.task.Evaluate(j.test)
	if err != nil {
		return run.Result{}, err
	}
	return run.Result{
		Metrics:  train.Metrics{{Name: train.BitsPerChar, Value: j.task.Measured(loss)}, {Name: "test_loss", Value: loss}},
		Examples: len(j.test),
		After: func(a *run.App) error {
			o := sampleOptions{length: sampleLength, temperature: usualTemperature, seed: j.settings.Seed}
			if j.settings.Model == "music" {
				o = sampleOptions{length: tuneLength, temperature: tuneTemperature, topP: tuneTopP, seed: j.settings.Seed, tune: true}
			}
			sample, err := j.write(ctx, start(j.settings, ""), o)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.Out, "%s\n", sample)
			return err
		},
	}, nil
}

// exampleText builds a language model in its usual form on random characters.
func exampleText(g *graph.Graph, batch int) run.Built {
	const steps, characters = 12, 66
	m := zoo.NewLanguageModel(g.Scope(), characters, zoo.LanguageModelOpts{})
	x, y := g.InputInts("tokens", steps, batch), g.Labels("next", steps*batch)
	inputs := []*graph.Node{x}
	var states []*graph.Node
	for i, shape := range m.StateShapes(batch) {
		states = append(states, g.Input(fmt.Sprint("state", i), shape...))
	}
	logits, _ := m.Forward(x, states)
	return run.Built{
		Inputs: append(inputs, states...), Output: logits, Loss: losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{}),
		Feed: func(r *rand.Rand) []graph.Feed {
			some := func() []int {
				v := make([]int, steps*batch)
				for i := range v {
					v[i] = r.IntN(characters)
				}
				return v
			}
			feeds := []graph.Feed{x.FeedInts(some()), y.FeedInts(some())}
			for _, s := range states {
				feeds = append(feeds, s.FeedFloat64s(make([]float64, s.Len())))
			}
			return feeds
		},
	}
}
