package vec

import "github.com/hocsau/hocsau/internal/kernels/par"

// MaxAxes is the largest number of axes of a strided loop.
const MaxAxes = 8

// ZipBroadcast sets out = op(a, b) over all indices of shape, of at most
// [MaxAxes] axes. out is contiguous; aStride and bStride count elements and
// are 0 along an axis that the operand does not have.
func ZipBroadcast[T Float](p *par.Pool, op Binary, shape, aStride, bStride []int, a, b, out []T) {
	var l loop
	l.add(shape, aStride, bStride)
	l.split()
	if l.rows*l.cols == 0 {
		return
	}
	if l.axes == 1 {
		switch s := l.stride; {
		case s[0][0] == 1 && s[1][0] == 1:
			Zip(p, op, a[:l.cols], b[:l.cols], out)
			return
		case s[0][0] == 1 && s[1][0] == 0:
			ZipScalar(p, op, a[:l.cols], b[0], out)
			return
		case s[0][0] == 0 && s[1][0] == 1:
			ScalarZip(p, op, a[0], b[:l.cols], out)
			return
		}
	}
	run[T](p, &broadcastJobs, l.rows, rowGrain(op.grain(), l.cols), broadcastJob[T]{op, l, a, b, out})
}

var broadcastJobs jobs

type broadcastJob[T Float] struct {
	op        Binary
	loop      loop
	a, b, out []T
}

func (j *broadcastJob[T]) Range(_, lo, hi int) {
	l := &j.loop
	n := l.cols
	last := l.axes - 1
	sa, sb := l.stride[0][last], l.stride[1][last]
	at := l.start(lo)
	for r := lo; r < hi; r++ {
		a, b := j.a[at.offset[0]:], j.b[at.offset[1]:]
		out := j.out[r*n:][:n]
		switch {
		case sa == 1 && sb == 1:
			vectorVector(j.op, a[:n], b[:n], out)
		case sa == 1 && sb == 0:
			vectorScalar(j.op, a[:n], b[0], out)
		case sa == 0 && sb == 1:
			scalarVector(j.op, a[0], b[:n], out)
		default:
			stridedRow(j.op, sa, sb, a, b, out)
		}
		l.next(&at)
	}
}

// stridedRow is the loop over a row whose operands are not contiguous, taken
// in pieces that are gathered first.
func stridedRow[T Float](op Binary, sa, sb int, a, b, out []T) {
	var bufA, bufB [64]T
	for i := 0; i < len(out); i += len(bufA) {
		n := min(len(bufA), len(out)-i)
		for k := range n {
			bufA[k] = a[(i+k)*sa]
			bufB[k] = b[(i+k)*sb]
		}
		vectorVector(op, bufA[:n], bufB[:n], out[i:i+n])
	}
}

// loop is a nest of loops over two or three strided operands, its axes joined
// where all allow.
type loop struct {
	axes       int
	size       [MaxAxes]int
	stride     [3][MaxAxes]int
	rows, cols int // iterations of the outer axes together, and of the last
}

// add sets the axes, dropping those of size 1 and joining neighbours.
func (l *loop) add(shape []int, strides ...[]int) {
	l.axes = 0
	for i, n := range shape {
		if n == 1 {
			continue
		}
		k := l.axes - 1
		joined := k >= 0
		for o, s := range strides {
			joined = joined && l.stride[o][k] == s[i]*n
		}
		if joined {
			l.size[k] *= n
		} else {
			k = l.axes
			l.size[k] = n
			l.axes++
		}
		for o, s := range strides {
			l.stride[o][k] = s[i]
		}
	}
	if l.axes == 0 {
		l.axes, l.size[0] = 1, 1
		for o := range strides {
			l.stride[o][0] = 1
		}
	}
}

// split sets rows and cols.
func (l *loop) split() {
	l.rows, l.cols = 1, l.size[l.axes-1]
	for _, n := range l.size[:l.axes-1] {
		l.rows *= n
	}
}

// place is a position in the outer axes of a loop.
type place struct {
	index  [MaxAxes]int
	offset [3]int
}

// start returns the position of an outer iteration.
func (l *loop) start(row int) place {
	var at place
	for i := l.axes - 2; i >= 0; i-- {
		k := row % l.size[i]
		row /= l.size[i]
		at.index[i] = k
		for o := range at.offset {
			at.offset[o] += k * l.stride[o][i]
		}
	}
	return at
}

// next moves to the following outer iteration.
func (l *loop) next(at *place) {
	for i := l.axes - 2; i >= 0; i-- {
		at.index[i]++
		for o := range at.offset {
			at.offset[o] += l.stride[o][i]
		}
		if at.index[i] < l.size[i] {
			return
		}
		at.index[i] = 0
		for o := range at.offset {
			at.offset[o] -= l.size[i] * l.stride[o][i]
		}
	}
}
