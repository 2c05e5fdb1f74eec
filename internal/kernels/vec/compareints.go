package vec

import "github.com/hocsau/hocsau/internal/kernels/par"

// CompareInts sets out to 1 where a op b holds, one of Eq to Ge, else 0, as
// [ZipBroadcast] does for numbers.
func CompareInts[T Float](p *par.Pool, op Binary, shape, aStride, bStride, a, b []int, out []T) {
	var l loop
	l.add(shape, aStride, bStride)
	l.split()
	if l.rows*l.cols == 0 {
		return
	}
	run[T](p, &compareJobs, l.rows, rowGrain(grain, l.cols), compareJob[T]{op, l, a, b, out})
}

var compareJobs jobs

type compareJob[T Float] struct {
	op   Binary
	loop loop
	a, b []int
	out  []T
}

func (j *compareJob[T]) Range(_, lo, hi int) {
	l := &j.loop
	n, last := l.cols, l.axes-1
	sa, sb := l.stride[0][last], l.stride[1][last]
	at := l.start(lo)
	for r := lo; r < hi; r++ {
		a, b := j.a[at.offset[0]:], j.b[at.offset[1]:]
		for i := range n {
			j.out[r*n+i] = indicator[T](j.op.holds(a[i*sa], b[i*sb]))
		}
		l.next(&at)
	}
}

// holds tells whether a comparison does.
func (op Binary) holds(a, b int) bool {
	switch op {
	case Eq:
		return a == b
	case Ne:
		return a != b
	case Lt:
		return a < b
	case Le:
		return a <= b
	case Gt:
		return a > b
	}
	return a >= b
}
