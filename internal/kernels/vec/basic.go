package vec

import "github.com/hocsau/hocsau/internal/kernels/par"

// Axpy adds alpha·x to y.
func Axpy[T Float](p *par.Pool, alpha T, x, y []T) {
	run[T](p, &axpyJobs, len(y), grain, axpyJob[T]{alpha, x, y})
}

var axpyJobs jobs

type axpyJob[T Float] struct {
	alpha T
	x, y  []T
}

func (j *axpyJob[T]) Range(_, lo, hi int) { axpy(j.alpha, j.x[lo:hi], j.y[lo:hi]) }

func axpy[T Float](alpha T, x, y []T) {
	if fast[T]() {
		axpySIMD(float32(alpha), f32(x), f32(y))
		return
	}
	axpyGeneric(alpha, x, y)
}

func axpyGeneric[T Float](alpha T, x, y []T) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += alpha * v
	}
}

// Lerp moves y by alpha of the way to x: y + alpha·(x − y).
func Lerp[T Float](p *par.Pool, alpha T, x, y []T) {
	run[T](p, &lerpJobs, len(y), grain, lerpJob[T]{alpha, x, y})
}

var lerpJobs jobs

type lerpJob[T Float] struct {
	alpha T
	x, y  []T
}

func (j *lerpJob[T]) Range(_, lo, hi int) {
	x, y := j.x[lo:hi], j.y[lo:hi]
	if fast[T]() {
		lerpSIMD(float32(j.alpha), f32(x), f32(y))
		return
	}
	for i, v := range x {
		y[i] += j.alpha * (v - y[i])
	}
}

// Fill sets every element of x to v.
func Fill[T Float](x []T, v T) {
	if v == 0 && 1/v > 0 {
		clear(x)
		return
	}
	if len(x) == 0 {
		return
	}
	n := min(len(x), 512)
	for i := range x[:n] {
		x[i] = v
	}
	for filled := n; filled < len(x); filled *= 2 {
		copy(x[filled:], x[:filled])
	}
}

// Copy copies x to y on several threads.
func Copy[T Float](p *par.Pool, x, y []T) {
	run[T](p, &copyJobs, len(y), grain, copyJob[T]{x, y})
}

var copyJobs jobs

type copyJob[T Float] struct{ x, y []T }

func (j *copyJob[T]) Range(_, lo, hi int) { copy(j.y[lo:hi], j.x[lo:hi]) }
