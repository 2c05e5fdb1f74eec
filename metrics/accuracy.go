package metrics

import (
	"cmp"
	"slices"

	"github.com/pkg/errors"
)

// Argmax returns for each row of scores [N, classes] the class with the largest
// score, the first of equals.
func Argmax(scores []float64, classes int) ([]int, error) {
	n, err := rows("argmax", scores, classes)
	if err != nil {
		return nil, err
	}
	if err := noNaN("argmax", "score", scores); err != nil {
		return nil, err
	}
	best := make([]int, n)
	for i := range best {
		row := scores[i*classes : (i+1)*classes]
		for c, v := range row {
			if v > row[best[i]] {
				best[i] = c
			}
		}
	}
	return best, nil
}

// Top returns the k classes with the largest scores of one row, the best first
// and equals in order of class.
func Top(scores []float64, k int) ([]int, error) {
	if k < 1 || k > len(scores) {
		return nil, errors.Errorf("top %d of %d classes, expected 1 to %d", k, len(scores), len(scores))
	}
	if err := noNaN("top", "score", scores); err != nil {
		return nil, err
	}
	order := make([]int, len(scores))
	for c := range order {
		order[c] = c
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	return order[:k], nil
}

// Accuracy returns the share of predictions that equal their label.
func Accuracy(predictions, labels []int) (float64, error) {
	if err := sameLength("accuracy", "predictions", len(predictions), "labels", len(labels)); err != nil {
		return 0, err
	}
	right := 0
	for i, p := range predictions {
		if p == labels[i] {
			right++
		}
	}
	return float64(right) / float64(len(labels)), nil
}

// TopAccuracy returns the share of rows of scores [N, classes] whose label is
// among the k largest scores, equals in order of class. With k = 1 it is the
// accuracy of Argmax.
func TopAccuracy(scores []float64, classes, k int, labels []int) (float64, error) {
	n, err := rows("top accuracy", scores, classes)
	if err != nil {
		return 0, err
	}
	if err := sameLength("top accuracy", "rows", n, "labels", len(labels)); err != nil {
		return 0, err
	}
	if k < 1 || k > classes {
		return 0, errors.Errorf("top accuracy: k = %d, expected 1 to %d", k, classes)
	}
	if err := noNaN("top accuracy", "score", scores); err != nil {
		return 0, err
	}
	right := 0
	for i, label := range labels {
		if label < 0 || label >= classes {
			return 0, errors.Errorf("top accuracy: label %d of row %d, expected 0 to %d", label, i, classes-1)
		}
		row := scores[i*classes : (i+1)*classes]
		before := 0 // classes that rank above the label
		for c, v := range row {
			if v > row[label] || v == row[label] && c < label {
				before++
			}
		}
		if before < k {
			right++
		}
	}
	return float64(right) / float64(n), nil
}
