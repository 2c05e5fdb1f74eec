package words

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/vectors"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers/train"
)

// vectorModel returns what the command knows of a kind of word vectors.
func vectorModel(about string, keys map[string]string, phrases, text run.Recipe, build func(g *graph.Graph, batch int) run.Built) run.Model {
	all := map[string]string{
		"dim":       "numbers of a vector",
		"window":    "the largest distance of two words that occur together",
		"min_count": "words that occur less often get no vector",
		"max_words": "the largest vocabulary",
		"case":      "true: words keep their capitals",
		"spaces":    "true: white space alone parts words",
		"lists":     "folder with the lists that vectors are judged by",
	}
	maps.Copy(all, keys)
	return run.Model{
		About: about, Section: "2.3", Data: []string{"phrases", "text"}, OtherFiles: true,
		Recipe: phrases, Recipes: map[string]run.Recipe{"text": text}, Keys: all,
		Check: func(s run.Settings) error {
			_, err := optionsOf(s)
			return err
		},
		Build: build,
		Open: func(ctx context.Context, a *run.App, s run.Settings, o run.OpenOptions) (run.Job, error) {
			return openVectors(ctx, s, o, run.Notes(a.Err))
		},
		Train: trainVectors,
		Next:  "embed map %s", NextFor: "Look at the words on a map",
	}
}

// word2vecKeys are the settings of skip-gram and CBOW.
func word2vecKeys() map[string]string {
	return map[string]string{
		"negative": "words of noise for each centre",
		"sample":   "frequent words are left out at random above this share of the text; 0: none",
	}
}

// gloveKeys are the settings of GloVe.
func gloveKeys() map[string]string {
	return map[string]string{
		"x_max":  "co-occurrences from which f(X) is 1",
		"alpha":  "power of f(X) below",
		"memory": "memory that counting may take, such as 512MB",
	}
}

// vectorsJob is a table of word vectors with the text it is learnt from.
type vectorsJob struct {
	settings run.Settings
	options  options
	about    spoken
	store    *graph.Store
	source   source // none where the vectors are only judged
	path     string // of the run
}

func openVectors(ctx context.Context, s run.Settings, o run.OpenOptions, tell func(string)) (*vectorsJob, error) {
	j := &vectorsJob{settings: s, store: graph.NewStore(graph.Float32, s.Seed), path: o.Path}
	var err error
	if j.options, err = optionsOf(s); err != nil {
		return nil, err
	}
	j.options.corpus.Tell = tell
	if named := s.Text("lists", ""); named != "" { // it is read when all is learnt
		if _, err := findLists(named, ""); err != nil {
			return nil, err
		}
	}
	training := o.Flags == nil
	if o.About != nil {
		if err := (&run.Run{Path: o.Path, About: o.About}).Describe(&j.about); err != nil {
			return nil, err
		}
		if len(j.about.tokens()) < 2 {
			return nil, errors.Errorf("run %s: the checkpoint does not say which words have vectors", o.Path)
		}
		if !training {
			return j, nil
		}
	}
	if j.source, err = openSource(ctx, s, j.options); err != nil {
		return nil, err
	}
	words := strings.Join(j.source.vocabulary.Tokens(), " ")
	if o.About != nil && words != j.about.Words {
		return nil, errors.Errorf("resume %s: the text has other words than when the run began", o.Path)
	}
	j.about.Words = words
	return j, nil
}

func (j *vectorsJob) Store() *graph.Store { return j.store }
func (j *vectorsJob) About() any          { return j.about }
func (j *vectorsJob) Close()              {}

// Build makes the table.
func (j *vectorsJob) Build() error {
	return train.NewWordTable(j.store, len(j.about.tokens()), j.options.dim)
}

// Sizes says how much text there is.
func (j *vectorsJob) Sizes() string {
	total := int64(0)
	for _, n := range j.source.vocabulary.Counts() {
		total += n
	}
	return fmt.Sprintf("%s words, %s different ones", run.Thousands(int(total)), run.Thousands(j.source.vocabulary.Len()))
}

// table returns the vectors with their words.
func (j *vectorsJob) table() (*vectors.Table, error) {
	if err := j.Build(); err != nil {
		return nil, err
	}
	return vectors.New(j.about.tokens(), j.store.Param(train.WordTable).Float32s(), j.options.dim)
}

