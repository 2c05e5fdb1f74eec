package sequence

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/phrases"
	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/metrics"
)

// sentence is tokens with their labels: one, or one a token. An empty label is
// not known.
type sentence struct{ tokens, labels []string }

// sentences is a set of them in its parts; val may be empty.
type sentences struct{ train, val, test []sentence }

// testShare is the part of a set without a test part that is kept for it, as for
// other sets of the user's own.
const testShare = 0.2

// locate returns where the files of a set are.
func locate(ctx context.Context, s run.Settings, offline bool, progress io.Writer) (string, error) {
	return datasets.Locate(ctx, s.Data, s.DataDir, datasets.GetOptions{Offline: offline, Progress: run.DownloadProgress(progress)})
}

// openSentences opens the set that s names, cut as s says.
func openSentences(ctx context.Context, s run.Settings, offline bool, progress io.Writer) (sentences, error) {
	all, err := readSentences(ctx, s, offline, progress)
	if err != nil {
		return all, err
	}
	for _, part := range []struct {
		name string
		list []sentence
	}{{"training", all.train}, {"test", all.test}} {
		if len(part.list) == 0 {
			return all, errors.Errorf("data set %s: no sentence in its %s part, expected at least one", s.Data, part.name)
		}
	}
	switch {
	case s.Val == 0:
		all.val = nil
	case len(all.val) == 0:
		all.train, all.val = split(all.train, s.Val, s.Seed)
	}
	return all, nil
}

// split takes a seeded share off the sentences, in their order.
func split(list []sentence, share float64, seed uint64) (rest, taken []sentence) {
	n := int(share*float64(len(list)) + 0.5)
	chosen := map[int]bool{}
	for _, i := range rand.New(rand.NewPCG(seed, 0x5917)).Perm(len(list))[:n] {
		chosen[i] = true
	}
	for i, x := range list {
		if chosen[i] {
			taken = append(taken, x)
		} else {
			rest = append(rest, x)
		}
	}
	return rest, taken
}

func readSentences(ctx context.Context, s run.Settings, offline bool, progress io.Writer) (sentences, error) {
	if s.Data == "phrases" {
		return readPhrases(s)
	}
	dir, err := locate(ctx, s, offline, progress)
	if err != nil {
		return sentences{}, err
	}
	in := reader{text.Reader{Tell: run.Notes(progress)}, text.Columns{Token: s.Text("token_column", ""), Tag: s.Text("tag_column", "")}}
	var all sentences
	switch s.Data {
	case "sst2":
		return inParts(dir, [3]string{"train.tsv", "dev.tsv", "test.tsv"}, in.ratedTSV)
	case "mr":
		return in.mr(dir, s.Seed)
	case "wnut17":
		return inParts(dir, [3]string{"wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated"}, in.tagged)
	case "vtb":
		return inParts(dir, [3]string{"vi_vtb-ud-train.conllu", "vi_vtb-ud-dev.conllu", "vi_vtb-ud-test.conllu"}, in.universal)
	case "tsv":
		return readOwn(dir, s.Seed, in.classes)
	case "conll":
		if all, err = readOwn(dir, s.Seed, in.tagged); err == nil && s.Model == "ner" {
			err = errors.Wrapf(metrics.CheckEntityTags(labelsOf(all.train)), "read %s", dir)
		}
		return all, err
	case "conllu":
		return readOwn(dir, s.Seed, in.universal)
	}
	return sentences{}, errors.Errorf("data set %s holds no labelled sentences", s.Data)
}

// The classes of a sentiment, by their number in the files.
func sentiments() []string { return []string{"negative", "positive"} }

func readPhrases(s run.Settings) (sentences, error) {
	var all sentences
	for part, list := range map[string]*[]sentence{phrases.Train: &all.train, phrases.Val: &all.val, phrases.Test: &all.test} {
		set, err := phrases.New(phrases.Options{Part: part, Seed: s.Seed})
		if err != nil {
			return all, err
		}
		for i := range set.Len() {
			x, err := set.At(i)
			if err != nil {
				return all, err
			}
			labels := x.Entities
			switch s.Model {
			case "sentiment":
				labels = []string{sentiments()[x.Sentiment]}
			case "pos":
				labels = x.POS
			}
			*list = append(*list, sentence{x.Words, labels})
		}
	}
	return all, nil
}

// inParts reads the three parts of a set.
func inParts(dir string, files [3]string, read func(path string) ([]sentence, error)) (all sentences, err error) {
	for i, list := range []*[]sentence{&all.train, &all.val, &all.test} {
		if *list, err = read(filepath.Join(dir, files[i])); err != nil {
			return all, err
		}
	}
	return all, nil
}

// reader reads the files of sets.
type reader struct {
	text.Reader
	columns text.Columns
}

// ratedTSV reads lines of a text and 0 or 1.
func (in reader) ratedTSV(path string) ([]sentence, error) {
	pairs, err := in.TSV(path, 0, -1, false)
	if err != nil {
		return nil, err
	}
	var list []sentence
	for i, p := range pairs {
		class := strings.Index("01", p.Second)
		if class < 0 || len(p.Second) != 1 {
			return nil, errors.Errorf("read %s: text %d: label %.20q, expected 0 or 1", path, i+1, p.Second)
		}
		if tokens := text.Fields(clean(p.First)); len(tokens) > 0 {
			list = append(list, sentence{tokens, []string{sentiments()[class]}})
		}
	}
	return list, nil
}

