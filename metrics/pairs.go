package metrics

import "github.com/pkg/errors"

// AllPairs returns the squared distance of all pairs i < j of rows of embeddings
// [N, dim], and whether their labels are equal: what a [ROC] of verification is
// drawn from.
func AllPairs(embeddings []float64, dim int, labels []int) (distances []float64, same []bool, err error) {
	const what = "pairs of embeddings"
	n, err := labelled(what, embeddings, dim, labels)
	if err != nil {
		return nil, nil, err
	}
	distances, same = make([]float64, 0, n*(n-1)/2), make([]bool, 0, n*(n-1)/2)
	for i := range n {
		for j := i + 1; j < n; j++ {
			distances = append(distances, squaredDistance(embeddings[i*dim:(i+1)*dim], embeddings[j*dim:(j+1)*dim]))
			same = append(same, labels[i] == labels[j])
		}
	}
	return distances, same, nil
}

// RecallAt returns the share of rows of embeddings [N, dim] of which one of the k
// nearest other rows has the same label. Rows whose label nobody shares are not
// asked.
func RecallAt(embeddings []float64, dim int, labels []int, k int) (float64, error) {
	const what = "recall at k"
	n, err := labelled(what, embeddings, dim, labels)
	if err != nil {
		return 0, err
	}
	if k < 1 {
		return 0, errors.Errorf("%s: k = %d, expected at least 1", what, k)
	}
	asked, found := 0, 0
	for i := range n {
		nearest, nearer := -1.0, 0 // the nearest of the label, how many others are nearer
		for j := range n {
			if d := squaredDistance(embeddings[i*dim:(i+1)*dim], embeddings[j*dim:(j+1)*dim]); j != i && labels[j] == labels[i] && (nearest < 0 || d < nearest) {
				nearest = d
			}
		}
		if nearest < 0 {
			continue
		}
		for j := range n {
			if labels[j] != labels[i] && squaredDistance(embeddings[i*dim:(i+1)*dim], embeddings[j*dim:(j+1)*dim]) < nearest {
				nearer++
			}
		}
		asked++
		if nearer < k {
			found++
		}
	}
	if asked == 0 {
		return 0, errors.Errorf("%s: no label occurs twice in %d rows", what, n)
	}
	return float64(found) / float64(asked), nil
}

// labelled returns the number of rows, each with a label.
func labelled(what string, embeddings []float64, dim int, labels []int) (int, error) {
	n, err := rows(what, embeddings, dim)
	if err != nil {
		return 0, err
	}
	if err := sameLength(what, "rows", n, "labels", len(labels)); err != nil {
		return 0, err
	}
	return n, noNaN(what, "value", embeddings)
}
