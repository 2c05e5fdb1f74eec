package translate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/datasets/shapes"
	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

// captioner is the model's name.
const captioner = "captioner"

// The drawn pictures that are described.
const (
	captionSide  = 32 // pixels
	captionTrain = 4000
	captionVal   = 400
	captionTest  = 1000
	captionWords = 8 // the longest sentence, its end included
)

func captionModel() run.Model {
	return run.Model{
		About: "convolutions and a decoder with attention: what a picture shows", Section: "2.7", Data: []string{"shapes"},
		Recipe: run.Recipe{Epochs: 20, Batch: 32, Solver: "adam", Rate: 3e-3, Set: map[string]string{"schedule": "trapezoid", "clip": "1"}},
		Keys:   map[string]string{"hidden": "numbers of a state", "cell": "gru or lstm"},
		Check:  func(s run.Settings) error { _, _, err := captionShape(s); return err },
		Build: func(g *graph.Graph, batch int) run.Built {
			const words, hidden = 25, 64
			x := g.Input("x", batch, 3, captionSide, captionSide)
			tgt, labels := g.InputInts("target", captionWords, batch), g.Labels("labels", captionWords*batch)
			logits, _ := newCaptioner(g.Scope(), words, hidden, zoo.GRU).Forward(x, tgt)
			return run.Built{
				Inputs: []*graph.Node{x, tgt}, Output: logits, Loss: losses.CrossEntropy(logits, labels, losses.CrossEntropyOpts{}),
				Feed: func(r *rand.Rand) []graph.Feed {
					picture, ids := make([]float32, batch*3*captionSide*captionSide), make([]int, captionWords*batch)
					for i := range picture {
						picture[i] = r.Float32()
					}
					for i := range ids {
						ids[i] = r.IntN(words)
					}
					return []graph.Feed{x.Feed(picture), tgt.FeedInts(ids), labels.FeedInts(ids)}
				},
			}
		},
		Open: func(_ context.Context, _ *run.App, s run.Settings, o run.OpenOptions) (run.Job, error) {
			return openCaptions(s, o)
		},
		Predict: predictCaption,
		Next:    "eval %s", NextFor: "Measure it again",
	}
}

// captionShape reads the settings of the network.
func captionShape(s run.Settings) (hidden int, cell zoo.Cell, err error) {
	if hidden, err = s.Int("hidden", 64, 1); err != nil {
		return 0, "", err
	}
	kind, err := s.OneOf("cell", string(zoo.GRU), string(zoo.GRU), string(zoo.LSTM))
	return hidden, zoo.Cell(kind), err
}

func newCaptioner(s graph.Scope, words, hidden int, cell zoo.Cell) *zoo.Captioner {
	return zoo.NewCaptioner(s, []int{3, captionSide, captionSide}, words, hidden, zoo.DecoderOpts{Embedding: 32, Cell: cell})
}

// captionJob is a captioner with its pictures.
type captionJob struct {
	settings run.Settings
	words    *tokens
	test     *shapes.Set
	said     []string // of the test pictures
	task     *train.Captions
	sizes    string
	beam     decode.BeamOptions
}

// openCaptions opens the captioner that s describes with the drawn pictures.
func openCaptions(s run.Settings, o run.OpenOptions) (*captionJob, error) {
	j := &captionJob{settings: s, beam: decode.BeamOptions{Width: usualBeam, Alpha: usualAlpha, NBest: 1}}
	sets := map[string]*shapes.Set{}
	said := map[string][]string{}
	for part, n := range map[string]int{"train": captionTrain, "val": captionVal, "test": captionTest} {
		set, err := shapes.New(shapes.Options{Task: shapes.Localise, Len: n, Size: captionSide, Seed: s.Seed, Part: part})
		if err != nil {
			return nil, err
		}
		sets[part] = set
		for i := range n {
			sentence, err := set.Caption(i)
			if err != nil {
				return nil, err
			}
			said[part] = append(said[part], sentence)
		}
	}
	j.test, j.said = sets["test"], said["test"]
	var err error
	if o.About != nil {
		j.words, err = storedTokens(o.About, o.Path)
	} else {
		j.words, err = captionTokens(said["train"])
	}
	if err != nil {
		return nil, err
	}
	if o.Flags != nil {
		if o.Flags.Changed("analyse") {
			return nil, run.Usagef("--analyse: has no meaning for %s", captioner)
		}
		if err := readBeam(o.Flags, &j.beam); err != nil {
			return nil, err
		}
	}
	j.sizes = fmt.Sprintf("%s pictures to train on, %s to validate, %s to test, %d words",
		run.Thousands(captionTrain), run.Thousands(captionVal), run.Thousands(captionTest), j.words.target.Len())
	of := func(part string) train.Captioned {
		c := train.Captioned{Pictures: sets[part]}
		for _, sentence := range said[part] {
			c.Words = append(c.Words, j.words.target.Encode(sentence))
		}
		return c
	}
	return j, j.makeTask(of("train"), of("val"))
}

