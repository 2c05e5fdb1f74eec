package vec

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// CrossEntropy sets, for logits z [rows, classes] and label y of a row,
//
//	loss = weight·[(1 − l)·v_y·(−ln p_y) + l/C·Σ_c v_c·(−ln p_c)],  p = softmax(z)
//
// with smoothing l and class weights v (nil: 1), and, where prob is not nil,
// prob [rows, classes] = p. weight is one factor a row (nil: 1); a row of
// weight 0 has loss 0 whatever its logits. Labels lie in [0, classes).
// prob may be logits.
func CrossEntropy[T Float](p *par.Pool, rows, classes int, logits []T, labels []int, weight []T, smoothing T, classWeight, loss, prob []T) {
	run[T](p, &crossEntropyJobs, rows, rowGrain(grainHard, classes),
		crossEntropyJob[T]{classes, logits, labels, weight, smoothing, classWeight, totalOf(classWeight, classes), loss, prob})
}

var crossEntropyJobs jobs

type crossEntropyJob[T Float] struct {
	classes     int
	logits      []T
	labels      []int
	weight      []T
	smoothing   T
	classWeight []T
	totalWeight float64
	loss, prob  []T
}

func (j *crossEntropyJob[T]) Range(_, lo, hi int) {
	for r := lo; r < hi; r++ {
		z := j.logits[r*j.classes:][:j.classes]
		m := reduceRow(ReduceMax, z)
		at, all := j.scores(z, j.labels[r], m) // before prob takes the place of z
		var sum float64
		if j.prob != nil {
			prob := j.prob[r*j.classes:][:j.classes]
			sum = shiftedExp(z, m, prob)
			vectorScalar(Mul, prob, T(1/sum), prob)
		} else {
			sum = shiftedExpSum(z, m)
		}
		j.loss[r] = 0
		if weight := float64(factor(j.weight, r)); weight != 0 {
			j.loss[r] = T(weight * j.terms(at, all, math.Log(sum), j.labels[r]))
		}
	}
}

// scores returns z_y − m and, with smoothing, Σ_c v_c·(z_c − m).
func (j *crossEntropyJob[T]) scores(z []T, label int, m T) (at, all float64) {
	at = float64(z[label]) - float64(m)
	if j.smoothing != 0 {
		for c, v := range z {
			all += float64(factor(j.classWeight, c)) * (float64(v) - float64(m))
		}
	}
	return at, all
}

// terms returns the loss of a row before its weight, from its scores and the
// logarithm of Σ e^(z − m).
func (j *crossEntropyJob[T]) terms(at, all, logSum float64, label int) float64 {
	v := float64(factor(j.classWeight, label))
	if j.smoothing == 0 {
		return v * (logSum - at)
	}
	l := float64(j.smoothing)
	return (1-l)*v*(logSum-at) + l/float64(j.classes)*(j.totalWeight*logSum-all)
}

// totalOf returns Σ v.
func totalOf[T Float](classWeight []T, classes int) float64 {
	if classWeight == nil {
		return float64(classes)
	}
	return rowSum(classWeight[:classes])
}

// factor returns w[i], or 1 where there are no weights.
func factor[T Float](w []T, i int) T {
	if w == nil {
		return 1
	}
	return w[i]
}

// CrossEntropyGrad sets the gradient of Σ scale·loss with respect to the
// logits, from prob = softmax(logits):
//
//	dz_c = scale·weight·[(1 − l)·v_y·(p_c − 1{c = y}) + l/C·(p_c·Σ v − v_c)]
//
// scale is one factor a row (nil: 1). dlogits may be prob.
func CrossEntropyGrad[T Float](p *par.Pool, rows, classes int, prob []T, labels []int, weight []T, smoothing T, classWeight, scale, dlogits []T) {
	run[T](p, &crossEntropyGradJobs, rows, rowGrain(grain, classes),
		crossEntropyGradJob[T]{classes, prob, labels, weight, smoothing, classWeight, totalOf(classWeight, classes), scale, dlogits})
}

var crossEntropyGradJobs jobs

type crossEntropyGradJob[T Float] struct {
	classes     int
	prob        []T
	labels      []int
	weight      []T
	smoothing   T
	classWeight []T
	totalWeight float64
	scale, dz   []T
}

func (j *crossEntropyGradJob[T]) Range(_, lo, hi int) {
	n := j.classes
	for r := lo; r < hi; r++ {
		prob, dz, label := j.prob[r*n:][:n], j.dz[r*n:][:n], j.labels[r]
		s := float64(factor(j.weight, r)) * float64(factor(j.scale, r))
		if s == 0 {
			clear(dz)
			continue
		}
		l := float64(j.smoothing)
		v := (1 - l) * float64(factor(j.classWeight, label))
		each := l / float64(n)
		vectorScalar(Mul, prob, T(s*(v+each*j.totalWeight)), dz)
		if l != 0 {
			if j.classWeight == nil {
				vectorScalar(Sub, dz, T(s*each), dz)
			} else {
				axpy(T(-s*each), j.classWeight[:n], dz)
			}
		}
		dz[label] -= T(s * v)
	}
}

// CheckRange returns the first place where idx is outside [0, n), or −1.
func CheckRange(idx []int, n int) int {
	for i, v := range idx {
		if uint(v) >= uint(n) {
			return i
		}
	}
	return -1
}
