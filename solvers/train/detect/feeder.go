package detect

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/box"
)

// Options are the settings that all tasks share.
type Options struct {
	Batch    int // pictures a step
	DropLast bool
	Seed     uint64 // of the order of the pictures
	// Augment moves training pictures with their boxes; nil leaves them.
	Augment *box.Augmentation
	// Color changes the values of a training picture, such as an
	// augment.Pipeline; nil leaves them.
	Color func(x []float32, epoch, index int)
}

// object is a true box, as shares of the picture, with the index of its class.
type object struct {
	class     int
	box       box.Box
	difficult bool
}

// batch is some pictures with what is in them.
type batch struct {
	n       int
	x       []float32 // [n, C, H, W]
	objects [][]object
	crowds  [][]box.Box // regions that are no background
	index   []int
}

// Form is the shape and the classes of pictures, without any: what a task needs
// that is only used, not trained.
type Form struct {
	Size  []int    // [C, H, W]
	Names []string // of the classes
}

// Len returns 0.
func (f Form) Len() int { return 0 }

// Shape returns [C, H, W].
func (f Form) Shape() []int { return f.Size }

// Classes returns the names of the classes.
func (f Form) Classes() []string { return f.Names }

// At refuses: there are no pictures.
func (f Form) At(i int, _ []float32) (int, error) {
	return 0, errors.Errorf("picture %d of a set without pictures", i)
}

// Objects refuses: there are no pictures.
func (f Form) Objects(i int) ([]box.Object, error) {
	return nil, errors.Errorf("picture %d of a set without pictures", i)
}

// feeder reads the training pictures with their objects.
type feeder struct {
	*reader
	pictures box.Pictures
}

func newFeeder(p box.Pictures, o Options) feeder { return feeder{newReader(p, o), p} }

// check tells whether training on the pictures makes sense.
func (f *feeder) check() error {
	if _, ok := f.pictures.(Form); ok {
		return nil
	}
	n := f.pictures.Len()
	switch {
	case n == 0:
		return errors.New("the training part has no picture, expected at least one")
	case f.o.DropLast && f.o.Batch > n:
		return errors.Errorf("batch size %d with the last, smaller batch dropped leaves nothing of %d pictures", f.o.Batch, n)
	case len(f.shape) != 3:
		return errors.Errorf("pictures of shape %v, expected [C, H, W]", f.shape)
	}
	return f.reader.check()
}

// next returns the next batch; its x is valid until the one after.
func (f *feeder) next() (batch, error) {
	b, err := f.epochs.Next()
	if err != nil {
		return batch{}, err
	}
	out := batch{n: b.N, x: b.X, index: b.Index, objects: make([][]object, b.N), crowds: make([][]box.Box, b.N)}
	for i, at := range b.Index {
		all, err := f.pictures.Objects(at)
		if err != nil {
			return batch{}, errors.Wrapf(err, "picture %d", at)
		}
		if f.o.Augment != nil {
			all = f.o.Augment.Objects(all, f.epoch, at)
		}
		out.objects[i], out.crowds[i] = indexed(all, f.pictures.Classes()), crowds(all)
	}
	return out, nil
}

// indexed gives objects the index of their class. Crowds and what is of another
// class are left out, as are boxes without an area.
func indexed(all []box.Object, classes []string) []object {
	out := make([]object, 0, len(all))
	for _, o := range all {
		class := slices.Index(classes, o.Class)
		if class >= 0 && !o.Crowd && o.Box.Valid() {
			out = append(out, object{class, o.Box, o.Difficult})
		}
	}
	return out
}

// crowds returns the boxes of crowds, of whatever class.
func crowds(all []box.Object) []box.Box {
	var out []box.Box
	for _, o := range all {
		if o.Crowd && o.Box.Valid() {
			out = append(out, o.Box)
		}
	}
	return out
}

// crowdShare is the share of a region from which on, when it lies in a crowd, the
// region is not taught to be background. Source: Detectron's CROWD_FILTER_THRESH
// is 0.7 for proposals; half serves cells and regions alike.
const crowdShare = 0.5

// inCrowd tells whether b lies in a crowd.
func inCrowd(b box.Box, crowds []box.Box) bool {
	return slices.ContainsFunc(crowds, func(c box.Box) bool { return box.Intersection(b, c) >= crowdShare*b.Area() })
}

// crowded tells whether a set has crowds at all.
func crowded(p box.Pictures) bool {
	for i := range p.Len() {
		if all, err := p.Objects(i); err == nil && len(crowds(all)) > 0 {
			return true
		}
	}
	return false
}

// Anchors groups the boxes of a set into k anchors, shares of the picture, by
// k-means; the mean IoU of a box with its best anchor is second.
func Anchors(p box.Pictures, k int, seed uint64) ([]box.Size, float64, error) {
	var sizes []box.Size
	for i := range p.Len() {
		all, err := p.Objects(i)
		if err != nil {
			return nil, 0, errors.Wrapf(err, "anchors: picture %d", i)
		}
		for _, o := range indexed(all, p.Classes()) {
			sizes = append(sizes, o.box.Size())
		}
	}
	if len(sizes) < k {
		return nil, 0, errors.Errorf("anchors: %d boxes in %d pictures, expected at least %d", len(sizes), p.Len(), k)
	}
	return box.KMeans(sizes, k, seed)
}
