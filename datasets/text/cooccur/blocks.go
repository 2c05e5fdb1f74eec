package cooccur

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"
	"os"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/internal/regular"
)

// Blocks has the entries of a matrix in random order, by blocks of rows × columns. Read may be called from several
// goroutines.
type Blocks struct {
	h      blocksHeader
	starts []int64 // of the blocks, in bytes
	total  int64   // entries
	from   io.ReaderAt
	file   *os.File // nil in memory
}

// A file of blocks begins with its magic bytes, words, side, then the entries of each block as 8-byte numbers.
const blocksMagic = "hocsauB1"

type blocksHeader struct {
	words, side int
	counts      []int64 // [side · side]
}

func (h blocksHeader) size() int64 { return int64(8 + 4 + 4 + 8*len(h.counts)) }

func (h blocksHeader) bytes() []byte {
	b := []byte(blocksMagic)
	b = binary.LittleEndian.AppendUint32(b, uint32(h.words))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.side))
	for _, n := range h.counts {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	return b
}

// OpenBlocks opens a file that Shuffle wrote. The caller closes it.
func OpenBlocks(path string) (*Blocks, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, errors.Wrapf(withoutPath(err), "open co-occurrences %s", path)
	}
	b, err := openBlocks(f)
	if err != nil {
		_ = f.Close() // the first error is the one to tell
		return nil, errors.Wrapf(err, "open co-occurrences %s", path)
	}
	return b, nil
}

func openBlocks(f *os.File) (*Blocks, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, errors.WithStack(err)
	}
	b, err := readBlocks(f, info.Size())
	if err != nil {
		return nil, err
	}
	b.file = f
	return b, nil
}

func readBlocks(from io.ReaderAt, size int64) (*Blocks, error) {
	in := io.NewSectionReader(from, 0, size)
	var first [16]byte
	if _, err := io.ReadFull(in, first[:]); err != nil {
		return nil, short(err)
	}
	if string(first[:8]) != blocksMagic {
		return nil, errors.Wrapf(ErrFormat, "begins with %q, expected %q", first[:8], blocksMagic)
	}
	h := blocksHeader{words: int(binary.LittleEndian.Uint32(first[8:])), side: int(binary.LittleEndian.Uint32(first[12:]))}
	if h.words < 1 || h.words > MaxWords || h.side < 1 || h.side > MaxSide {
		return nil, errors.Wrapf(ErrFormat, "header of %d words, %d rows of blocks", h.words, h.side)
	}
	h.counts = make([]int64, h.side*h.side)
	if err := binary.Read(in, binary.LittleEndian, h.counts); err != nil {
		return nil, short(err)
	}
	b := &Blocks{h: h, from: from, starts: make([]int64, len(h.counts))}
	for i, n := range h.counts {
		if n < 0 || n > math.MaxInt64/entrySize/4 || b.total > size {
			return nil, errors.Wrapf(ErrFormat, "block %d of %d entries in a file of %d bytes", i, n, size)
		}
		b.starts[i] = h.size() + b.total*entrySize
		b.total += n
	}
	if want := h.size() + b.total*entrySize; want != size {
		return nil, errors.Wrapf(ErrTruncated, "found %d bytes, expected %d for %d entries", size, want, b.total)
	}
	return b, nil
}

// InMemory returns the blocks of a matrix [words, words] that fits into memory, such as text.Cooccurrence gives, in an
// order that the seed decides.
func InMemory(cells []text.Cell, words, side int, seed uint64) (*Blocks, error) {
	if words < 1 || words > MaxWords || side < 1 || side > MaxSide {
		return nil, errors.Errorf("co-occurrences: %d words, %d rows of blocks: expected at least 1, at most %d, %d", words, side, MaxWords, MaxSide)
	}
	h := blocksHeader{words: words, side: side, counts: make([]int64, side*side)}
	blocks := make([][]Entry, side*side)
	for i, c := range cells {
		e := Entry{int32(c.Row), int32(c.Col), float32(c.Value)}
		if c.Row < 0 || c.Row >= words || c.Col < 0 || c.Col >= words || !(e.Value > 0) || math.IsInf(c.Value, 0) {
			return nil, errors.Errorf("co-occurrences: cell %d: X[%d, %d] = %v, expected a number above 0 in a table of %d", i, c.Row, c.Col, c.Value, words)
		}
		p := c.Row%side*side + c.Col%side
		blocks[p] = append(blocks[p], e)
		h.counts[p]++
	}
	memory := h.bytes()
	for p, block := range blocks {
		r := rand.New(rand.NewPCG(seed, uint64(p)+2))
		r.Shuffle(len(block), func(i, j int) { block[i], block[j] = block[j], block[i] })
		for _, e := range block {
			var b [entrySize]byte
			e.put(b[:])
			memory = append(memory, b[:]...)
		}
	}
	return readBlocks(bytes.NewReader(memory), int64(len(memory)))
}

// Words returns the number of rows and columns of the matrix.
func (b *Blocks) Words() int { return b.h.words }

// Side returns how many rows of blocks there are, as many as columns of them.
func (b *Blocks) Side() int { return b.h.side }

// Len returns the number of entries.
func (b *Blocks) Len() int64 { return b.total }

// BlockLen returns the number of entries of block (row, col).
func (b *Blocks) BlockLen(row, col int) int64 { return b.h.counts[row*b.h.side+col] }

// ReadBuffer is memory for Read, one for each goroutine.
type ReadBuffer struct{ bytes []byte }

// Read fills to with the entries of block (row, col) from the one numbered at on. An entry outside the block, or one that
// is no number above 0, is an error.
func (b *Blocks) Read(ctx context.Context, row, col int, at int64, to []Entry, memory *ReadBuffer) error {
	side := b.h.side
	if row < 0 || row >= side || col < 0 || col >= side || at < 0 || at+int64(len(to)) > b.BlockLen(row, col) {
		return errors.Errorf("co-occurrences: entries %d to %d of block (%d, %d) are not in the file", at, at+int64(len(to)), row, col)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	n := len(to) * entrySize
	if cap(memory.bytes) < n {
		memory.bytes = make([]byte, n)
	}
	raw := memory.bytes[:n]
	if _, err := b.from.ReadAt(raw, b.starts[row*side+col]+at*entrySize); err != nil && n > 0 {
		return errors.Wrap(short(err), "read co-occurrences")
	}
	for i := range to {
		e := getEntry(raw[i*entrySize:])
		if e.Row < 0 || int(e.Row) >= b.h.words || int(e.Row)%side != row || e.Col < 0 || int(e.Col) >= b.h.words || int(e.Col)%side != col ||
			!(e.Value > 0 && e.Value <= math.MaxFloat32) {
			return errors.Wrapf(ErrFormat, "entry %d of block (%d, %d): X[%d, %d] = %v", at+int64(i), row, col, e.Row, e.Col, e.Value)
		}
		to[i] = e
	}
	return nil
}

// Close closes the file.
func (b *Blocks) Close() error {
	if b.file == nil {
		return nil
	}
	return errors.Wrap(b.file.Close(), "close co-occurrences")
}
