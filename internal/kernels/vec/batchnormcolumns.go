package vec

// The forms for small planes, [N, C] above all: a tile of channels side by
// side, one row a sample.

func (j *normJob[T]) columns(c, width int) {
	switch j.kind {
	case normStats:
		j.columnStats(c, width)
	case normSums:
		j.columnSums(c, width)
	default:
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

// behind returns the gradient d behind the rectifier, for dy where x is.
func (j *channelNorm[T]) behind(x, dy, scale, mean, beta T) T {
	if !j.rectify.On || scale*(x-mean)+beta > 0 {
		return dy
	}
	if j.rectify.Slope == 0 {
		return 0
	}
	return dy * j.rectify.Slope
}

// affines returns [channelNorm.affine] of width channels from c on.
func (j *channelNorm[T]) affines(c, width int) (scale, mean, beta [tile]T) {
	for k := range width {
		scale[k], mean[k], beta[k] = j.affine(c + k)
	}
	return scale, mean, beta
}

func (j *normJob[T]) columnSums(c, width int) {
	var sum, dot [tile]float64
	scale, mean, beta := j.affines(c, width)
	for i := range j.n {
		x := j.strip(j.x, i, c, width)
		for k, d := range j.strip(j.dy, i, c, width) {
			at := k / j.area
			d = j.behind(x[k], d, scale[at], mean[at], beta[at])
			sum[at] += float64(d)
			dot[at] += float64(d) * (float64(x[k]) - float64(mean[at]))
		}
	}
	for k := range width {
		j.dgamma[c+k] = T(dot[k] * j.inverse(c+k))
		j.dbeta[c+k] = T(sum[k])
	}
}

func (j *normJob[T]) columnGrad(c, width int) {
	var g [tile]affineGrad[T]
	scale, mean, beta := j.affines(c, width)
	for k := range width {
		g[k] = j.slopes(c + k)
	}
	for i := range j.n {
		x, dx := j.strip(j.x, i, c, width), j.strip(j.dx, i, c, width)
		for k, v := range j.strip(j.dy, i, c, width) {
			at := k / j.area
			v = j.behind(x[k], v, scale[at], mean[at], beta[at])
			dx[k] = g[at].a*v + g[at].b*(x[k]-mean[at]) + g[at].c
		}
	}
}

// columns normalises the planes lo to hi, counted over samples and channels.
func (j *normApplyJob[T]) columns(lo, hi int) {
	for first := 0; first < j.c; first += tile {
		width := min(tile, j.c-first)
		scale, mean, beta := j.affines(first, width)
		for row := lo / j.c * j.c; row < hi; row += j.c {
			from, to := max(lo, row+first), min(hi, row+first+width)
			for r := from; r < to; r++ {
				k := r - row - first
				for i := r * j.area; i < (r+1)*j.area; i++ {
					y := scale[k]*(j.x[i]-mean[k]) + beta[k]
					switch {
					case !j.rectify.On:
					case j.rectify.Slope == 0:
						y = max(0, y)
					case !(y > 0):
						y *= j.rectify.Slope
					}
					j.y[i] = y
				}
			}
		}
	}
}
