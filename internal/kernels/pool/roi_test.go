package pool

import (
	"math"
	"testing"

	"github.com/hocsau/hocsau/internal/kernels/par"
	"pgregory.net/rapid"
)

// TestMaxRoI compares with the definition in floating point, bin by bin, and the
// gradient with one that moves each output to where it came from.
func TestMaxRoI(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(t, name) }
		s := &RoI{N: n("n", 1, 2), C: n("c", 1, 3), H: n("h", 1, 9), W: n("w", 1, 9), OutH: n("oh", 1, 4), OutW: n("ow", 1, 4), Scale: rapid.SampledFrom([]float64{1, 0.5, 0.0625}).Draw(t, "scale")}
		count := n("regions", 1, 4)
		rois := make([]float32, 5*count)
		for r := range count {
			rois[5*r] = float32(n("picture", 0, s.N-1))
			for i := 1; i < 5; i++ {
				rois[5*r+i] = float32(n("corner", -20, 80)) / 4
			}
		}
		x := numbers(t, "x", s.N*s.C*s.H*s.W, false)
		y, checkY := guarded(count * s.C * s.OutH * s.OutW)
		threads := par.New(n("threads", 1, 3))
		defer threads.Close()
		MaxRoI(threads, s, x, rois, y)
		checkY(t)
		dy := numbers(t, "dy", len(y), false)
		dx, checkX := guarded(len(x))
		MaxRoIGrad(threads, s, x, rois, dy, dx)
		checkX(t)
		want := make([]float32, len(x))
		for r := range count {
			for c := range s.C {
				base := (int(rois[5*r])*s.C + c) * s.H * s.W
				for u := range s.OutH {
					for v := range s.OutW {
						r0, r1 := bin(rois[5*r+2], rois[5*r+4], s.Scale, u, s.OutH, s.H)
						c0, c1 := bin(rois[5*r+1], rois[5*r+3], s.Scale, v, s.OutW, s.W)
						best, at := float32(0), -1
						for row := r0; row < r1; row++ {
							for col := c0; col < c1; col++ {
								if w := x[base+row*s.W+col]; at < 0 || w > best {
									best, at = w, base+row*s.W+col
								}
							}
						}
						o := ((r*s.C+c)*s.OutH+u)*s.OutW + v
						if y[o] != best {
							t.Fatalf("region %d, bin %d, %d: got %g, want %g", r, u, v, y[o], best)
						}
						if at >= 0 {
							want[at] += dy[o]
						}
					}
				}
			}
		}
		for i := range want {
			if dx[i] != want[i] {
				t.Fatalf("gradient %d: got %g, want %g", i, dx[i], want[i])
			}
		}
	})
}

// bin is the definition of one bin along an axis.
func bin(lo, hi float32, scale float64, u, out, size int) (from, to int) {
	a, b := math.Round(float64(lo)*scale), math.Round(float64(hi)*scale)
	n := math.Max(1, b-a+1)
	const slack = 1e-9 // u·n/out is a fraction of small numbers
	from = int(a + math.Floor(float64(u)*n/float64(out)+slack))
	to = int(a + math.Ceil(float64(u+1)*n/float64(out)-slack))
	return min(max(from, 0), size), min(max(to, 0), size)
}
