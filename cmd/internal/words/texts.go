package words

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/phrases"
	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/datasets/text/corpus"
)

// endMark stands behind each sentence of a text for a language model.
const endMark = "<eos>"

// texts are the parts of a text for a language model, as words with end marks.
type texts struct{ train, val, test []string }

// testShare of a text without parts of its own, the end of it, is for the test.
const testShare = 0.1

// openTexts reads the text that s names.
func openTexts(ctx context.Context, s run.Settings, offline bool, progress io.Writer) (texts, error) {
	switch s.Data {
	case "phrases":
		return phraseTexts(s)
	case "ptb":
		dir, err := datasets.Locate(ctx, s.Data, s.DataDir, datasets.GetOptions{Offline: offline, Progress: run.DownloadProgress(progress)})
		if err != nil {
			return texts{}, err
		}
		return pennTexts(dir, s)
	}
	path, err := datasets.Locate(ctx, s.Data, s.DataDir, datasets.GetOptions{})
	if err != nil {
		return texts{}, err
	}
	return ownTexts(path, s, run.Notes(progress))
}

// phraseTexts generates sentences.
func phraseTexts(s run.Settings) (texts, error) {
	var t texts
	for _, p := range []struct {
		name string
		to   *[]string
	}{{phrases.Train, &t.train}, {phrases.Val, &t.val}, {phrases.Test, &t.test}} {
		set, err := phrases.New(phrases.Options{Part: p.name, Seed: s.Seed})
		if err != nil {
			return t, err
		}
		for i := range set.Len() {
			x, err := set.At(i)
			if err != nil {
				return t, err
			}
			*p.to = append(append(*p.to, x.Words...), endMark)
		}
	}
	return t.validated(s), nil
}

// pennTexts reads the three files of the Penn Treebank, a sentence a line.
func pennTexts(dir string, s run.Settings) (texts, error) {
	var t texts
	for name, to := range map[string]*[]string{"ptb.train.txt": &t.train, "ptb.valid.txt": &t.val, "ptb.test.txt": &t.test} {
		err := text.Lines(filepath.Join(dir, name), func(line string) error {
			*to = append(append(*to, strings.Fields(line)...), endMark)
			return nil
		})
		if err != nil {
			return t, err
		}
	}
	return t.validated(s), nil
}

// validated leaves out the validation part where none is wanted.
func (t texts) validated(s run.Settings) texts {
	if s.Val == 0 {
		t.val = nil
	}
	return t
}

// ownTexts reads files, those that are text, whose lines are sentences or paragraphs: words in lower
// case and marks are tokens. The end of all is for the test, what is before it
// for validation.
func ownTexts(path string, s run.Settings, tell func(string)) (texts, error) {
	keep, err := s.Bool("case", false)
	if err != nil {
		return texts{}, err
	}
	c, err := corpus.Open(path, corpus.Options{})
	if err != nil {
		return texts{}, err
	}
	if n := len(c.Skipped()); n > 0 {
		tell(fmt.Sprintf("%d files are no text and left out: %s", n, strings.Join(c.Skipped(), ", ")))
	}
	in := text.Reader{Tell: tell}
	var all []string
	for _, f := range c.Files() {
		err := in.Lines(f, func(line string) error {
			if !keep {
				line = text.Lower(line)
			}
			if words := text.Words(line); len(words) > 0 {
				all = append(append(all, words...), endMark)
			}
			return nil
		})
		if err != nil {
			return texts{}, err
		}
	}
	if len(all) < 100 {
		return texts{}, errors.Errorf("%s: a text of %d words, expected at least 100", path, len(all))
	}
	cut := len(all) - int(testShare*float64(len(all)))
	t := texts{train: all[:cut], test: all[cut:]}
	cut = len(t.train) - int(s.Val*float64(len(t.train)))
	t.train, t.val = t.train[:cut], t.train[cut:]
	return t, nil
}

// vocabulary numbers the words of the training part; those that it leaves out
// become text.Unknown.
func (t texts) vocabulary(s run.Settings) ([]string, error) {
	most, err := s.Int("max_words", 10_000, 2)
	if err != nil {
		return nil, err
	}
	least, err := s.Int("min_count", 1, 1)
	if err != nil {
		return nil, err
	}
	counts := text.Counts{}
	counts.Add(t.train)
	v, err := text.NewVocabulary(counts, text.VocabularyOptions{MinCount: int64(least), MaxSize: most, Specials: []string{text.Unknown, endMark}})
	if err != nil {
		return nil, err
	}
	return v.Tokens(), nil
}

// ids numbers words by their place among tokens, of which the first stands for
// those that are missing.
func ids(tokens []string, words ...[]string) [][]int {
	index := make(map[string]int, len(tokens))
	for i, w := range tokens {
		index[w] = i
	}
	all := make([][]int, len(words))
	for k, list := range words {
		if list == nil {
			continue
		}
		all[k] = make([]int, len(list))
		for i, w := range list {
			all[k][i] = index[w] // 0 for one that is missing
		}
	}
	return all
}
