package augment

import (
	"math"

	"github.com/pkg/errors"
)

// Moments gathers mean and deviation of each channel over many pictures, for Normalize.
type Moments struct {
	n        float64
	sum, sqr []float64
}

// Add counts the picture x in. All pictures need the same number of channels.
func (m *Moments) Add(x Image[float32]) error {
	if err := x.check(); err != nil {
		return errors.Wrap(err, "moments")
	}
	if m.sum == nil {
		m.sum, m.sqr = make([]float64, x.C), make([]float64, x.C)
	}
	if len(m.sum) != x.C {
		return errors.Errorf("moments: picture of %d channels after pictures of %d", x.C, len(m.sum))
	}
	m.n += float64(x.H * x.W)
	for c := range x.C {
		s, q := 0.0, 0.0
		for _, v := range x.Plane(c) {
			s += float64(v)
			q += float64(v) * float64(v)
		}
		m.sum[c] += s
		m.sqr[c] += q
	}
	return nil
}

// Result returns the mean and the deviation of each channel, nil before the first picture. A constant
// channel has deviation 1, so that normalising by it is harmless.
func (m *Moments) Result() (mean, std []float32) {
	if m.n == 0 {
		return nil, nil
	}
	mean, std = make([]float32, len(m.sum)), make([]float32, len(m.sum))
	for c := range m.sum {
		mu := m.sum[c] / m.n
		mean[c] = float32(mu)
		std[c] = float32(math.Sqrt(max(0, m.sqr[c]/m.n-mu*mu)))
		if std[c] < 1e-6 {
			std[c] = 1
		}
	}
	return mean, std
}
