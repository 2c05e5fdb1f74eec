package vec

import (
	"math"
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// block is the number of elements that are summed by themselves; the sums of
// blocks are joined in order, in float64.
const block = 1 << 15

// Sum returns Σ x[i].
func Sum[T Float](p *par.Pool, x []T) T { return T(total(p, totalSum, x, x)) }

// Dot returns Σ x[i]·y[i].
func Dot[T Float](p *par.Pool, x, y []T) T { return T(total(p, totalDot, x, y)) }

// SumSquares returns Σ x[i]² in float64, so that it does not overflow in
// float32.
func SumSquares[T Float](p *par.Pool, x []T) float64 { return total(p, totalSquares, x, x) }

// MaxAbs returns max |x[i]|, 0 of an empty x, NaN where x has one.
func MaxAbs[T Float](p *par.Pool, x []T) T { return T(total(p, totalMaxAbs, x, x)) }

// AllFinite returns the place of the first NaN or infinity in x, or −1.
func AllFinite[T Float](x []T) int {
	if fast[T]() {
		return allFiniteSIMD(f32(x))
	}
	return allFiniteGeneric(x)
}

func allFiniteGeneric[T Float](x []T) int {
	for i, v := range x {
		if v-v != 0 {
			return i
		}
	}
	return -1
}

// The totals of a vector.
type totalKind int

const (
	totalSum totalKind = iota
	totalDot
	totalSquares
	totalMaxAbs
)

func total[T Float](p *par.Pool, kind totalKind, x, y []T) float64 {
	if len(x) <= block {
		return blockTotal(kind, x, y[:len(x)])
	}
	n := (len(x) + block - 1) / block
	free := &totalJobs.free[unsafe.Sizeof(T(0))/8]
	j, ok := free.Get().(*totalJob[T])
	if !ok {
		j = new(totalJob[T])
	}
	if cap(j.parts) < n {
		j.parts = make([]float64, n)
	}
	j.kind, j.x, j.y, j.parts = kind, x, y[:len(x)], j.parts[:n]
	p.For(n, 1, j)
	sum := joinTotals(kind, j.parts)
	j.x, j.y = nil, nil
	free.Put(j)
	return sum
}

var totalJobs jobs

type totalJob[T Float] struct {
	kind  totalKind
	x, y  []T
	parts []float64
}

func (j *totalJob[T]) Range(_, lo, hi int) {
	for i := lo; i < hi; i++ {
		end := min(len(j.x), (i+1)*block)
		j.parts[i] = blockTotal(j.kind, j.x[i*block:end], j.y[i*block:end])
	}
}

// joinTotals adds the parts pairwise.
func joinTotals(kind totalKind, parts []float64) float64 {
	if kind == totalMaxAbs {
		m := 0.0
		for _, v := range parts {
			m = max(m, v)
		}
		return m
	}
	if n := len(parts); n > 2 {
		return joinTotals(kind, parts[:n/2]) + joinTotals(kind, parts[n/2:])
	}
	sum := 0.0
	for _, v := range parts {
		sum += v
	}
	return sum
}

func blockTotal[T Float](kind totalKind, x, y []T) float64 {
	if fast[T]() {
		return totalSIMD(kind, f32(x), f32(y))
	}
	return totalGeneric(kind, x, y)
}

func totalGeneric[T Float](kind totalKind, x, y []T) float64 {
	y = y[:len(x)]
	var sum [4]float64 // independent sums: faster and more exact
	switch kind {
	case totalSum:
		for i, v := range x {
			sum[i&3] += float64(v)
		}
	case totalDot:
		for i, v := range x {
			sum[i&3] += float64(v) * float64(y[i])
		}
	case totalSquares:
		for i, v := range x {
			sum[i&3] += float64(v) * float64(v)
		}
	case totalMaxAbs:
		m := 0.0
		for _, v := range x {
			m = max(m, math.Abs(float64(v)))
		}
		return m
	}
	return sum[0] + sum[1] + (sum[2] + sum[3])
}
