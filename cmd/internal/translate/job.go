package translate

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/parallel"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

// The search that is measured.
const (
	usualBeam  = 5
	usualAlpha = 0.7
)

// job is a translator with its data.
type job struct {
	settings run.Settings
	tokens   *tokens
	data     *parallel.Parts // nil where the translator is only used
	long     int             // pairs that are left out for their length
	task     *train.Translation
	beam     decode.BeamOptions
	analyse  bool
}

// Example returns a short text of the test part.
func (j *job) Example() string {
	return run.ShortText(func(yield func(string) bool) {
		for _, p := range j.data.Test {
			if !yield(p.Source) {
				return
			}
		}
	})
}

// open opens the translator that s describes with its data.
func open(ctx context.Context, a *run.App, s run.Settings, o run.OpenOptions) (*job, error) {
	data, long, err := openSet(ctx, a, s, o.Offline)
	if err != nil {
		return nil, err
	}
	j := &job{settings: s, data: data, long: long, beam: decode.BeamOptions{Width: usualBeam, Alpha: usualAlpha, NBest: 1}}
	if o.About == nil {
		if j.tokens, err = newTokens(s, data.Train); err != nil {
			return nil, err
		}
	} else if j.tokens, err = storedTokens(o.About, o.Path); err != nil {
		return nil, err
	}
	if o.Flags != nil {
		if err := j.readFlags(o.Flags); err != nil {
			return nil, err
		}
	}
	return j, j.makeTask(o.Flags == nil)
}

// storedTokens returns the vocabularies that a checkpoint holds.
func storedTokens(about json.RawMessage, path string) (*tokens, error) {
	t := &tokens{}
	if err := json.Unmarshal(about, t); err != nil {
		return nil, errors.Wrapf(err, "run %s", path)
	}
	return t, t.read(path)
}

// readFlags reads the flags of eval.
func (j *job) readFlags(f *pflag.FlagSet) error {
	var err error
	if j.analyse, err = f.GetBool("analyse"); err != nil {
		return err
	}
	return readBeam(f, &j.beam)
}

// readBeam reads the settings of the search.
func readBeam(f *pflag.FlagSet, o *decode.BeamOptions) error {
	var err error
	if o.Width, err = f.GetInt("beam"); err != nil {
		return err
	}
	if o.Alpha, err = f.GetFloat64("alpha"); err != nil {
		return err
	}
	return checkBeam(*o)
}

// checkBeam refuses a search that makes no sense.
func checkBeam(o decode.BeamOptions) error {
	switch {
	case o.Width < 1:
		return run.Usagef("--beam %d: expected at least 1", o.Width)
	case !(o.Alpha >= 0 && o.Alpha <= 2):
		return run.Usagef("--alpha %g: expected 0 to 2, usually 0.5 to 1", o.Alpha)
	case o.NBest < 1:
		return run.Usagef("--nbest %d: expected at least 1", o.NBest)
	}
	return nil
}

// makeTask makes the task, with the pairs to train on or without.
func (j *job) makeTask(training bool) error {
	n, err := readShape(j.settings)
	if err != nil {
		return err
	}
	t := j.tokens
	o := train.TranslationOpts{Batch: j.settings.Batch, Seed: j.settings.Seed, Marks: t.marks()}
	var pairs, val []train.TokenPair
	if training {
		pairs, val = t.pairs(j.data.Train), t.pairs(j.data.Val)
		for _, p := range j.data.Val {
			o.References = append(o.References, p.Target)
		}
	}
	o.Text = t.target.Decode
	j.task, err = train.NewTranslation(graph.NewStore(graph.Float32, j.settings.Seed), func(s graph.Scope) *zoo.Seq2Seq {
		return zoo.NewSeq2SeqWith(s, t.source.Len(), t.target.Len(), n.hidden, n.opts)
	}, pairs, val, o)
	return err
}

func (j *job) Store() *graph.Store { return j.task.Store() }
func (j *job) Build() error        { return j.task.Build() }
func (j *job) Task() train.Task    { return j.task }
func (j *job) About() any          { return j.tokens }
func (j *job) Close()              { j.task.Close() }

// Sizes says how much data there is.
func (j *job) Sizes() string {
	words := run.Thousands(j.tokens.source.Len()) + " tokens"
	if !j.tokens.Shared {
		words = fmt.Sprintf("%s and %s tokens", run.Thousands(j.tokens.source.Len()), run.Thousands(j.tokens.target.Len()))
	}
	left := ""
	if j.long > 0 {
		left = fmt.Sprintf(" (%s longer ones left out)", run.Thousands(j.long))
	}
	return fmt.Sprintf("%s pairs to train on%s, %s to validate, %s to test, %s",
		run.Thousands(len(j.data.Train)), left, run.Thousands(len(j.data.Val)), run.Thousands(len(j.data.Test)), words)
}

// Test translates the test part.
func (j *job) Test(_ context.Context, _ *run.App) (run.Result, error) {
	pairs := j.tokens.pairs(j.data.Test)
	e, err := j.task.Evaluate(pairs)
	if err != nil {
		return run.Result{}, err
	}
	greedy, err := j.search(pairs, decode.BeamOptions{Width: 1, NBest: 1})
	if err != nil {
		return run.Result{}, err
	}
	found, err := j.search(pairs, j.beam)
	if err != nil {
		return run.Result{}, err
	}
	bleu, err := j.bleu(found)
	if err != nil {
		return run.Result{}, err
	}
	bleuGreedy, err := j.bleu(greedy)
	if err != nil {
		return run.Result{}, err
	}
	r := run.Result{
		Metrics: train.Metrics{
			{Name: "bleu", Value: bleu.Score}, {Name: "bleu_greedy", Value: bleuGreedy.Score},
			{Name: "token_accuracy", Value: e.TokenAccuracy}, {Name: "test_loss", Value: e.Loss},
		},
		Examples: len(pairs),
		After:    func(a *run.App) error { return j.show(a, found) },
		Report: func(a *run.App) error {
			fmt.Fprintf(a.Out, "beam %d, alpha %g: brevity penalty %.3f, %d words for %d of the references\n", j.beam.Width, j.beam.Alpha, bleu.BP, bleu.HypLen, bleu.RefLen)
			return nil
		},
	}
	if !j.analyse {
		return r, nil
	}
	blame, err := j.blame(pairs, found)
	if err != nil {
		return r, err
	}
	r.Metrics = append(r.Metrics, blame.metrics()...)
	r.Report = func(a *run.App) error { return j.report(a, blame) }
	return r, nil
}

func (j *job) search(pairs []train.TokenPair, o decode.BeamOptions) ([][]decode.Hypothesis, error) {
	sources := make([][]int, len(pairs))
	for i, p := range pairs {
		sources[i] = p.Source
	}
	return j.task.Translator().Translate(sources, o)
}

// bleu returns the score of translations of the test part.
func (j *job) bleu(found [][]decode.Hypothesis) (metrics.BLEU, error) {
	references := make([]string, len(j.data.Test))
	for i, p := range j.data.Test {
		references[i] = p.Target
	}
	return j.task.BLEU(found, references)
}

// shown is how many translations are shown.
const shown = 5

// show prints some translations.
func (j *job) show(a *run.App, found [][]decode.Hypothesis) error {
	for i, p := range j.data.Test[:min(shown, len(j.data.Test))] {
		text, err := j.tokens.target.Decode(train.Best(found[i]))
		if err != nil {
			return err
		}
		fmt.Fprintf(a.Out, "%s\n  → %s\n  = %s\n", p.Source, text, p.Target)
	}
	return nil
}
