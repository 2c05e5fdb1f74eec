package vec

import "github.com/hocsau/hocsau/internal/kernels/par"

// Reduce is a function of all elements along an axis.
type Reduce int

// The reductions.
const (
	ReduceSum  Reduce = iota // Σ x
	ReduceMean               // Σ x / n
	ReduceMax                // the largest, NaN where there is one
	ReduceMin                // the smallest, NaN where there is one
)

// tile is the number of columns that a reduction carries side by side: whole
// pages of a row, whose sums stay in the first-level cache.
const tile = 1024

// ReduceAxis reduces x [outer, n, inner] along its middle axis to
// y [outer, inner]. n is at least 1 for ReduceMax and ReduceMin.
func ReduceAxis[T Float](p *par.Pool, op Reduce, outer, n, inner int, x, y []T) {
	tiles := (inner + tile - 1) / tile
	run[T](p, &axisJobs, outer*tiles, rowGrain(grain, n*min(inner, tile)), axisJob[T]{op, n, inner, tiles, x, y})
}

var axisJobs jobs

type axisJob[T Float] struct {
	op              Reduce
	n, inner, tiles int
	x, y            []T
}

func (j *axisJob[T]) Range(_, lo, hi int) {
	if j.inner == 1 {
		for o := lo; o < hi; o++ {
			j.y[o] = reduceRow(j.op, j.x[o*j.n:][:j.n])
		}
		return
	}
	var acc [tile]float64
	for i := lo; i < hi; i++ {
		o, k := i/j.tiles, i%j.tiles*tile
		width := min(tile, j.inner-k)
		y := j.y[o*j.inner+k:][:width]
		reduceColumns(j.op, j.n, j.inner, j.x[o*j.n*j.inner+k:], acc[:width], y)
	}
}

func reduceRow[T Float](op Reduce, x []T) T {
	switch op {
	case ReduceSum:
		return T(rowSum(x))
	case ReduceMean:
		return T(rowSum(x) / float64(len(x)))
	}
	if fast[T]() {
		return T(extremeSIMD(op, f32(x)))
	}
	return extremeGeneric(op, x)
}

func extremeGeneric[T Float](op Reduce, x []T) T {
	m := x[0]
	if op == ReduceMin {
		for _, v := range x[1:] {
			m = min(m, v)
		}
		return m
	}
	for _, v := range x[1:] {
		m = max(m, v)
	}
	return m
}

// rowSum sums blocks of fixed size, then the sums.
func rowSum[T Float](x []T) float64 {
	sum := 0.0
	for len(x) > block {
		sum += blockTotal(totalSum, x[:block], x[:block])
		x = x[block:]
	}
	return sum + blockTotal(totalSum, x, x)
}

// reduceColumns reduces len(y) columns side by side; row r begins at x[r·pitch].
func reduceColumns[T Float](op Reduce, n, pitch int, x []T, acc []float64, y []T) {
	width := len(y)
	switch op {
	case ReduceMax, ReduceMin:
		copy(y, x[:width])
		pick := Max
		if op == ReduceMin {
			pick = Min
		}
		for r := 1; r < n; r++ {
			vectorVector(pick, y, x[r*pitch:][:width], y)
		}
		return
	}
	clear(acc)
	for r := 0; r < n; {
		// Some rows in T, all of them in float64.
		some := min(n-r, 256)
		clear(y)
		for range some {
			vectorVector(Add, y, x[r*pitch:][:width], y)
			r++
		}
		for i, v := range y {
			acc[i] += float64(v)
		}
	}
	scale := 1.0
	if op == ReduceMean {
		scale = float64(n)
	}
	for i, v := range acc {
		y[i] = T(v / scale)
	}
}

// BroadcastAxis sets x[o, i, k] = scale·y[o, k] for x [outer, n, inner]: the
// gradient of a sum (scale 1) or a mean (scale 1/n) along the middle axis.
func BroadcastAxis[T Float](p *par.Pool, outer, n, inner int, y []T, scale T, x []T) {
	run[T](p, &spreadJobs, outer*n, rowGrain(grain, inner), spreadJob[T]{n, inner, y, scale, x})
}

var spreadJobs jobs

type spreadJob[T Float] struct {
	n, inner int
	y        []T
	scale    T
	x        []T
}

func (j *spreadJob[T]) Range(_, lo, hi int) {
	if j.inner == 1 {
		for r := lo; r < hi; {
			o := r / j.n
			end := min(hi, (o+1)*j.n)
			Fill(j.x[r:end], j.scale*j.y[o])
			r = end
		}
		return
	}
	for r := lo; r < hi; r++ {
		y := j.y[r/j.n*j.inner:][:j.inner]
		vectorScalar(Mul, y, j.scale, j.x[r*j.inner:][:j.inner])
	}
}

// ArgMaxAxis sets idx[o, k] to the first i with the largest x[o, i, k], for
// x [outer, n, inner]. A NaN counts as the largest.
func ArgMaxAxis[T Float](p *par.Pool, outer, n, inner int, x []T, idx []int) {
	run[T](p, &argMaxJobs, outer*inner, rowGrain(grain, n), argMaxJob[T]{n, inner, x, idx})
}

var argMaxJobs jobs

type argMaxJob[T Float] struct {
	n, inner int
	x        []T
	idx      []int
}

func (j *argMaxJob[T]) Range(_, lo, hi int) {
	for r := lo; r < hi; r++ {
		x := j.x[r/j.inner*j.n*j.inner+r%j.inner:]
		best, at := x[0], 0
		for i := 1; i < j.n; i++ {
			v := x[i*j.inner]
			if v > best || v != v && best == best {
				best, at = v, i
			}
		}
		j.idx[r] = at
	}
}

// ChannelSum sets y[c] = Σ x[n, c, i] over all n and i, for x [n, c, area]:
// the gradient of a bias.
func ChannelSum[T Float](p *par.Pool, n, c, area int, x, y []T) {
	if area == 1 {
		ReduceAxis(p, ReduceSum, 1, n, c, x, y)
		return
	}
	run[T](p, &channelJobs, c, rowGrain(grain, n*area), channelJob[T]{n, c, area, x, y})
}

var channelJobs jobs

type channelJob[T Float] struct {
	n, c, area int
	x, y       []T
}

func (j *channelJob[T]) Range(_, lo, hi int) {
	for c := lo; c < hi; c++ {
		sum := 0.0
		for i := range j.n {
			sum += rowSum(j.x[(i*j.c+c)*j.area:][:j.area])
		}
		j.y[c] = T(sum)
	}
}
