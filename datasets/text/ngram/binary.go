package ngram

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"os"
	"unsafe"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/atomicfile"
)

const (
	lmMagic   = "hocsau ngrams 1\n"
	maxHeader = 1 << 30 // bytes
)

// lmHeader stands at the beginning of a file: the arrays follow, little-endian, order by order: words, logarithms of
// probabilities, those of weights, where the longer n-grams begin.
type lmHeader struct {
	Words               []string `json:"words"`
	Counts              []int    `json:"counts"`
	Unknown, Begin, End uint32
}

// Write writes the model in a form that is read quickly.
func (m *LM) Write(w io.Writer) error {
	h := lmHeader{Words: m.words, Unknown: m.unknown, Begin: m.begin, End: m.end}
	for k := range m.levels {
		h.Counts = append(h.Counts, m.Len(k+1))
	}
	b, err := json.Marshal(h)
	if err != nil {
		return errors.Wrap(err, "write n-grams")
	}
	out := bufio.NewWriterSize(w, 1<<20)
	_, _ = out.WriteString(lmMagic) // Flush has the error
	_, _ = out.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(b))))
	_, _ = out.Write(b)
	var buf []byte
	for k := range m.levels {
		l := &m.levels[k]
		for _, x := range [][]uint32{l.word, bitsOf(l.prob), bitsOf(l.backoff), l.first} {
			for len(x) > 0 {
				n := min(len(x), 1<<16)
				buf = buf[:0]
				for _, v := range x[:n] {
					buf = binary.LittleEndian.AppendUint32(buf, v)
				}
				_, _ = out.Write(buf)
				x = x[n:]
			}
		}
	}
	return errors.Wrap(out.Flush(), "write n-grams")
}

// bitsOf returns the numbers as their bits, in the same memory.
func bitsOf(x []float32) []uint32 {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*uint32)(unsafe.Pointer(&x[0])), len(x))
}

// Save writes a file as Write does; an old file is replaced only when the new one is whole.
func (m *LM) Save(path string) error { return atomicfile.Write(path, m.Write) }

// Load reads a file that Save wrote, or one in the ARPA format.
func Load(path string) (*LM, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "load n-grams")
	}
	defer func() { _ = f.Close() }() // only read
	in := bufio.NewReaderSize(f, 1<<20)
	if b, _ := in.Peek(len(lmMagic)); string(b) != lmMagic {
		return LoadARPA(path)
	}
	m, err := Read(in)
	return m, errors.Wrapf(err, "load %s", path)
}

// Read reads what Write wrote.
func Read(r io.Reader) (*LM, error) {
	m, err := readLM(r)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the file ends before its n-grams do")
	}
	return m, errors.Wrap(err, "read n-grams")
}

func readLM(r io.Reader) (*LM, error) {
	head := make([]byte, len(lmMagic)+8)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	if string(head[:len(lmMagic)]) != lmMagic {
		return nil, errors.Errorf("begins with %.20q, expected %q", head, lmMagic)
	}
	size := binary.LittleEndian.Uint64(head[len(lmMagic):])
	if size > maxHeader {
		return nil, errors.Errorf("a header of %d bytes, at most %d", size, maxHeader)
	}
	b, err := io.ReadAll(io.LimitReader(r, int64(size)))
	if err != nil {
		return nil, err
	}
	var h lmHeader
	if err := json.Unmarshal(b, &h); err != nil {
		return nil, errors.Wrap(err, "header")
	}
	if len(h.Counts) < 1 || len(h.Counts) > MaxOrder || int(max(h.Unknown, h.Begin, h.End)) >= len(h.Words) {
		return nil, errors.Errorf("header: %d orders, %d words", len(h.Counts), len(h.Words))
	}
	m := &LM{words: h.Words, ids: make(map[string]uint32, len(h.Words)), unknown: h.Unknown, begin: h.Begin, end: h.End}
	for i, w := range h.Words {
		if _, twice := m.ids[w]; twice {
			return nil, errors.Errorf("header: the word %.40q comes twice", w)
		}
		m.ids[w] = uint32(i)
	}
	for k, n := range h.Counts {
		if n < 0 || n > math.MaxInt32 {
			return nil, errors.Errorf("header: %d n-grams of order %d", n, k+1)
		}
		var l level
		last := k == len(h.Counts)-1
		var prob, backoff []uint32
		for _, part := range []struct {
			to   *[]uint32
			n    int
			skip bool
		}{{&l.word, n, k == 0}, {&prob, n, false}, {&backoff, n, last}, {&l.first, n + 1, last}} {
			if part.skip {
				continue
			}
			if *part.to, err = readNumbers(r, part.n); err != nil {
				return nil, err
			}
		}
		l.prob, l.backoff = floatsOf(prob), floatsOf(backoff)
		m.levels = append(m.levels, l)
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	m.index()
	return m, nil
}

// readNumbers reads n numbers; memory is taken as they come, so that a broken header cannot claim it.
func readNumbers(r io.Reader, n int) ([]uint32, error) {
	const most = 1 << 18
	out := make([]uint32, 0, min(n, most))
	buf := make([]byte, 4*min(n, most))
	for len(out) < n {
		k := min(n-len(out), most)
		if _, err := io.ReadFull(r, buf[:4*k]); err != nil {
			return nil, err
		}
		for i := range k {
			out = append(out, binary.LittleEndian.Uint32(buf[4*i:]))
		}
	}
	return out, nil
}

func floatsOf(x []uint32) []float32 {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&x[0])), len(x))
}
