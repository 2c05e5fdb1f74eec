package classify

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/augment"
)

// normalisation is what is taken from each channel of an input, and what it is
// then divided by.
type normalisation struct {
	Mean []float32 `json:"mean"`
	Std  []float32 `json:"std"`
	// BGR says that the channels are blue, green, red, before the rest.
	BGR bool `json:"bgr,omitempty"`
}

// apply normalises an example [C, …] of values between 0 and 1 in place.
func (n normalisation) apply(x []float32) {
	if n.BGR {
		swapEnds(x)
	}
	area := len(x) / len(n.Mean)
	for c := range n.Mean {
		plane := x[c*area : (c+1)*area]
		for i := range plane {
			plane[i] = (plane[i] - n.Mean[c]) / n.Std[c]
		}
	}
}

// undo takes back apply.
func (n normalisation) undo(x []float32) {
	area := len(x) / len(n.Mean)
	for c := range n.Mean {
		plane := x[c*area : (c+1)*area]
		for i := range plane {
			plane[i] = plane[i]*n.Std[c] + n.Mean[c]
		}
	}
	if n.BGR {
		swapEnds(x)
	}
}

// swapEnds exchanges the first and the last third of x: red and blue.
func swapEnds(x []float32) {
	area := len(x) / 3
	for i := range area {
		x[i], x[2*area+i] = x[2*area+i], x[i]
	}
}

// set returns d normalised.
func (n normalisation) set(d datasets.Dataset) (datasets.Dataset, error) {
	if n.BGR {
		d = reversed{d}
	}
	return datasets.Normalized(d, n.Mean, n.Std)
}

// reversed is a set whose pictures have their channels in the opposite order.
type reversed struct{ datasets.Dataset }

func (r reversed) At(i int, x []float32) (int, error) {
	label, err := r.Dataset.At(i, x)
	if err == nil {
		swapEnds(x)
	}
	return label, err
}

// resized is a set whose pictures are brought to another size.
type resized struct {
	datasets.Dataset
	shape []int
}

// resize returns d with pictures of height×width.
func resize(d datasets.Dataset, height, width int) (datasets.Dataset, error) {
	shape := d.Shape()
	if len(shape) != 3 {
		return nil, errors.Errorf("examples of shape %v are no pictures, expected some to bring to %d×%d", shape, height, width)
	}
	if shape[1] == height && shape[2] == width {
		return d, nil
	}
	return resized{d, []int{shape[0], height, width}}, nil
}

func (r resized) Shape() []int { return r.shape }

func (r resized) At(i int, x []float32) (int, error) {
	if len(x) != size(r.shape) {
		return 0, errors.Errorf("example %d: room for %d values, expected %d", i, len(x), size(r.shape))
	}
	s := r.Dataset.Shape()
	small := augment.NewImage[float32](s[0], s[1], s[2])
	label, err := r.Dataset.At(i, small.Pix)
	if err != nil {
		return 0, err
	}
	big, err := augment.Resize(small, r.shape[1], r.shape[2], augment.BilinearSmooth)
	if err != nil {
		return 0, errors.Wrapf(err, "example %d", i)
	}
	copy(x, big.Pix)
	return label, nil
}

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
