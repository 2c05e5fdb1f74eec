package detect

import (
	"math"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/detector"
)

// Marked is a data set of pictures with key points.
type Marked interface {
	datasets.Dataset
	// Points returns how many key points a picture has.
	Points() int
	// Marks returns those of picture i: l_1x, l_1y, l_2x, …, shares of the
	// picture.
	Marks(i int) ([]float64, error)
}

// Landmarks is the task of a zoo.Landmarks.
//
// Source: cheatsheet §1.6 (landmark detection).
type Landmarks struct {
	vector
	val Marked
}

// NewLandmarks makes the task of training on pictures, with val, which may be
// nil, for validation. Augment is not used: a mirror would swap points.
func NewLandmarks(store *graph.Store, pictures, val Marked, o Options) (*Landmarks, error) {
	o.Augment = nil
	shape, points := pictures.Shape(), pictures.Points()
	l := &Landmarks{val: val}
	l.vector = vector{
		reader: newReader(pictures, o), store: store, data: pictures, size: 2 * points,
		target: func(y []float32, _, i int) error {
			marks, err := pictures.Marks(i)
			if err != nil {
				return err
			}
			if len(marks) != len(y) {
				return errors.Errorf("%d coordinates, expected %d", len(marks), len(y))
			}
			for k, v := range marks {
				y[k] = float32(v)
			}
			return nil
		},
		net:  func(s graph.Scope) nn.Layer { return zoo.NewLandmarks(s, shape[1], shape[2], points) },
		loss: func(y, target *graph.Node) *graph.Node { return losses.MSE(y, target, losses.Opts{}) },
	}
	if err := l.check(); err != nil {
		return nil, errors.Wrap(err, "landmarks")
	}
	if points < 1 {
		return nil, errors.Errorf("landmarks: %d points, expected at least 1", points)
	}
	l.prepare()
	return l, nil
}

// Find returns the key points of each of n pictures x [n, C, H, W]: l_1x, l_1y,
// …, shares of the picture.
func (l *Landmarks) Find(x []float32, n int) ([][]float64, error) {
	return detector.Landmarks{Vector: l.Vector}.Find(x, n)
}

// Evaluate returns the mean distance of a point found from the true one, in
// shares of the picture's sides.
func (l *Landmarks) Evaluate(p Marked) (float64, error) {
	sum := 0.0
	err := l.over(p, func(i int, y []float32) error {
		marks, err := p.Marks(i)
		if err != nil {
			return err
		}
		for k := 0; k < len(marks); k += 2 {
			sum += math.Hypot(float64(y[k])-marks[k], float64(y[k+1])-marks[k+1])
		}
		return nil
	})
	return sum / float64(max(1, p.Len()*p.Points())), err
}

// Validate returns val_landmark_error.
func (l *Landmarks) Validate() (train.Metrics, error) {
	if l.val == nil || l.val.Len() == 0 {
		return nil, nil
	}
	e, err := l.Evaluate(l.val)
	return train.Metrics{{Name: "val_landmark_error", Value: e}}, err
}

// Better reports whether an error is smaller than the best.
func (l *Landmarks) Better(value, best float64) bool { return value < best }
