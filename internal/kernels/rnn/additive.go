package rnn

import (
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/gemm/scratch"
	"github.com/hocsau/hocsau/internal/kernels/par"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// Additive sets the scores e [batch, queries, keys] of additive attention,
//
//	e[n, u, t] = v · tanh(p[n, u] + q[n, t])
//
// for p [batch, queries, width], q [batch, keys, width] and v [width].
func Additive[T Float](pool *par.Pool, batch, queries, keys, width int, p, q, v, e []T) {
	run[T](pool, &additiveJobs, batch*queries, rowGrain(keys*width), additive[T]{queries, keys, width, p, q, v, e})
}

var additiveJobs, additiveGradJobs jobs

// rowGrain returns how many rows of so many hyperbolic tangents are worth a
// thread.
func rowGrain(each int) int { return max(1, 4096/max(1, each)) }

type additive[T Float] struct {
	queries, keys, width int
	p, q, v, e           []T
}

func (a *additive[T]) Range(_, lo, hi int) {
	for row := lo; row < hi; row++ {
		p, q := a.p[row*a.width:][:a.width], a.q[row/a.queries*a.keys*a.width:]
		for t := range a.keys {
			a.e[row*a.keys+t] = additiveRow(p, q[t*a.width:][:a.width], a.v)
		}
	}
}

// additiveRow returns v · tanh(p + q).
func additiveRow[T Float](p, q, v []T) T {
	q, v = q[:len(p)], v[:len(p)]
	if fast[T]() {
		return T(additiveForward(&f32(p)[0], &f32(q)[0], &f32(v)[0], len(p)))
	}
	var sum T
	for i := range p {
		sum += v[i] * tanh(p[i]+q[i])
	}
	return sum
}

// AdditiveGrad sets the gradients of p, q and v from de.
func AdditiveGrad[T Float](pool *par.Pool, batch, queries, keys, width int, p, q, v, de, dp, dq, dv []T) {
	buf := scratch.Take(batch * width * int(unsafe.Sizeof(T(0))))
	defer buf.Release()
	parts := scratch.Of[T](buf, 0, batch*width)
	run[T](pool, &additiveGradJobs, batch, rowGrain(queries*keys*width),
		additiveGrad[T]{additive[T]{queries, keys, width, p, q, v, de}, dp, dq, parts})
	vec.ReduceAxis(pool, vec.ReduceSum, 1, batch, width, parts, dv)
}

type additiveGrad[T Float] struct {
	additive[T]
	dp, dq, dv []T // dv one for each sample
}

func (a *additiveGrad[T]) Range(_, lo, hi int) {
	w := a.width
	clear(a.dp[lo*a.queries*w : hi*a.queries*w])
	clear(a.dq[lo*a.keys*w : hi*a.keys*w])
	clear(a.dv[lo*w : hi*w])
	for n := lo; n < hi; n++ {
		for u := range a.queries {
			row := n*a.queries + u
			for t := range a.keys {
				key := (n*a.keys + t) * w
				additiveBack(a.p[row*w:][:w], a.q[key:], a.v, a.e[row*a.keys+t], a.dp[row*w:], a.dq[key:], a.dv[n*w:])
			}
		}
	}
}

// additiveBack adds de·∂e to the gradients of p, q and v.
func additiveBack[T Float](p, q, v []T, de T, dp, dq, dv []T) {
	n := len(p)
	q, v, dp, dq, dv = q[:n], v[:n], dp[:n], dq[:n], dv[:n]
	if fast[T]() {
		additiveBackward(&f32(p)[0], &f32(q)[0], &f32(v)[0], &f32(dp)[0], &f32(dq)[0], &f32(dv)[0], n, float32(de))
		return
	}
	for i := range p {
		t := tanh(p[i] + q[i])
		dv[i] += de * t
		d := de * v[i] * (1 - t*t)
		dp[i] += d
		dq[i] += d
	}
}
