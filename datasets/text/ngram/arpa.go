package ngram

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/internal/atomicfile"
)

// ErrARPA tells that a file is no model in the ARPA format.
var ErrARPA = errors.New("not a model in the ARPA format")

// WriteARPA writes the model as other programs read it (KenLM, SRILM, kaldi).
//
// Source: www.speech.sri.com/projects/srilm/manpages/ngram-format.5.html.
func (m *LM) WriteARPA(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<20)
	fmt.Fprintf(out, "\\data\\\n")
	for k := range m.levels {
		fmt.Fprintf(out, "ngram %d=%d\n", k+1, m.Len(k+1))
	}
	var buf []byte
	for k := range m.levels {
		fmt.Fprintf(out, "\n\\%d-grams:\n", k+1)
		l := &m.levels[k]
		m.each(k, func(i int, gram []uint32) {
			prob := l.prob[i]
			if k == 0 && uint32(i) == m.begin {
				prob = 0
			}
			buf = strconv.AppendFloat(buf[:0], float64(prob), 'g', -1, 32)
			for j, id := range gram {
				buf = append(buf, "\t "[min(j, 1)])
				buf = append(buf, m.words[id]...)
			}
			if l.backoff != nil {
				buf = append(buf, '\t')
				buf = strconv.AppendFloat(buf, float64(l.backoff[i]), 'g', -1, 32)
			}
			buf = append(buf, '\n')
			_, _ = out.Write(buf) // Flush has the error
		})
	}
	fmt.Fprintf(out, "\n\\end\\\n")
	return errors.Wrap(out.Flush(), "write ARPA")
}

// SaveARPA writes a file as WriteARPA does; an old file is replaced only when the new one is whole.
func (m *LM) SaveARPA(path string) error { return atomicfile.Write(path, m.WriteARPA) }

// each calls f with the n-grams of level k, their words as they are written.
func (m *LM) each(k int, f func(i int, gram []uint32)) {
	gram := make([]uint32, k+1)
	var walk func(level int, at uint32)
	walk = func(level int, at uint32) {
		if level == k {
			f(int(at), gram)
			return
		}
		for i := m.levels[level].first[at]; i < m.levels[level].first[at+1]; i++ {
			gram[k-level-1] = m.levels[level+1].word[i]
			walk(level+1, i)
		}
	}
	for w := range m.levels[0].prob {
		gram[k] = uint32(w)
		walk(0, uint32(w))
	}
}

// LoadARPA reads a file, plain or compressed, as ReadARPA does.
func LoadARPA(path string) (*LM, error) {
	f, err := text.Open(path)
	if err != nil {
		return nil, err
	}
	m, err := ReadARPA(f)
	if cerr := f.Close(); err == nil && cerr != nil {
		m, err = nil, cerr
	}
	return m, errors.Wrapf(err, "read %s", path)
}

