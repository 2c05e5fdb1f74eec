package solvers

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// ClipByValue limits each element of the gradients to [−most, most], in place.
// NaN stays NaN.
//
// Source: cheatsheet §2.2.
func ClipByValue(model []gorgonia.ValueGrad, most float64) error {
	if !(most >= 0) {
		return errors.Errorf("clip by value: bound %g, expected at least 0", most)
	}
	err := gradients(model, func(g vector) {
		limit(g.f32, float32(most))
		limit(g.f64, most)
	})
	return errors.Wrap(err, "clip by value")
}

// limit clips x to [−most, most]; Go's min and max keep NaN.
func limit[T vec.Float](x []T, most T) {
	for i, v := range x {
		x[i] = max(-most, min(most, v))
	}
}

// ClipByGlobalNorm scales all gradients together, in place, by
//
//	min(1, most/(n + ε)),  n = ‖all gradients‖₂
//
// and returns n, the norm before. PyTorch has ε = 1e-6; with ε = 0 the norm
// afterwards is the bound, up to rounding. Where n is not finite the gradients are
// left as they are: n tells the caller to stop, and which gradient is to blame
// can still be seen.
//
// Source: cheatsheet §2.2; arXiv:1211.5063 alg. 1.
func ClipByGlobalNorm(model []gorgonia.ValueGrad, most, epsilon float64) (norm float64, err error) {
	if !(most >= 0) || !(epsilon >= 0) {
		return 0, errors.Errorf("clip by global norm: bound %g and epsilon %g, expected both at least 0", most, epsilon)
	}
	norm, err = globalNorm(model)
	if err != nil {
		return 0, errors.Wrap(err, "clip by global norm")
	}
	factor := most / (norm + epsilon)
	if !(factor < 1) || math.IsInf(norm, 0) {
		return norm, nil
	}
	err = gradients(model, func(g vector) {
		vec.Map(nil, vec.Scale, g.f32, g.f32, float32(factor))
		vec.Map(nil, vec.Scale, g.f64, g.f64, factor)
	})
	return norm, errors.Wrap(err, "clip by global norm")
}

// least is the smallest sum of squares whose digits are all there.
const least = 1e-280

// globalNorm returns the Euclidean norm of all gradients as one vector.
func globalNorm(model []gorgonia.ValueGrad) (float64, error) {
	var squares float64
	err := gradients(model, func(g vector) { squares += vec.SumSquares(nil, g.f32) + vec.SumSquares(nil, g.f64) })
	if err != nil || squares >= least && !math.IsInf(squares, 0) || math.IsNaN(squares) {
		return math.Sqrt(squares), err
	}
	// Either an element is infinite, or only a square is; or squares have lost
	// their digits below the smallest numbers.
	var largest float64
	err = gradients(model, func(g vector) {
		largest = max(largest, float64(vec.MaxAbs(nil, g.f32)), vec.MaxAbs(nil, g.f64))
	})
	if err != nil || math.IsInf(largest, 0) || math.IsNaN(largest) || largest == 0 {
		return largest, err
	}
	squares = 0
	err = gradients(model, func(g vector) {
		for _, x := range g.f32 {
			squares += float64(x) / largest * (float64(x) / largest)
		}
		for _, x := range g.f64 {
			squares += x / largest * (x / largest)
		}
	})
	return largest * math.Sqrt(squares), err
}

// gradients calls do with the memory of each gradient.
func gradients(model []gorgonia.ValueGrad, do func(g vector)) error {
	for i, v := range model {
		g, err := gradientOf(i, v)
		if err != nil {
			return err
		}
		do(g)
	}
	return nil
}

// gradientOf returns the memory of a gradient, in whatever order.
func gradientOf(i int, v gorgonia.ValueGrad) (vector, error) {
	if v == nil {
		return vector{}, errors.Errorf("value %d is nil", i)
	}
	g, err := v.Grad()
	if err != nil {
		return vector{}, errors.Wrapf(err, "gradient of value %d", i)
	}
	x, plain, err := elements(g)
	if err != nil {
		return x, errors.Wrapf(err, "gradient of value %d", i)
	}
	if !plain && x.len() != g.(*tensor.Dense).Shape().TotalSize() {
		return x, errors.Errorf("gradient of value %d: a view of shape %v, expected all elements of its memory", i, g.Shape())
	}
	return x, nil
}
