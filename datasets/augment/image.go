package augment

import "github.com/pkg/errors"

// Float is the type of a pixel's value.
type Float interface{ ~float32 | ~float64 }

// Image is a picture [C, H, W], row-major, usually with values in [0, 1].
type Image[T Float] struct {
	Pix     []T
	C, H, W int
}

// NewImage returns the black picture [c, h, w].
func NewImage[T Float](c, h, w int) Image[T] {
	return Image[T]{Pix: make([]T, c*h*w), C: c, H: h, W: w}
}

// Plane returns channel c, [H, W].
func (m Image[T]) Plane(c int) []T { return m.Pix[c*m.H*m.W : (c+1)*m.H*m.W] }

func (m Image[T]) check() error {
	if m.C <= 0 || m.H <= 0 || m.W <= 0 || len(m.Pix) != m.C*m.H*m.W {
		return errors.Errorf("%d values do not fill [%d, %d, %d]", len(m.Pix), m.C, m.H, m.W)
	}
	return nil
}

// HWCToCHW returns x [H, W, C] as an Image [C, H, W].
func HWCToCHW[T Float](x []T, h, w, c int) (Image[T], error) {
	m := Image[T]{Pix: make([]T, len(x)), C: c, H: h, W: w}
	if err := m.check(); err != nil {
		return Image[T]{}, errors.Wrap(err, "HWCToCHW")
	}
	for i := range h * w {
		for k := range c {
			m.Pix[k*h*w+i] = x[i*c+k]
		}
	}
	return m, nil
}

// clamp cuts v to [0, 1].
func clamp[T Float](v T) T { return min(max(v, 0), 1) }
