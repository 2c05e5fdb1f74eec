package augment

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
)

// RandomFlip mirrors a picture with the given probabilities in [0, 1].
type RandomFlip struct{ Horizontal, Vertical float64 }

// Check implements Transform.
func (f RandomFlip) Check(_, _, _ int) error {
	return firstError(within("horizontal", f.Horizontal, 0, 1), within("vertical", f.Vertical, 0, 1))
}

// Apply implements Transform.
func (f RandomFlip) Apply(x, _ Image[float32], r *rand.Rand) {
	if r.Float64() < f.Horizontal {
		flipColumns(x)
	}
	if r.Float64() < f.Vertical {
		flipRows(x)
	}
}

// RandomRotation turns a picture by an angle uniform in [−Degrees, Degrees]; corners that come from outside are 0.
type RandomRotation struct{ Degrees float64 }

// Check implements Transform.
func (f RandomRotation) Check(_, _, _ int) error { return within("degrees", f.Degrees, 0, 180) }

// Apply implements Transform.
func (f RandomRotation) Apply(x, scratch Image[float32], r *rand.Rand) {
	copy(scratch.Pix, x.Pix)
	warp(x, scratch, RotateAffine(x.H, x.W, uniform(r, f.Degrees)), false)
}

// RandomCrop pads a picture with Pad zero pixels on each side, then takes a part of the old size from it.
type RandomCrop struct{ Pad int }

// Check implements Transform.
func (f RandomCrop) Check(_, h, w int) error {
	return within("pad", float64(f.Pad), 0, float64(min(h, w)))
}

// Apply implements Transform.
func (f RandomCrop) Apply(x, scratch Image[float32], r *rand.Rand) {
	copy(scratch.Pix, x.Pix)
	top := r.IntN(2*f.Pad+1) - f.Pad
	shiftCrop(x, scratch, top, r.IntN(2*f.Pad+1)-f.Pad)
}

// RandomResizedCrop takes a part of MinArea to 1 of the area, its sides' ratio within [1/MaxRatio, MaxRatio]
// of the picture's, and stretches it to the old size. Zero values mean 0.08 for MinArea, 4/3 for MaxRatio.
//
// Source: arXiv:1409.4842 §6.
type RandomResizedCrop struct{ MinArea, MaxRatio float64 }

// Check implements Transform.
func (f RandomResizedCrop) Check(_, _, _ int) error {
	f = f.withDefaults()
	return firstError(within("smallest area", f.MinArea, 1e-6, 1), within("largest ratio", f.MaxRatio, 1, 100))
}

func (f RandomResizedCrop) withDefaults() RandomResizedCrop {
	if f.MinArea == 0 {
		f.MinArea = 0.08
	}
	if f.MaxRatio == 0 {
		f.MaxRatio = 4.0 / 3
	}
	return f
}

// Apply implements Transform.
func (f RandomResizedCrop) Apply(x, scratch Image[float32], r *rand.Rand) {
	copy(scratch.Pix, x.Pix)
	top, left, h, w := f.draw(r)
	top, left = top*float64(x.H), left*float64(x.W)
	warp(x, scratch, Affine{A: w, C: left + w/2 - 0.5, E: h, F: top + h/2 - 0.5}, true)
}

// draw draws the part, as shares of the height and the width.
func (f RandomResizedCrop) draw(r *rand.Rand) (top, left, height, width float64) {
	f = f.withDefaults()
	height, width = drawRectangle(r, f.MinArea, 1, f.MaxRatio)
	return r.Float64() * (1 - height), r.Float64() * (1 - width), height, width
}

// drawRectangle draws the sides of a part as shares of the whole, at most 1.
func drawRectangle(r *rand.Rand, minArea, maxArea, maxRatio float64) (h, w float64) {
	area := minArea + (maxArea-minArea)*r.Float64()
	ratio := math.Exp(uniform(r, math.Log(maxRatio)))
	return min(1, math.Sqrt(area*ratio)), min(1, math.Sqrt(area/ratio))
}

// RandomColorShift adds to each channel a shift uniform in [−Max, Max].
type RandomColorShift struct{ Max float64 }

// Check implements Transform.
func (f RandomColorShift) Check(_, _, _ int) error { return within("shift", f.Max, 0, 1) }

