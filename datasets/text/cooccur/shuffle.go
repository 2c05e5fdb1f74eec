package cooccur

import (
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
)

// MaxSide is the most rows of blocks.
const MaxSide = 128

// ShuffleOptions say how entries are put into random order.
type ShuffleOptions struct {
	Side   int    // rows of blocks, as many as columns; 0 means 1
	Seed   uint64 // of the order
	Memory int64  // bytes that shuffling may take, about; 0 means 1 GiB
}

// Shuffle writes the entries of m, X_ij beside X_ji, to the file path in random order within blocks: block (r, c) has
// those with i mod Side = r and j mod Side = c. Every order of a block is equally likely, whatever the memory; the file
// appears when it is whole.
func Shuffle(ctx context.Context, m *Matrix, path string, o ShuffleOptions) (*Blocks, error) {
	if err := shuffle(ctx, m, path, o); err != nil {
		return nil, errors.Wrapf(err, "shuffle co-occurrences into %s", path)
	}
	return OpenBlocks(path)
}

func shuffle(ctx context.Context, m *Matrix, path string, o ShuffleOptions) error {
	if o.Side == 0 {
		o.Side = 1
	}
	if o.Memory == 0 {
		o.Memory = 1 << 30
	}
	if o.Side < 1 || o.Side > MaxSide || o.Memory < MinMemory {
		return errors.Errorf("side %d, memory %d bytes: expected a side of 1 to %d, at least %d bytes", o.Side, o.Memory, MaxSide, MinMemory)
	}
	s, err := planShuffle(ctx, m, o)
	if err != nil {
		return err
	}
	part := path + ".part" // of an interrupted shuffle it is overwritten
	f, err := os.Create(part)
	if err != nil {
		return errors.WithStack(err)
	}
	s.file = f
	err = s.run(ctx)
	if err == nil {
		err = errors.WithStack(f.Sync())
	}
	if cerr := f.Close(); err == nil {
		err = errors.WithStack(cerr)
	}
	if err == nil {
		err = errors.WithStack(os.Rename(part, path))
	}
	if err != nil {
		_ = os.Remove(part) // the first error is the one to tell
	}
	return err
}

// shuffling scatters entries over parts of a file that fit into memory, then permutes each part. A block is split into
// parts at random, which leaves all orders equally likely.
type shuffling struct {
	m      *Matrix
	o      ShuffleOptions
	splits int     // parts of a block
	counts []int64 // entries of a part, [side · side · splits]
	file   *os.File
}

// planShuffle counts the entries of each part, with as many splits as make the largest fit.
func planShuffle(ctx context.Context, m *Matrix, o ShuffleOptions) (*shuffling, error) {
	workers := int64(shuffleWorkers(o))
	s := &shuffling{m: m, o: o, splits: 1}
	for {
		s.counts = make([]int64, o.Side*o.Side*s.splits)
		if err := s.each(ctx, func(part int, _ Entry) error { s.counts[part]++; return nil }); err != nil {
			return nil, err
		}
		most := int64(0)
		for _, n := range s.counts {
			most = max(most, n)
		}
		room := o.Memory / 2 / workers
		if most*entrySize <= room {
			return s, nil
		}
		s.splits *= int(most*entrySize/room) + 1
		if most := o.Memory / entrySize / int64(o.Side*o.Side); int64(s.splits) > max(most, 1) {
			return nil, errors.Errorf("%d bytes of memory are too few for %d parts of the entries", o.Memory, o.Side*o.Side*s.splits)
		}
	}
}

// shuffleWorkers returns how many parts are permuted at a time.
func shuffleWorkers(o ShuffleOptions) int {
	return max(1, min(runtime.GOMAXPROCS(0), o.Side*o.Side, int(o.Memory>>20)))
}

// each calls f with all entries, both halves of the matrix, and the part where each belongs.
func (s *shuffling) each(ctx context.Context, f func(part int, e Entry) error) error {
	side := int32(s.o.Side)
	split := rand.NewPCG(s.o.Seed, 1)
	place := func(e Entry) int {
		p := int(e.Row%side*side+e.Col%side) * s.splits
		if s.splits > 1 {
			p += int(split.Uint64() % uint64(s.splits))
		}
		return p
	}
	turn := 0
	return s.m.Cells(func(c text.Cell) error {
		if turn++; turn&0xffff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		e := Entry{int32(c.Row), int32(c.Col), float32(c.Value)}
		if err := f(place(e), e); err != nil || e.Row == e.Col {
			return err
		}
		e.Row, e.Col = e.Col, e.Row
		return f(place(e), e)
	})
}

