package vec

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// BatchNormStats sets mean [c] and the biased variance [c] of x [n, c, area]
// over n and area, exactly enough where the
// mean is far from 0.
func BatchNormStats[T Float](p *par.Pool, n, c, area int, x, mean, variance []T) {
	run[T](p, &normJobs, c, rowGrain(grain, n*area), normJob[T]{kind: normStats, n: n, c: c, area: area, x: x, channelNorm: channelNorm[T]{mean: mean, variance: variance}})
}

// Rectify is what follows a normalisation in the same pass: where it is on, y
// for y > 0, else slope·y; slope 0 is ReLU.
type Rectify[T Float] struct {
	On    bool
	Slope T
}

// op returns the same as an operation of [Map].
func (r Rectify[T]) op() Unary {
	if r.Slope == 0 {
		return ReLU
	}
	return LeakyReLU
}

// BatchNormApply sets y = r(gamma·(x − mean)/√(variance + eps) + beta) for
// x [n, c, area]. gamma and beta may be nil: 1 and 0. y may be x.
func BatchNormApply[T Float](p *par.Pool, n, c, area int, x, mean, variance []T, eps T, gamma, beta, y []T, r Rectify[T]) {
	run[T](p, &normApplyJobs, n*c, rowGrain(grain, area), normApplyJob[T]{channelNorm[T]{mean, variance, eps, gamma, beta, r}, c, area, x, y})
}

// BatchNormSums sets the gradients by gamma and beta of
// y = r(gamma·x̂ + beta), x̂ = (x − mean)/√(variance + eps):
//
//	dbeta = Σ d   dgamma = Σ d·x̂,  d = dy·r′
//
// gamma and beta may be nil: 1 and 0.
func BatchNormSums[T Float](p *par.Pool, n, c, area int, x, mean, variance []T, eps T, gamma, beta, dy []T, r Rectify[T], dgamma, dbeta []T) {
	run[T](p, &normJobs, c, rowGrain(grain, n*area), normJob[T]{channelNorm: channelNorm[T]{mean, variance, eps, gamma, beta, r},
		kind: normSums, n: n, c: c, area: area, x: x, dy: dy, dgamma: dgamma, dbeta: dbeta})
}

// BatchNormGrad sets the gradient by x of [BatchNormSums]' y, where mean and
// variance are x's own, from dgamma and dbeta:
//
//	dx = gamma/√(variance + eps)·(d − dbeta/m − x̂·dgamma/m),  m = n·area
//
// dx may be dy or x.
func BatchNormGrad[T Float](p *par.Pool, n, c, area int, x, mean, variance []T, eps T, gamma, beta, dy []T, r Rectify[T], dgamma, dbeta, dx []T) {
	run[T](p, &normJobs, c, rowGrain(grain, n*area), normJob[T]{channelNorm: channelNorm[T]{mean, variance, eps, gamma, beta, r},
		kind: normGrad, n: n, c: c, area: area, x: x, dy: dy, dgamma: dgamma, dbeta: dbeta, dx: dx})
}

// BatchNormFixedGrad is [BatchNormGrad] where mean and variance are constants,
// as in evaluation: dx = gamma/√(variance + eps)·d.
func BatchNormFixedGrad[T Float](p *par.Pool, n, c, area int, x, mean, variance []T, eps T, gamma, beta, dy []T, r Rectify[T], dx []T) {
	run[T](p, &normJobs, c, rowGrain(grain, n*area), normJob[T]{channelNorm: channelNorm[T]{mean, variance, eps, gamma, beta, r},
		kind: normFixedGrad, n: n, c: c, area: area, x: x, dy: dy, dx: dx})
}

// The loops over channels.
type normKind int

const (
	normStats normKind = iota
	normSums
	normGrad
	normFixedGrad
)

var normJobs, normApplyJobs jobs

// channelNorm is y = r(gamma·(x − mean)/√(variance + eps) + beta) for each
// channel.
type channelNorm[T Float] struct {
	mean, variance []T
	eps            T
	gamma, beta    []T
	rectify        Rectify[T]
}

// inverse returns 1/√(variance + eps).
func (j *channelNorm[T]) inverse(c int) float64 {
	return 1 / math.Sqrt(float64(j.variance[c])+float64(j.eps))
}

// affine returns a, m and b of y = r(a·(x − m) + b).
func (j *channelNorm[T]) affine(c int) (scale, mean, beta T) {
	scale = NormScale(factor(j.gamma, c), j.variance[c], j.eps)
	if j.beta != nil {
		beta = j.beta[c]
	}
	return scale, j.mean[c], beta
}

