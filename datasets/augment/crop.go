package augment

import "github.com/pkg/errors"

// Crop returns the part [C, height, width] of x whose first row is top, whose first column is left.
func Crop[T Float](x Image[T], top, left, height, width int) (Image[T], error) {
	return PadCrop(x, 0, top, left, height, width)
}

// PadCrop surrounds x with pad zero pixels on each side, then crops; top, left count in the padded picture.
func PadCrop[T Float](x Image[T], pad, top, left, height, width int) (Image[T], error) {
	if err := x.check(); err != nil {
		return Image[T]{}, errors.Wrap(err, "PadCrop")
	}
	if pad < 0 || top < 0 || left < 0 || height <= 0 || width <= 0 ||
		height > x.H+2*pad-top || width > x.W+2*pad-left {
		return Image[T]{}, errors.Errorf("PadCrop: part %d×%d at row %d, column %d lies outside %d×%d padded by %d",
			height, width, top, left, x.H, x.W, pad)
	}
	y := NewImage[T](x.C, height, width)
	shiftCrop(y, x, top-pad, left-pad)
	return y, nil
}

// shiftCrop fills y with y(r, c) = x(r + top, c + left), 0 outside x.
func shiftCrop[T Float](y, x Image[T], top, left int) {
	clear(y.Pix)
	from, to := max(0, -left), min(y.W, x.W-left)
	if from >= to {
		return
	}
	for c := range y.C {
		for r := max(0, -top); r < min(y.H, x.H-top); r++ {
			dst := y.Plane(c)[r*y.W : (r+1)*y.W]
			copy(dst[from:to], x.Plane(c)[(r+top)*x.W+from+left:])
		}
	}
}

// Cutout returns x with the rectangle height×width at (top, left) set to fill in every channel:
// the information loss of the cheatsheet. The rectangle is cut to the picture.
//
// Source: cheatsheet §3.1; arXiv:1708.04552, arXiv:1708.04896.
func Cutout[T Float](x Image[T], top, left, height, width int, fill T) (Image[T], error) {
	if err := x.check(); err != nil {
		return Image[T]{}, errors.Wrap(err, "Cutout")
	}
	if height < 0 || width < 0 {
		return Image[T]{}, errors.Errorf("Cutout: size %d×%d is negative", height, width)
	}
	y := NewImage[T](x.C, x.H, x.W)
	copy(y.Pix, x.Pix)
	cutout(y, top, left, height, width, fill)
	return y, nil
}

func cutout[T Float](x Image[T], top, left, height, width int, fill T) {
	from, to := min(max(left, 0), x.W), min(max(left+width, 0), x.W)
	for c := range x.C {
		for r := max(top, 0); r < min(top+height, x.H); r++ {
			row := x.Plane(c)[r*x.W : (r+1)*x.W]
			for i := from; i < to; i++ {
				row[i] = fill
			}
		}
	}
}
