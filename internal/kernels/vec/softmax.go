package vec

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// Softmax sets y = eˣ / Σ eˣ along the middle axis of x [outer, n, inner].
// The largest element is subtracted first, so nothing overflows. A row whose
// elements all are −∞ gets zeros: nothing is attended to. y may be x.
func Softmax[T Float](p *par.Pool, outer, n, inner int, x, y []T) {
	rows(p, softmaxForward, outer, n, inner, x, nil, y)
}

// SoftmaxGrad sets dx = y·(dy − Σ y·dy) for y = softmax(x). dx may be dy.
func SoftmaxGrad[T Float](p *par.Pool, outer, n, inner int, y, dy, dx []T) {
	rows(p, softmaxBackward, outer, n, inner, y, dy, dx)
}

// LogSoftmax sets y = x − ln Σ eˣ along the middle axis of x [outer, n, inner].
// y may be x.
func LogSoftmax[T Float](p *par.Pool, outer, n, inner int, x, y []T) {
	rows(p, logSoftmaxForward, outer, n, inner, x, nil, y)
}

// LogSoftmaxGrad sets dx = dy − e^y·Σ dy for y = log softmax(x). dx may be dy.
func LogSoftmaxGrad[T Float](p *par.Pool, outer, n, inner int, y, dy, dx []T) {
	rows(p, logSoftmaxBackward, outer, n, inner, y, dy, dx)
}

// The loops over rows.
type rowsKind int

const (
	softmaxForward rowsKind = iota
	softmaxBackward
	logSoftmaxForward
	logSoftmaxBackward
)

func rows[T Float](p *par.Pool, kind rowsKind, outer, n, inner int, x, dy, out []T) {
	if n == 0 {
		return
	}
	tiles := (inner + lanes - 1) / lanes
	run[T](p, &rowsJobs, outer*tiles, rowGrain(grainHard, n*min(inner, lanes)),
		rowsJob[T]{kind, n, inner, tiles, x, dy, out})
}

// lanes is the number of columns that a strided softmax carries side by side.
const lanes = 8

var rowsJobs jobs

type rowsJob[T Float] struct {
	kind            rowsKind
	n, inner, tiles int
	x, dy, out      []T
}

func (j *rowsJob[T]) Range(_, lo, hi int) {
	n := j.n
	if j.inner == 1 {
		for o := lo; o < hi; o++ {
			x, out := j.x[o*n:][:n], j.out[o*n:][:n]
			switch j.kind {
			case softmaxForward:
				softmaxRow(x, out)
			case softmaxBackward:
				softmaxGradRow(x, j.dy[o*n:][:n], out)
			case logSoftmaxForward:
				logSoftmaxRow(x, out)
			case logSoftmaxBackward:
				logSoftmaxGradRow(x, j.dy[o*n:][:n], out)
			}
		}
		return
	}
	for i := lo; i < hi; i++ {
		k := i % j.tiles * lanes
		at := i/j.tiles*n*j.inner + k
		width := min(lanes, j.inner-k)
		switch j.kind {
		case softmaxForward:
			softmaxColumns(n, j.inner, width, j.x[at:], j.out[at:])
		case softmaxBackward:
			softmaxGradColumns(n, j.inner, width, j.x[at:], j.dy[at:], j.out[at:])
		case logSoftmaxForward:
			logSoftmaxColumns(n, j.inner, width, j.x[at:], j.out[at:])
		case logSoftmaxBackward:
			logSoftmaxGradColumns(n, j.inner, width, j.x[at:], j.dy[at:], j.out[at:])
		}
	}
}

// shiftedExp sets y = e^(x − m) and returns its sum.
func shiftedExp[T Float](x []T, m T, y []T) float64 {
	if fast[T]() {
		return shiftedExpSIMD(f32(x), float32(m), f32(y))
	}
	return shiftedExpGeneric(x, m, y)
}

func shiftedExpGeneric[T Float](x []T, m T, y []T) float64 {
	sum := 0.0
	for i, v := range x {
		e := math.Exp(float64(v) - float64(m))
		sum += e
		y[i] = T(e)
	}
	return sum
}

// shiftedExpSum returns Σ e^(x − m).
func shiftedExpSum[T Float](x []T, m T) float64 {
	if fast[T]() {
		return shiftedExpSumSIMD(f32(x), float32(m))
	}
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(float64(v) - float64(m))
	}
	return sum
}

func softmaxRow[T Float](x, y []T) {
	m := reduceRow(ReduceMax, x)
	if math.IsInf(float64(m), -1) {
		clear(y)
		return
	}
	sum := shiftedExp(x, m, y)
	vectorScalar(Mul, y, T(1/sum), y)
}

func softmaxGradRow[T Float](y, dy, dx []T) {
	dot := T(rowDot(y, dy))
	if fast[T]() {
		softmaxGradSIMD(f32(y), f32(dy), float32(dot), f32(dx))
		return
	}
	for i, v := range y {
		dx[i] = v * (dy[i] - dot)
	}
}

func logSoftmaxRow[T Float](x, y []T) {
	m := reduceRow(ReduceMax, x)
	if math.IsInf(float64(m), -1) {
		copy(y, x)
		return
	}
	l := T(math.Log(shiftedExpSum(x, m)))
	// x − m first: it is exact where it matters.
	vectorScalar(Sub, x, m, y)
	vectorScalar(Sub, y, l, y)
}

func logSoftmaxGradRow[T Float](y, dy, dx []T) {
	sum := T(rowSum(dy))
	if fast[T]() {
		logSoftmaxGradSIMD(f32(y), f32(dy), float32(sum), f32(dx))
		return
	}
	for i, v := range y {
		dx[i] = dy[i] - T(math.Exp(float64(v)))*sum
	}
}

// rowDot returns Σ x·y over blocks of fixed size.
func rowDot[T Float](x, y []T) float64 {
	sum := 0.0
	for len(x) > block {
		sum += blockTotal(totalDot, x[:block], y[:block])
		x, y = x[block:], y[block:]
	}
	return sum + blockTotal(totalDot, x, y)
}