// ReadARPA reads a model as KenLM, SRILM and others write it. A word <unk> that the file lacks gets the probability 1e-99;
// n-grams whose endings were left out, as pruning does, get these with the probability that backing off gives them.
func ReadARPA(r io.Reader) (*LM, error) {
	p := arpaReader{ids: map[string]uint32{}}
	err := text.ScanLines(r, func(line string) error {
		p.number++
		return errors.Wrapf(p.line(line), "line %d", p.number)
	})
	if err != nil {
		return nil, err
	}
	if !p.ended {
		return nil, errors.Wrap(ErrARPA, `found no \end\`)
	}
	return p.model()
}

// arpaReader is where the reading of an ARPA file is.
type arpaReader struct {
	number  int
	section int // 0 before \data\, −1 in it, else the order
	claimed []int
	grams   []arpaGrams // by order
	words   []string
	ids     map[string]uint32
	ended   bool
}

// arpaGrams are the n-grams of one order as they come.
type arpaGrams struct {
	gram          []uint32 // [N, order], the last word first
	prob, backoff []float32
}

func (p *arpaReader) line(line string) error {
	line = strings.TrimSpace(line)
	switch {
	case line == "" || p.ended:
		return nil
	case line == `\data\`:
		p.section = -1
		return nil
	case p.section == 0: // what stands before
		return nil
	case line == `\end\`:
		p.ended = true
		return p.complete()
	case strings.HasPrefix(line, `\`) && strings.HasSuffix(line, "-grams:"):
		n, err := strconv.Atoi(strings.TrimSuffix(line[1:], "-grams:"))
		if err != nil || n != max(p.section, 0)+1 || n > len(p.claimed) {
			return errors.Wrapf(ErrARPA, "found the section %.40q behind that of order %d of %d", line, max(p.section, 0), len(p.claimed))
		}
		if err := p.complete(); err != nil {
			return err
		}
		p.section = n
		p.grams = append(p.grams, arpaGrams{})
		return nil
	case p.section < 0:
		return p.count(line)
	}
	return p.gram(line)
}

// count reads "ngram 2=1000".
func (p *arpaReader) count(line string) error {
	order, number, ok := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "ngram")), "=")
	k, err := strconv.Atoi(strings.TrimSpace(order))
	n, err2 := strconv.Atoi(strings.TrimSpace(number))
	if !ok || err != nil || err2 != nil || k != len(p.claimed)+1 || k > MaxOrder || n < 0 || n > math.MaxInt32 {
		return errors.Wrapf(ErrARPA, "found %.40q, expected ngram %d=N, up to order %d", line, len(p.claimed)+1, MaxOrder)
	}
	p.claimed = append(p.claimed, n)
	return nil
}

// complete checks that a section holds as many n-grams as were announced.
func (p *arpaReader) complete() error {
	if p.section < 1 {
		if p.ended {
			return errors.Wrap(ErrARPA, "no n-grams")
		}
		return nil
	}
	if n := len(p.grams[p.section-1].prob); n != p.claimed[p.section-1] {
		return errors.Wrapf(ErrARPA, "%d n-grams of order %d, announced were %d", n, p.section, p.claimed[p.section-1])
	}
	if p.ended && p.section != len(p.claimed) {
		return errors.Wrapf(ErrARPA, "the last section is that of order %d, announced were %d", p.section, len(p.claimed))
	}
	return nil
}

// gram reads "logarithm words logarithm".
func (p *arpaReader) gram(line string) error {
	f := strings.Fields(line)
	if len(f) != p.section+1 && len(f) != p.section+2 {
		return errors.Wrapf(ErrARPA, "found %.60q, expected a number, %d words and perhaps a number", line, p.section)
	}
	g := &p.grams[p.section-1]
	prob, err := strconv.ParseFloat(f[0], 32)
	if err != nil || prob != prob || prob > 0 {
		return errors.Wrapf(ErrARPA, "found the logarithm %.20q, expected a number of at most 0", f[0])
	}
	backoff := 0.0
	if len(f) == p.section+2 {
		if backoff, err = strconv.ParseFloat(f[len(f)-1], 32); err != nil || backoff != backoff || math.IsInf(backoff, 1) {
			return errors.Wrapf(ErrARPA, "found the weight %.20q, expected a number", f[len(f)-1])
		}
	}
	g.prob, g.backoff = append(g.prob, float32(max(prob, -99))), append(g.backoff, float32(max(backoff, -99)))
	for i := p.section; i >= 1; i-- {
		w := f[i]
		if w == Unknown {
			w = lmUnknown
		}
		id, ok := p.ids[w]
		if !ok {
			if p.section > 1 {
				return errors.Wrapf(ErrARPA, "the word %.40q of %.60q is no single word of the model", w, line)
			}
			id = uint32(len(p.words))
			p.ids[w] = id
			p.words = append(p.words, w)
		} else if p.section == 1 {
			return errors.Wrapf(ErrARPA, "the word %.40q comes twice", w)
		}
		g.gram = append(g.gram, id)
	}
	return nil
}

// model puts the n-grams in order.
func (p *arpaReader) model() (*LM, error) {
	m := &LM{ids: p.ids}
	first := &p.grams[0]
	mark := func(w string, prob float32) uint32 {
		id, ok := p.ids[w]
		if !ok {
			id = uint32(len(p.words))
			p.ids[w] = id
			p.words = append(p.words, w)
			first.prob, first.backoff = append(first.prob, prob), append(first.backoff, 0)
		}
		return id
	}
	m.unknown, m.begin, m.end = mark(lmUnknown, -99), mark(Begin, 0), mark(End, -99)
	m.words = p.words
	m.levels = []level{{prob: first.prob, backoff: first.backoff}}
	order := len(p.grams)
	// n-grams of each order with the endings of longer ones that are missing, from the longest on.
	sets := make([][]arpaGram, order)
	for k := order - 1; k >= 1; k-- {
		g := &p.grams[k]
		for i := range g.prob {
			sets[k] = append(sets[k], arpaGram{g.gram[i*(k+1) : (i+1)*(k+1)], g.prob[i], g.backoff[i], false})
		}
		if k+1 < order {
			for i, longer := range sets[k+1] {
				if i == 0 || !slices.Equal(longer.gram[:k+1], sets[k+1][i-1].gram[:k+1]) {
					sets[k] = append(sets[k], arpaGram{gram: longer.gram[:k+1], made: true})
				}
			}
		}
		slices.SortFunc(sets[k], func(a, b arpaGram) int {
			c := slices.Compare(a.gram, b.gram)
			if c == 0 && a.made != b.made {
				return cmp.Compare(boolean(a.made), boolean(b.made))
			}
			return c
		})
		kept := sets[k][:0]
		for i, x := range sets[k] {
			if i > 0 && slices.Equal(x.gram, kept[len(kept)-1].gram) {
				if !x.made {
					return nil, errors.Wrapf(ErrARPA, "the n-gram %q comes twice", p.written(x.gram))
				}
				continue
			}
			kept = append(kept, x)
		}
		sets[k] = kept
	}
	for k := 1; k < order; k++ {
		l := level{}
		up := &m.levels[k-1]
		parent := 0
		up.first = []uint32{0}
		parents := len(up.prob)
		for i, x := range sets[k] {
			for parent < parents && !p.isBelow(sets, k, parent, x.gram) {
				parent++
				up.first = append(up.first, uint32(i))
			}
			if x.made {
				x.prob = m.backedOff(x.gram)
			}
			l.word = append(l.word, x.gram[k])
			l.prob, l.backoff = append(l.prob, x.prob), append(l.backoff, x.backoff)
		}
		for ; parent < parents; parent++ {
			up.first = append(up.first, uint32(len(sets[k])))
		}
		m.levels = append(m.levels, l)
	}
	last := &m.levels[order-1]
	last.backoff, last.first = nil, nil
	if err := m.check(); err != nil {
		return nil, err
	}
	m.index()
	return m, nil
}

// arpaGram is an n-gram, its last word first; made is one that the file lacks.
type arpaGram struct {
	gram          []uint32
	prob, backoff float32
	made          bool
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// isBelow tells whether an n-gram of level k ends as the one at a place of the level above says.
func (p *arpaReader) isBelow(sets [][]arpaGram, k, parent int, gram []uint32) bool {
	if k == 1 {
		return uint32(parent) == gram[0]
	}
	return slices.Equal(sets[k-1][parent].gram, gram[:k])
}

func (p *arpaReader) written(gram []uint32) string {
	var w []string
	for _, id := range gram {
		w = append(w, p.words[id])
	}
	slices.Reverse(w)
	return strings.Join(w, " ")
}

// backedOff returns the logarithm of an n-gram by the shorter ones, which are there: the levels above.
func (m *LM) backedOff(gram []uint32) float32 {
	shorter := &LM{words: m.words, levels: slices.Clone(m.levels)}
	last := &shorter.levels[len(shorter.levels)-1]
	backoff := float32(0)
	if at, ok := shorter.find(gram[1:]); ok {
		backoff = last.backoff[at]
	}
	at, ok := shorter.find(gram[:len(gram)-1])
	if !ok {
		return -99
	}
	return min(last.prob[at]+backoff, 0)
}

// find returns where an n-gram, its last word first, lies in its level.
func (m *LM) find(gram []uint32) (uint32, bool) {
	at := gram[0]
	for k := 1; k < len(gram); k++ {
		from, to := m.levels[k-1].first[at], m.levels[k-1].first[at+1]
		i, ok := slices.BinarySearch(m.levels[k].word[from:to], gram[k])
		if !ok {
			return 0, false
		}
		at = from + uint32(i)
	}
	return at, true
}
