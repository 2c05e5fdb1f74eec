package augment

import (
	"math"

	"github.com/pkg/errors"
)

// Mode is a way to compute a resized picture's pixels.
type Mode int

// The modes of Resize, for input size n, output size m, output index i.
const (
	// Bilinear mixes the two pixels around (i + ½)·n/m − ½, cut at 0.
	Bilinear Mode = iota
	// BilinearCorners mixes the two pixels around i·(n − 1)/(m − 1): corners stay corners.
	BilinearCorners
	// BilinearSmooth widens the triangle of Bilinear to the step n/m when a picture shrinks, so that no
	// pixel is left out; it is the mode for photographs.
	BilinearSmooth
	// Nearest takes pixel ⌊i·n/m⌋.
	Nearest
	// NearestExact takes pixel ⌊(i + ½)·n/m⌋.
	NearestExact
)

// tap is the share of an input pixel in an output pixel.
type tap struct {
	at     int
	weight float64
}

// Resize returns x as [C, height, width].
//
// Source: the definitions of torch.nn.functional.interpolate.
func Resize[T Float](x Image[T], height, width int, mode Mode) (Image[T], error) {
	if err := x.check(); err != nil {
		return Image[T]{}, errors.Wrap(err, "Resize")
	}
	y := Image[T]{C: x.C, H: height, W: width}
	rows, cols, err := taps(x.H, x.W, height, width, mode)
	if err != nil {
		return Image[T]{}, errors.Wrap(err, "Resize")
	}
	y.Pix = make([]T, x.C*height*width)
	resize(y, x, rows, cols)
	return y, nil
}

// ResizeBackward returns the gradient [C, h, w] with respect to the input of Resize, given gy, the gradient of its output.
func ResizeBackward[T Float](gy Image[T], h, w int, mode Mode) (Image[T], error) {
	if err := gy.check(); err != nil {
		return Image[T]{}, errors.Wrap(err, "ResizeBackward")
	}
	rows, cols, err := taps(h, w, gy.H, gy.W, mode)
	if err != nil {
		return Image[T]{}, errors.Wrap(err, "ResizeBackward")
	}
	gx := NewImage[T](gy.C, h, w)
	for c := range gy.C {
		src, dst := gy.Plane(c), gx.Plane(c)
		for i, row := range rows {
			for j, col := range cols {
				g := src[i*gy.W+j]
				for _, r := range row {
					for _, q := range col {
						dst[r.at*w+q.at] += T(r.weight*q.weight) * g
					}
				}
			}
		}
	}
	return gx, nil
}

// ResizeShorter returns x with its shorter side equal to side, its longer side in proportion (rounded).
func ResizeShorter[T Float](x Image[T], side int, mode Mode) (Image[T], error) {
	if err := x.check(); err != nil {
		return Image[T]{}, errors.Wrap(err, "ResizeShorter")
	}
	h, w := side, side
	if x.H < x.W {
		w = max(1, (side*x.W+x.H/2)/x.H)
	} else {
		h = max(1, (side*x.H+x.W/2)/x.W)
	}
	return Resize(x, h, w, mode)
}

func taps(h, w, height, width int, mode Mode) (rows, cols [][]tap, err error) {
	if h <= 0 || w <= 0 || height <= 0 || width <= 0 {
		return nil, nil, errors.Errorf("size %d×%d to %d×%d: expected at least one pixel", h, w, height, width)
	}
	if mode < Bilinear || mode > NearestExact {
		return nil, nil, errors.Errorf("mode %d is not known", mode)
	}
	return axisTaps(h, height, mode), axisTaps(w, width, mode), nil
}

// axisTaps lists for each of m output positions its input pixels along an axis of n.
func axisTaps(n, m int, mode Mode) [][]tap {
	out := make([][]tap, m)
	scale := float64(n) / float64(m)
	for i := range out {
		switch mode {
		case Nearest:
			out[i] = []tap{{i * n / m, 1}}
		case NearestExact:
			out[i] = []tap{{(2*i + 1) * n / (2 * m), 1}}
		case BilinearCorners:
			s := 0.0
			if m > 1 {
				s = float64(i) * float64(n-1) / float64(m-1)
			}
			out[i] = between(s, n)
		case BilinearSmooth:
			out[i] = triangle((float64(i)+0.5)*scale-0.5, max(scale, 1), n)
		default:
			out[i] = between(max((float64(i)+0.5)*scale-0.5, 0), n)
		}
	}
	return out
}

// between mixes the two pixels around s ≥ 0; beyond the last pixel that pixel stays.
func between(s float64, n int) []tap {
	k := min(int(s), n-1)
	f := s - float64(k)
	if k == n-1 || f == 0 {
		return []tap{{k, 1}}
	}
	return []tap{{k, 1 - f}, {k + 1, f}}
}

// triangle weighs the pixels around s by max(0, 1 − |k − s|/radius), normalised.
func triangle(s, radius float64, n int) []tap {
	var out []tap
	sum := 0.0
	for k := max(0, int(math.Ceil(s-radius))); k <= min(n-1, int(math.Floor(s+radius))); k++ {
		if w := 1 - math.Abs(float64(k)-s)/radius; w > 0 {
			out = append(out, tap{k, w})
			sum += w
		}
	}
	for i := range out {
		out[i].weight /= sum
	}
	return out
}

// resize applies the taps along the columns, then along the rows.
func resize[T Float](y, x Image[T], rows, cols [][]tap) {
	narrow := make([]T, x.H*y.W)
	for c := range x.C {
		src, dst := x.Plane(c), y.Plane(c)
		for r := range x.H {
			in := src[r*x.W : (r+1)*x.W]
			for j, col := range cols {
				narrow[r*y.W+j] = weighted(in, col)
			}
		}
		clear(dst)
		for i, row := range rows {
			out := dst[i*y.W : (i+1)*y.W]
			for _, t := range row {
				w := T(t.weight)
				for j, v := range narrow[t.at*y.W : (t.at+1)*y.W] {
					out[j] += w * v
				}
			}
		}
	}
}

func weighted[T Float](in []T, taps []tap) T {
	if len(taps) == 1 {
		return in[taps[0].at]
	}
	var v T
	for _, t := range taps {
		v += T(t.weight) * in[t.at]
	}
	return v
}