type normJob[T Float] struct {
	channelNorm[T]
	kind              normKind
	n, c, area        int
	x, dy             []T
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
		switch j.kind {
		case normStats:
			j.stats(c)
		case normSums:
			j.sums(c)
		default:
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
		a := float32(quickSumSIMD(f32(x)) / n)
		sum, squares := shiftedSquaresSIMD(f32(x), a)
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

// affineGrad is dx = a·d + b·(x − mean) + c.
type affineGrad[T Float] struct{ a, b, c T }

// walk goes over channel c in parts that stay in the first cache. It returns
// Σ d and Σ d·(x − mean) of the gradients d behind the rectifier, or sets dx.
func (j *normJob[T]) walk(c int, g affineGrad[T]) (sum, dot float64) {
	var tmp [quickBlock]T
	scale, mean, beta := j.affine(c)
	for i := range j.n {
		x, dy := j.plane(j.x, i, c), j.plane(j.dy, i, c)
		for lo := 0; lo < j.area; lo += quickBlock {
			hi := min(lo+quickBlock, j.area)
			d := dy[lo:hi]
			if j.rectify.On {
				y := tmp[:hi-lo]
				normApplyRow(x[lo:hi], mean, scale, beta, y, false)
				mapGradRow(j.rectify.op(), y, d, y, j.rectify.Slope)
				d = y
			}
			switch j.kind {
			case normSums:
				s, p := blockShiftedDot(d, x[lo:hi], mean)
				sum += s
				dot += p
			case normFixedGrad:
				vectorScalar(Mul, d, g.a, j.plane(j.dx, i, c)[lo:hi])
			default:
				normGradRow(d, x[lo:hi], mean, g.a, g.b, g.c, j.plane(j.dx, i, c)[lo:hi])
			}
		}
	}
	return sum, dot
}

func (j *normJob[T]) sums(c int) {
	sum, dot := j.walk(c, affineGrad[T]{})
	j.dgamma[c] = T(dot * j.inverse(c))
	j.dbeta[c] = T(sum)
}

func (j *normJob[T]) grad(c int) {
	j.walk(c, j.slopes(c))
}

func (j *normJob[T]) slopes(c int) affineGrad[T] {
	inv := j.inverse(c)
	scale := float64(factor(j.gamma, c)) * inv
	if j.kind == normFixedGrad {
		return affineGrad[T]{a: T(scale)}
	}
	count := float64(j.n * j.area)
	return affineGrad[T]{T(scale), T(-scale * inv * float64(j.dgamma[c]) / count), T(-scale * float64(j.dbeta[c]) / count)}
}

// blockShiftedDot returns Σ dy and Σ dy·(x − mean).
func blockShiftedDot[T Float](dy, x []T, mean T) (sum, dot float64) {
	if fast[T]() {
		return sumShiftedDotSIMD(f32(dy), f32(x), float32(mean))
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
		normGradSIMD(f32(dy), f32(x), float32(mean), float32(a), float32(b), float32(d), f32(dx))
		return
	}
	for i, v := range dy {
		dx[i] = a*v + b*(x[i]-mean) + d
	}
}

type normApplyJob[T Float] struct {
	channelNorm[T]
	c, area int
	x, y    []T
}

func (j *normApplyJob[T]) Range(_, lo, hi int) {
	if j.area < lanes {
		j.columns(lo, hi)
		return
	}
	for r := lo; r < hi; r++ {
		scale, mean, beta := j.affine(r % j.c)
		NormRow(j.x[r*j.area:][:j.area], mean, scale, beta, j.y[r*j.area:][:j.area], j.rectify)
	}
}

// NormScale returns the factor of a normalisation, gamma/√(variance + eps).
func NormScale[T Float](gamma, variance, eps T) T {
	return T(float64(gamma) / math.Sqrt(float64(variance)+float64(eps)))
}

// NormRow sets y = r(scale·(x − mean) + beta) on the caller's thread: the same
// bits as [BatchNormApply] for rows of at least eight elements. y may be x.
func NormRow[T Float](x []T, mean, scale, beta T, y []T, r Rectify[T]) {
	relu := r.On && r.Slope == 0
	for lo := 0; lo < len(x); lo += quickBlock {
		hi := min(lo+quickBlock, len(x))
		normApplyRow(x[lo:hi], mean, scale, beta, y[lo:hi], relu)
		if r.On && !relu {
			mapRow(LeakyReLU, y[lo:hi], y[lo:hi], r.Slope)
		}
	}
}

// normApplyRow sets y = scale·(x − mean) + beta, with relu max(0, ·) of it.
func normApplyRow[T Float](x []T, mean, scale, beta T, y []T, relu bool) {
	if fast[T]() {
		normApplySIMD(f32(x), float32(mean), float32(scale), float32(beta), f32(y), relu)
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
