package vec

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// Ternary is a function of three elements.
type Ternary int

// The operations on three numbers.
const (
	Select Ternary = iota // b where a ≠ 0 or NaN, else c
	// Share is c where a > b or either is NaN, c/2 where a = b, 0 where a < b:
	// what max(a, b) gives a of the gradient c.
	Share
	PowBase     // c·b·aᵇ⁻¹, 0 where b = 0: what aᵇ gives a of the gradient c
	PowExponent // c·aᵇ·ln a, 0 where a = 0 and b ≥ 0: what it gives b
)

func (op Ternary) grain() int {
	if op == PowBase || op == PowExponent {
		return grainHard
	}
	return grain
}

// Zip3Broadcast sets out = op(a, b, c) over all indices of shape, of at most
// [MaxAxes] axes. out is contiguous, and may be an operand that is; strides
// count elements and are 0 along an axis that the operand does not have.
func Zip3Broadcast[T Float](p *par.Pool, op Ternary, shape, aStride, bStride, cStride []int, a, b, c, out []T) {
	var l loop
	l.add(shape, aStride, bStride, cStride)
	l.split()
	if l.rows*l.cols == 0 {
		return
	}
	if l.axes == 1 {
		run[T](p, &threeJobs, l.cols, op.grain(), threeJob[T]{op, l, a, b, c, out})
		return
	}
	run[T](p, &threeJobs, l.rows, rowGrain(op.grain(), l.cols), threeJob[T]{op, l, a, b, c, out})
}

var threeJobs jobs

type threeJob[T Float] struct {
	op           Ternary
	loop         loop
	a, b, c, out []T
}

func (j *threeJob[T]) Range(_, lo, hi int) {
	l := &j.loop
	n, last := l.cols, l.axes-1
	sa, sb, sc := l.stride[0][last], l.stride[1][last], l.stride[2][last]
	if last == 0 { // lo and hi are elements of the only row
		threeRow(j.op, sa, sb, sc, j.a[lo*sa:], j.b[lo*sb:], j.c[lo*sc:], j.out[lo:hi])
		return
	}
	at := l.start(lo)
	for r := lo; r < hi; r++ {
		threeRow(j.op, sa, sb, sc, j.a[at.offset[0]:], j.b[at.offset[1]:], j.c[at.offset[2]:], j.out[r*n:][:n])
		l.next(&at)
	}
}

// threeRow does a row; operands that are not contiguous are gathered, in pieces.
func threeRow[T Float](op Ternary, sa, sb, sc int, a, b, c, out []T) {
	if sa == 1 && sb == 1 && sc == 1 {
		three(op, a[:len(out)], b, c, out)
		return
	}
	var bufA, bufB, bufC [256]T
	for i := 0; i < len(out); i += len(bufA) {
		n := min(len(bufA), len(out)-i)
		three(op, piece(a, sa, i, n, &bufA), piece(b, sb, i, n, &bufB), piece(c, sc, i, n, &bufC), out[i:i+n])
	}
}

// piece returns the n elements of x from the i-th on, gathered in buf where
// they are not contiguous.
func piece[T Float](x []T, stride, i, n int, buf *[256]T) []T {
	switch stride {
	case 1:
		return x[i : i+n]
	case 0:
		if i == 0 {
			Fill(buf[:n], x[0])
		}
	default:
		for k := range n {
			buf[k] = x[(i+k)*stride]
		}
	}
	return buf[:n]
}

func three[T Float](op Ternary, a, b, c, out []T) {
	if fast[T]() && threeSIMD(op, f32(a), f32(b), f32(c), f32(out)) {
		return
	}
	threeGeneric(op, a, b, c, out)
}

func threeGeneric[T Float](op Ternary, a, b, c, out []T) {
	b, c, out = b[:len(a)], c[:len(a)], out[:len(a)]
	switch op {
	case Select:
		for i, v := range a {
			if v != 0 {
				out[i] = b[i]
			} else {
				out[i] = c[i]
			}
		}
	case Share:
		for i, v := range a {
			share := c[i]
			switch {
			case v < b[i]:
				share = 0
			case v == b[i]:
				share /= 2
			}
			out[i] = share
		}
	case PowBase:
		for i, v := range a {
			if e := b[i]; e == 0 {
				out[i] = 0
			} else {
				out[i] = c[i] * (e * power(v, e-1))
			}
		}
	case PowExponent:
		for i, v := range a {
			if e := b[i]; v == 0 && e >= 0 {
				out[i] = 0
			} else {
				out[i] = c[i] * (power(v, e) * T(math.Log(float64(v))))
			}
		}
	}
}
