package detect

import (
	"math"
	"slices"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/zoo/decode"
)

// Detector finds objects in pictures. Several goroutines may call the Detect of
// those in this package at once, while none trains them.
type Detector interface {
	// Detect returns what it finds in each of n pictures x [n, C, H, W], the
	// best first, boxes as shares of the picture.
	Detect(x []float32, n int, o decode.SuppressOptions) ([][]decode.Detection, error)
}

// EvalOpts are the settings of [Evaluate]; the zero value takes all boxes of a
// score from 0.01 on, with non-max suppression at 0.45 within each class.
type EvalOpts struct {
	Suppress *decode.SuppressOptions
	Batch    int // pictures at once; 0 means 8
}

// Result is what a detector makes of a set.
type Result struct {
	Classes    []string
	VOC        metrics.VOC // at IoU 0.5
	COCO       metrics.COCO
	Truths     []metrics.Truth
	Detections []metrics.Detection
	Pictures   int
	// Seconds is the time of detection for one picture, on average.
	Seconds float64
}

// Evaluate measures a detector on a set: the average precision by the rules of
// VOC at IoU 0.5, and by those of COCO. What is found in a crowd counts neither
// way. Measures by area are NaN unless the pictures are [box.Sized].
func Evaluate(d Detector, p box.Pictures, o EvalOpts) (*Result, error) {
	suppress := decode.SuppressOptions{ScoreMin: 0.01, IoU: 0.45, PerClass: true}
	if o.Suppress != nil {
		suppress = *o.Suppress
	}
	size := o.Batch
	if size == 0 {
		size = 8
	}
	r := &Result{Classes: p.Classes(), Pictures: p.Len()}
	sized, _ := p.(box.Sized)
	areas := sized != nil
	loader := datasets.NewLoader(p, datasets.LoaderOptions{Batch: size, Sequential: true})
	defer loader.Close()
	spent := time.Duration(0)
	for loader.Next() {
		b := loader.Batch()
		begin := time.Now()
		found, err := d.Detect(b.X, b.N, suppress)
		if err != nil {
			return nil, errors.Wrap(err, "evaluate")
		}
		spent += time.Since(begin)
		for i, at := range b.Index {
			all, err := p.Objects(at)
			if err != nil {
				return nil, errors.Wrapf(err, "evaluate: picture %d", at)
			}
			pixels := 0.0 // of the picture, to tell small objects from large ones
			if sized != nil {
				w, h := sized.Size(at)
				pixels = float64(w) * float64(h)
				areas = areas && pixels > 0
			}
			r.addTruths(at, all, pixels)
			for _, f := range found[i] {
				if !finite(f.Box) {
					continue // of a network that is not trained
				}
				r.Detections = append(r.Detections, metrics.Detection{Image: at, Class: f.Class, Score: f.Score, Box: corners(f.Box), Area: f.Box.Area() * pixels})
			}
		}
	}
	if err := loader.Err(); err != nil {
		return nil, errors.Wrap(err, "evaluate")
	}
	r.Seconds = spent.Seconds() / float64(max(1, r.Pictures))
	var err error
	if r.VOC, err = metrics.NewVOC(r.Truths, r.Detections, len(r.Classes), 0.5); err != nil {
		return nil, err
	}
	if r.COCO, err = metrics.NewCOCO(r.Truths, r.Detections, len(r.Classes)); err == nil && !areas {
		r.COCO = r.COCO.WithoutAreas()
	}
	return r, err
}

// addTruths appends what is in a picture of so many pixels.
func (r *Result) addTruths(image int, all []box.Object, pixels float64) {
	for _, o := range all {
		class := slices.Index(r.Classes, o.Class)
		if class < 0 || !o.Box.Valid() {
			continue
		}
		area := o.Area
		if area == 0 {
			area = o.Box.Area()
		}
		r.Truths = append(r.Truths, metrics.Truth{Image: image, Class: class, Box: corners(o.Box), Difficult: o.Difficult, Crowd: o.Crowd, Area: area * pixels})
	}
}

func corners(b box.Box) metrics.Box { return metrics.Box{b.X1, b.Y1, b.X2, b.Y2} }

func finite(b box.Box) bool {
	sum := b.X1 + b.Y1 + b.X2 + b.Y2
	return !math.IsNaN(sum) && !math.IsInf(sum, 0) && b.X1 <= b.X2 && b.Y1 <= b.Y2
}
