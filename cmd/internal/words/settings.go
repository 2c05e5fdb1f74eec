package words

import (
	"math"
	"strconv"
	"strings"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/text/corpus"
	"github.com/hocsau/hocsau/solvers/words"
)

// usualVal is the default of --val, which has no meaning here.
const usualVal = 0.05

// options are the settings of word vectors.
type options struct {
	corpus   corpus.Options
	minCount int
	maxWords int
	dim      int
	window   int
	threads  int // 0: one a core
	memory   int64

	word2vec words.Word2VecOptions
	glove    words.GloVeOptions
}

// optionsOf reads the settings of word vectors. What the trainers themselves
// refuse they refuse later.
func optionsOf(s run.Settings) (o options, err error) {
	m := models()[s.Model]
	switch {
	case s.Solver != m.Solver:
		return o, run.Usagef("--solver %s: %s is always learnt by %s", s.Solver, s.Model, m.Solver)
	case s.Batch != 1:
		return o, run.Usagef("--batch %d: %s learns pair by pair, expected 1", s.Batch, s.Model)
	case s.DropLast:
		return o, run.Usagef("--drop-last: has no meaning for %s", s.Model)
	case s.Val != usualVal && s.Val != 0:
		return o, run.Usagef("--val %g: the vectors of %s are judged by lists of words, not by a part of the text", s.Val, s.Model)
	}
	for k := range s.Set {
		if _, own := m.Keys[k]; !own && k != "threads" && k != "save_every" {
			return o, run.Unknown("setting", k, append(run.Keys(m.Keys), "threads", "save_every"))
		}
	}
	for _, x := range []struct {
		key          string
		to           *int
		other, least int
	}{
		{"min_count", &o.minCount, 1, 1}, {"max_words", &o.maxWords, 0, 1}, {"dim", &o.dim, 100, 1},
		{"window", &o.window, 5, 1}, {"threads", &o.threads, 0, 1}, {"negative", &o.word2vec.Negative, 5, 1},
	} {
		if *x.to, err = s.Int(x.key, x.other, x.least); err != nil {
			return o, err
		}
	}
	for _, x := range []struct {
		key          string
		to           *float64
		other, least float64
	}{
		{"sample", &o.word2vec.Sample, 1e-3, 0}, {"x_max", &o.glove.XMax, 10, math.SmallestNonzeroFloat64},
		{"alpha", &o.glove.Alpha, 0.75, math.SmallestNonzeroFloat64},
	} {
		if *x.to, err = s.Float(x.key, x.other, x.least); err != nil {
			return o, err
		}
	}
	if o.corpus.KeepCase, err = s.Bool("case", false); err != nil {
		return o, err
	}
	if o.corpus.Spaces, err = s.Bool("spaces", false); err != nil {
		return o, err
	}
	if o.memory, err = bytesOf(s.Text("memory", "512MB")); err != nil {
		return o, err
	}
	if o.word2vec.Sample == 0 {
		o.word2vec.Sample = -1 // none
	}
	o.word2vec.CBOW = s.Model == "cbow"
	o.word2vec.Dim, o.word2vec.Window, o.word2vec.Rate, o.word2vec.Epochs = o.dim, o.window, s.LR, s.Epochs
	o.word2vec.Threads, o.word2vec.Seed = max(1, o.threads), s.Seed
	o.glove.Dim, o.glove.Rate, o.glove.Epochs, o.glove.Threads, o.glove.Seed = o.dim, s.LR, s.Epochs, o.threads, s.Seed
	return o, nil
}

// bytesOf reads a size such as 512MB, 2GB or 65536.
func bytesOf(s string) (int64, error) {
	number, unit := strings.TrimSpace(s), 1.0
	for _, u := range []struct {
		name string
		size float64
	}{{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}, {"B", 1}} {
		if cut, ok := strings.CutSuffix(strings.ToUpper(number), u.name); ok {
			number, unit = cut, u.size
			break
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(n*unit >= 65536) || n*unit > 1e15 {
		return 0, run.Usagef("--memory %s: expected a size from 64KB on, such as 512MB", s)
	}
	return int64(n * unit), nil
}
