package cooccur

import (
	"context"
	"path/filepath"

	"github.com/pkg/errors"
)

// fan is the most runs that are merged at a time.
const fan = 64

// Finish merges all that was counted into the matrix, a file of the folder, and removes the runs. When it is
// interrupted the runs stay: Open, Finish do it again. Finish of a folder whose counts are finished opens them.
func (c *Counter) Finish(ctx context.Context) (*Matrix, error) {
	m, err := c.finish(ctx)
	return m, errors.Wrapf(err, "finish co-occurrences in %s", c.dir)
}

func (c *Counter) finish(ctx context.Context) (*Matrix, error) {
	path := filepath.Join(c.dir, matrixName)
	if c.state.Done {
		return OpenMatrix(path)
	}
	if c.tokens == 0 {
		return nil, errors.New("no word was counted")
	}
	if err := c.Checkpoint(); err != nil {
		return nil, err
	}
	c.fill, c.spare = nil, nil // merging needs the memory
	for len(c.state.Runs) > fan {
		if err := c.mergeFirst(ctx); err != nil {
			return nil, err
		}
	}
	if _, _, err := c.merge(ctx, c.state.Runs, path); err != nil {
		return nil, err
	}
	c.state.Done, c.state.Runs = true, nil
	if err := c.state.save(c.dir); err != nil {
		return nil, err
	}
	if err := c.state.sweep(c.dir); err != nil {
		return nil, err
	}
	return OpenMatrix(path)
}

// mergeFirst replaces the first runs by one, the last.
func (c *Counter) mergeFirst(ctx context.Context) error {
	name := c.state.next()
	n, size, err := c.merge(ctx, c.state.Runs[:fan], filepath.Join(c.dir, name))
	if err != nil {
		return err
	}
	c.state.Runs = append(c.state.Runs[fan:], runInfo{Name: name, Entries: n, Bytes: size})
	if err := c.state.save(c.dir); err != nil {
		return err
	}
	return c.state.sweep(c.dir)
}

// merge adds runs up into one.
func (c *Counter) merge(ctx context.Context, runs []runInfo, path string) (entries, size int64, err error) {
	var heads heap
	defer func() {
		for _, r := range heads.all {
			r.close()
		}
	}()
	buffer := int(min(max(c.o.Memory/(2*fan), 1<<12), 1<<18))
	for _, info := range runs {
		r, err := openRun(filepath.Join(c.dir, info.Name), buffer)
		if err != nil {
			return 0, 0, err
		}
		heads.all = append(heads.all, r)
		if r.h != c.header() {
			return 0, 0, errors.Wrapf(ErrFormat, "run %s: of other counts", info.Name)
		}
		more, err := r.next()
		if err != nil {
			return 0, 0, errors.Wrapf(err, "run %s", info.Name)
		}
		if more {
			heads.push(r)
		}
	}
	return writeRun(path, c.header(), func(f func(key, count uint64) error) error { return heads.drain(ctx, f) })
}

// heap has the runs that are not at their end, the one with the smallest key first.
type heap struct {
	runs []*runReader
	all  []*runReader
}

func (h *heap) push(r *runReader) {
	h.runs = append(h.runs, r)
	for i := len(h.runs) - 1; i > 0 && h.runs[i].key < h.runs[(i-1)/2].key; i = (i - 1) / 2 {
		h.runs[i], h.runs[(i-1)/2] = h.runs[(i-1)/2], h.runs[i]
	}
}

// sink puts the first run where it belongs.
func (h *heap) sink() {
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.runs); child++ {
			if h.runs[child].key < h.runs[least].key {
				least = child
			}
		}
		if least == i {
			return
		}
		h.runs[i], h.runs[least] = h.runs[least], h.runs[i]
		i = least
	}
}

// drain gives all pairs in rising order, those of one key added up.
func (h *heap) drain(ctx context.Context, f func(key, count uint64) error) error {
	for turn := 0; len(h.runs) > 0; turn++ {
		if turn&0xffff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		key, count := h.runs[0].key, uint64(0)
		for len(h.runs) > 0 && h.runs[0].key == key {
			r := h.runs[0]
			count += r.count
			more, err := r.next()
			if err != nil {
				return err
			}
			if !more {
				h.runs[0] = h.runs[len(h.runs)-1]
				h.runs = h.runs[:len(h.runs)-1]
			}
			h.sink()
		}
		if err := f(key, count); err != nil {
			return err
		}
	}
	return nil
}