// captionTokens returns the words of sentences.
func captionTokens(sentences []string) (*tokens, error) {
	c, err := text.NewTokenizer(slices.Values(sentences), text.TokenizerOptions{
		Unit: text.WordUnit, VocabularyOptions: text.VocabularyOptions{Specials: specials()},
	})
	if err != nil {
		return nil, err
	}
	t := &tokens{Shared: true, source: c, target: c}
	t.Source, err = text.MarshalCodec(c)
	return t, err
}

func (j *captionJob) makeTask(pictures, val train.Captioned) error {
	hidden, cell, err := captionShape(j.settings)
	if err != nil {
		return err
	}
	words := j.words.target.Len()
	j.task, err = train.NewCaptions(graph.NewStore(graph.Float32, j.settings.Seed), func(s graph.Scope) *zoo.Captioner {
		return newCaptioner(s, words, hidden, cell)
	}, pictures, val, train.CaptionsOpts{Batch: j.settings.Batch, Seed: j.settings.Seed, Marks: j.words.marks(), Longest: captionWords})
	return err
}

func (j *captionJob) Store() *graph.Store { return j.task.Store() }
func (j *captionJob) Build() error        { return j.task.Build() }
func (j *captionJob) Task() train.Task    { return j.task }
func (j *captionJob) About() any          { return j.words }
func (j *captionJob) Close()              { j.task.Close() }
func (j *captionJob) Sizes() string       { return j.sizes }

// Test describes the test pictures.
func (j *captionJob) Test(_ context.Context, _ *run.App) (run.Result, error) {
	set := train.Captioned{Pictures: j.test}
	for _, sentence := range j.said {
		set.Words = append(set.Words, j.words.target.Encode(sentence))
	}
	e, err := j.task.Evaluate(set)
	if err != nil {
		return run.Result{}, err
	}
	const pixels = 3 * captionSide * captionSide
	x := make([]float32, j.test.Len()*pixels)
	for i := range j.test.Len() {
		if _, err := j.test.At(i, x[i*pixels:(i+1)*pixels]); err != nil {
			return run.Result{}, err
		}
	}
	found, err := j.task.Write(x, j.test.Len(), j.beam)
	if err != nil {
		return run.Result{}, err
	}
	stats, err := metrics.NewBLEUStats(metrics.BLEUOpts{})
	if err != nil {
		return run.Result{}, err
	}
	right := 0
	var shownLines []string
	for i, want := range j.said {
		got, err := j.words.target.Decode(train.Best(found[i]))
		if err != nil {
			return run.Result{}, err
		}
		if err := stats.Add(metrics.Tokenize13a(got), [][]string{metrics.Tokenize13a(want)}); err != nil {
			return run.Result{}, err
		}
		if got == want {
			right++
		}
		if i < shown {
			shownLines = append(shownLines, fmt.Sprintf("→ %s\n= %s", got, want))
		}
	}
	bleu, err := stats.BLEU()
	return run.Result{
		Metrics: train.Metrics{
			{Name: "bleu", Value: bleu.Score}, {Name: "sentence_accuracy", Value: float64(right) / float64(len(j.said))},
			{Name: "token_accuracy", Value: e.TokenAccuracy}, {Name: "test_loss", Value: e.Loss},
		},
		Examples: len(j.said),
		After: func(a *run.App) error {
			for _, line := range shownLines {
				fmt.Fprintln(a.Out, line)
			}
			return nil
		},
	}, err
}

// predictCaption says what pictures show.
func predictCaption(_ context.Context, a *run.App, r *run.Run, args []string, f *pflag.FlagSet) error {
	if f.Changed("text") {
		return run.Usagef("--text: has no meaning for %s", captioner)
	}
	if !r.InFolder() {
		return run.Usagef("%s: its words are in its run; name the run instead of --weights", captioner)
	}
	j := &captionJob{settings: r.Settings}
	var err error
	if j.words, err = storedTokens(r.About, r.Path); err != nil {
		return err
	}
	if err := j.makeTask(train.Captioned{}, train.Captioned{}); err != nil {
		return err
	}
	if err := r.Load(j); err != nil {
		return err
	}
	for _, path := range args {
		p, err := image.Read(path, image.Options{Channels: 3})
		if err != nil {
			return err
		}
		if p, err = p.Resize(captionSide, captionSide, image.CenterCrop); err != nil {
			return errors.Wrapf(err, "%s", path)
		}
		found, err := j.task.Write(p.Pix, 1, decode.BeamOptions{Width: usualBeam, Alpha: usualAlpha, NBest: 1})
		if err != nil {
			return err
		}
		sentence, err := j.words.target.Decode(train.Best(found[0]))
		if err != nil {
			return err
		}
		if a.JSON {
			err = a.PrintJSON(map[string]any{"file": path, "caption": sentence})
		} else {
			_, err = fmt.Fprintf(a.Out, "%s: %s\n", path, sentence)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
