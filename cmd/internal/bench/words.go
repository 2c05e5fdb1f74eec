package bench

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sort"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/datasets/text/cooccur"
	"github.com/hocsau/hocsau/datasets/text/corpus"
	"github.com/hocsau/hocsau/solvers/words"
)

// The sizes of the text that word vectors are learnt from.
const (
	textTokens, textWords = 1_000_000, 50_000
	textMinCount          = 5
	textWindow            = 10 // of GloVe
	gloveDim              = 50
)

// wordText is a text for word vectors with its words counted.
type wordText struct {
	corpus *corpus.Corpus
	words  *text.Vocabulary
	tokens int64
	dir    string // of its files
}

// text opens the text that the user named, else makes one.
func (b *bencher) text() (*wordText, error) {
	dir, err := os.MkdirTemp("", "hocsau-bench-")
	if err != nil {
		return nil, errors.WithStack(err)
	}
	b.ends = append(b.ends, func() { _ = os.RemoveAll(dir) }) // what is left lies in the system's folder for it
	path := b.corpus
	if path == "" {
		path = filepath.Join(dir, "text.txt")
		if err := writeText(path); err != nil {
			return nil, err
		}
	}
	t := &wordText{dir: dir}
	if t.corpus, err = corpus.Open(path, corpus.Options{}); err != nil {
		return nil, err
	}
	if err := t.corpus.Each(context.Background(), func(s [][]byte) error { t.tokens += int64(len(s)); return nil }); err != nil {
		return nil, err
	}
	t.words, err = t.corpus.Vocabulary(context.Background(), text.VocabularyOptions{MinCount: textMinCount})
	return t, err
}

// writeText writes words whose frequencies follow Zipf's law, some of which are
// decided by the word before, a thousand a line.
func writeText(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return errors.WithStack(err)
	}
	sums := make([]float64, textWords)
	sum := 0.0
	for i := range sums {
		sum += math.Pow(float64(i)+2.7, -1.05)
		sums[i] = sum
	}
	r, before := rand.New(rand.NewPCG(7, 7)), 0
	out := bufio.NewWriter(f)
	for i := range textTokens {
		w := sort.SearchFloat64s(sums, r.Float64()*sum)
		if r.Float64() < 0.3 {
			w = (before*31 + w%7) % textWords
		}
		before = min(w, textWords-1)
		end := ' '
		if i%1000 == 999 {
			end = '\n'
		}
		fmt.Fprintf(out, "w%d%c", before, end)
	}
	err = out.Flush()
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return errors.WithStack(err)
}

// word2vec is a whole run: words counted, one pass of training over the text, the
// vectors taken.
func (b *bencher) word2vec(cbow bool) (*benchTask, error) {
	t, err := b.text()
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	return &benchTask{
		unit: "words/s", per: float64(t.tokens),
		extra: map[string]any{"dim": 100, "window": 5, "negative": 5, "words": t.words.Len(), "tokens": t.tokens},
		step: func() error {
			v, err := t.corpus.Vocabulary(ctx, text.VocabularyOptions{MinCount: textMinCount})
			if err != nil {
				return err
			}
			c := words.NewCorpus(v.Counts())
			if err := t.corpus.IDs(ctx, v, c.Add); err != nil {
				return err
			}
			w, err := words.NewWord2Vec(c, words.Word2VecOptions{CBOW: cbow, Epochs: 1, Threads: runtime.GOMAXPROCS(0)})
			if err != nil {
				return err
			}
			if err := w.Train(ctx); err != nil {
				return err
			}
			if n := len(w.Vectors()); n != v.Len()*100 {
				return errors.Errorf("%d numbers for %d words", n, v.Len())
			}
			return nil
		},
	}, nil
}

// count counts which words of the text occur together, into a file.
func (t *wordText) count(dir string) (*cooccur.Matrix, error) {
	ctx := context.Background()
	c, err := cooccur.Open(dir, cooccur.Options{Words: t.words.Len(), Window: textWindow})
	if err != nil {
		return nil, err
	}
	if err := t.corpus.IDs(ctx, t.words, c.Add); err != nil {
		return nil, err
	}
	m, err := c.Finish(ctx)
	if cerr := c.Close(); err == nil {
		err = cerr
	}
	return m, err
}

// gloveCount is counting alone; the words are known.
func (b *bencher) gloveCount() (*benchTask, error) {
	t, err := b.text()
	if err != nil {
		return nil, err
	}
	turn := 0
	return &benchTask{
		unit: "tokens/s", per: float64(t.tokens),
		extra: map[string]any{"window": textWindow, "words": t.words.Len(), "tokens": t.tokens},
		step: func() error {
			turn++
			dir := filepath.Join(t.dir, fmt.Sprint("counts", turn))
			if _, err := t.count(dir); err != nil {
				return err
			}
			return errors.WithStack(os.RemoveAll(dir))
		},
	}, nil
}

// gloveTrain is a new table and one pass over all pairs.
func (b *bencher) gloveTrain() (*benchTask, error) {
	t, err := b.text()
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	m, err := t.count(filepath.Join(t.dir, "counts"))
	if err != nil {
		return nil, err
	}
	blocks, err := cooccur.Shuffle(ctx, m, filepath.Join(t.dir, "shuffled"), cooccur.ShuffleOptions{Side: words.BlockSide(t.words.Len(), gloveDim), Seed: 1})
	if err != nil {
		return nil, err
	}
	b.ends = append([]func(){func() { _ = blocks.Close() }}, b.ends...) // only read
	return &benchTask{
		unit: "pairs/s", per: float64(blocks.Len()),
		extra: map[string]any{"dim": gloveDim, "words": t.words.Len(), "pairs": blocks.Len()},
		step: func() error {
			g, err := words.NewGloVe(blocks, words.GloVeOptions{Dim: gloveDim, XMax: 10, Epochs: 1})
			if err != nil {
				return err
			}
			return g.Train(ctx)
		},
	}, nil
}
