package vec

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// BatchNormStats sets mean [c] and the biased variance [c] of x [n, c, area]
// over n and area, exactly enough where the
// mean is far from 0.
func BatchNormStats[T Float](p *par.Pool, n, c, area int, x, mean, variance []T) {
	run[T](p, &normJobs, c, rowGrain(grain, n*area), normJob[T]{kind: normStats, n: n, c: c, area: area, x: x, mean: mean, variance: variance})
}

// BatchNormApply sets y = gamma·(x − mean)/√(variance + eps) + beta for
// x [n, c, area] and, with relu, max(0, ·) of that. gamma and beta may be nil:
// 1 and 0. y may be x.
func BatchNormApply[T Float](p *par.Pool, n, c, area int, x, mean, variance []T, eps T, gamma, beta []T, y []T, relu bool) {
	run[T](p, &normApplyJobs, n*c, rowGrain(grain, area), normApplyJob[T]{c, area, x, mean, variance, eps, gamma, beta, y, relu})
}

// BatchNormGrad sets the gradients through y = gamma·x̂ + beta, where
// x̂ = (x − mean)/√(variance + eps) and mean and variance are x's own:
//
//	dbeta = Σ dy   dgamma = Σ dy·x̂
//	dx = gamma/√(variance + eps)·(dy − dbeta/m − x̂·dgamma/m),  m = n·area
//
// gamma may be nil (1), and so may dgamma and dbeta. dx may be dy.
func BatchNormGrad[T Float](p *par.Pool, n, c, area int, x, mean, variance []T, eps T, gamma, dy []T, dx, dgamma, dbeta []T) {
	run[T](p, &normJobs, c, rowGrain(grain, n*area), normJob[T]{normGrad, n, c, area, x, mean, variance, eps, gamma, dy, dx, dgamma, dbeta})
}

// BatchNormFixedGrad is [BatchNormGrad] where mean and variance are constants,
// as in evaluation: dx = gamma/√(variance + eps)·dy. dx may be nil.
func BatchNormFixedGrad[T Float](p *par.Pool, n, c, area int, x, mean, variance []T, eps T, gamma, dy []T, dx, dgamma, dbeta []T) {
	run[T](p, &normJobs, c, rowGrain(grain, n*area), normJob[T]{normFixedGrad, n, c, area, x, mean, variance, eps, gamma, dy, dx, dgamma, dbeta})
}

// The loops over channels.
type normKind int

const (
	normStats normKind = iota
	normGrad
	normFixedGrad
)

var normJobs, normApplyJobs jobs

type normJob[T Float] struct {
	kind              normKind
	n, c, area        int
	x, mean, variance []T
	eps               T
	gamma, dy         []T
	dx, dgamma, dbeta []T
}

func (j *normJob[T]) Range(_, lo, hi int) {
	if j.area < lanes {
		for c := lo; c < hi; c += tile {
			j.columns(c, min(tile, hi-c))
		}
		return
	}
	for c := lo; c < hi; c++ {
		if j.kind == normStats {
			j.stats(c)
		} else {
			j.grad(c)
		}
	}
}

// plane returns channel c of sample i.
func (j *normJob[T]) plane(x []T, i, c int) []T { return x[(i*j.c+c)*j.area:][:j.area] }

// quickBlock is the number of elements that assembly may sum in float32, in 32
// lanes, before the sum goes to float64.
const quickBlock = 2048

func (j *normJob[T]) stats(c int) {
	var all moments
	for i := range j.n {
		x := j.plane(j.x, i, c)
		for len(x) > quickBlock {
			all.join(blockMoments(x[:quickBlock]))
			x = x[quickBlock:]
		}
		all.join(blockMoments(x))
	}
	j.mean[c] = T(all.mean)
	j.variance[c] = T(all.squares / all.count)
}

// moments are the number of some elements, their mean and the sum of the
// squares of their differences from it.
type moments struct{ count, mean, squares float64 }

// join adds the elements of b (Chan, Golub and LeVeque 1979).
func (a *moments) join(b moments) {
	count := a.count + b.count
	d := b.mean - a.mean
	a.squares += b.squares + d*d*a.count*b.count/count
	a.mean += d * b.count / count
	a.count = count
}

// blockMoments makes two passes over a block that stays in the first cache.
func blockMoments[T Float](x []T) moments {
	n := float64(len(x))
	if fast[T]() {
		a := float32(quickSumAVX2(f32(x)) / n)
		sum, squares := shiftedSquaresAVX2(f32(x), a)
		// Σ(x − mean)² = Σ(x − a)² − n·(mean − a)²
		return moments{n, float64(a) + sum/n, max(0, squares-sum*sum/n)}
	}
	return momentsGeneric(x)
}

