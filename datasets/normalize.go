package datasets

import (
	"math"

	"github.com/pkg/errors"
)

// Stats returns the mean and the standard deviation of each channel over all
// examples of d, dividing by the number of values, not by one less. The
// channels are the first axis of examples of rank 3, [C, H, W]; examples of
// any other rank have one channel.
func Stats(d Dataset) (mean, std []float32, err error) {
	if d.Len() == 0 {
		return nil, nil, errors.Wrap(ErrEmpty, "mean and deviation")
	}
	size, channels := Size(d.Shape()), channelsOf(d.Shape())
	plane := size / channels
	x := make([]float32, size)
	centre := make([]float64, channels) // mean of the first example: keeps the squares small
	sum, square := make([]float64, channels), make([]float64, channels)
	for i := range d.Len() {
		if _, err := d.At(i, x); err != nil {
			return nil, nil, errors.Wrapf(err, "mean and deviation: example %d", i)
		}
		for c := range channels {
			values := x[c*plane : (c+1)*plane]
			if i == 0 {
				for _, v := range values {
					centre[c] += float64(v) / float64(plane)
				}
			}
			var s, q float64
			for _, v := range values {
				t := float64(v) - centre[c]
				s += t
				q += t * t
			}
			sum[c] += s
			square[c] += q
		}
	}
	n := float64(d.Len()) * float64(plane)
	mean, std = make([]float32, channels), make([]float32, channels)
	for c := range channels {
		m := sum[c] / n
		mean[c] = float32(centre[c] + m)
		std[c] = float32(math.Sqrt(max(square[c]/n-m*m, 0)))
	}
	return mean, std, nil
}

// normalized shows d with values (x − mean) / std.
type normalized struct {
	Dataset
	mean, scale []float32 // scale = 1/std; one value a channel
	plane       int
}

// Normalized returns d with each value x of channel c replaced by
//
//	(x − mean_c) / std_c
//
// with one mean and deviation a channel (see Stats), or one of each for all
// channels.
func Normalized(d Dataset, mean, std []float32) (Dataset, error) {
	channels := channelsOf(d.Shape())
	if len(mean) != len(std) || (len(mean) != channels && len(mean) != 1) {
		return nil, errors.Wrapf(ErrShape, "normalize examples of shape %v: %d means, %d deviations, expected %d or 1 of each",
			d.Shape(), len(mean), len(std), channels)
	}
	s := &normalized{Dataset: d, plane: Size(d.Shape()) / channels}
	for c := range channels {
		k := min(c, len(mean)-1)
		m, v := float64(mean[k]), float64(std[k])
		if !(v > 0) || math.IsInf(v, 0) || math.IsNaN(m) || math.IsInf(m, 0) {
			return nil, errors.Errorf("normalize channel %d: mean %v, deviation %v, expected a number, a number above 0", c, m, v)
		}
		s.mean = append(s.mean, mean[k])
		s.scale = append(s.scale, float32(1/v))
	}
	return s, nil
}

// At writes example i, normalized, into x.
func (s *normalized) At(i int, x []float32) (int, error) {
	label, err := s.Dataset.At(i, x)
	if err != nil {
		return 0, err
	}
	s.normalize(x)
	return label, nil
}

func (s *normalized) normalize(x []float32) {
	for c, m := range s.mean {
		values := x[c*s.plane : (c+1)*s.plane]
		for j := range values {
			values[j] = (values[j] - m) * s.scale[c]
		}
	}
}

func channelsOf(shape []int) int {
	if len(shape) == 3 {
		return shape[0]
	}
	return 1
}
