package augment

import (
	"math"

	"github.com/pkg/errors"
)

// Affine maps a pixel of the output to the point of the input that it shows:
//
//	x = A·col + B·row + C,  y = D·col + E·row + F
//
// with pixel centres on whole numbers.
type Affine struct{ A, B, C, D, E, F float64 }

// RotateAffine returns the map of a turn counter-clockwise by degrees, as seen with row 0 on top,
// about the middle ((W − 1)/2, (H − 1)/2) of an H×W picture:
//
//	x = cos·dx − sin·dy + c_x,  y = sin·dx + cos·dy + c_y
func RotateAffine(h, w int, degrees float64) Affine {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	cx, cy := float64(w-1)/2, float64(h-1)/2
	return Affine{
		A: cos, B: -sin, C: cx - cos*cx + sin*cy,
		D: sin, E: cos, F: cy - sin*cx - cos*cy,
	}
}

// Rotate returns x turned counter-clockwise by degrees about its middle, bilinear; what comes from outside is 0.
//
// Source: cheatsheet §3.1 ("rotation with a slight angle").
func Rotate[T Float](x Image[T], degrees float64) (Image[T], error) {
	return Warp(x, RotateAffine(x.H, x.W, degrees), false)
}

// Warp returns the picture that shows in each pixel what a finds in x, bilinear. Points outside x are 0,
// or the nearest pixel of its border when keepBorder is set.
func Warp[T Float](x Image[T], a Affine, keepBorder bool) (Image[T], error) {
	if err := x.check(); err != nil {
		return Image[T]{}, errors.Wrap(err, "Warp")
	}
	for _, v := range []float64{a.A, a.B, a.C, a.D, a.E, a.F} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Image[T]{}, errors.Errorf("Warp: map %v is not finite", a)
		}
	}
	y := NewImage[T](x.C, x.H, x.W)
	warp(y, x, a, keepBorder)
	return y, nil
}

// warp is Warp into y, which may have another size than x.
func warp[T Float](y, x Image[T], a Affine, keepBorder bool) {
	n := x.H * x.W
	for r := range y.H {
		for c := range y.W {
			sx := a.A*float64(c) + a.B*float64(r) + a.C
			sy := a.D*float64(c) + a.E*float64(r) + a.F
			if keepBorder {
				sx, sy = min(max(sx, 0), float64(x.W-1)), min(max(sy, 0), float64(x.H-1))
			}
			at := r*y.W + c
			if !(sx > -1 && sy > -1 && sx < float64(x.W) && sy < float64(x.H)) {
				for k := range y.C {
					y.Pix[k*y.H*y.W+at] = 0
				}
				continue
			}
			x0, y0 := int(math.Floor(sx)), int(math.Floor(sy))
			fx, fy := sx-float64(x0), sy-float64(y0)
			corners := [4]int{}
			weights := [4]T{T((1 - fx) * (1 - fy)), T(fx * (1 - fy)), T((1 - fx) * fy), T(fx * fy)}
			for i := range corners {
				px, py := x0+i%2, y0+i/2
				if px < 0 || py < 0 || px >= x.W || py >= x.H {
					weights[i] = 0
					continue
				}
				corners[i] = py*x.W + px
			}
			for k := range y.C {
				p := x.Pix[k*n : (k+1)*n]
				y.Pix[k*y.H*y.W+at] = weights[0]*p[corners[0]] + weights[1]*p[corners[1]] + weights[2]*p[corners[2]] + weights[3]*p[corners[3]]
			}
		}
	}
}
