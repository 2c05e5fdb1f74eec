package vec

import "github.com/hocsau/hocsau/internal/kernels/par"

// Transpose sets y to x [shape] with its axes in the order perm, of at most
// [MaxAxes] axes: axis i of y is axis perm[i] of x. x and y do not overlap.
func Transpose[T Float](p *par.Pool, shape, perm []int, x, y []T) {
	var size, from, to, step [MaxAxes]int
	n := len(shape)
	for i, s := n-1, 1; i >= 0; i-- {
		step[i] = s
		s *= shape[i]
	}
	for i, s := n-1, 1; i >= 0; i-- {
		size[i], from[i], to[i] = shape[perm[i]], step[perm[i]], s
		s *= size[i]
	}
	CopyStrided(p, size[:n], from[:n], to[:n], x, y)
}

// CopyStrided copies x to y over all indices of shape, of at most [MaxAxes]
// axes; strides count elements, x and y begin at index 0 and do not overlap.
// Strides of x may be 0. It serves slices, concatenation and permuted axes.
func CopyStrided[T Float](p *par.Pool, shape, xStride, yStride []int, x, y []T) {
	var l loop
	l.add(shape, xStride, yStride)
	turned := l.turn()
	l.split()
	if l.rows*l.cols == 0 {
		return
	}
	if turned {
		// The last two axes are a matrix to transpose, in bands.
		l.rows /= l.size[l.axes-2]
		bands := (l.size[l.axes-2] + band - 1) / band
		run[T](p, &turnJobs, l.rows*bands, rowGrain(grain, band*l.cols), turnJob[T]{l, bands, x, y})
		return
	}
	if l.axes == 1 && l.stride[0][0] == 1 && l.stride[1][0] == 1 {
		Copy(p, x[:l.cols], y[:l.cols])
		return
	}
	run[T](p, &stridedJobs, l.rows, rowGrain(grain, l.cols), stridedJob[T]{l, x, y})
}

// turn arranges the axes so that y is written in order and, where x runs
// along another axis than y, that axis comes next to the last. It tells
// whether the last two axes are such a pair.
func (l *loop) turn() bool {
	across, along := -1, -1
	for i := range l.axes {
		if l.stride[0][i] == 1 {
			across = i
		}
		if l.stride[1][i] == 1 {
			along = i
		}
	}
	last := l.axes - 1
	if along < 0 || along == across && along == last {
		return false
	}
	if along != last {
		l.moveToEnd(along)
		if across > along {
			across--
		}
	}
	if across < 0 || across == along {
		return false
	}
	l.moveToEnd(across)
	l.moveToEnd(last - 1) // y's axis: moving x's one put it there
	if l.size[last] >= 4 && l.size[last-1] >= 4 {
		return true
	}
	if l.size[last] < l.size[last-1] {
		l.moveToEnd(last - 1) // the longer one inside
	}
	return false
}

func (l *loop) moveToEnd(i int) {
	last := l.axes - 1
	size, s0, s1 := l.size[i], l.stride[0][i], l.stride[1][i]
	copy(l.size[i:last], l.size[i+1:])
	copy(l.stride[0][i:last], l.stride[0][i+1:])
	copy(l.stride[1][i:last], l.stride[1][i+1:])
	l.size[last], l.stride[0][last], l.stride[1][last] = size, s0, s1
}

var stridedJobs, turnJobs jobs

type stridedJob[T Float] struct {
	loop loop
	x, y []T
}

func (j *stridedJob[T]) Range(_, lo, hi int) {
	l := &j.loop
	n, last := l.cols, l.axes-1
	sx, sy := l.stride[0][last], l.stride[1][last]
	at := l.start(lo)
	for range hi - lo {
		x, y := j.x[at.offset[0]:], j.y[at.offset[1]:]
		switch {
		case sx == 1 && sy == 1:
			copy(y[:n], x[:n])
		case sx == 0 && sy == 1:
			Fill(y[:n], x[0])
		default:
			for i := range n {
				y[i*sy] = x[i*sx]
			}
		}
		l.next(&at)
	}
}

// band is the number of rows that a thread transposes at least.
const band = 32

type turnJob[T Float] struct {
	loop  loop
	bands int
	x, y  []T
}

func (j *turnJob[T]) Range(_, lo, hi int) {
	outer := j.loop // without the rows of the matrix, which start and next pass over
	last := outer.axes - 1
	rows, cols := outer.size[last-1], outer.size[last]
	pitchY, pitchX := outer.stride[1][last-1], outer.stride[0][last]
	outer.axes--
	at := outer.start(lo / j.bands)
	for i := lo; i < hi; i++ {
		first := i % j.bands * band
		if first == 0 && i > lo {
			outer.next(&at)
		}
		x, y := j.x[at.offset[0]+first:], j.y[at.offset[1]+first*pitchY:]
		turnMatrix(min(band, rows-first), cols, pitchX, pitchY, x, y)
	}
}

// turnMatrix sets y[r·pitchY + c] = x[c·pitchX + r].
func turnMatrix[T Float](rows, cols, pitchX, pitchY int, x, y []T) {
	const side = 8
	wholeRows, wholeCols := 0, 0
	if fast[T]() {
		wholeRows, wholeCols = rows&^(side-1), cols&^(side-1)
		for c := 0; c < wholeCols; c += side {
			for r := 0; r < wholeRows; r += side {
				turn8SIMD(f32(x[c*pitchX+r:]), pitchX, f32(y[r*pitchY+c:]), pitchY)
			}
		}
	}
	turnGeneric(wholeRows, wholeCols, cols, pitchX, pitchY, x, y)
	for r := wholeRows; r < rows; r++ {
		row := y[r*pitchY:][:cols]
		for c := range row {
			row[c] = x[c*pitchX+r]
		}
	}
}

// turnGeneric does the columns from c0 of the first rows.
func turnGeneric[T Float](rows, c0, cols, pitchX, pitchY int, x, y []T) {
	for r := range rows {
		row := y[r*pitchY:][:cols]
		for c := c0; c < cols; c++ {
			row[c] = x[c*pitchX+r]
		}
	}
}
