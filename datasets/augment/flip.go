package augment

import "github.com/pkg/errors"

// FlipHorizontal returns x with its columns reversed: left becomes right.
func FlipHorizontal[T Float](x Image[T]) (Image[T], error) {
	if err := x.check(); err != nil {
		return Image[T]{}, errors.Wrap(err, "FlipHorizontal")
	}
	y := NewImage[T](x.C, x.H, x.W)
	copy(y.Pix, x.Pix)
	flipColumns(y)
	return y, nil
}

// FlipVertical returns x with its rows reversed: top becomes bottom.
func FlipVertical[T Float](x Image[T]) (Image[T], error) {
	if err := x.check(); err != nil {
		return Image[T]{}, errors.Wrap(err, "FlipVertical")
	}
	y := NewImage[T](x.C, x.H, x.W)
	copy(y.Pix, x.Pix)
	flipRows(y)
	return y, nil
}

func flipColumns[T Float](x Image[T]) {
	for r := range x.C * x.H {
		row := x.Pix[r*x.W : (r+1)*x.W]
		for i, j := 0, x.W-1; i < j; i, j = i+1, j-1 {
			row[i], row[j] = row[j], row[i]
		}
	}
}

func flipRows[T Float](x Image[T]) {
	for c := range x.C {
		p := x.Plane(c)
		for i, j := 0, x.H-1; i < j; i, j = i+1, j-1 {
			a, b := p[i*x.W:(i+1)*x.W], p[j*x.W:(j+1)*x.W]
			for k := range a {
				a[k], b[k] = b[k], a[k]
			}
		}
	}
}
