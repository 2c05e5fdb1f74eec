package metrics

import (
	"math"

	"github.com/pkg/errors"
)

// A Box is a rectangle by its corners x1, y1, x2, y2, with x1 ≤ x2, y1 ≤ y2.
type Box [4]float64

// A Truth is an object that a picture shows.
type Truth struct {
	Image, Class int
	Box          Box
	Difficult    bool // VOC: neither missed nor found
	// Crowd is a group that is no single object: it need not be found, and what
	// is found in it is neither right nor wrong.
	Crowd bool
	// Area decides whether the object is small, medium or large, in pixels; 0
	// means that of Box.
	Area float64
}

// A Detection is an object that a detector claims to see.
type Detection struct {
	Image, Class int
	Score        float64
	Box          Box
	Area         float64 // as that of a Truth
}

func (b Box) area() float64 { return (b[2] - b[0]) * (b[3] - b[1]) }

// overlap is the intersection over the union, 0 where the union is empty.
func overlap(a, b Box) float64 {
	w := min(a[2], b[2]) - max(a[0], b[0])
	h := min(a[3], b[3]) - max(a[1], b[1])
	if w <= 0 || h <= 0 {
		return 0
	}
	return w * h / (a.area() + b.area() - w*h)
}

func (b Box) check() error {
	for _, v := range b {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errors.Errorf("box %v is not finite", b)
		}
	}
	if b[0] > b[2] || b[1] > b[3] {
		return errors.Errorf("box %v, expected x1 ≤ x2 and y1 ≤ y2", b)
	}
	return nil
}

// checkDetections looks at everything that an average precision reads.
func checkDetections(truths []Truth, detections []Detection, classes int) error {
	if classes < 1 {
		return errors.Errorf("average precision: %d classes, expected at least 1", classes)
	}
	for i, t := range truths {
		if t.Class < 0 || t.Class >= classes {
			return errors.Errorf("average precision: truth %d has class %d, expected 0 to %d", i, t.Class, classes-1)
		}
		if err := t.Box.check(); err != nil {
			return errors.Wrapf(err, "average precision: truth %d", i)
		}
	}
	for i, d := range detections {
		if d.Class < 0 || d.Class >= classes {
			return errors.Errorf("average precision: detection %d has class %d, expected 0 to %d", i, d.Class, classes-1)
		}
		if math.IsNaN(d.Score) {
			return errors.Errorf("average precision: detection %d has score NaN", i)
		}
		if err := d.Box.check(); err != nil {
			return errors.Wrapf(err, "average precision: detection %d", i)
		}
	}
	return nil
}
