package vec

import "math"

// The forms for small planes, [N, C] above all: a tile of channels side by
// side, one row a sample.

func (j *normJob[T]) columns(c, width int) {
	if j.kind == normStats {
		j.columnStats(c, width)
	} else {
		j.columnGrad(c, width)
	}
}

func (j *normJob[T]) columnStats(c, width int) {
	count := float64(j.n * j.area)
	var sum, squares [tile]float64
	var mean [tile]T
	for i := range j.n {
		for k, x := range j.strip(j.x, i, c, width) {
			sum[k/j.area] += float64(x)
		}
	}
	for k := range width {
		mean[k] = T(sum[k] / count)
		sum[k] = 0
	}
	for i := range j.n {
		for k, x := range j.strip(j.x, i, c, width) {
			d := float64(x) - float64(mean[k/j.area])
			sum[k/j.area] += d
			squares[k/j.area] += d * d
		}
	}
	copy(j.mean[c:], mean[:width])
	for k := range width {
		j.variance[c+k] = T(max(0, (squares[k]-sum[k]*sum[k]/count)/count))
	}
}

// strip returns the planes of channels c to c+width of sample i.
func (j *normJob[T]) strip(x []T, i, c, width int) []T {
	return x[(i*j.c+c)*j.area:][:width*j.area]
}

func (j *normJob[T]) columnGrad(c, width int) {
	count := float64(j.n * j.area)
	var sum, dot [tile]float64
	for i := range j.n {
		x := j.strip(j.x, i, c, width)
		for k, d := range j.strip(j.dy, i, c, width) {
			at := k / j.area
			sum[at] += float64(d)
			dot[at] += float64(d) * (float64(x[k]) - float64(j.mean[c+at]))
		}
	}
	var a, b, d [tile]T
	for k := range width {
		inv := 1 / math.Sqrt(float64(j.variance[c+k])+float64(j.eps))
		scale := float64(factor(j.gamma, c+k)) * inv
		dot[k] *= inv
		if j.dgamma != nil {
			j.dgamma[c+k] = T(dot[k])
		}
		if j.dbeta != nil {
			j.dbeta[c+k] = T(sum[k])
		}
		a[k] = T(scale)
		if j.kind == normGrad {
			b[k], d[k] = T(-scale*inv*dot[k]/count), T(-scale*sum[k]/count)
		}
	}
	if j.dx == nil {
		return
	}
	for i := range j.n {
		x, dx := j.strip(j.x, i, c, width), j.strip(j.dx, i, c, width)
		for k, v := range j.strip(j.dy, i, c, width) {
			at := k / j.area
			dx[k] = a[at]*v + b[at]*(x[k]-j.mean[c+at]) + d[at]
		}
	}
}

// columns normalises the planes lo to hi, counted over samples and channels.
func (j *normApplyJob[T]) columns(lo, hi int) {
	var scale, mean, beta [tile]T
	for first := 0; first < j.c; first += tile {
		width := min(tile, j.c-first)
		for k := range width {
			scale[k], mean[k], beta[k] = j.affine(first + k)
		}
		for row := lo / j.c * j.c; row < hi; row += j.c {
			from, to := max(lo, row+first), min(hi, row+first+width)
			for r := from; r < to; r++ {
				k := r - row - first
				for i := r * j.area; i < (r+1)*j.area; i++ {
					y := scale[k]*(j.x[i]-mean[k]) + beta[k]
					if j.relu {
						y = max(0, y)
					}
					j.y[i] = y
				}
			}
		}
	}
}
