package words

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/phrases"
	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/datasets/text/corpus"
)

// source is the text that word vectors are learnt from.
type source struct {
	vocabulary *text.Vocabulary
	// ids calls f with the ids of each sentence, −1 for words without vector.
	ids func(ctx context.Context, f func(ids []int32) error) error
	// name tells this text from others.
	name string
	// skipped are the files of a folder that are no text.
	skipped []string
}

// openSource counts the words of the text that s names.
func openSource(ctx context.Context, s run.Settings, o options) (source, error) {
	vo := text.VocabularyOptions{MinCount: int64(o.minCount), MaxSize: o.maxWords}
	if s.Data == "phrases" {
		return phraseSource(s, vo)
	}
	path, err := datasets.Locate(ctx, s.Data, s.DataDir, datasets.GetOptions{})
	if err != nil {
		return source{}, err
	}
	c, err := corpus.Open(path, o.corpus)
	if err != nil {
		return source{}, err
	}
	v, err := c.Vocabulary(ctx, vo)
	if err != nil {
		return source{}, err
	}
	if v.Len() < 2 {
		return source{}, errors.Errorf("%s: %d words occur at least %d times, expected 2 or more (--set min_count=1 takes all)", path, v.Len(), o.minCount)
	}
	name, err := fingerprint(c.Files(), v)
	return source{
		vocabulary: v, name: name, skipped: c.Skipped(),
		ids: func(ctx context.Context, f func(ids []int32) error) error { return c.IDs(ctx, v, f) },
	}, err
}

// fingerprint names files by their sizes and words: counts of others are not gone
// on with.
func fingerprint(files []string, v *text.Vocabulary) (string, error) {
	h := fnv.New64a()
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			return "", errors.WithStack(err)
		}
		fmt.Fprintln(h, f, info.Size(), info.ModTime().UnixNano())
	}
	if err := v.Write(h); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d files, %d words, %x", len(files), v.Len(), h.Sum64()), nil
}

// phraseSource generates sentences.
func phraseSource(s run.Settings, vo text.VocabularyOptions) (source, error) {
	set, err := phrases.New(phrases.Options{Part: phrases.Train, Seed: s.Seed})
	if err != nil {
		return source{}, err
	}
	sentences := make([][]string, set.Len())
	counts := text.Counts{}
	for i := range sentences {
		x, err := set.At(i)
		if err != nil {
			return source{}, err
		}
		for _, w := range x.Words {
			if strings.Trim(w, ".,!?") != "" {
				sentences[i] = append(sentences[i], w)
			}
		}
		counts.Add(sentences[i])
	}
	v, err := text.NewVocabulary(counts, vo)
	if err != nil {
		return source{}, err
	}
	return source{vocabulary: v, name: fmt.Sprintf("phrases %d", s.Seed), ids: func(ctx context.Context, f func([]int32) error) error {
		var ids []int32
		for _, words := range sentences {
			if err := ctx.Err(); err != nil {
				return err
			}
			ids = ids[:0]
			for _, w := range words {
				ids = append(ids, int32(v.ID(w)))
			}
			if err := f(ids); err != nil {
				return err
			}
		}
		return nil
	}}, nil
}
