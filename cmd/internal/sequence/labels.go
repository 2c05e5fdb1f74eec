package sequence

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
)

// labelJob is a model of labels with its data.
type labelJob struct {
	settings  run.Settings
	encoder   *encoder
	sets      [3][]train.Sequence // train, val, test
	sentences                     // what the sets are made of
	task      *train.Sequences
}

// Example returns a short text of the test part.
func (j *labelJob) Example() string {
	return run.ShortText(func(yield func(string) bool) {
		for _, s := range j.test {
			if !yield(strings.Join(s.tokens, " ")) {
				return
			}
		}
	})
}

// perToken reports whether each token has a label.
func perToken(model string) bool { return model != "sentiment" }

func openLabels(ctx context.Context, a *run.App, s run.Settings, o run.OpenOptions) (run.Job, error) {
	all, err := openSentences(ctx, s, o.Offline, a.Err)
	if err != nil {
		return nil, err
	}
	var e *encoder
	if o.About != nil {
		if e, err = describedEncoder(&run.Run{Path: o.Path, About: o.About}); err != nil {
			return nil, err
		}
	} else {
		least, err := s.Int("min_count", map[bool]int{true: 1, false: 2}[perToken(s.Model)], 1)
		if err != nil {
			return nil, err
		}
		if e, err = newEncoder(all.train, least, perToken(s.Model)); err != nil {
			return nil, err
		}
	}
	return newLabelJob(s, e, all)
}

// describedEncoder returns the encoder of a run.
func describedEncoder(r *run.Run) (*encoder, error) {
	e := &encoder{}
	if err := r.Describe(e); err != nil {
		return nil, err
	}
	return e, e.index()
}

// newLabelJob makes the task; the parts may be empty where the model is only
// used.
func newLabelJob(s run.Settings, e *encoder, all sentences) (*labelJob, error) {
	j := &labelJob{settings: s, encoder: e, sentences: all}
	for i, part := range [][]sentence{all.train, all.val, all.test} {
		if len(part) > 0 {
			j.sets[i] = e.encodeAll(part)
		}
	}
	o := train.SequencesOpts{Batch: s.Batch, DropLast: s.DropLast, Seed: s.Seed, PerToken: perToken(s.Model), Unknown: unknownID}
	if perToken(s.Model) {
		o.Characters = wordCharacters
	}
	if s.Model == "ner" {
		o.Measure = j.measureEntities
	}
	var err error
	if o.Replace, err = replacing(s, j.sets[0]); err != nil {
		return nil, err
	}
	build, err := labelModel(s, len(e.Words), len(e.Characters), len(e.Classes))
	if err != nil {
		return nil, err
	}
	j.task, err = train.NewSequences(graph.NewStore(graph.Float32, s.Seed), build, j.sets[0], j.sets[1], o)
	return j, err
}

// replacing returns with what probability a word is replaced by the unknown one
// in training: half of those that occur once where words have tags, and of
// others what --set unknown says.
func replacing(s run.Settings, list []train.Sequence) (func(int) float64, error) {
	usual := map[string]float64{"sentiment": 0.1, "ner": 0.1}[s.Model]
	p, err := s.Float("unknown", usual, 0)
	if err != nil {
		return nil, err
	}
	if p > 1 {
		return nil, run.Usagef("--set unknown=%g: expected a probability", p)
	}
	if !perToken(s.Model) {
		return func(int) float64 { return p }, nil
	}
	count := map[int]int{}
	for _, x := range list {
		for _, w := range x.Tokens {
			count[w]++
		}
	}
	return func(w int) float64 {
		if count[w] == 1 {
			return 0.5
		}
		return p
	}, nil
}

// labelModel returns how the model of s is built.
func labelModel(s run.Settings, words, characters, classes int) (func(graph.Scope) train.SequenceModel, error) {
	var sizes [2]int
	for i, key := range []string{"embedding", "hidden"} {
		n, err := s.Int(key, 0, 1)
		if err != nil {
			return nil, err
		}
		sizes[i] = n
	}
	dropout, err := dropoutOf(s, 0.5)
	if err != nil {
		return nil, err
	}
	if !perToken(s.Model) {
		o := zoo.SentimentOpts{Embedding: sizes[0], Hidden: sizes[1], Dropout: dropout}
		return func(sc graph.Scope) train.SequenceModel {
			m := zoo.NewSentiment(sc, words, classes, o)
			return func(words, _, lengths *graph.Node) *graph.Node { return m.Forward(words, lengths) }
		}, nil
	}
	o := zoo.TaggerOpts{Embedding: sizes[0], Hidden: sizes[1], Dropout: dropout}
	return func(sc graph.Scope) train.SequenceModel {
		return zoo.NewTagger(sc, words, characters, classes, o).Forward
	}, nil
}

// dropoutOf returns --set dropout, a probability below 1.
func dropoutOf(s run.Settings, usual float64) (float64, error) {
	p, err := s.Float("dropout", usual, 0)
	if err == nil && p >= 1 {
		err = run.Usagef("--set dropout=%g: expected a probability below 1", p)
	}
	return p, err
}

