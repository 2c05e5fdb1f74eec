package sequence

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
)

// Parts returns the parts of the data, for check data: a sentence as the numbers
// of its tokens, each token its own, filled up with 0.
func (j *labelJob) Parts() []run.Part {
	s := j.sentences
	ids := map[string]float32{}
	longest := 1
	for _, list := range [][]sentence{s.train, s.val, s.test} {
		for _, x := range list {
			longest = max(longest, len(x.tokens))
			for _, w := range x.tokens {
				if _, ok := ids[w]; !ok {
					ids[w] = float32(len(ids) + 1)
				}
			}
		}
	}
	var parts []run.Part
	for _, p := range []struct {
		name string
		list []sentence
	}{{"train", s.train}, {"val", s.val}, {"test", s.test}} {
		if len(p.list) == 0 {
			continue
		}
		n := numbered{list: p.list, ids: ids, longest: longest + 1, classes: j.encoder.Classes}
		part := run.Part{Name: p.name, Set: n}
		if perToken(j.settings.Model) {
			part.Count = n.count
		}
		parts = append(parts, part)
	}
	return parts
}

// numbered is sentences as arrays of numbers.
type numbered struct {
	list    []sentence
	ids     map[string]float32 // of all tokens, from 1 up
	longest int                // beyond every sentence
	classes []string
}

var _ datasets.Dataset = numbered{}

// Len returns the number of sentences.
func (n numbered) Len() int { return len(n.list) }

// Shape returns the room for the longest sentence.
func (n numbered) Shape() []int { return []int{n.longest} }

// Classes returns the names of the labels.
func (n numbered) Classes() []string { return n.classes }

// At writes the numbers of sentence i; its label is that of its first token
// where each has one.
func (n numbered) At(i int, x []float32) (int, error) {
	if i < 0 || i >= len(n.list) {
		return 0, errors.Errorf("sentence %d of %d", i, len(n.list))
	}
	s := n.list[i]
	clear(x)
	for k, w := range s.tokens {
		x[k] = n.ids[w]
	}
	if len(s.labels) == 0 {
		return 0, nil
	}
	return slices.Index(n.classes, s.labels[0]), nil
}

// count returns how many tokens have each label.
func (n numbered) count() ([]int, error) {
	counts := make([]int, len(n.classes))
	for _, s := range n.list {
		for _, l := range s.labels {
			if k := slices.Index(n.classes, l); k >= 0 {
				counts[k]++
			}
		}
	}
	return counts, nil
}
