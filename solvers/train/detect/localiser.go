package detect

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
	"github.com/hocsau/hocsau/zoo/detector"
)

// Localiser is the task of a zoo.Localiser: the largest object of a picture, if
// there is one, with its box and class.
//
// Source: cheatsheet §1.6 (classification with localisation).
type Localiser struct {
	vector
	pictures, val box.Pictures
}

// boxWeight is λ in the loss of a Localiser: a squared error of shares is small
// beside a cross-entropy.
const boxWeight = 20

// NewLocaliser makes the task of training on pictures, with val, which may be
// nil, for validation.
func NewLocaliser(store *graph.Store, pictures, val box.Pictures, o Options) (*Localiser, error) {
	l := &Localiser{pictures: pictures, val: val}
	shape, classes := pictures.Shape(), pictures.Classes()
	l.vector = vector{
		reader: newReader(pictures, o), store: store, data: pictures, size: 5 + len(classes), target: l.aim,
		net:  func(s graph.Scope) nn.Layer { return zoo.NewLocaliser(s, shape[1], shape[2], len(classes)) },
		loss: func(y, target *graph.Node) *graph.Node { return losses.Localise(y, target, boxWeight).Loss },
	}
	if err := l.check(); err != nil {
		return nil, errors.Wrap(err, "localiser")
	}
	if len(classes) == 0 {
		return nil, errors.New("localiser: no classes, expected at least one")
	}
	l.prepare()
	return l, nil
}

// aim writes p_c, b_x, b_y, b_h, b_w, c of the largest object of a picture.
func (l *Localiser) aim(y []float32, epoch, i int) error {
	all, err := l.pictures.Objects(i)
	if err != nil {
		return err
	}
	if l.o.Augment != nil {
		all = l.o.Augment.Objects(all, epoch, i)
	}
	if o, ok := largest(indexed(all, l.pictures.Classes())); ok {
		c := o.box.Center()
		copy(y, []float32{1, float32(c.X), float32(c.Y), float32(c.H), float32(c.W)})
		y[5+o.class] = 1
	}
	return nil
}

func largest(objects []object) (best object, ok bool) {
	for _, o := range objects {
		if !ok || o.box.Area() > best.box.Area() {
			best, ok = o, true
		}
	}
	return best, ok
}

// Detect implements [Detector]: at most one box a picture, whose score is p_c
// times the probability of its class.
func (l *Localiser) Detect(x []float32, n int, o decode.SuppressOptions) ([][]decode.Detection, error) {
	return detector.Localiser{Vector: l.Vector}.Detect(x, n, o)
}

// Located is what a Localiser reaches on a set.
type Located struct {
	IoU      float64 // the mean over the pictures with an object, 0 for one that is missed
	Class    float64 // the share of those whose class is right
	Object   float64 // the share of all pictures where p_c ≥ ½ tells whether there is an object
	Pictures int
}

// Evaluate measures the task on a set.
func (l *Localiser) Evaluate(p box.Pictures) (Located, error) {
	r := Located{Pictures: p.Len()}
	with := 0.0
	err := l.over(p, func(i int, y []float32) error {
		all, err := p.Objects(i)
		if err != nil {
			return err
		}
		d, seen := detector.Located(y)
		truth, ok := largest(indexed(all, p.Classes()))
		if ok == (seen >= 0.5) {
			r.Object++
		}
		if !ok {
			return nil
		}
		with++
		if seen >= 0.5 {
			r.IoU += box.IoU(d.Box, truth.box)
		}
		if d.Class == truth.class {
			r.Class++
		}
		return nil
	})
	r.IoU, r.Class, r.Object = r.IoU/max(with, 1), r.Class/max(with, 1), r.Object/float64(max(r.Pictures, 1))
	return r, err
}

// Validate returns val_iou.
func (l *Localiser) Validate() (train.Metrics, error) {
	if l.val == nil || l.val.Len() == 0 {
		return nil, nil
	}
	r, err := l.Evaluate(l.val)
	return train.Metrics{{Name: "val_iou", Value: r.IoU}, {Name: "val_accuracy", Value: r.Class}}, err
}

// Better reports whether an IoU is greater than the best.
func (l *Localiser) Better(value, best float64) bool { return value > best }