func (s *shuffling) run(ctx context.Context) error {
	h := blocksHeader{words: s.m.h.words, side: s.o.Side, counts: make([]int64, s.o.Side*s.o.Side)}
	for p, n := range s.counts {
		h.counts[p/s.splits] += n
	}
	if _, err := s.file.Write(h.bytes()); err != nil {
		return errors.WithStack(err)
	}
	starts := make([]int64, len(s.counts)) // of the parts, in bytes
	at := h.size()
	for p, n := range s.counts {
		starts[p] = at
		at += n * entrySize
	}
	if err := s.scatter(ctx, starts); err != nil {
		return err
	}
	return s.permute(ctx, starts)
}

// scatter writes every entry somewhere into its part.
func (s *shuffling) scatter(ctx context.Context, starts []int64) error {
	room := int(min(max(s.o.Memory/2/int64(len(starts))/entrySize, 1), 4096)) * entrySize
	memory := make([]byte, room*len(starts))
	filled := make([]int, len(starts))
	next := make([]int64, len(starts))
	copy(next, starts)
	flush := func(p int) error {
		_, err := s.file.WriteAt(memory[p*room:p*room+filled[p]], next[p])
		next[p] += int64(filled[p])
		filled[p] = 0
		return errors.WithStack(err)
	}
	err := s.each(ctx, func(p int, e Entry) error {
		e.put(memory[p*room+filled[p]:])
		filled[p] += entrySize
		if filled[p] == room {
			return flush(p)
		}
		return nil
	})
	for p := range starts {
		if err == nil && filled[p] > 0 {
			err = flush(p)
		}
	}
	return err
}

// permute puts each part into random order.
func (s *shuffling) permute(ctx context.Context, starts []int64) error {
	var wait sync.WaitGroup
	var next atomic.Int64
	failures := make([]error, shuffleWorkers(s.o))
	for w := range failures {
		wait.Go(func() {
			var memory []byte
			for ctx.Err() == nil && failures[w] == nil {
				p := int(next.Add(1)) - 1
				if p >= len(starts) {
					return
				}
				memory, failures[w] = s.permutePart(p, starts[p], memory)
			}
		})
	}
	wait.Wait()
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (s *shuffling) permutePart(p int, start int64, memory []byte) ([]byte, error) {
	size := int(s.counts[p]) * entrySize
	if cap(memory) < size {
		memory = make([]byte, size)
	}
	b := memory[:size]
	if _, err := s.file.ReadAt(b, start); err != nil {
		return memory, errors.WithStack(err)
	}
	r := rand.New(rand.NewPCG(s.o.Seed, uint64(p)+2))
	r.Shuffle(int(s.counts[p]), func(i, j int) {
		var t [entrySize]byte
		x, y := b[i*entrySize:(i+1)*entrySize], b[j*entrySize:(j+1)*entrySize]
		copy(t[:], x)
		copy(x, y)
		copy(y, t[:])
	})
	_, err := s.file.WriteAt(b, start)
	return memory, errors.WithStack(err)
}

// entrySize is the bytes of an entry in a file: row, column, value, each of 4 bytes, little-endian.
const entrySize = 12

func (e Entry) put(b []byte) {
	binary.LittleEndian.PutUint32(b, uint32(e.Row))
	binary.LittleEndian.PutUint32(b[4:], uint32(e.Col))
	binary.LittleEndian.PutUint32(b[8:], math.Float32bits(e.Value))
}

func getEntry(b []byte) Entry {
	_ = b[entrySize-1]
	return Entry{
		Row:   int32(binary.LittleEndian.Uint32(b)),
		Col:   int32(binary.LittleEndian.Uint32(b[4:])),
		Value: math.Float32frombits(binary.LittleEndian.Uint32(b[8:])),
	}
}
