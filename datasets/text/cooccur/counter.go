package cooccur

import (
	"path/filepath"
	"sync"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
)

// Limits of Options.
const (
	MaxWords  = 1 << 28
	MaxWindow = 256
	MinMemory = 1 << 16
)

// Options say what is counted.
type Options struct {
	Words     int            // ids are 0 … Words − 1, the frequent ones first for speed
	Window    int            // the largest distance; 0 means 10
	Weighting text.Weighting // of a pair at distance d; the zero value is 1/d
	Memory    int64          // bytes that counting may take, about; 0 means 1 GiB
	Source    string         // names corpus and vocabulary: counts of another source are not continued
}

func (o Options) complete() (Options, error) {
	if o.Window == 0 {
		o.Window = 10
	}
	if o.Memory == 0 {
		o.Memory = 1 << 30
	}
	switch {
	case o.Words < 1 || o.Words > MaxWords:
		return o, errors.Errorf("words: found %d, expected 1 to %d", o.Words, MaxWords)
	case o.Window < 1 || o.Window > MaxWindow:
		return o, errors.Errorf("window: found %d, expected 1 to %d", o.Window, MaxWindow)
	case o.Weighting != text.InverseDistance && o.Weighting != text.Flat:
		return o, errors.Errorf("weighting %d is not known", o.Weighting)
	case o.Memory < MinMemory:
		return o, errors.Errorf("memory: found %d bytes, expected at least %d", o.Memory, MinMemory)
	}
	return o, nil
}

// Counter counts within a bound of memory, in a folder. Its methods must not be called at the same time.
type Counter struct {
	dir   string
	o     Options
	state state

	sentences int64 // added, on disk or not
	tokens    int64
	fill      *batch
	spare     *batch
	window    []int32 // the last ids of a sentence

	wait sync.WaitGroup // for the batch that is being written
	err  error          // of that batch, read after wait
}

// Open makes a Counter that works in the folder dir, which it makes where there is none. Where an earlier Counter with
// the same words, window, weighting and source was interrupted, its runs are taken over and Sentences tells how far it
// came; else whatever a Counter left there is removed.
func Open(dir string, o Options) (*Counter, error) {
	o, err := o.complete()
	if err != nil {
		return nil, errors.Wrap(err, "count co-occurrences")
	}
	s, err := openState(dir, o)
	if err != nil {
		return nil, errors.Wrapf(err, "count co-occurrences in %s", dir)
	}
	c := &Counter{dir: dir, o: o, state: s, sentences: s.Sentences, tokens: s.Tokens}
	// Two batches, one filled while the other is sorted with a third part of scratch.
	dense := min(o.Memory/16, maxDense)
	pairs := int((o.Memory - 2*dense) / 3 / 8)
	u := newUnits(o.Window, o.Weighting)
	table := newTriangle(o.Words, int(dense/8))
	scratch := make([]uint64, pairs)
	c.fill = newBatch(u, table, pairs, scratch)
	c.spare = newBatch(u, table, pairs, scratch)
	return c, nil
}

// Sentences returns how many sentences are counted: after Open those that an interrupted Counter had on disk, which
// are not to be added again.
func (c *Counter) Sentences() int64 { return c.sentences }

// Tokens returns how many ids are counted.
func (c *Counter) Tokens() int64 { return c.tokens }

// Add counts a sentence: each two places at distance d ≤ Window add the weight of d to X_ij and to X_ji. Negative ids
// (words without id) are passed over, they take no place.
func (c *Counter) Add(ids []int32) error {
	if c.state.Done || c.fill == nil {
		return errors.New("count co-occurrences: the counts are finished")
	}
	for at, id := range ids {
		if int(id) >= c.o.Words {
			return errors.Errorf("count co-occurrences: sentence %d: id %d at place %d, expected at most %d", c.sentences+1, id, at, c.o.Words-1)
		}
	}
	w := c.window[:0]
	for _, id := range ids {
		if id < 0 {
			continue
		}
		if len(w) >= 4096 { // only the last ones are needed
			w = append(w[:0], w[len(w)-c.o.Window:]...)
		}
		if len(c.fill.pairs)+c.o.Window > cap(c.fill.pairs) {
			// What is written here ends inside a sentence, so it is no place to begin again from.
			if err := c.hand(false); err != nil {
				return err
			}
		}
		c.fill.add(id, w[max(0, len(w)-c.o.Window):])
		w = append(w, id)
		c.tokens++
	}
	c.window = w
	c.sentences++
	c.fill.sentences, c.fill.tokens = c.sentences, c.tokens
	if most := cap(c.fill.pairs); len(c.fill.pairs) > most-most/8 {
		return c.hand(true)
	}
	return nil
}

// hand gives the full batch to be written and takes the empty one. whole says that no sentence is cut.
func (c *Counter) hand(whole bool) error {
	if err := c.settle(); err != nil {
		return err
	}
	c.fill, c.spare = c.spare, c.fill
	full := c.spare
	full.whole = whole
	c.wait.Go(func() { c.err = c.write(full) })
	return nil
}

// settle waits for the batch that is being written.
func (c *Counter) settle() error {
	c.wait.Wait()
	return errors.Wrapf(c.err, "count co-occurrences in %s", c.dir)
}

// write writes a batch as a run and then the state that knows it.
func (c *Counter) write(b *batch) error {
	name := c.state.next()
	n, size, err := writeRun(filepath.Join(c.dir, name), c.header(), b.each)
	if err != nil {
		return err
	}
	b.reset()
	c.state.pending = append(c.state.pending, runInfo{Name: name, Entries: n, Bytes: size})
	if !b.whole {
		return nil
	}
	c.state.commit(b.sentences, b.tokens)
	return c.state.save(c.dir)
}

func (c *Counter) header() header {
	return header{words: c.o.Words, window: c.o.Window, weighting: c.o.Weighting}
}

// Checkpoint puts all that is counted on disk. An interrupted Counter goes on from the last checkpoint, or the end of a
// later sentence after which memory was full; without either it begins anew.
func (c *Counter) Checkpoint() error {
	if c.state.Done {
		return nil
	}
	if err := c.settle(); err != nil {
		return err
	}
	if c.sentences == c.state.Sentences {
		return nil
	}
	if err := c.hand(true); err != nil {
		return err
	}
	return c.settle()
}

// Close waits for what is being written. Runs stay in the folder.
func (c *Counter) Close() error {
	c.wait.Wait()
	return nil
}
