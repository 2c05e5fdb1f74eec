package metrics

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"
)

// A Confusion counts how often each class was taken for each other: rows are
// the truth, columns the predictions.
type Confusion struct {
	// Names are those of the classes, for HTML; without them classes are
	// numbered.
	Names []string

	classes int
	counts  []int
}

// NewConfusion makes a matrix [classes, classes] of zeros.
func NewConfusion(classes int) (*Confusion, error) {
	if classes < 1 {
		return nil, errors.Errorf("confusion matrix of %d classes, expected at least 1", classes)
	}
	return &Confusion{classes: classes, counts: make([]int, classes*classes)}, nil
}

// Add counts a batch. When a class is out of range, nothing is counted.
func (m *Confusion) Add(predictions, labels []int) error {
	if len(predictions) != len(labels) {
		return errors.Errorf("confusion matrix: %d predictions, %d labels, expected as many", len(predictions), len(labels))
	}
	for i, p := range predictions {
		for _, v := range []int{p, labels[i]} {
			if v < 0 || v >= m.classes {
				return errors.Errorf("confusion matrix: prediction %d, label %d of sample %d, expected 0 to %d", p, labels[i], i, m.classes-1)
			}
		}
	}
	for i, p := range predictions {
		m.counts[labels[i]*m.classes+p]++
	}
	return nil
}

// Classes returns the number of classes.
func (m *Confusion) Classes() int { return m.classes }

// Count returns how often truth was taken for prediction.
func (m *Confusion) Count(truth, prediction int) int {
	return m.counts[truth*m.classes+prediction]
}

// Counts returns the matrix [classes, classes], row-major.
func (m *Confusion) Counts() []int { return slices.Clone(m.counts) }

// Total returns the number of samples counted.
func (m *Confusion) Total() int {
	n := 0
	for _, v := range m.counts {
		n += v
	}
	return n
}

// Accuracy returns the share of the diagonal, 0 of an empty matrix.
func (m *Confusion) Accuracy() float64 {
	right := 0
	for c := range m.classes {
		right += m.Count(c, c)
	}
	return ratio(right, m.Total())
}

// A ClassReport says how well one class is found.
//
//	precision = TP / (TP + FP)    recall = TP / (TP + FN)
//	F1 = 2 TP / (2 TP + FP + FN)
//
// with 0/0 = 0. Support is the number of samples of the class.
type ClassReport struct {
	Precision, Recall, F1 float64
	Support               int
}

// A Report is the classification report of a confusion matrix.
type Report struct {
	Accuracy float64
	Classes  []ClassReport
	Macro    ClassReport // plain mean over all classes
	Weighted ClassReport // mean with the supports as weights
}

// Report computes the report, equal to sklearn's with zero_division 0.
func (m *Confusion) Report() Report {
	r := Report{Accuracy: m.Accuracy(), Classes: make([]ClassReport, m.classes)}
	total := m.Total()
	r.Macro.Support, r.Weighted.Support = total, total
	for c := range m.classes {
		tp, truth, predicted := m.Count(c, c), 0, 0
		for k := range m.classes {
			truth += m.Count(c, k)
			predicted += m.Count(k, c)
		}
		one := ClassReport{ratio(tp, predicted), ratio(tp, truth), ratio(2*tp, truth+predicted), truth}
		r.Classes[c] = one
		r.Macro.add(one, 1/float64(m.classes))
		r.Weighted.add(one, ratio(truth, total))
	}
	return r
}

func (r *ClassReport) add(one ClassReport, weight float64) {
	r.Precision += weight * one.Precision
	r.Recall += weight * one.Recall
	r.F1 += weight * one.F1
}

// Table formats the report with a line a class; names may be nil, then classes
// are numbered.
func (r Report) Table(names []string) (string, error) {
	if names == nil {
		for c := range r.Classes {
			names = append(names, fmt.Sprint(c))
		}
	}
	if len(names) != len(r.Classes) {
		return "", errors.Errorf("classification report: %d names, expected %d", len(names), len(r.Classes))
	}
	width := len("weighted")
	for _, name := range names {
		width = max(width, utf8.RuneCountInString(name))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%*s  precision  recall      F1  support\n", width, "")
	line := func(name string, c ClassReport) {
		fmt.Fprintf(&b, "%*s  %9.4f  %6.4f  %6.4f  %7d\n", width, name, c.Precision, c.Recall, c.F1, c.Support)
	}
	for c, name := range names {
		line(name, r.Classes[c])
	}
	line("macro", r.Macro)
	line("weighted", r.Weighted)
	fmt.Fprintf(&b, "%*s  %9.4f\n", width, "accuracy", r.Accuracy)
	return b.String(), nil
}

// ratio is a/b with 0/0 = 0.
func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
