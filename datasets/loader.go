package datasets

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/pkg/errors"
)

// LoaderOptions says how a Loader walks through a set.
type LoaderOptions struct {
	Batch      int    // examples a batch, at least 1
	Sequential bool   // in the order of the set, not shuffled
	DropLast   bool   // leave out a last batch that is not full
	Seed       uint64 // with Epoch decides the order
	Epoch      int    // the epoch to begin with
	Skip       int    // batches of that epoch to leave out, to go on in its middle
	Workers    int    // decoding goroutines, 0 means as many as processors, at most 4
	Ahead      int    // batches decoded ahead, 0 means 2

	// Transform, if any, changes example index in place, after decoding, on
	// a goroutine of the loader: it must be safe for concurrent use, and for
	// repeatable runs a function of its arguments alone.
	Transform func(x []float32, epoch, index int)

	// Part, if any, says which part of example index is read, of a set that Parts
	// can read in part. What holds for Transform holds for it.
	Part func(epoch, index int) Part
}

// Loader hands out the batches of an epoch in a fixed order, while goroutines
// decode the next ones. It serves one goroutine. Its buffers are reused: in a
// steady state a batch costs no allocation.
//
// The goroutines end when Next returns false or Close is called.
type Loader struct {
	data    Dataset
	opts    LoaderOptions
	part    ReadPart // where Part is given
	size    int      // values of an example
	classes int

	order   []int // of the examples in this epoch
	epoch   int
	batches int // in an epoch
	next    int // batch that Next will give

	slots   []slot // batch k is decoded into slot k mod len(slots)
	jobs    chan int
	workers sync.WaitGroup
	running bool
	stop    atomic.Bool
	current *Batch
	err     error
}

// slot is a buffer for one batch.
type slot struct {
	batch Batch
	err   error
	ready chan struct{} // has one element when the batch is decoded
}

// NewLoader begins the epoch opts.Epoch of d. What is wrong with the
// arguments, Err tells; Next then returns false.
func NewLoader(d Dataset, opts LoaderOptions) *Loader {
	l := &Loader{data: d, opts: opts}
	if l.err = l.check(); l.err != nil {
		return l
	}
	l.size, l.classes = Size(d.Shape()), len(d.Classes())
	l.order = make([]int, d.Len())
	full := min(opts.Batch, d.Len())
	ahead := opts.Ahead
	if ahead == 0 {
		ahead = 2
	}
	l.slots = make([]slot, min(ahead+1, l.batches))
	for i := range l.slots {
		l.slots[i] = slot{
			batch: Batch{
				X: make([]float32, full*l.size), Y: make([]int, full), Index: make([]int, full),
				Shape: d.Shape(), Classes: d.Classes(),
			},
			ready: make(chan struct{}, 1),
		}
	}
	l.Restart(opts.Epoch, opts.Skip)
	return l
}

func (l *Loader) check() error {
	o := l.opts
	if o.Batch < 1 {
		return errors.Errorf("load batches of %d examples, expected at least 1", o.Batch)
	}
	if o.Part != nil {
		if l.part = Parts(l.data); l.part == nil {
			return errors.New("load parts of examples: the set has no pictures that can be read in part")
		}
	}
	if o.Workers < 0 || o.Ahead < 0 {
		return errors.Errorf("load with %d workers, %d batches ahead, expected no negative number", o.Workers, o.Ahead)
	}
	n := l.data.Len()
	if n == 0 {
		return errors.Wrap(ErrEmpty, "load batches")
	}
	for _, d := range l.data.Shape() {
		if d < 1 {
			return errors.Wrapf(ErrShape, "load examples of shape %v: dimension %d, expected at least 1", l.data.Shape(), d)
		}
	}
	l.batches = n / o.Batch
	if !o.DropLast {
		l.batches = (n-1)/o.Batch + 1
	}
	if l.batches == 0 {
		return errors.Wrapf(ErrEmpty, "load: a batch of %d is larger than the data, %d examples, and a partial batch is dropped", o.Batch, n)
	}
	return nil
}