// Test judges the vectors by lists of words, those of phrases by their groups.
func (j *vectorsJob) Test(ctx context.Context, _ *run.App) (run.Result, error) {
	table, err := j.table()
	if err != nil {
		return run.Result{}, err
	}
	var r report
	if j.settings.Data == "phrases" {
		r, err = judgeGroups(table)
	} else {
		var dir string
		if dir, err = findLists(j.settings.Text("lists", ""), j.settings.DataDir); err != nil {
			return run.Result{}, err
		}
		r, err = judge(ctx, table, dir)
	}
	if err != nil {
		return run.Result{}, err
	}
	return run.Result{Metrics: r.metrics(), Examples: r.examples(), After: r.print, Report: r.print}, nil
}

// export writes the vectors into the run, where other programs can read them.
func (j *vectorsJob) export() error {
	table, err := j.table()
	if err != nil {
		return err
	}
	return table.Save(filepath.Join(j.path, "vectors.txt"), vectors.Text)
}

// The sizes of the examples.
const exampleWords, exampleDim = 200, 50

// exampleTables makes the two tables of word vectors.
func exampleTables(g *graph.Graph) (e, theta *graph.Node) {
	small := func(r *rand.Rand, _ []int, values []float64) {
		for i := range values {
			values[i] = 0.1 * r.NormFloat64()
		}
	}
	s := g.Scope()
	return s.Param("e", small, exampleWords, exampleDim), s.Param("theta", small, exampleWords, exampleDim)
}

func drawWords(r *rand.Rand, n int) []int {
	x := make([]int, n)
	for i := range x {
		x[i] = r.IntN(exampleWords)
	}
	return x
}

// exampleSkipGram builds the loss of skip-gram with negative sampling.
func exampleSkipGram(g *graph.Graph, batch int) run.Built {
	e, theta := exampleTables(g)
	context, target, negatives := g.Labels("context", batch), g.Labels("target", batch), g.InputInts("negatives", batch, 5)
	loss := losses.NegativeSampling(e, theta, context, target, negatives, losses.Opts{})
	return run.Built{
		Inputs: []*graph.Node{context, target, negatives}, Output: loss, Loss: loss,
		Feed: func(r *rand.Rand) []graph.Feed {
			return []graph.Feed{context.FeedInts(drawWords(r, batch)), target.FeedInts(drawWords(r, batch)), negatives.FeedInts(drawWords(r, 5*batch))}
		},
	}
}

// exampleCBOW builds the loss of CBOW with negative sampling.
func exampleCBOW(g *graph.Graph, batch int) run.Built {
	e, theta := exampleTables(g)
	contexts, target, negatives := g.InputInts("contexts", batch, 10), g.Labels("target", batch), g.InputInts("negatives", batch, 5)
	loss := losses.CBOWNegativeSampling(e, theta, contexts, target, negatives, losses.CBOWOpts{})
	return run.Built{
		Inputs: []*graph.Node{contexts, target, negatives}, Output: loss, Loss: loss,
		Feed: func(r *rand.Rand) []graph.Feed {
			return []graph.Feed{contexts.FeedInts(drawWords(r, 10*batch)), target.FeedInts(drawWords(r, batch)), negatives.FeedInts(drawWords(r, 5*batch))}
		},
	}
}

// exampleGloVe builds the cost of GloVe for pairs of words.
func exampleGloVe(g *graph.Graph, batch int) run.Built {
	e, theta := exampleTables(g)
	zero := func(_ *rand.Rand, _ []int, _ []float64) {}
	b, bPrime := g.Scope().Param("theta_bias", zero, exampleWords), g.Scope().Param("e_bias", zero, exampleWords)
	i, j, x := g.Labels("i", batch), g.Labels("j", batch), g.Input("x", batch)
	loss := losses.GloVePairs(theta, e, b, bPrime, i, j, x, losses.GloVeOpts{})
	return run.Built{
		Inputs: []*graph.Node{i, j, x}, Output: loss, Loss: loss,
		Feed: func(r *rand.Rand) []graph.Feed {
			counts := make([]float64, batch)
			for k := range counts {
				counts[k] = 1 + 50*r.Float64()
			}
			return []graph.Feed{i.FeedInts(drawWords(r, batch)), j.FeedInts(drawWords(r, batch)), x.FeedFloat64s(counts)}
		},
	}
}
