package augment

import (
	"math"
	"math/rand/v2"
)

// RandomAffine turns a picture by an angle uniform in [−Degrees, Degrees], shifts it by a share of each side uniform in
// [−Shift, Shift], scales it by a factor uniform in [1 − Scale, 1 + Scale]. What comes from outside is the nearest pixel
// of the border.
type RandomAffine struct{ Degrees, Shift, Scale float64 }

// Check implements Transform.
func (f RandomAffine) Check(_, _, _ int) error {
	return firstError(within("degrees", f.Degrees, 0, 180), within("shift", f.Shift, 0, 1), within("scale", f.Scale, 0, 0.9))
}

// Apply implements Transform.
func (f RandomAffine) Apply(x, scratch Image[float32], r *rand.Rand) {
	copy(scratch.Pix, x.Pix)
	sin, cos := math.Sincos(uniform(r, f.Degrees) * math.Pi / 180)
	scale := 1 + uniform(r, f.Scale)
	sin, cos = sin*scale, cos*scale
	cx, cy := float64(x.W-1)/2, float64(x.H-1)/2
	dx, dy := uniform(r, f.Shift)*float64(x.W), uniform(r, f.Shift)*float64(x.H)
	warp(x, scratch, Affine{
		A: cos, B: -sin, C: cx - cos*cx + sin*cy + dx,
		D: sin, E: cos, F: cy - sin*cx - cos*cy + dy,
	}, true)
}
