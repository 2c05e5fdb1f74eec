package words

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/text/cooccur"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/solvers/words"
)

// countsDir is where GloVe keeps its counts in the folder of the run until the
// vectors are learnt.
const countsDir = "counts"

// trainVectors learns word vectors and keeps them in the folder of the run.
func trainVectors(ctx context.Context, a *run.App, t *run.Training) error {
	j, ok := t.Job.(*vectorsJob)
	if !ok {
		return errors.Errorf("train %s: not a job of word vectors", t.Settings.Model)
	}
	if err := j.Build(); err != nil {
		return err
	}
	every, err := t.Settings.Duration("save_every", 0)
	if err != nil {
		return err
	}
	if n := len(j.source.skipped); n > 0 {
		fmt.Fprintf(a.Err, "hocsau: %d files are no text and left out: %s\n", n, strings.Join(j.source.skipped, ", "))
	}
	if !a.JSON {
		fmt.Fprintf(a.Out, "%s: vectors of %d numbers; %s: %s\n", t.Settings.Model, j.options.dim, t.Settings.Data, j.Sizes())
	}
	w := &train.WordVectors{
		Store: j.store, Epochs: t.Settings.Epochs, Rate: t.Settings.LR, Folder: t.Folder, Model: t.Meta, Version: run.Version(), SaveEvery: every,
	}
	bar := a.NewBar()
	done, err := j.prepare(ctx, a, w, progressOn(a, bar))
	if err != nil {
		return err
	}
	defer done()
	meta, resumed, err := w.Resume()
	if err != nil {
		return errors.Wrapf(err, "resume %s", t.Folder.Path())
	}
	if resumed {
		a.WarnOtherMachine(meta.Machine, j.store)
		if t.Was != 0 && t.Settings.Model != "glove" { // AdaGrad's rates depend on the past alone
			falls := func(epochs int) float64 {
				return t.Settings.LR * (1 - float64(meta.Progress.Epoch)/float64(epochs))
			}
			a.WarnOtherRate("the fall of the learning rate to 0", t, falls(t.Was), falls(t.Settings.Epochs))
		}
	}
	for w.Next(ctx) {
		if err := a.EpochLine(bar, w.Epoch(), w.Epochs, false); err != nil {
			return err
		}
	}
	bar.Clear()
	if err := w.Err(); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(t.Folder.Path(), countsDir)); err != nil {
		return errors.Wrap(err, "remove the counts")
	}
	return j.export()
}

// progressOn draws the progress of a trainer where the output is a terminal.
func progressOn(a *run.App, bar *run.Bar) func(words.Progress) {
	if a.JSON || a.Terminal() == 0 {
		return nil
	}
	return func(p words.Progress) {
		if !bar.Due() || p.Done == 0 {
			return
		}
		rate := float64(p.Done) / p.Elapsed.Seconds()
		left := float64(int64(p.Epochs-p.Epoch)*p.Total-p.Done) / rate
		bar.Draw(train.Step{
			Epoch: p.Epoch + 1, Epochs: p.Epochs, Batch: int(p.Done * 1000 / p.Total), Batches: 1000, Loss: p.Loss,
			SamplesPerS: rate, Left: time.Duration(left * float64(time.Second)),
		}, nil, a.Terminal())
	}
}

// prepare gives w its trainer. done is called when it is no longer needed.
func (j *vectorsJob) prepare(ctx context.Context, a *run.App, w *train.WordVectors, progress func(words.Progress)) (done func(), err error) {
	if j.settings.Model == "glove" {
		blocks, err := j.count(ctx, a)
		if err != nil {
			return nil, err
		}
		o := j.options.glove
		o.Progress = progress
		g, err := words.NewGloVe(blocks, o)
		if err != nil {
			_ = blocks.Close() // only read
			return nil, err
		}
		w.Trainer, w.Vectors = g, func() []float32 { return g.Vectors(words.Mean) }
		return func() { _ = blocks.Close() }, nil // only read
	}
	c := words.NewCorpus(j.source.vocabulary.Counts())
	if err := j.source.ids(ctx, c.Add); err != nil {
		return nil, err
	}
	o := j.options.word2vec
	o.Progress = progress
	v, err := words.NewWord2Vec(c, o)
	if err != nil {
		return nil, err
	}
	w.Trainer, w.Vectors = v, v.Vectors
	return func() {}, nil
}

// countMemory returns what --memory leaves to counting: the vocabulary is in memory
// meanwhile.
func (j *vectorsJob) countMemory() (int64, error) {
	const ofWord = 64 // the text's header, its count, its place in the map from words to numbers
	taken := int64(0)
	for _, w := range j.source.vocabulary.Tokens() {
		taken += int64(len(w)) + ofWord
	}
	left := max(j.options.memory, cooccur.MinMemory) - taken
	if left < cooccur.MinMemory {
		return 0, run.Usagef("--memory: the vocabulary of %s words takes %.1f MB and counting at least %.1f, expected more than the %.1f MB given; a larger min_count leaves rare words out",
			run.Thousands(j.source.vocabulary.Len()), float64(taken)/1e6, float64(cooccur.MinMemory)/1e6, float64(j.options.memory)/1e6)
	}
	return left, nil
}

// checkpointEvery is the time between two checkpoints of counting.
const checkpointEvery = 30 * time.Second

// count counts which words occur together, in the folder of the run, and puts the
// counts in random order. What an interrupted run has counted is gone on with.
func (j *vectorsJob) count(ctx context.Context, a *run.App) (*cooccur.Blocks, error) {
	dir := filepath.Join(j.path, countsDir)
	side := words.BlockSide(j.source.vocabulary.Len(), j.options.dim)
	shuffled := filepath.Join(dir, fmt.Sprintf("shuffled-%d-%d", side, j.settings.Seed))
	begin := time.Now()
	memory, err := j.countMemory()
	if err != nil {
		return nil, err
	}
	c, err := cooccur.Open(dir, cooccur.Options{
		Words: j.source.vocabulary.Len(), Window: j.options.window, Memory: memory, Source: j.source.name,
	})
	if err != nil {
		return nil, err
	}
	m, err := j.finish(ctx, c)
	if cerr := c.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return nil, err
	}
	blocks, err := cooccur.OpenBlocks(shuffled)
	if err != nil || blocks.Words() != m.Words() || blocks.Side() != side {
		if blocks, err = cooccur.Shuffle(ctx, m, shuffled, cooccur.ShuffleOptions{Side: side, Seed: j.settings.Seed, Memory: memory}); err != nil {
			return nil, err
		}
	}
	if !a.JSON {
		fmt.Fprintf(a.Out, "%s pairs of words occur together, counted and shuffled in %s\n", run.Thousands(int(blocks.Len())), time.Since(begin).Round(100*time.Millisecond))
	}
	return blocks, nil
}

// finish counts what c has not counted yet.
func (j *vectorsJob) finish(ctx context.Context, c *cooccur.Counter) (*cooccur.Matrix, error) {
	skip, saved := c.Sentences(), time.Now()
	err := j.source.ids(ctx, func(ids []int32) error {
		if skip > 0 {
			skip--
			return nil
		}
		if err := c.Add(ids); err != nil {
			return err
		}
		if time.Since(saved) < checkpointEvery {
			return nil
		}
		saved = time.Now()
		return c.Checkpoint()
	})
	if err != nil {
		if ctx.Err() != nil {
			if failed := c.Checkpoint(); failed != nil {
				return nil, failed
			}
		}
		return nil, err
	}
	return c.Finish(ctx)
}
