package translate

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/parallel"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/zoo"
)

// The models' names.
const (
	plain    = "seq2seq"
	attended = "seq2seq-attention"
)

// dates is the name of the set of written dates.
const dates = "dates"

// Area returns the translators.
func Area() run.Area {
	return run.Area{
		Name: "translate", Commands: commands, EvalFlags: evalFlags, PredictFlags: predictFlags, TextPreviews: previews(),
		Models: map[string]run.Model{
			plain:     model("encoder and decoder without attention", "2.6", false),
			attended:  model("encoder and decoder with attention", "2.7", true),
			captioner: captionModel(),
		},
	}
}

func commands(a *run.App) []*cobra.Command { return []*cobra.Command{translateCommand(a)} }

func model(about, section string, attention bool) run.Model {
	keys := map[string]string{
		"tokens":     "bpe, words or characters",
		"vocabulary": "most tokens of a vocabulary",
		"shared":     "one vocabulary for both languages: true or false",
		"lower":      "read all text in lower case: true or false",
		"max_words":  "leave out training pairs with a longer side",
		"cell":       "gru or lstm",
		"hidden":     "numbers of a state",
		"embedding":  "numbers of a token's vector",
		"dropout":    "share of embeddings and readouts dropped in training",
		"tied":       "vectors of target tokens as weights of the logits: true or false",
	}
	if attention {
		keys["attention"] = "the score: additive, dot, general, scaled or concat"
	}
	epochs := 4
	if !attention {
		epochs = 16 // it learns the dates more slowly
	}
	return run.Model{
		About: about, Section: section, Data: []string{dates, parallel.Multi30k, parallel.Tatoeba, parallel.IWSLT15, parallel.Files},
		Recipe: run.Recipe{
			Epochs: epochs, Batch: 32, Solver: "adam", Rate: 3e-3,
			Set: map[string]string{"tokens": "characters", "hidden": "96", "embedding": "48", "lower": "true", "clip": "1", "schedule": "trapezoid"},
		},
		Recipes: map[string]run.Recipe{
			parallel.Multi30k: sentences(10, "8000"),
			parallel.Tatoeba:  sentences(40, "3000"),
			parallel.IWSLT15:  sentences(20, "4000"),
			parallel.Files:    sentences(10, "8000"),
		},
		Keys:  keys,
		Check: func(s run.Settings) error { _, err := readShape(s); return err },
		Build: build(attention),
		Open: func(ctx context.Context, a *run.App, s run.Settings, o run.OpenOptions) (run.Job, error) {
			return open(ctx, a, s, o)
		},
		Predict: predict, PredictInput: "--text 'TEXT'",
		Next: "translate %s 'ngày 4 tháng 3 năm 1999'", NextFor: "Translate something of your own",
	}
}

// sentences is the recipe for natural language.
func sentences(epochs int, vocabulary string) run.Recipe {
	return run.Recipe{
		Epochs: epochs, Batch: 64, Solver: "adam", Rate: 1e-3,
		Set: map[string]string{
			"tokens": "bpe", "vocabulary": vocabulary, "shared": "true", "lower": "true", "hidden": "256", "embedding": "256",
			"dropout": "0.3", "tied": "true", "clip": "1", "schedule": "trapezoid", "max_words": "80",
		},
	}
}

// shape is what --set says of the network.
type shape struct {
	hidden int
	opts   zoo.Seq2SeqOpts
}

// readShape reads the network's settings.
func readShape(s run.Settings) (shape, error) {
	var n shape
	var err error
	if n.hidden, err = s.Int("hidden", 256, 1); err != nil {
		return n, err
	}
	d := &n.opts.DecoderOpts
	if d.Embedding, err = s.Int("embedding", n.hidden, 1); err != nil {
		return n, err
	}
	if d.Dropout, err = s.Float("dropout", 0, 0); err != nil {
		return n, err
	}
	if d.Dropout >= 1 {
		return n, run.Usagef("--set dropout=%g: expected a share below 1", d.Dropout)
	}
	if d.Tied, err = s.Bool("tied", false); err != nil {
		return n, err
	}
	cell, err := s.OneOf("cell", string(zoo.GRU), string(zoo.GRU), string(zoo.LSTM))
	if err != nil {
		return n, err
	}
	score, err := s.OneOf("attention", "additive", "additive", "dot", "general", "scaled", "concat")
	if err != nil {
		return n, err
	}
	d.Cell, d.Readout, n.opts.MeanStart = zoo.Cell(cell), zoo.HiddenWord, true
	d.NoAttention = s.Model == plain
	d.Score = map[string]recurrent.Score{
		"additive": recurrent.Additive, "dot": recurrent.Dot, "general": recurrent.General,
		"scaled": recurrent.ScaledDot, "concat": recurrent.Concat,
	}[score]
	return n, readTokens(s)
}

// readTokens checks the settings of the vocabulary.
func readTokens(s run.Settings) error {
	if _, err := s.OneOf("tokens", "bpe", "bpe", "words", "characters"); err != nil {
		return err
	}
	for _, key := range []string{"shared", "lower"} {
		if _, err := s.Bool(key, false); err != nil {
			return err
		}
	}
	if _, err := s.Int("max_words", 0, 1); err != nil {
		return err
	}
	const bytes = 300 // BPE has the 256 bytes, marks, some characters at least
	least := 8
	if s.Text("tokens", "bpe") == "bpe" {
		least = bytes
	}
	_, err := s.Int("vocabulary", 8000, least)
	return err
}

// build makes the network in the form that the written dates give it.
func build(attention bool) func(g *graph.Graph, batch int) run.Built {
	const sourceWords, targetWords, hidden, embedding, steps, written = 60, 15, 96, 48, 20, 11
	return func(g *graph.Graph, batch int) run.Built {
		o := zoo.Seq2SeqOpts{DecoderOpts: zoo.DecoderOpts{Embedding: embedding, NoAttention: !attention, Readout: zoo.HiddenWord}, MeanStart: true}
		src, lengths := g.InputInts("source", steps, batch), g.InputInts("source lengths", batch)
		tgt, labels := g.InputInts("target", written, batch), g.Labels("labels", written*batch)
		logits, _ := zoo.NewSeq2SeqWith(g.Scope(), sourceWords, targetWords, hidden, o).Forward(src, lengths, tgt)
		return run.Built{
			Inputs: []*graph.Node{src, lengths, tgt}, Output: logits, Loss: losses.CrossEntropy(logits, labels, losses.CrossEntropyOpts{}),
			Feed: func(r *rand.Rand) []graph.Feed {
				some := func(n, below int) []int {
					x := make([]int, n)
					for i := range x {
						x[i] = r.IntN(below)
					}
					return x
				}
				return []graph.Feed{
					src.FeedInts(some(steps*batch, sourceWords)), lengths.FeedInts(slices.Repeat([]int{steps}, batch)),
					tgt.FeedInts(some(written*batch, targetWords)), labels.FeedInts(some(written*batch, targetWords)),
				}
			},
		}
	}
}

// evalFlags declares the area's flags of eval.
func evalFlags(f *pflag.FlagSet) {
	f.Bool("analyse", false, "translations: say for each bad one whether the search or the model is to blame")
	f.Int("beam", usualBeam, "translations: hypotheses that the search keeps")
	f.Float64("alpha", usualAlpha, "translations: exponent of the length normalisation, 0 to 1")
}
