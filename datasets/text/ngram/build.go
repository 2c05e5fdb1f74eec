package ngram

import (
	"math"
	"os"
	"slices"
	"strings"
	"unsafe"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
)

// The marks of an LM, as other programs call them.
const lmUnknown = "<unk>"

// Ids that every LM of a Builder has.
const (
	unknownID = iota
	beginID
	endID
)

// none stands in an n-gram before <s>.
const none = math.MaxUint32

// BuildOptions say how a Builder works.
type BuildOptions struct {
	// Memory bounds the bytes that counting takes, 0 means 1 GB; beyond it n-grams are sorted on the disk. What the model
	// itself takes while it is estimated, some 30 bytes for each n-gram, comes on top.
	Memory int64
	Dir    string // of the temporary files; "" means the system's
}

// Builder estimates an LM by modified Kneser-Ney from sentences, one by one. Each has one mark <s> before it and one mark
// </s> behind it; the discounts of each order are those of Chen and Goodman, 0.5, 1, 1.5 where a text is too small for
// them, and the probabilities of single words are interpolated with 1/V.
//
// Source: S. Chen, J. Goodman 1999 §4.1; K. Heafield et al. 2013, doi:10.3115/v1/P13-2121.
type Builder struct {
	order int
	o     BuildOptions
	words []string
	ids   map[string]uint32
	text  []uint32 // sentences with their marks
	most  int      // words that text may hold
	runs  []*os.File
	err   error
}

// NewBuilder returns a builder of n-grams up to the given order. Close it.
func NewBuilder(order int, o BuildOptions) (*Builder, error) {
	if order < 1 || order > MaxOrder {
		return nil, errors.Errorf("n-grams of order %d, expected 1 to %d", order, MaxOrder)
	}
	if o.Memory == 0 {
		o.Memory = 1 << 30
	}
	const least = 1 << 16
	if o.Memory < least {
		return nil, errors.Errorf("build n-grams: memory of %d bytes, expected at least %d", o.Memory, least)
	}
	b := &Builder{order: order, o: o, ids: map[string]uint32{}}
	for _, w := range []string{lmUnknown, Begin, End} {
		b.id(w)
	}
	b.most = int(min(o.Memory/bytesOfWord, math.MaxInt32))
	return b, nil
}

// bytesOfWord is what counting takes for a word of text: its id, its key while it is sorted and room for growth.
const bytesOfWord = 4 + 8 + 4

// id returns the id of a word, in Unicode's composed form.
func (b *Builder) id(w string) uint32 {
	id, ok := b.ids[w]
	if !ok {
		w = strings.Clone(text.NFC(text.FromLatin1(w))) // of a line that need not stay
		if id, ok = b.ids[w]; ok {
			return id
		}
		id = uint32(len(b.words))
		b.ids[w] = id
		b.words = append(b.words, w)
	}
	return id
}

// Add counts the n-grams of a sentence. The marks in it are words that are not seen.
func (b *Builder) Add(sentence []string) error {
	b.start()
	for _, w := range sentence {
		b.text = append(b.text, b.plain(b.id(w)))
	}
	return b.finish()
}

// AddLine counts the n-grams of a sentence whose words white space parts.
func (b *Builder) AddLine(line []byte) error {
	b.start()
	for i := 0; i < len(line); {
		for i < len(line) && isBlank(line[i]) {
			i++
		}
		from := i
		for i < len(line) && !isBlank(line[i]) {
			i++
		}
		if from < i {
			id, ok := b.ids[unsafe.String(&line[from], i-from)] // only looked up
			if !ok {
				id = b.id(string(line[from:i]))
			}
			b.text = append(b.text, b.plain(id))
		}
	}
	return b.finish()
}

// isBlank tells whether a byte parts words.
func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// plain turns the marks into <unk>: in a text they mean nothing.
func (b *Builder) plain(id uint32) uint32 {
	if id <= endID {
		return unknownID
	}
	return id
}

func (b *Builder) start() { b.text = append(b.text, beginID) }

func (b *Builder) finish() error {
	b.text = append(b.text, endID)
	if b.err == nil && len(b.text) >= b.most {
		b.err = b.spill()
	}
	return b.err
}

