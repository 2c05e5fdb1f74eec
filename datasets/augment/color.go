package augment

import "github.com/pkg/errors"

// Brightness returns clamp(k·x, 0, 1) for the factor k ≥ 0.
func Brightness[T Float](x Image[T], factor T) (Image[T], error) {
	if err := checkFactor(x, factor); err != nil {
		return Image[T]{}, errors.Wrap(err, "Brightness")
	}
	y := copyOf(x)
	brightness(y, factor)
	return y, nil
}

// Contrast returns
//
//	clamp(k·x + (1 − k)·m, 0, 1),  m = mean over the picture of 0.2989 R + 0.587 G + 0.114 B
//
// for the factor k ≥ 0; a picture of other than three channels takes the plain mean for m.
func Contrast[T Float](x Image[T], factor T) (Image[T], error) {
	if err := checkFactor(x, factor); err != nil {
		return Image[T]{}, errors.Wrap(err, "Contrast")
	}
	y := copyOf(x)
	contrast(y, factor)
	return y, nil
}

// ColorShift returns clamp(x + s_c, 0, 1), one shift a channel.
//
// Source: cheatsheet §3.1 ("color shift").
func ColorShift[T Float](x Image[T], shift []T) (Image[T], error) {
	if err := checkChannels(x, len(shift), "shifts"); err != nil {
		return Image[T]{}, errors.Wrap(err, "ColorShift")
	}
	y := copyOf(x)
	for c, s := range shift {
		shiftPlane(y.Plane(c), s)
	}
	return y, nil
}

// AddNoise returns clamp(x + noise, 0, 1) for noise [C·H·W].
func AddNoise[T Float](x Image[T], noise []T) (Image[T], error) {
	if err := x.check(); err != nil {
		return Image[T]{}, errors.Wrap(err, "AddNoise")
	}
	if len(noise) != len(x.Pix) {
		return Image[T]{}, errors.Errorf("AddNoise: %d noise values for %d pixels", len(noise), len(x.Pix))
	}
	y := copyOf(x)
	for i, v := range noise {
		y.Pix[i] = clamp(y.Pix[i] + v)
	}
	return y, nil
}

// Normalize returns (x − mean_c)/std_c. Source: cheatsheet §3.1 (the usual last step of a pipeline).
func Normalize[T Float](x Image[T], mean, std []T) (Image[T], error) {
	if err := checkMoments(x.C, mean, std); err != nil {
		return Image[T]{}, errors.Wrap(err, "Normalize")
	}
	if err := x.check(); err != nil {
		return Image[T]{}, errors.Wrap(err, "Normalize")
	}
	y := copyOf(x)
	normalize(y, mean, std)
	return y, nil
}

func copyOf[T Float](x Image[T]) Image[T] {
	y := NewImage[T](x.C, x.H, x.W)
	copy(y.Pix, x.Pix)
	return y
}

func checkFactor[T Float](x Image[T], factor T) error {
	if !(factor >= 0) {
		return errors.Errorf("factor: found %v, expected 0 or more", factor)
	}
	return x.check()
}

func checkChannels[T Float](x Image[T], n int, what string) error {
	if n != x.C {
		return errors.Errorf("%d %s for %d channels", n, what, x.C)
	}
	return x.check()
}

func checkMoments[T Float](channels int, mean, std []T) error {
	if len(mean) != channels || len(std) != channels {
		return errors.Errorf("%d means, %d deviations for %d channels", len(mean), len(std), channels)
	}
	for c, s := range std {
		if !(s > 0) {
			return errors.Errorf("deviation of channel %d: found %v, expected more than 0", c, s)
		}
	}
	return nil
}

func brightness[T Float](x Image[T], k T) {
	for i, v := range x.Pix {
		x.Pix[i] = clamp(k * v)
	}
}

func contrast[T Float](x Image[T], k T) {
	rest := (1 - k) * T(luma(x))
	for i, v := range x.Pix {
		x.Pix[i] = clamp(k*v + rest)
	}
}

// luma returns the mean grey value of x.
func luma[T Float](x Image[T]) float64 {
	weights := []float64{0.2989, 0.587, 0.114}
	sum := 0.0
	for c := range x.C {
		s := 0.0
		for _, v := range x.Plane(c) {
			s += float64(v)
		}
		if x.C == 3 {
			sum += weights[c] * s
		} else {
			sum += s / float64(x.C)
		}
	}
	return sum / float64(x.H*x.W)
}

func shiftPlane[T Float](p []T, s T) {
	for i, v := range p {
		p[i] = clamp(v + s)
	}
}

func normalize[T Float](x Image[T], mean, std []T) {
	for c := range x.C {
		p := x.Plane(c)
		for i, v := range p {
			p[i] = (v - mean[c]) / std[c]
		}
	}
}
