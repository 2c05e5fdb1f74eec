package metrics

import "github.com/pkg/errors"

// A PrecisionRecall is the curve of a detector over its thresholds: point i
// takes as positive all samples whose score is at least Thresholds[i], one
// point for each distinct score, decreasing.
type PrecisionRecall struct {
	Precision, Recall []float64
	Thresholds        []float64
}

// NewPrecisionRecall draws the curve of scores against labels, of which at
// least one is true.
func NewPrecisionRecall(labels []bool, scores []float64) (*PrecisionRecall, error) {
	steps, err := thresholds("precision and recall", labels, scores)
	if err != nil {
		return nil, err
	}
	positives := steps[len(steps)-1].tp
	if positives == 0 {
		return nil, errors.New("precision and recall: no positive sample, expected some")
	}
	p := &PrecisionRecall{}
	for _, s := range steps {
		p.Precision = append(p.Precision, ratio(s.tp, s.tp+s.fp))
		p.Recall = append(p.Recall, ratio(s.tp, positives))
		p.Thresholds = append(p.Thresholds, s.threshold)
	}
	return p, nil
}

// AveragePrecision returns Σ (R_i − R_{i−1})·P_i, the area under the curve
// without interpolation.
func (p *PrecisionRecall) AveragePrecision() float64 {
	area, recall := 0.0, 0.0
	for i, r := range p.Recall {
		area += (r - recall) * p.Precision[i]
		recall = r
	}
	return area
}
