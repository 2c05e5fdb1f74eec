package classify

import "github.com/hocsau/hocsau/datasets"

// few returns the first n examples of each class, in the order of the set.
func few(d datasets.Dataset, n int) (datasets.Dataset, error) {
	x := make([]float32, size(d.Shape()))
	have := make([]int, len(d.Classes()))
	var chosen []int
	for i := range d.Len() {
		label, err := d.At(i, x)
		if err != nil {
			return nil, err
		}
		if have[label] < n {
			have[label]++
			chosen = append(chosen, i)
		}
	}
	return datasets.Subset(d, chosen)
}