func (j *labelJob) Store() *graph.Store { return j.task.Store() }
func (j *labelJob) Build() error        { return j.task.Build() }
func (j *labelJob) Task() train.Task    { return j.task }
func (j *labelJob) About() any          { return j.encoder }
func (j *labelJob) Close()              { j.task.Close() }

// Sizes says how much data there is.
func (j *labelJob) Sizes() string {
	return fmt.Sprintf("%s sentences to train on, %s to validate, %s to test; %s words, %d classes",
		run.Thousands(len(j.sets[0])), run.Thousands(len(j.sets[1])), run.Thousands(len(j.sets[2])), run.Thousands(len(j.encoder.Words)), len(j.encoder.Classes))
}

// classesOf returns the names of the classes; a label that no class has is O.
func (j *labelJob) classesOf(labels []int) []string {
	names := make([]string, len(labels))
	for i, l := range labels {
		if names[i] = "O"; l >= 0 {
			names[i] = j.encoder.Classes[l]
		}
	}
	return names
}

// guessed returns the classes that were guessed for sentences.
func (j *labelJob) guessed(e *train.SequencesEvaluation) [][]string {
	names := make([][]string, len(e.Guesses))
	for i, g := range e.Guesses {
		names[i] = j.classesOf(g)
	}
	return names
}

// measureEntities returns F1 and accuracy; where no sentence has an entity F1 can
// only be 0, and the accuracy decides.
func (j *labelJob) measureEntities(val []train.Sequence, e *train.SequencesEvaluation) train.Metrics {
	truth := make([][]string, len(val))
	for i, x := range val {
		truth[i] = j.classesOf(x.Labels)
	}
	r, err := metrics.EntityF1(truth, j.guessed(e))
	if err != nil { // as many of each: there is no error
		return nil
	}
	if r.Support == 0 {
		return train.Metrics{{Name: "val_accuracy", Value: e.Accuracy}}
	}
	return train.Metrics{{Name: "val_entity_f1", Value: r.F1}, {Name: "val_accuracy", Value: e.Accuracy}}
}

// Test measures the model on the test part.
func (j *labelJob) Test(_ context.Context, _ *run.App) (run.Result, error) {
	e, err := j.task.Evaluate(j.sets[2])
	if err != nil {
		return run.Result{}, err
	}
	r := run.Result{
		Metrics:  train.Metrics{{Name: "test_accuracy", Value: e.Accuracy}, {Name: "test_loss", Value: e.Loss}},
		Examples: len(j.test),
		After: func(a *run.App) error {
			j.showGuesses(a, e)
			return nil
		},
	}
	guesses := j.guessed(e)
	if j.settings.Model != "ner" {
		r.Report = func(a *run.App) error { return j.report(a, guesses) }
		return r, nil
	}
	truth := make([][]string, len(j.test))
	for i, x := range j.test {
		truth[i] = x.labels
	}
	f, err := metrics.EntityF1(truth, guesses)
	if err != nil {
		return r, err
	}
	if f.Support == 0 { // there is nothing to find
		f.F1, f.Precision, f.Recall = math.NaN(), math.NaN(), math.NaN()
	}
	r.Metrics = append(train.Metrics{
		{Name: "entity_f1", Value: f.F1}, {Name: "entity_precision", Value: f.Precision}, {Name: "entity_recall", Value: f.Recall},
	}, r.Metrics...)
	r.Report = func(a *run.App) error {
		reportEntities(a, f)
		return nil
	}
	return r, nil
}

// exampleLabels builds a model of labels in its usual form on random words.
func exampleLabels(model string) func(g *graph.Graph, batch int) run.Built {
	return func(g *graph.Graph, batch int) run.Built {
		const steps, words, letters, classes = 12, 250, 60, 5 // much as in phrases
		build, err := labelModel(run.Settings{Model: model}, words, letters, classes)
		x, lengths := g.InputInts("words", steps, batch), g.InputInts("lengths", batch)
		if err != nil {
			dead := x.Fail(err)
			return run.Built{Output: dead, Loss: dead}
		}
		inputs := []*graph.Node{x, lengths}
		var c *graph.Node
		labels := batch
		if perToken(model) {
			c = g.InputInts("characters", steps, batch, wordCharacters)
			inputs, labels = []*graph.Node{x, c, lengths}, steps*batch
		}
		y := g.Labels("labels", labels)
		logits := build(g.Scope())(x, c, lengths)
		loss := losses.CrossEntropy(logits.Reshape(labels, -1), y, losses.CrossEntropyOpts{})
		return run.Built{
			Inputs: inputs, Output: logits, Loss: loss,
			Feed: func(r *rand.Rand) []graph.Feed {
				some := func(n, most int) []int { // none of them 0, which fills up
					v := make([]int, n)
					for i := range v {
						v[i] = 1 + r.IntN(most-1)
					}
					return v
				}
				full := make([]int, batch)
				for i := range full {
					full[i] = steps
				}
				feeds := []graph.Feed{x.FeedInts(some(steps*batch, words)), lengths.FeedInts(full), y.FeedInts(some(labels, classes))}
				if c != nil {
					feeds = append(feeds, c.FeedInts(some(steps*batch*wordCharacters, letters)))
				}
				return feeds
			},
		}
	}
}