// Apply implements Transform.
func (f RandomColorShift) Apply(x, _ Image[float32], r *rand.Rand) {
	for c := range x.C {
		shiftPlane(x.Plane(c), float32(uniform(r, f.Max)))
	}
}

// RandomNoise adds normal noise of deviation Std to each value.
type RandomNoise struct{ Std float64 }

// Check implements Transform.
func (f RandomNoise) Check(_, _, _ int) error { return within("deviation", f.Std, 0, 1) }

// Apply implements Transform.
func (f RandomNoise) Apply(x, _ Image[float32], r *rand.Rand) {
	for i, v := range x.Pix {
		x.Pix[i] = clamp(v + float32(f.Std*r.NormFloat64()))
	}
}

// RandomErase covers, with probability Prob, a rectangle of MinArea to MaxArea of the picture with the value Fill.
// Zero values mean 0.02 for MinArea, 0.33 for MaxArea; the ratio of the sides lies within [0.3, 1/0.3].
//
// Source: arXiv:1708.04896.
type RandomErase struct{ Prob, MinArea, MaxArea, Fill float64 }

// Check implements Transform.
func (f RandomErase) Check(_, _, _ int) error {
	f = f.withDefaults()
	return firstError(within("probability", f.Prob, 0, 1), within("smallest area", f.MinArea, 0, f.MaxArea), within("largest area", f.MaxArea, 0, 1))
}

func (f RandomErase) withDefaults() RandomErase {
	if f.MinArea == 0 {
		f.MinArea = 0.02
	}
	if f.MaxArea == 0 {
		f.MaxArea = 0.33
	}
	return f
}

// Apply implements Transform.
func (f RandomErase) Apply(x, _ Image[float32], r *rand.Rand) {
	if r.Float64() >= f.Prob {
		return
	}
	f = f.withDefaults()
	h, w := drawRectangle(r, f.MinArea, f.MaxArea, 1/0.3)
	height, width := max(1, int(h*float64(x.H))), max(1, int(w*float64(x.W)))
	top := r.IntN(x.H - height + 1)
	cutout(x, top, r.IntN(x.W-width+1), height, width, float32(f.Fill))
}

// RandomCutout covers a Size×Size square about a random pixel with the value Fill; it may reach over the border.
//
// Source: arXiv:1708.04552.
type RandomCutout struct {
	Size int
	Fill float64
}

// Check implements Transform.
func (f RandomCutout) Check(_, h, w int) error {
	return within("size", float64(f.Size), 1, float64(max(h, w)))
}

// Apply implements Transform.
func (f RandomCutout) Apply(x, _ Image[float32], r *rand.Rand) {
	top := r.IntN(x.H) - f.Size/2
	cutout(x, top, r.IntN(x.W)-f.Size/2, f.Size, f.Size, float32(f.Fill))
}

// RandomBrightness multiplies by a factor uniform in [1 − Max, 1 + Max].
type RandomBrightness struct{ Max float64 }

// Check implements Transform.
func (f RandomBrightness) Check(_, _, _ int) error { return within("brightness", f.Max, 0, 1) }

// Apply implements Transform.
func (f RandomBrightness) Apply(x, _ Image[float32], r *rand.Rand) {
	brightness(x, float32(1+uniform(r, f.Max)))
}

// RandomContrast applies Contrast with a factor uniform in [1 − Max, 1 + Max].
type RandomContrast struct{ Max float64 }

// Check implements Transform.
func (f RandomContrast) Check(_, _, _ int) error { return within("contrast", f.Max, 0, 1) }

// Apply implements Transform.
func (f RandomContrast) Apply(x, _ Image[float32], r *rand.Rand) {
	contrast(x, float32(1+uniform(r, f.Max)))
}

// Normalization is the step that applies Normalize; nothing about it is random.
type Normalization struct{ Mean, Std []float32 }

// Check implements Transform.
func (f Normalization) Check(c, _, _ int) error { return checkMoments(c, f.Mean, f.Std) }

// Apply implements Transform.
func (f Normalization) Apply(x, _ Image[float32], _ *rand.Rand) { normalize(x, f.Mean, f.Std) }

// uniform draws from [−m, m].
func uniform(r *rand.Rand, m float64) float64 { return m * (2*r.Float64() - 1) }

func within(what string, v, lo, hi float64) error {
	if !(v >= lo && v <= hi) {
		return errors.Errorf("%s: found %v, expected %v to %v", what, v, lo, hi)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
