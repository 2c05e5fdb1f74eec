package text

import (
	"cmp"
	"container/heap"
	"iter"
	"maps"
	"slices"

	"github.com/pkg/errors"
)

// BPEOptions says how TrainBPE makes its tokens.
type BPEOptions struct {
	Size     int      // number of tokens, specials, bytes included; fewer where the text gives no more
	Lower    bool     // read all text in lower case
	Specials []string // first tokens, ids 0, 1, …
}

// TrainBPE learns tokens from lines: it joins the most frequent pair of neighbouring tokens inside words, again and
// again. Of pairs equally frequent the one of smaller ids comes first, so that the result does not depend on chance.
func TrainBPE(lines iter.Seq[string], o BPEOptions) (*BPE, error) {
	words := Counts{}
	for line := range lines {
		words.Add(pieces(line, o.Lower))
	}
	least := len(o.Specials) + 256
	if o.Size < least+1 {
		return nil, errors.Errorf("train BPE: size %d, expected more than %d specials, bytes", o.Size, least)
	}
	b, err := newBPE(o.Lower, o.Specials, frequentCharacters(words, o.Size-least, o.Specials))
	if err != nil {
		return nil, errors.Wrap(err, "train BPE")
	}
	t := newTrainer(b, words)
	for len(b.tokens) < o.Size {
		pair, ok := t.best()
		if !ok {
			break
		}
		if err := b.addMerge(pair); err != nil {
			return nil, errors.Wrap(err, "train BPE")
		}
		t.merge(pair, b.merged[len(b.merged)-1])
	}
	return b, nil
}

// frequentCharacters returns the characters of words, most frequent first, at most limit, the word's mark among
// them. What is no text, or itself a special token, is left to the bytes.
func frequentCharacters(words Counts, limit int, specials []string) []string {
	counts := Counts{}
	for w, n := range words {
		for _, c := range Characters(w) {
			counts[c] += n
		}
	}
	chars := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	chars = slices.DeleteFunc(chars, func(c string) bool {
		invalid := len(c) == 1 && c[0] >= 0x80
		return invalid || slices.Contains(specials, c)
	})
	return chars[:min(len(chars), limit)]
}

// trainer counts the pairs of neighbouring tokens in all words.
type trainer struct {
	b      *BPE
	words  [][]int
	counts []int64
	pairs  map[[2]int]int64
	where  map[[2]int]map[int]bool // words that hold a pair, now or earlier
	queue  *pairQueue
}

func newTrainer(b *BPE, words Counts) *trainer {
	t := &trainer{b: b, pairs: map[[2]int]int64{}, where: map[[2]int]map[int]bool{}, queue: &pairQueue{}}
	for _, w := range slices.Sorted(maps.Keys(words)) {
		ids := b.symbols(w)
		if len(ids) < 2 {
			continue
		}
		t.words = append(t.words, ids)
		t.counts = append(t.counts, words[w])
		t.count(len(t.words)-1, 1)
	}
	for pair, n := range t.pairs {
		*t.queue = append(*t.queue, pairCount{pair, n})
	}
	heap.Init(t.queue)
	return t
}

// count adds the pairs of word w, times sign. A byte is never merged.
func (t *trainer) count(w int, sign int64) {
	first := len(t.b.specials) + 256
	ids := t.words[w]
	for i := range len(ids) - 1 {
		if ids[i] < first || ids[i+1] < first {
			continue
		}
		pair := [2]int{ids[i], ids[i+1]}
		t.pairs[pair] += sign * t.counts[w]
		if sign > 0 {
			if t.where[pair] == nil {
				t.where[pair] = map[int]bool{}
			}
			t.where[pair][w] = true
		}
	}
}

// best returns the most frequent pair, false where none occurs twice.
func (t *trainer) best() ([2]int, bool) {
	for t.queue.Len() > 0 {
		top := heap.Pop(t.queue).(pairCount)
		now := t.pairs[top.pair]
		switch {
		case now < top.count: // merges have used it up in part
			if now > 0 {
				heap.Push(t.queue, pairCount{top.pair, now})
			}
		case now > top.count: // a larger entry is in the queue, or was
		case now < 2:
			return [2]int{}, false
		case len(t.b.tokens[top.pair[0]])+len(t.b.tokens[top.pair[1]]) <= maxPiece:
			return top.pair, true
		}
	}
	return [2]int{}, false
}

// merge joins the pair into id everywhere.
func (t *trainer) merge(pair [2]int, id int) {
	grown := map[[2]int]bool{}
	for w := range t.where[pair] {
		old := t.words[w]
		t.count(w, -1)
		kept := old[:0]
		for i := 0; i < len(old); i++ {
			if i+1 < len(old) && old[i] == pair[0] && old[i+1] == pair[1] {
				kept = append(kept, id)
				i++
				continue
			}
			kept = append(kept, old[i])
		}
		t.words[w] = kept
		t.count(w, 1)
		for i, k := range kept {
			if k != id {
				continue
			}
			if i > 0 {
				grown[[2]int{kept[i-1], id}] = true
			}
			if i+1 < len(kept) {
				grown[[2]int{id, kept[i+1]}] = true
			}
		}
	}
	delete(t.where, pair)
	delete(t.pairs, pair)
	for p := range grown {
		if n := t.pairs[p]; n > 0 {
			heap.Push(t.queue, pairCount{p, n})
		}
	}
}

// pairCount is a pair with its count when it entered the queue.
type pairCount struct {
	pair  [2]int
	count int64
}

// pairQueue is a heap: most frequent first, then smallest ids.
type pairQueue []pairCount

func (q pairQueue) Len() int { return len(q) }
func (q pairQueue) Less(i, j int) bool {
	a, b := q[i], q[j]
	return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.pair[0], b.pair[0]), cmp.Compare(a.pair[1], b.pair[1])) < 0
}
func (q pairQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *pairQueue) Push(x any) { *q = append(*q, x.(pairCount)) }

// Pop implements heap.Interface.
func (q *pairQueue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}
