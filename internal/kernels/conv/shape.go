package conv

import (
	"math"

	"github.com/pkg/errors"
)

// Shape is the geometry of a cross-correlation
//
//	y[n, k, o] = Σ_{c, t} w[k, c, t] · x[n, c, o·stride + t·dilation − padStart]
//
// with x [N, C, In…], w [K, C/Groups, Kernel…] and y [N, K, Out…]; outside
// its bounds x is 0. Axes are depth, height, width; unused leading ones have
// In, Kernel, Stride, Dilation and Out 1 and padding 0.
type Shape struct {
	N, C, K, Groups int

	In, Kernel, Stride, Dilation, PadStart, PadEnd, Out [3]int
}

// Shape2D returns the shape of a square-strided convolution of n images of
// c channels and the given size to k channels, with the same padding on all
// sides.
func Shape2D(n, c, k int, in, kernel [2]int, stride, pad int) Shape {
	s := Shape{
		N: n, C: c, K: k, Groups: 1,
		In:       [3]int{1, in[0], in[1]},
		Kernel:   [3]int{1, kernel[0], kernel[1]},
		Stride:   [3]int{1, stride, stride},
		Dilation: [3]int{1, 1, 1},
		PadStart: [3]int{0, pad, pad},
		PadEnd:   [3]int{0, pad, pad},
	}
	s.SetOut()
	return s
}

// SetOut sets Out to the size that the other fields give,
//
//	⌊(in + padStart + padEnd − dilation·(kernel − 1) − 1) / stride⌋ + 1,
//
// and to 0 where the kernel does not fit.
func (s *Shape) SetOut() {
	for i := range s.Out {
		s.Out[i] = s.outSize(i)
	}
}

func (s *Shape) outSize(i int) int {
	room := s.In[i] + s.PadStart[i] + s.PadEnd[i] - s.Dilation[i]*(s.Kernel[i]-1) - 1
	if room < 0 || s.Stride[i] < 1 {
		return 0
	}
	return room/s.Stride[i] + 1
}

var axes = [3]string{"depth", "height", "width"}

// Validate returns an error that names the first field which is not possible.
func (s *Shape) Validate() error {
	if s.N < 1 || s.C < 1 || s.K < 1 || s.Groups < 1 {
		return errors.Errorf("convolution: batch %d, channels %d → %d, groups %d: expected positive sizes", s.N, s.C, s.K, s.Groups)
	}
	if s.C%s.Groups != 0 || s.K%s.Groups != 0 {
		return errors.Errorf("convolution: channels %d → %d are not divisible by %d groups", s.C, s.K, s.Groups)
	}
	for i, axis := range axes {
		if s.In[i] < 1 || s.Kernel[i] < 1 || s.Stride[i] < 1 || s.Dilation[i] < 1 {
			return errors.Errorf("convolution: %s: input %d, kernel %d, stride %d, dilation %d: expected positive sizes",
				axis, s.In[i], s.Kernel[i], s.Stride[i], s.Dilation[i])
		}
		if s.PadStart[i] < 0 || s.PadEnd[i] < 0 {
			return errors.Errorf("convolution: %s: padding %d, %d is negative", axis, s.PadStart[i], s.PadEnd[i])
		}
		for _, v := range []int{s.In[i], s.Kernel[i], s.Stride[i], s.Dilation[i], s.PadStart[i], s.PadEnd[i]} {
			if v > math.MaxInt32 {
				return errors.Errorf("convolution: %s: size %d is too large", axis, v)
			}
		}
		if !fits(s.Dilation[i], s.Kernel[i]) {
			return errors.Errorf("convolution: %s: kernel %d with dilation %d is too large", axis, s.Kernel[i], s.Dilation[i])
		}
		want := s.outSize(i)
		if want < 1 {
			return errors.Errorf("convolution: %s: kernel %d with dilation %d does not fit into %d with padding %d, %d",
				axis, s.Kernel[i], s.Dilation[i], s.In[i], s.PadStart[i], s.PadEnd[i])
		}
		if s.Out[i] != want {
			return errors.Errorf("convolution: %s: output %d, expected %d", axis, s.Out[i], want)
		}
	}
	var padded [3]int
	for i := range padded {
		padded[i] = s.In[i] + s.PadStart[i] + s.PadEnd[i]
	}
	if !fits(s.N, s.C, padded[0], padded[1], padded[2]) || !fits(s.N, s.K, s.Out[0], s.Out[1], s.Out[2]) ||
		!fits(s.K, s.C, s.Kernel[0], s.Kernel[1], s.Kernel[2]) {
		return errors.Errorf("convolution: batch %d, channels %d → %d, input %v, kernel %v: too many numbers", s.N, s.C, s.K, s.In, s.Kernel)
	}
	return nil
}

// fits reports whether the product of positive sizes is a number of elements
// that can be addressed, with room for the bytes of each.
func fits(sizes ...int) bool {
	product := 1
	for _, v := range sizes {
		if product > math.MaxInt/64/v {
			return false
		}
		product *= v
	}
	return true
}

// cg and kg are the channels of one group.
func (s *Shape) cg() int { return s.C / s.Groups }
func (s *Shape) kg() int { return s.K / s.Groups }

// inArea, outArea and taps are the sizes of a plane of x, of y, of w.
func (s *Shape) inArea() int  { return s.In[0] * s.In[1] * s.In[2] }
func (s *Shape) outArea() int { return s.Out[0] * s.Out[1] * s.Out[2] }
func (s *Shape) taps() int    { return s.Kernel[0] * s.Kernel[1] * s.Kernel[2] }

// Flops returns the multiplications and additions of one pass.
func (s *Shape) Flops() int { return 2 * s.N * s.K * s.outArea() * s.cg() * s.taps() }
