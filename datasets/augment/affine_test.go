package augment

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A picture whose value is its column, changed at random, is a ramp still, which
// tells the map that was drawn.
func TestRandomAffine_staysWithinItsLimits(t *testing.T) {
	const h, w = 21, 41
	r := rand.New(rand.NewPCG(1, 1))
	ramp := func() Image[float32] {
		x := NewImage[float32](1, h, w)
		for i := range x.Pix {
			x.Pix[i] = float32(i % w)
		}
		return x
	}
	mid := h/2*w + w/2
	for _, f := range []RandomAffine{{}, {Degrees: 10}, {Shift: 0.1}, {Scale: 0.2}, {Degrees: 10, Shift: 0.1, Scale: 0.2}} {
		moved := false
		for range 50 {
			x := ramp()
			f.Apply(x, NewImage[float32](1, h, w), r)
			shift := float64(x.Pix[mid]) - w/2 // in columns
			right, down := float64(x.Pix[mid+1]-x.Pix[mid]), float64(x.Pix[mid+w]-x.Pix[mid])
			scale, degrees := math.Hypot(right, down), math.Atan2(-down, right)*180/math.Pi
			if math.Abs(shift) > f.Shift*w+1e-4 || math.Abs(scale-1) > f.Scale+1e-4 || math.Abs(degrees) > f.Degrees+1e-3 {
				t.Fatalf("%+v: shifted by %g, scaled by %g, turned by %g°", f, shift, scale, degrees)
			}
			moved = moved || math.Abs(shift)+math.Abs(scale-1)+math.Abs(degrees) > 1e-3
		}
		if moved == (f == RandomAffine{}) {
			t.Errorf("%+v: changed %t", f, moved)
		}
	}
}