// Restart begins an epoch at batch skip, with the buffers of the one before.
// A batch handed out earlier is no longer valid.
func (l *Loader) Restart(epoch, skip int) {
	l.halt()
	if l.slots == nil {
		if l.err == nil {
			l.err = errors.New("restart of a loader that is closed")
		}
		return
	}
	if skip < 0 || skip > l.batches {
		l.err = errors.Errorf("load from batch %d of epoch %d, which has %d batches", skip, epoch, l.batches)
		return
	}
	l.err, l.epoch, l.next, l.current = nil, epoch, skip, nil
	if l.opts.Sequential {
		for i := range l.order {
			l.order[i] = i
		}
	} else {
		shuffle(l.order, stream(l.opts.Seed, "shuffle", uint64(epoch)))
	}
	l.stop.Store(false)
	l.running = true
	l.jobs = make(chan int, len(l.slots)) // never full: a slot has at most one job
	for k := skip; k < min(skip+len(l.slots), l.batches); k++ {
		l.jobs <- k
	}
	workers := l.opts.Workers
	if workers == 0 {
		workers = min(runtime.GOMAXPROCS(0), 4)
	}
	for range min(workers, len(l.slots)) {
		l.workers.Add(1)
		go l.work(l.jobs)
	}
}

// Next makes the next batch ready for Batch. It returns false at the end of
// the epoch or after an error, see Err.
func (l *Loader) Next() bool {
	if !l.running {
		return false
	}
	if l.current != nil { // its slot is free again
		if k := l.next - 1 + len(l.slots); k < l.batches {
			l.jobs <- k
		}
	}
	if l.next == l.batches {
		l.halt()
		return false
	}
	s := &l.slots[l.next%len(l.slots)]
	<-s.ready
	if s.err != nil {
		l.err = errors.Wrapf(s.err, "load batch %d of epoch %d", l.next, l.epoch)
		l.halt()
		return false
	}
	l.current = &s.batch
	l.next++
	return true
}

// Batch returns the batch that the last Next made ready. Its slices are valid
// until the next call of Next, Restart or Close.
func (l *Loader) Batch() Batch {
	if l.current == nil {
		return Batch{}
	}
	return *l.current
}

// Err returns the first error, or nil.
func (l *Loader) Err() error { return l.err }

// Len returns the number of batches of a whole epoch.
func (l *Loader) Len() int { return l.batches }

// Close ends the goroutines and waits for them. It may be called more than
// once; after it Next returns false.
func (l *Loader) Close() {
	l.halt()
	l.slots = nil
}

// halt ends the goroutines, waits for them and forgets what they decoded.
func (l *Loader) halt() {
	l.current = nil
	if !l.running {
		return
	}
	l.stop.Store(true)
	close(l.jobs)
	l.workers.Wait()
	for i := range l.slots {
		select {
		case <-l.slots[i].ready:
		default:
		}
	}
	l.running = false
}

// work decodes batches until jobs is closed.
func (l *Loader) work(jobs <-chan int) {
	defer l.workers.Done()
	for k := range jobs {
		s := &l.slots[k%len(l.slots)]
		s.err = l.decode(k, &s.batch)
		s.ready <- struct{}{}
	}
}

// decode fills b with batch k of the epoch. A panic of the set or of the
// transform becomes an error: it would end the process on this goroutine.
func (l *Loader) decode(k int, b *Batch) (err error) {
	at := -1
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("example %d: panic: %v", at, r)
		}
	}()
	first := k * l.opts.Batch
	b.N = min(l.opts.Batch, len(l.order)-first)
	b.X, b.Y, b.Index = b.X[:b.N*l.size], b.Y[:b.N], b.Index[:b.N]
	for i := range b.N {
		if l.stop.Load() {
			return nil // nobody will read it
		}
		at = l.order[first+i]
		x := b.X[i*l.size : (i+1)*l.size]
		label, err := l.read(at, x)
		if err != nil {
			return errors.Wrapf(err, "example %d", at)
		}
		if err := checkLabel(at, label, l.classes); err != nil {
			return err
		}
		if l.opts.Transform != nil {
			l.opts.Transform(x, l.epoch, at)
		}
		b.Y[i], b.Index[i] = label, at
	}
	return nil
}

func (l *Loader) read(at int, x []float32) (label int, err error) {
	if l.part == nil {
		return l.data.At(at, x)
	}
	return l.part(at, x, l.opts.Part(l.epoch, at))
}
