package detect

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/augment"
)

// reader reads the training pictures in batches, moved and coloured as the
// options say.
type reader struct {
	lossTerms
	o      Options
	epoch  int
	shape  []int // [C, H, W]
	epochs *datasets.Epochs
}

func newReader(d datasets.Dataset, o Options) *reader {
	r := &reader{o: o, shape: d.Shape()}
	r.epochs = datasets.NewEpochs(d, datasets.LoaderOptions{Batch: o.Batch, DropLast: o.DropLast, Seed: o.Seed, Transform: r.transform})
	return r
}

// check tells whether the options make sense.
func (r *reader) check() error {
	if r.o.Batch < 1 {
		return errors.Errorf("batch size %d, expected at least 1", r.o.Batch)
	}
	if r.o.Augment != nil {
		return r.o.Augment.Check()
	}
	return nil
}

// Steps returns the number of batches in an epoch.
func (r *reader) Steps() int { return r.epochs.Steps() }

// Begin starts an epoch at a batch.
func (r *reader) Begin(epoch, skip int) {
	if r.epoch = epoch; skip == 0 {
		r.sums = nil
	}
	r.epochs.Begin(epoch, skip)
}

// transform changes the pixels of a picture; what happens to its boxes is found
// again from the same numbers.
func (r *reader) transform(x []float32, epoch, index int) {
	if r.o.Augment != nil {
		// the settings were checked before
		_ = r.o.Augment.Pixels(augment.Image[float32]{Pix: x, C: r.shape[0], H: r.shape[1], W: r.shape[2]}, epoch, index)
	}
	if r.o.Color != nil {
		r.o.Color(x, epoch, index)
	}
}

// Close ends the reading of batches.
func (r *reader) Close() { r.epochs.Close() }
