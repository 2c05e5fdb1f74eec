package vec

import (
	"math"
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// Binary is a function of two elements.
type Binary int

// The operations on two numbers.
const (
	Add  Binary = iota // a + b
	Sub                // a − b
	Mul                // a·b
	Div                // a/b
	Max                // max(a, b), NaN where either is
	Min                // min(a, b), NaN where either is
	Pow                // aᵇ
	Eq                 // 1 where a = b, else 0; so to Ge
	Ne                 // a ≠ b, also where either is NaN
	Lt                 // a < b
	Le                 // a ≤ b
	Gt                 // a > b
	Ge                 // a ≥ b
	Keep               // b where a ≠ 0 or NaN, else 0
	Drop               // b where a = 0, else 0
)

// turned returns the function f with f(b, a) = op(a, b), where there is one.
func (op Binary) turned() (f Binary, ok bool) {
	switch op {
	case Add, Mul, Max, Min, Eq, Ne:
		return op, true
	case Lt:
		return Gt, true
	case Le:
		return Ge, true
	case Gt:
		return Lt, true
	case Ge:
		return Le, true
	}
	return op, false
}

func (op Binary) grain() int {
	if op == Div || op == Pow {
		return grainHard
	}
	return grain
}

// Zip sets out[i] = op(a[i], b[i]). out may be a or b.
func Zip[T Float](p *par.Pool, op Binary, a, b, out []T) {
	run[T](p, &zipJobs, len(out), op.grain(), zipJob[T]{op: op, a: a, b: b, out: out})
}

// ZipScalar sets out[i] = op(a[i], b). out may be a.
func ZipScalar[T Float](p *par.Pool, op Binary, a []T, b T, out []T) {
	run[T](p, &zipJobs, len(out), op.grain(), zipJob[T]{op: op, a: a, scalar: b, out: out})
}

// ScalarZip sets out[i] = op(a, b[i]). out may be b.
func ScalarZip[T Float](p *par.Pool, op Binary, a T, b, out []T) {
	run[T](p, &zipJobs, len(out), op.grain(), zipJob[T]{op: op, b: b, scalar: a, out: out})
}

var zipJobs jobs

// zipJob has a scalar in the place of a nil operand.
type zipJob[T Float] struct {
	op        Binary
	a, b, out []T
	scalar    T
}

func (j *zipJob[T]) Range(_, lo, hi int) {
	switch {
	case j.a == nil:
		scalarVector(j.op, j.scalar, j.b[lo:hi], j.out[lo:hi])
	case j.b == nil:
		vectorScalar(j.op, j.a[lo:hi], j.scalar, j.out[lo:hi])
	default:
		vectorVector(j.op, j.a[lo:hi], j.b[lo:hi], j.out[lo:hi])
	}
}

func vectorVector[T Float](op Binary, a, b, out []T) {
	if fast[T]() && vectorVectorSIMD(op, f32(a), f32(b), f32(out)) {
		return
	}
	vectorVectorGeneric(op, a, b, out)
}

func vectorVectorGeneric[T Float](op Binary, a, b, out []T) {
	b, out = b[:len(a)], out[:len(a)]
	switch op {
	case Add:
		for i, v := range a {
			out[i] = v + b[i]
		}
	case Sub:
		for i, v := range a {
			out[i] = v - b[i]
		}
	case Mul:
		for i, v := range a {
			out[i] = v * b[i]
		}
	case Div:
		for i, v := range a {
			out[i] = v / b[i]
		}
	case Max:
		for i, v := range a {
			out[i] = max(v, b[i])
		}
	case Min:
		for i, v := range a {
			out[i] = min(v, b[i])
		}
	case Pow:
		for i, v := range a {
			out[i] = power(v, b[i])
		}
	case Eq:
		for i, v := range a {
			out[i] = indicator[T](v == b[i])
		}
	case Ne:
		for i, v := range a {
			out[i] = indicator[T](v != b[i])
		}
	case Lt:
		for i, v := range a {
			out[i] = indicator[T](v < b[i])
		}
	case Le:
		for i, v := range a {
			out[i] = indicator[T](v <= b[i])
		}
	case Gt:
		for i, v := range a {
			out[i] = indicator[T](v > b[i])
		}
	case Ge:
		for i, v := range a {
			out[i] = indicator[T](v >= b[i])
		}
	case Keep:
		for i, v := range a {
			out[i] = b[i]
			if v == 0 {
				out[i] = 0
			}
		}
	case Drop:
		for i, v := range a {
			out[i] = b[i]
			if v != 0 {
				out[i] = 0
			}
		}
	}
}

func indicator[T Float](holds bool) T {
	if holds {
		return 1
	}
	return 0
}

// power returns aᵇ with the special cases of IEEE 754: 1 for b = 0 and for
// a = 1, NaN for a < 0 where b is no whole number.
func power[T Float](a, b T) T {
	if unsafe.Sizeof(a) == 4 && a > 0 && a <= math.MaxFloat32 && b >= -math.MaxFloat32 && b <= math.MaxFloat32 {
		return T(math.Exp(float64(b) * math.Log(float64(a)))) // faster; exact enough in float64
	}
	return T(math.Pow(float64(a), float64(b)))
}

func vectorScalar[T Float](op Binary, a []T, b T, out []T) {
	if fast[T]() && vectorScalarSIMD(op, f32(a), float32(b), f32(out)) {
		return
	}
	vectorScalarGeneric(op, a, b, out)
}

func vectorScalarGeneric[T Float](op Binary, a []T, b T, out []T) {
	out = out[:len(a)]
	switch op {
	case Add:
		for i, v := range a {
			out[i] = v + b
		}
	case Sub:
		for i, v := range a {
			out[i] = v - b
		}
	case Mul:
		for i, v := range a {
			out[i] = v * b
		}
	case Div:
		for i, v := range a {
			out[i] = v / b
		}
	case Max:
		for i, v := range a {
			out[i] = max(v, b)
		}
	case Min:
		for i, v := range a {
			out[i] = min(v, b)
		}
	case Pow:
		powScalar(a, b, out)
	case Eq:
		for i, v := range a {
			out[i] = indicator[T](v == b)
		}
	case Ne:
		for i, v := range a {
			out[i] = indicator[T](v != b)
		}
	case Lt:
		for i, v := range a {
			out[i] = indicator[T](v < b)
		}
	case Le:
		for i, v := range a {
			out[i] = indicator[T](v <= b)
		}
	case Gt:
		for i, v := range a {
			out[i] = indicator[T](v > b)
		}
	case Ge:
		for i, v := range a {
			out[i] = indicator[T](v >= b)
		}
	case Keep:
		for i, v := range a {
			out[i] = b
			if v == 0 {
				out[i] = 0
			}
		}
	case Drop:
		for i, v := range a {
			out[i] = b
			if v != 0 {
				out[i] = 0
			}
		}
	}
}

// powScalar has short ways for the powers that models use.
func powScalar[T Float](a []T, b T, out []T) {
	switch b {
	case 1:
		copy(out, a)
	case 2:
		vectorVector(Mul, a, a, out)
	case 3:
		for i, v := range a {
			out[i] = v * v * v
		}
	case -1:
		scalarVector(Div, 1, a, out)
	default:
		for i, v := range a {
			out[i] = power(v, b)
		}
	}
}

func scalarVector[T Float](op Binary, a T, b, out []T) {
	if f, ok := op.turned(); ok {
		vectorScalar(f, b, a, out)
		return
	}
	if fast[T]() && scalarVectorSIMD(op, float32(a), f32(b), f32(out)) {
		return
	}
	scalarVectorGeneric(op, a, b, out)
}

// scalarVectorGeneric does the functions that do not commute.
func scalarVectorGeneric[T Float](op Binary, a T, b, out []T) {
	out = out[:len(b)]
	switch op {
	case Sub:
		for i, v := range b {
			out[i] = a - v
		}
	case Div:
		for i, v := range b {
			out[i] = a / v
		}
	case Pow:
		for i, v := range b {
			out[i] = power(a, v)
		}
	case Keep, Drop:
		if (op == Keep) == (a != 0) {
			copy(out, b)
		} else {
			clear(out)
		}
	}
}
