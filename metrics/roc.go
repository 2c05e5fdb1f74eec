package metrics

import (
	"cmp"
	"math"
	"slices"

	"github.com/pkg/errors"
)

// A ROC is the curve of a score that tells two classes apart. Point i takes as
// positive all samples whose score is at least Thresholds[i]; the first point
// is (0, 0) at +Inf, then one for each distinct score, decreasing.
type ROC struct {
	FPR, TPR   []float64 // false and true positives, as shares of their class
	Thresholds []float64
}

// NewROC draws the curve of scores against labels, true for a positive (the
// same person, the object that is looked for). Both classes must occur. For a
// distance, pass its negative.
func NewROC(labels []bool, scores []float64) (*ROC, error) {
	steps, err := thresholds("roc", labels, scores)
	if err != nil {
		return nil, err
	}
	last := steps[len(steps)-1]
	if last.tp == 0 || last.fp == 0 {
		return nil, errors.Errorf("roc: %d positive and %d negative samples, expected some of both", last.tp, last.fp)
	}
	r := &ROC{[]float64{0}, []float64{0}, []float64{math.Inf(1)}}
	for _, s := range steps {
		r.FPR = append(r.FPR, ratio(s.fp, last.fp))
		r.TPR = append(r.TPR, ratio(s.tp, last.tp))
		r.Thresholds = append(r.Thresholds, s.threshold)
	}
	return r, nil
}

// A step counts the samples with a score of at least threshold.
type step struct {
	threshold float64
	tp, fp    int
}

// thresholds returns a step for each distinct score, decreasing.
func thresholds(what string, labels []bool, scores []float64) ([]step, error) {
	if err := sameLength(what, "labels", len(labels), "scores", len(scores)); err != nil {
		return nil, err
	}
	if err := noNaN(what, "score", scores); err != nil {
		return nil, err
	}
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	var steps []step
	var now step
	for i, k := range order {
		now.threshold = scores[k]
		if labels[k] {
			now.tp++
		} else {
			now.fp++
		}
		if i+1 == len(order) || scores[order[i+1]] != scores[k] {
			steps = append(steps, now)
		}
	}
	return steps, nil
}

// AUC returns the area under the curve by trapezoids: the probability that a
// positive sample scores above a negative one, equals counting half.
func (r *ROC) AUC() float64 {
	area := 0.0
	for i := 1; i < len(r.FPR); i++ {
		area += (r.FPR[i] - r.FPR[i-1]) * (r.TPR[i] + r.TPR[i-1]) / 2
	}
	return area
}

// EER returns the equal error rate: the false positive rate at the first
// crossing of FPR = 1 − TPR, linear between two points, and the threshold of
// the point at or after the crossing.
func (r *ROC) EER() (rate, threshold float64) {
	for i := 1; i < len(r.FPR); i++ {
		after := r.FPR[i] - (1 - r.TPR[i])
		if after < 0 {
			continue
		}
		before := r.FPR[i-1] - (1 - r.TPR[i-1]) // < 0: the curve starts at −1
		share := -before / (after - before)
		return r.FPR[i-1] + share*(r.FPR[i]-r.FPR[i-1]), r.Thresholds[i]
	}
	return 1, r.Thresholds[len(r.Thresholds)-1]
}

// A FARPoint is a working point of a verification system: how many strangers
// are accepted and how many of the right persons.
type FARPoint struct {
	FAR       float64 // false acceptances, as share of the strangers
	TAR       float64 // true acceptances, as share of the right persons
	Threshold float64 // accept a score of at least this
}

// FARTable returns for each false acceptance rate in limits the point with the
// most true acceptances whose FAR is at most that rate.
func (r *ROC) FARTable(limits []float64) []FARPoint {
	table := make([]FARPoint, len(limits))
	for k, limit := range limits {
		best := 0
		for i := range r.FPR {
			if r.FPR[i] <= limit && r.TPR[i] > r.TPR[best] {
				best = i
			}
		}
		table[k] = FARPoint{r.FPR[best], r.TPR[best], r.Thresholds[best]}
	}
	return table
}