func momentsGeneric[T Float](x []T) moments {
	n := float64(len(x))
	mean := totalGeneric(totalSum, x, x) / n
	var sum, squares float64
	for _, v := range x {
		d := float64(v) - mean
		sum += d
		squares += d * d
	}
	return moments{n, mean + sum/n, max(0, squares-sum*sum/n)}
}

func (j *normJob[T]) grad(c int) {
	count := float64(j.n * j.area)
	mean := j.mean[c]
	inv := 1 / math.Sqrt(float64(j.variance[c])+float64(j.eps))
	var sum, dot float64
	if j.kind == normGrad || j.dgamma != nil || j.dbeta != nil {
		for i := range j.n {
			s, d := sumShiftedDot(j.plane(j.dy, i, c), j.plane(j.x, i, c), mean)
			sum += s
			dot += d
		}
	}
	dot *= inv
	if j.dgamma != nil {
		j.dgamma[c] = T(dot)
	}
	if j.dbeta != nil {
		j.dbeta[c] = T(sum)
	}
	scale := float64(factor(j.gamma, c)) * inv
	if j.kind == normFixedGrad {
		for i := range j.n {
			if j.dx != nil {
				vectorScalar(Mul, j.plane(j.dy, i, c), T(scale), j.plane(j.dx, i, c))
			}
		}
		return
	}
	// dx = a·dy + b·(x − mean) + d
	a, b, d := T(scale), T(-scale*inv*dot/count), T(-scale*sum/count)
	for i := range j.n {
		normGradRow(j.plane(j.dy, i, c), j.plane(j.x, i, c), mean, a, b, d, j.plane(j.dx, i, c))
	}
}

// sumShiftedDot returns Σ dy and Σ dy·(x − mean).
func sumShiftedDot[T Float](dy, x []T, mean T) (sum, dot float64) {
	for len(x) > quickBlock {
		s, d := blockShiftedDot(dy[:quickBlock], x[:quickBlock], mean)
		sum += s
		dot += d
		dy, x = dy[quickBlock:], x[quickBlock:]
	}
	s, d := blockShiftedDot(dy, x, mean)
	return sum + s, dot + d
}

func blockShiftedDot[T Float](dy, x []T, mean T) (sum, dot float64) {
	if fast[T]() {
		return sumShiftedDotAVX2(f32(dy), f32(x), float32(mean))
	}
	for i, v := range dy {
		sum += float64(v)
		dot += float64(v) * (float64(x[i]) - float64(mean))
	}
	return sum, dot
}

// normGradRow sets dx = a·dy + b·(x − mean) + d.
func normGradRow[T Float](dy, x []T, mean, a, b, d T, dx []T) {
	if fast[T]() {
		normGradAVX2(f32(dy), f32(x), float32(mean), float32(a), float32(b), float32(d), f32(dx))
		return
	}
	for i, v := range dy {
		dx[i] = a*v + b*(x[i]-mean) + d
	}
}

type normApplyJob[T Float] struct {
	c, area           int
	x, mean, variance []T
	eps               T
	gamma, beta, y    []T
	relu              bool
}

func (j *normApplyJob[T]) Range(_, lo, hi int) {
	if j.area < lanes {
		j.columns(lo, hi)
		return
	}
	for r := lo; r < hi; r++ {
		c := r % j.c
		scale, mean, beta := j.affine(c)
		x, y := j.x[r*j.area:][:j.area], j.y[r*j.area:][:j.area]
		normApplyRow(x, mean, scale, beta, y, j.relu)
	}
}

// affine returns a, m and b of y = a·(x − m) + b.
func (j *normApplyJob[T]) affine(c int) (scale, mean, beta T) {
	scale = T(float64(factor(j.gamma, c)) / math.Sqrt(float64(j.variance[c])+float64(j.eps)))
	if j.beta != nil {
		beta = j.beta[c]
	}
	return scale, j.mean[c], beta
}

// normApplyRow sets y = scale·(x − mean) + beta, with relu max(0, ·) of it.
func normApplyRow[T Float](x []T, mean, scale, beta T, y []T, relu bool) {
	if fast[T]() {
		normApplyAVX2(f32(x), float32(mean), float32(scale), float32(beta), f32(y), relu)
		return
	}
	if relu {
		for i, v := range x {
			y[i] = max(0, scale*(v-mean)+beta)
		}
		return
	}
	for i, v := range x {
		y[i] = scale*(v-mean) + beta
	}
}