// mostClasses is beyond what anybody tells apart in texts; a file with more has
// its columns in another order.
const mostClasses = 1000

// classes reads lines of a text and the name of its class, with or without a
// first line that names the columns.
func (in reader) classes(path string) ([]sentence, error) {
	pairs, err := in.TSV(path, 0, -1, false)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, p := range pairs {
		count[p.Second]++
	}
	if len(pairs) > 1 && count[pairs[0].Second] == 1 && slices.Contains([]string{"label", "class", "sentiment", "category"}, strings.ToLower(pairs[0].Second)) {
		pairs = pairs[1:]
	}
	if len(count) > mostClasses {
		return nil, errors.Errorf("read %s: %d different classes in the last column, expected lines of a text, a tab and the name of its class, at most %d", path, len(count), mostClasses)
	}
	var list []sentence
	for i, p := range pairs {
		if strings.TrimSpace(p.Second) == "" {
			return nil, errors.Errorf("read %s: text %d has no class, expected a text, a tab and the name of its class", path, i+1)
		}
		if tokens := text.Fields(clean(p.First)); len(tokens) > 0 {
			list = append(list, sentence{tokens, []string{clean(p.Second)}})
		}
	}
	return list, nil
}

// mrTest is the part of mr that is kept for the test.
const mrTest = 0.1

func (in reader) mr(dir string, seed uint64) (all sentences, err error) {
	for class, file := range []string{"rt-polarity.neg", "rt-polarity.pos"} {
		lines, err := in.ReadLines(filepath.Join(dir, file))
		if err != nil {
			return all, err
		}
		for _, line := range lines {
			if tokens := text.Fields(clean(line)); len(tokens) > 0 {
				all.train = append(all.train, sentence{tokens, []string{sentiments()[class]}})
			}
		}
	}
	all.train, all.test = split(all.train, mrTest, seed^0x3a)
	return all, nil
}

func (in reader) tagged(path string) ([]sentence, error) {
	list, err := in.CoNLL(path, in.columns)
	if err != nil {
		return nil, err
	}
	out := make([]sentence, len(list))
	for i, x := range list {
		out[i] = sentence{x.Tokens, x.Tags}
	}
	return out, nil
}

// universal reads CoNLL-U; words without a part of speech stay, with an empty
// label, but for sentences that have no others.
func (in reader) universal(path string) ([]sentence, error) {
	list, err := in.CoNLLU(path)
	if err != nil {
		return nil, err
	}
	var out []sentence
	untagged, all, left := 0, 0, 0
	for _, x := range list {
		known := false
		for k, t := range x.Tags {
			all++
			if t == text.Untagged {
				x.Tags[k] = ""
				untagged++
			}
			known = known || x.Tags[k] != ""
		}
		if !known {
			left++
			continue
		}
		out = append(out, sentence{x.Tokens, x.Tags})
	}
	if len(out) == 0 {
		return nil, errors.Errorf("read %s: none of %d words has a part of speech (UPOS)", path, all)
	}
	if untagged > 0 && in.Tell != nil {
		note := fmt.Sprintf("%s: %d of %d words have no part of speech: they count neither in training nor in the accuracy", path, untagged, all)
		if left > 0 {
			note += fmt.Sprintf("; %d sentences without any are left out", left)
		}
		in.Tell(note)
	}
	return out, nil
}

// readOwn reads the user's file, of which a seeded fifth is the test part, or a
// folder whose files say by their names which part they are.
func readOwn(path string, seed uint64, read func(path string) ([]sentence, error)) (all sentences, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return all, errors.Wrapf(err, "read %s", path)
	}
	if !info.IsDir() {
		if all.train, err = read(path); err == nil {
			all.train, all.test = split(all.train, testShare, seed)
		}
		return all, err
	}
	files, err := text.Files(path)
	if err != nil {
		return all, err
	}
	for _, f := range files {
		name := strings.ToLower(filepath.Base(f))
		var list *[]sentence
		switch has := func(w string) bool { return strings.Contains(name, w) }; {
		case has("train"):
			list = &all.train
		case has("dev") || has("val") || has("testa"):
			list = &all.val
		case has("test"):
			list = &all.test
		default: // a licence, notes
			continue
		}
		more, err := read(f)
		if err != nil {
			return all, err
		}
		*list = append(*list, more...)
	}
	if len(all.train) == 0 {
		return all, errors.Errorf("%s holds no file with train in its name, expected files of the parts train, dev, test", path)
	}
	if len(all.test) == 0 {
		all.train, all.test = split(all.train, testShare, seed)
	}
	return all, nil
}

// clean returns a text in Unicode's composed form; bytes that are no UTF-8 are
// read as windows-1252, as in old English files.
func clean(s string) string { return text.NFC(text.FromLatin1(s)) }

// labelsOf returns the labels of the sentences, sorted.
func labelsOf(list []sentence) []string {
	seen := map[string]bool{}
	for _, x := range list {
		for _, l := range x.labels {
			if l != "" {
				seen[l] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
