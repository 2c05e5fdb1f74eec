package ngram

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"io"
	"os"
	"slices"

	"github.com/pkg/errors"
)

// sortedGrams calls give with each n-gram of text, its last word first, and how often it occurs, in order. The n-grams
// end in every word but <s>; those at the beginning of a sentence begin with <s>, before which stands none.
func sortedGrams(text []uint32, order, words int, give func(gram []uint32, count uint32)) {
	// By the last word: its number, counted.
	starts := make([]uint32, words+1)
	for _, w := range text {
		if w != beginID {
			starts[w+1]++
		}
	}
	for w := range words {
		starts[w+1] += starts[w]
	}
	// A key is the word before with the place of the last word.
	keys := make([]uint64, starts[words])
	next := slices.Clone(starts)
	for i, w := range text {
		if w == beginID {
			continue
		}
		keys[next[w]] = uint64(uint32(i))
		next[w]++
	}
	s := &sorter{text: text, order: order, gram: make([]uint32, order), give: give}
	for w := range uint32(words) {
		s.gram[0] = w
		s.sort(keys[starts[w]:starts[w+1]], 1)
	}
}

// sorter sorts the n-grams of a text by the words from the last to the first.
type sorter struct {
	text  []uint32
	order int
	gram  []uint32
	give  func(gram []uint32, count uint32)
}

// sort gives the n-grams that end at the places in keys, whose last depth words are those of gram.
func (s *sorter) sort(keys []uint64, depth int) {
	if len(keys) == 0 {
		return
	}
	if depth == s.order {
		s.give(s.gram, uint32(len(keys)))
		return
	}
	if s.gram[depth-1] == beginID {
		for i := depth; i < s.order; i++ {
			s.gram[i] = none
		}
		s.give(s.gram, uint32(len(keys)))
		return
	}
	if len(keys) == 1 { // the usual n-gram occurs once
		at := int(uint32(keys[0]))
		for d := depth; d < s.order; d++ {
			if s.gram[d-1] == beginID || s.gram[d-1] == none {
				s.gram[d] = none
			} else {
				s.gram[d] = s.text[at-d]
			}
		}
		s.give(s.gram, 1)
		return
	}
	for i, k := range keys {
		at := uint32(k)
		keys[i] = uint64(s.text[int(at)-depth])<<32 | uint64(at)
	}
	slices.Sort(keys)
	for from := 0; from < len(keys); {
		w := uint32(keys[from] >> 32)
		to := from + 1
		for to < len(keys) && uint32(keys[to]>>32) == w {
			to++
		}
		s.gram[depth] = w
		s.sort(keys[from:to], depth+1)
		from = to
	}
}

// spill writes the n-grams of the text so far, sorted, to the disk.
func (b *Builder) spill() error {
	if len(b.text) == 0 {
		return nil
	}
	f, err := os.CreateTemp(b.o.Dir, "ngrams-*")
	if err != nil {
		return errors.Wrap(err, "sort n-grams")
	}
	b.runs = append(b.runs, f)
	w := bufio.NewWriterSize(f, 1<<20)
	buf := make([]byte, 4*(b.order+1))
	sortedGrams(b.text, b.order, len(b.words), func(gram []uint32, count uint32) {
		for i, g := range gram {
			binary.LittleEndian.PutUint32(buf[4*i:], g)
		}
		binary.LittleEndian.PutUint32(buf[4*b.order:], count)
		_, _ = w.Write(buf) // Flush has the error
	})
	b.text = b.text[:0]
	return errors.Wrapf(w.Flush(), "sort n-grams: write %s", f.Name())
}

// run is a sorted file while it is merged.
type run struct {
	r     *bufio.Reader
	gram  []uint32
	count uint32
	buf   []byte
}

// next reads an n-gram; io.EOF where there is none.
func (r *run) next() error {
	if _, err := io.ReadFull(r.r, r.buf); err != nil {
		return err
	}
	for i := range r.gram {
		r.gram[i] = binary.LittleEndian.Uint32(r.buf[4*i:])
	}
	r.count = binary.LittleEndian.Uint32(r.buf[4*len(r.gram):])
	return nil
}

// runQueue is a heap of runs by their n-grams.
type runQueue []*run

func (q runQueue) Len() int           { return len(q) }
func (q runQueue) Less(i, j int) bool { return slices.Compare(q[i].gram, q[j].gram) < 0 }
func (q runQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *runQueue) Push(x any) { *q = append(*q, x.(*run)) }

// Pop implements heap.Interface.
func (q *runQueue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// merge calls give with the n-grams of all runs in order.
func (b *Builder) merge(give func(gram []uint32, count uint32)) error {
	var q runQueue
	for _, f := range b.runs {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return errors.Wrap(err, "merge n-grams")
		}
		r := &run{r: bufio.NewReaderSize(f, 1<<18), gram: make([]uint32, b.order), buf: make([]byte, 4*(b.order+1))}
		if err := r.next(); err != nil {
			return errors.Wrapf(err, "merge n-grams: read %s", f.Name())
		}
		q = append(q, r)
	}
	heap.Init(&q)
	gram, count := make([]uint32, b.order), uint32(0)
	for len(q) > 0 {
		r := q[0]
		if count > 0 && !slices.Equal(gram, r.gram) {
			give(gram, count)
			count = 0
		}
		copy(gram, r.gram)
		count = saturated(count, r.count)
		switch err := r.next(); {
		case err == nil:
			heap.Fix(&q, 0)
		case errors.Is(err, io.EOF):
			heap.Pop(&q)
		default:
			return errors.Wrap(err, "merge n-grams")
		}
	}
	if count > 0 {
		give(gram, count)
	}
	return nil
}