// Close removes what the builder has on the disk.
func (b *Builder) Close() error {
	var first error
	for _, f := range b.runs {
		err := f.Close()
		if removed := os.Remove(f.Name()); err == nil {
			err = removed
		}
		if first == nil {
			first = err
		}
	}
	b.runs = nil
	return errors.Wrap(first, "build n-grams")
}

// Estimate returns the model of the sentences that were added; the builder is of no use behind it.
func (b *Builder) Estimate() (*LM, error) {
	if b.err != nil {
		return nil, b.err
	}
	if len(b.text) == 0 && len(b.runs) == 0 {
		return nil, errors.New("build n-grams: no sentence")
	}
	e := newEstimator(b.order, len(b.words))
	if len(b.runs) == 0 {
		sortedGrams(b.text, b.order, len(b.words), e.add)
		b.text = nil
	} else {
		if err := b.spill(); err != nil {
			return nil, err
		}
		b.text = nil
		if err := b.merge(e.add); err != nil {
			return nil, err
		}
	}
	m := &LM{words: b.words, ids: b.ids, unknown: unknownID, begin: beginID, end: endID}
	m.levels = e.estimate()
	m.index()
	return m, nil
}

// estimator makes the arrays of a model of n-grams that come in the order of its tree.
type estimator struct {
	order  int
	levels []counted
	last   []uint32 // the n-gram before, its last word first
	length int      // of its words
}

// counted is the n-grams of one order while they are counted.
type counted struct {
	word  []uint32
	count []uint32 // adjusted: of the highest order and behind <s> occurrences, else distinct words before
	first []uint32
}

func newEstimator(order, words int) *estimator {
	e := &estimator{order: order, levels: make([]counted, order), last: make([]uint32, order)}
	e.levels[0].count = make([]uint32, words)
	return e
}

// add takes an n-gram, its last word first, with how often it occurs. One that begins with <s> may be shorter, none
// stands in the rest.
func (e *estimator) add(gram []uint32, count uint32) {
	same := 0
	for same < e.length && gram[same] == e.last[same] {
		same++
	}
	length := e.order
	for i, w := range gram {
		if w == beginID {
			length = i + 1
			break
		}
	}
	for k := same; k < length; k++ {
		l := &e.levels[k]
		if k == 0 {
			for w := len(l.first); w <= int(gram[0]); w++ { // and the words between, which have none
				l.first = append(l.first, e.below(0))
			}
		} else {
			l.word = append(l.word, gram[k])
			l.count = append(l.count, 0)
			if k < e.order-1 {
				l.first = append(l.first, e.below(k))
			}
		}
		if k > 0 {
			e.at(k-1, gram)[0]++ // one more word before it
		}
	}
	leaf := e.at(length-1, gram)
	leaf[0] = saturated(leaf[0], count)
	copy(e.last, gram)
	e.length = length
}

func saturated(a, b uint32) uint32 {
	if s := a + b; s >= a {
		return s
	}
	return math.MaxUint32
}

// at returns the count of the n-gram that was opened last at level k.
func (e *estimator) at(k int, gram []uint32) []uint32 {
	c := e.levels[k].count
	if k == 0 {
		return c[gram[0]:]
	}
	return c[len(c)-1:]
}

// below returns how many n-grams the level below k has.
func (e *estimator) below(k int) uint32 {
	if k+1 == e.order {
		return 0
	}
	return uint32(len(e.levels[k+1].word))
}

// discounts returns those of counts 1, 2, 3 and more of one order.
func discounts(count []uint32) [4]float64 {
	var n [5]float64
	for _, c := range count {
		if c < 5 {
			n[c]++
		}
	}
	d := [4]float64{0, 0.5, 1, 1.5}
	y := n[1] / (n[1] + 2*n[2])
	var own [4]float64
	for j := 1; j <= 3; j++ {
		own[j] = float64(j) - float64(j+1)*y*n[j+1]/n[j]
		if !(own[j] >= 0 && own[j] <= float64(j)) {
			return d // too small a text
		}
	}
	return own
}

// sums are over the words behind a context.
type sums struct {
	total     uint64
	ones, two uint32
	more      uint32
}

