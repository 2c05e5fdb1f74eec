package datasets

import "github.com/pkg/errors"

// Epochs hands out the batches of one epoch after another, as a training needs
// them. Nothing is read before the first Begin. It serves one goroutine.
type Epochs struct {
	data   Dataset
	opts   LoaderOptions
	loader *Loader
}

// NewEpochs returns the epochs of d; Begin takes the place of opts.Epoch and
// opts.Skip. A nil d has no batch.
func NewEpochs(d Dataset, opts LoaderOptions) *Epochs { return &Epochs{data: d, opts: opts} }

// Steps returns the number of batches in an epoch.
func (e *Epochs) Steps() int {
	if e.data == nil || e.opts.Batch < 1 {
		return 0
	}
	if e.opts.DropLast {
		return e.data.Len() / e.opts.Batch
	}
	return (e.data.Len() + e.opts.Batch - 1) / e.opts.Batch
}

// Begin starts an epoch at a batch. What is wrong, Next tells.
func (e *Epochs) Begin(epoch, batch int) {
	switch {
	case e.loader != nil:
		e.loader.Restart(epoch, batch)
	case e.data != nil:
		e.opts.Epoch, e.opts.Skip = epoch, batch
		e.loader = NewLoader(e.data, e.opts)
	}
}

// Next returns the next batch of the epoch, valid until the one after. That
// there is one more, the caller knows from Steps: the end is an error.
func (e *Epochs) Next() (Batch, error) {
	switch {
	case e.loader == nil:
		return Batch{}, errors.New("read a batch: no epoch was begun")
	case e.loader.Next():
		return e.loader.Batch(), nil
	case e.loader.Err() != nil:
		return Batch{}, errors.Wrap(e.loader.Err(), "read a batch")
	}
	return Batch{}, errors.Errorf("read a batch: the epoch has %d, and all were read", e.Steps())
}

// Close ends the reading in the background; Begin starts it again.
func (e *Epochs) Close() {
	if e.loader != nil {
		e.loader.Close()
		e.loader = nil
	}
}
