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
		crossEntropyJob[T]{classes, logits, labels, weight, smoothing, classWeight, loss, prob})
}

var crossEntropyJobs jobs

type crossEntropyJob[T Float] struct {
	classes     int
	logits      []T
	labels      []int
	weight      []T
	smoothing   T
	classWeight []T
	loss, prob  []T
}

func (j *crossEntropyJob[T]) Range(_, lo, hi int) {
	for r := lo; r < hi; r++ {
		z := j.logits[r*j.classes:][:j.classes]
		weight := factor(j.weight, r)
		loss := 0.0
		if weight != 0 {
			loss = float64(weight) * j.terms(z, j.labels[r])
		}
		if j.prob != nil {
			softmaxRow(z, j.prob[r*j.classes:][:j.classes])
		}
		j.loss[r] = T(loss)
	}
}

// terms returns the loss of a row before its weight.
func (j *crossEntropyJob[T]) terms(z []T, label int) float64 {
	m := reduceRow(ReduceMax, z)
	logSum := math.Log(shiftedExpSum(z, m))
	at := func(c int) float64 { return logSum - (float64(z[c]) - float64(m)) } // −ln p_c
	v := float64(factor(j.classWeight, label))
	l := float64(j.smoothing)
	if l == 0 {
		return v * at(label)
	}
	all := 0.0
	for c := range z {
		all += float64(factor(j.classWeight, c)) * at(c)
	}
	return (1-l)*v*at(label) + l/float64(len(z))*all
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
	total := float64(classes)
	if classWeight != nil {
		total = rowSum(classWeight[:classes])
	}
	run[T](p, &crossEntropyGradJobs, rows, rowGrain(grain, classes),
		crossEntropyGradJob[T]{classes, prob, labels, weight, smoothing, classWeight, total, scale, dlogits})
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