func (s *sums) add(c uint32) {
	s.total += uint64(c)
	switch c {
	case 0:
	case 1:
		s.ones++
	case 2:
		s.two++
	default:
		s.more++
	}
}

// backoff is the share of a context that is left to shorter ones.
func (s *sums) backoff(d [4]float64) float64 {
	return (d[1]*float64(s.ones) + d[2]*float64(s.two) + d[3]*float64(s.more)) / float64(s.total)
}

// estimate turns counts into probabilities, order by order:
//
//	p(c w) = max(a(c w) − d, 0)/Σ_v a(c v) + b(c)·p(w after c without its first word)
//
// The context c of an n-gram is found with no search from afar: it lies below the context of the n-gram without its first
// word, where the words are in the same order.
func (e *estimator) estimate() []level {
	out := make([]level, e.order)
	words := len(e.levels[0].count)
	if e.order > 1 {
		for len(e.levels[0].first) <= words {
			e.levels[0].first = append(e.levels[0].first, e.below(0))
		}
	}
	for k := 1; k < e.order-1; k++ {
		e.levels[k].first = append(e.levels[k].first, e.below(k))
	}
	// Single words.
	d := discounts(e.levels[0].count)
	var all sums
	for _, c := range e.levels[0].count {
		all.add(c)
	}
	rest := all.backoff(d) / float64(words-1) // <s> is never foretold
	p := make([]float32, words)
	for w, c := range e.levels[0].count {
		p[w] = float32(max(float64(c)-d[min(c, 3)], 0)/float64(all.total) + rest)
	}
	p[beginID] = 1
	out[0] = level{prob: p, first: e.levels[0].first}
	var contexts []uint32 // of the n-grams of the order below, at the level two below
	for k := 1; k < e.order; k++ {
		l, up := &e.levels[k], &e.levels[k-1]
		n := len(l.word)
		d := discounts(l.count)
		behind := make([]sums, len(out[k-1].prob))
		context := make([]uint32, n)
		for parent := range out[k-1].prob {
			from, to := up.first[parent], up.first[parent+1]
			if from == to {
				continue
			}
			if k == 1 {
				for j := from; j < to; j++ {
					context[j] = l.word[j]
					behind[l.word[j]].add(l.count[j])
				}
				continue
			}
			at := e.levels[k-2].first[contexts[parent]]
			end := e.levels[k-2].first[contexts[parent]+1]
			for j := from; j < to; j++ {
				at = seek(up.word, at, end, l.word[j])
				context[j] = at
				behind[at].add(l.count[j])
			}
		}
		backoff := make([]float32, len(behind))
		for i := range behind {
			if backoff[i] = 1; behind[i].total > 0 {
				backoff[i] = float32(behind[i].backoff(d))
			}
		}
		prob := make([]float32, n)
		lower := out[k-1].prob
		for parent := range lower {
			for j := up.first[parent]; j < up.first[parent+1]; j++ {
				c := context[j]
				prob[j] = float32(max(float64(l.count[j])-d[min(l.count[j], 3)], 0)/float64(behind[c].total) + float64(backoff[c])*float64(lower[parent]))
			}
		}
		logs(lower)
		logs(backoff)
		out[k-1].backoff = backoff
		out[k] = level{word: l.word, prob: prob, first: l.first}
		up.count, contexts = nil, context
	}
	logs(out[e.order-1].prob)
	out[e.order-1].first = nil
	return out
}

// logs turns numbers into their decimal logarithms, 0 into −99.
func logs(x []float32) {
	for i, v := range x {
		if v > 0 {
			x[i] = min(float32(math.Log10(float64(v))), 0)
		} else {
			x[i] = -99
		}
	}
}

// seek returns where w is in words[at:end], which holds it; it is mostly near.
func seek(words []uint32, at, end, w uint32) uint32 {
	for step := uint32(1); words[at] < w; step *= 2 {
		if next := at + step; next < end && words[next] <= w {
			at = next
			continue
		}
		i, _ := slices.BinarySearch(words[at:min(at+step, end)], w)
		return at + uint32(i)
	}
	return at
}
