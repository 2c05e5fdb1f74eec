package vec

import "github.com/hocsau/hocsau/internal/kernels/par"

// Clamp sets y[i] = min(max(x[i], lo), hi), NaN where x is, for bounds lo ≤ hi
// that may be infinite. y may be x.
func Clamp[T Float](p *par.Pool, x, y []T, lo, hi T) {
	run[T](p, &clampJobs, len(y), grain, clampJob[T]{x: x, y: y, lo: lo, hi: hi})
}

// ClampGrad sets dx[i] = dy[i] where lo ≤ x[i] ≤ hi, else 0. dx may be dy.
func ClampGrad[T Float](p *par.Pool, x, dy, dx []T, lo, hi T) {
	run[T](p, &clampJobs, len(dx), grain, clampJob[T]{x: x, dy: dy, y: dx, lo: lo, hi: hi})
}

var clampJobs jobs

// clampJob is the gradient where there is a dy.
type clampJob[T Float] struct {
	x, dy, y []T
	lo, hi   T
}

func (j *clampJob[T]) Range(_, from, to int) {
	x, y := j.x[from:to], j.y[from:to]
	switch {
	case j.dy != nil && fast[T]():
		clampGradSIMD(f32(x), f32(j.dy[from:to]), f32(y), float32(j.lo), float32(j.hi))
	case j.dy != nil:
		clampGradGeneric(x, j.dy[from:to], y, j.lo, j.hi)
	case fast[T]():
		clampSIMD(f32(x), f32(y), float32(j.lo), float32(j.hi))
	default:
		clampGeneric(x, y, j.lo, j.hi)
	}
}

func clampGeneric[T Float](x, y []T, lo, hi T) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] = min(max(v, lo), hi)
	}
}

func clampGradGeneric[T Float](x, dy, dx []T, lo, hi T) {
	dy, dx = dy[:len(x)], dx[:len(x)]
	for i, v := range x {
		d := dy[i]
		if !(v >= lo && v <= hi) {
			d = 0
		}
		dx[i] = d
	}
}
