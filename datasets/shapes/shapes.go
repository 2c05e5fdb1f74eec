package shapes

import (
	"hash/fnv"
	"math/rand/v2"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/pkg/errors"
)

// Task says what a picture holds.
type Task int

// The tasks, after the kinds of model in cheatsheet §1.6.
const (
	Classify Task = iota // one large object
	Localise             // one object, or none in every seventh picture on average
	Detect               // one to five objects
	Landmark             // one large object, for its key points
)

// MaxObjects is the largest number of objects in a picture.
const MaxObjects = 5

// Landmarks is the number of key points of an object.
const Landmarks = 4

// Options describe a set. The zero value but for Len is a training part for classification at 64×64.
type Options struct {
	Task Task
	Len  int    // number of pictures
	Size int    // height = width in pixels; 0 means 64
	Seed uint64 // another seed, other pictures
	Part string // "train", "val", "test": parts of a seed are independent
	Hard bool   // clutter, noise, low contrast, partly covered objects
}

// Point is a place in a picture, as shares of its width, height.
type Point struct{ X, Y float64 }

// Object is a shape in a picture.
type Object struct {
	Class     int
	Box       box.Box          // the tight box around the whole shape, as shares of the picture
	Landmarks [Landmarks]Point // key points in the order that the class defines, clockwise from the top
}

// Set is a data set of drawn pictures. It implements datasets.Dataset, box.Pictures and is safe for use by several goroutines.
type Set struct {
	o     Options
	kinds []kind
}

// New makes a set.
func New(o Options) (*Set, error) {
	if o.Size == 0 {
		o.Size = 64
	}
	const least, most = 16, 1024 // below, a star is a circle
	if o.Size < least || o.Size > most {
		return nil, errors.Errorf("shapes: size: found %d, expected %d to %d pixels", o.Size, least, most)
	}
	if o.Len <= 0 {
		return nil, errors.Errorf("shapes: length: found %d, expected at least 1", o.Len)
	}
	if o.Task < Classify || o.Task > Landmark {
		return nil, errors.Errorf("shapes: task %d is not known", o.Task)
	}
	return &Set{o: o, kinds: kinds()}, nil
}

// Len returns the number of pictures.
func (s *Set) Len() int { return s.o.Len }

// Shape returns [3, H, W].
func (s *Set) Shape() []int { return []int{3, s.o.Size, s.o.Size} }

// Classes returns the names of the shapes.
func (s *Set) Classes() []string {
	names := make([]string, len(s.kinds))
	for i, k := range s.kinds {
		names[i] = k.name
	}
	return names
}

// At draws picture i into x [3·H·W], values in [0, 1]. The label is the class of the largest object, 0 where the
// picture is empty.
func (s *Set) At(i int, x []float32) (label int, err error) {
	if i < 0 || i >= s.o.Len {
		return 0, errors.Errorf("shapes: picture %d of %d", i, s.o.Len)
	}
	if n := 3 * s.o.Size * s.o.Size; len(x) != n {
		return 0, errors.Errorf("shapes: room for %d values, expected %d", len(x), n)
	}
	sc := s.scene(i)
	sc.draw(canvas{pix: x, side: s.o.Size})
	largest := -1.0
	for _, f := range sc.figures {
		if a := f.bounds().Area(); a > largest {
			label, largest = f.class, a
		}
	}
	return label, nil
}

// Truth returns what is in picture i. Later objects are drawn over earlier ones.
func (s *Set) Truth(i int) ([]Object, error) {
	if i < 0 || i >= s.o.Len {
		return nil, errors.Errorf("shapes: picture %d of %d", i, s.o.Len)
	}
	sc := s.scene(i)
	out := make([]Object, len(sc.figures))
	for k, f := range sc.figures {
		out[k] = f.object(float64(s.o.Size))
	}
	return out, nil
}

// Objects returns what is in picture i with the boxes alone, as box.Pictures asks for.
func (s *Set) Objects(i int) ([]box.Object, error) {
	truth, err := s.Truth(i)
	if err != nil {
		return nil, err
	}
	out := make([]box.Object, len(truth))
	for k, o := range truth {
		out[k] = box.Object{Class: s.kinds[o.Class].name, Box: o.Box}
	}
	return out, nil
}

// source returns the random numbers of picture i.
func (s *Set) source(i int) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s.o.Part)) // never fails
	part := h.Sum64() ^ uint64(s.o.Task)<<56
	return rand.New(rand.NewPCG(s.o.Seed^part, uint64(i)*0x9e3779b97f4a7c15+part))
}

// Points returns the number of key points of an object.
func (s *Set) Points() int { return Landmarks }

// Marks returns the key points of the first object of picture i: l_1x, l_1y, l_2x, …, shares of the picture. A
// picture without an object is an error; there is none where the task is Landmark.
func (s *Set) Marks(i int) ([]float64, error) {
	truth, err := s.Truth(i)
	if err != nil {
		return nil, err
	}
	if len(truth) == 0 {
		return nil, errors.Errorf("shapes: picture %d holds no object to mark", i)
	}
	var marks []float64
	for _, p := range truth[0].Landmarks {
		marks = append(marks, p.X, p.Y)
	}
	return marks, nil
}
