package box

import (
	"sync"

	"github.com/hocsau/hocsau/datasets/image"
	"github.com/pkg/errors"
)

// Pictures is a data set of pictures with objects in them.
type Pictures interface {
	Len() int
	Shape() []int // [C, H, W]
	Classes() []string
	// At writes picture i, values in [0, 1], into x.
	At(i int, x []float32) (label int, err error)
	// Objects returns what is in picture i, boxes as shares of the picture.
	Objects(i int) ([]Object, error)
}

// Sized are Pictures that know how large they were.
type Sized interface {
	// Size returns the width, height of picture i in the units of its annotation, pixels; 0, 0 where they are not known.
	Size(i int) (width, height int)
}

// Examples are the pictures of a Set in one size, with boxes as shares of the picture. It implements
// datasets.Dataset, Pictures. Its methods are safe for use by several goroutines.
type Examples struct {
	set           *Set
	height, width int
	o             image.Options
	keep          int // pictures kept in memory
	once          []sync.Once
	pixels        [][]byte
	errs          []error
}

// NewExamples prepares the pictures of s as [3, height, width], stretched. Pictures are decoded when they
// are first asked for; up to cacheBytes of them stay in memory, one byte a value.
func NewExamples(s *Set, height, width int, cacheBytes int64, o image.Options) (*Examples, error) {
	if height <= 0 || width <= 0 {
		return nil, errors.Errorf("box examples: size %d×%d, expected at least one pixel", height, width)
	}
	if o.Channels == 0 {
		o.Channels = 3
	}
	keep := int(min(cacheBytes/int64(o.Channels*height*width), int64(len(s.Items))))
	return &Examples{
		set: s, height: height, width: width, o: o, keep: keep,
		once: make([]sync.Once, keep), pixels: make([][]byte, keep), errs: make([]error, keep),
	}, nil
}

// Len returns the number of pictures.
func (e *Examples) Len() int { return len(e.set.Items) }

// Shape returns [C, H, W].
func (e *Examples) Shape() []int { return []int{e.o.Channels, e.height, e.width} }

// Classes returns the names of the classes.
func (e *Examples) Classes() []string { return e.set.Classes }

// Path returns the file of picture i.
func (e *Examples) Path(i int) string { return e.set.Items[i].Image }

// At writes picture i [C·H·W], values in [0, 1], into x. The label is that of the first object, 0 where there
// is none; Objects tells all.
func (e *Examples) At(i int, x []float32) (label int, err error) {
	if i < 0 || i >= e.Len() {
		return 0, errors.Errorf("box examples: picture %d of %d", i, e.Len())
	}
	if n := e.o.Channels * e.height * e.width; len(x) != n {
		return 0, errors.Errorf("box examples: room for %d values, expected %d", len(x), n)
	}
	pixels, err := e.bytes(i)
	if err != nil {
		return 0, err
	}
	for k, v := range pixels {
		x[k] = float32(v) / 255
	}
	if objects := e.set.Items[i].Objects; len(objects) > 0 {
		label = max(0, e.Class(objects[0].Class))
	}
	return label, nil
}

// Size returns the width, height that boxes of picture i were stated in.
func (e *Examples) Size(i int) (width, height int) {
	if i < 0 || i >= e.Len() {
		return 0, 0
	}
	a := e.set.Items[i]
	if a.Width == 0 || a.Height == 0 {
		w, h, err := image.Size(a.Image, e.o)
		if err != nil {
			return 0, 0
		}
		return w, h
	}
	return a.Width, a.Height
}

// Class returns the index of a class, −1 where the set has no such.
func (e *Examples) Class(name string) int {
	for i, c := range e.set.Classes {
		if c == name {
			return i
		}
	}
	return -1
}

// Objects returns what is in picture i, boxes as shares of the picture. Where the annotation does not tell the size
// of the picture it is read from the picture's header.
func (e *Examples) Objects(i int) ([]Object, error) {
	if i < 0 || i >= e.Len() {
		return nil, errors.Errorf("box examples: picture %d of %d", i, e.Len())
	}
	a := e.set.Items[i]
	if a.Width == 0 || a.Height == 0 {
		w, h, err := image.Size(a.Image, e.o)
		if err != nil {
			return nil, err
		}
		a.Width, a.Height = w, h
	}
	return Crop(Resize(a.Objects, 1/float64(a.Width), 1/float64(a.Height)), Box{X2: 1, Y2: 1}, 0), nil
}

func (e *Examples) bytes(i int) ([]byte, error) {
	if i >= e.keep {
		return e.decode(i)
	}
	e.once[i].Do(func() { e.pixels[i], e.errs[i] = e.decode(i) })
	return e.pixels[i], e.errs[i]
}

func (e *Examples) decode(i int) ([]byte, error) {
	p, err := image.Read(e.set.Items[i].Image, e.o)
	if err != nil {
		return nil, err
	}
	if p, err = p.Resize(e.height, e.width, image.Stretch); err != nil {
		return nil, errors.Wrapf(err, "read image %s", e.set.Items[i].Image)
	}
	return p.Bytes(), nil
}
