package vec

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// Unary is a function of one element. Some take a constant α.
type Unary int

// The functions of one number.
const (
	Neg          Unary = iota // −x
	Abs                       // |x|
	Sign                      // −1, 0 or 1
	Square                    // x²
	Sqrt                      // √x
	Exp                       // eˣ
	Log                       // ln x
	Log1p                     // ln(1 + x)
	Recip                     // 1/x
	Sigmoid                   // 1/(1 + e⁻ˣ)
	Tanh                      // tanh x
	ReLU                      // max(0, x), derivative 0 at 0
	LeakyReLU                 // x > 0 ? x : α·x
	LeakyReLUMax              // max(α·x, x)
	ELU                       // x > 0 ? x : α(eˣ − 1)
	ELUMax                    // max(α(eˣ − 1), x)
	Softplus                  // ln(1 + eˣ)
	LogSigmoid                // −ln(1 + e⁻ˣ)
	Sin                       // sin x
	Cos                       // cos x
	Scale                     // α·x
	Shift                     // x + α
	GELU                      // x·Φ(x) = x/2·(1 + erf(x/√2))
)

// UsesOutput tells whether [MapGrad] reads y and not x: x may then be nil.
// LeakyReLU and ELU with α < 0 are exceptions: they need x.
func (op Unary) UsesOutput() bool {
	switch op {
	case Sqrt, Exp, Recip, Sigmoid, Tanh, ReLU, LeakyReLU, ELU:
		return true
	}
	return false
}

// UsesInput tells whether [MapGrad] reads x. Where it reads neither x nor y
// both may be nil: the derivative is a constant.
func (op Unary) UsesInput() bool {
	switch op {
	case Neg, Sign, Scale, Shift:
		return false
	}
	return !op.UsesOutput()
}

// hard tells whether the function costs much more than moving its operand.
func (op Unary) hard() bool {
	switch op {
	case Sqrt, Exp, Log, Log1p, Recip, Sigmoid, Tanh, ELU, ELUMax, Softplus, LogSigmoid, Sin, Cos, GELU:
		return true
	}
	return false
}

func (op Unary) grain() int {
	if op.hard() {
		return grainHard
	}
	return grain
}

// Map sets y[i] = op(x[i]). y may be x.
func Map[T Float](p *par.Pool, op Unary, x, y []T, alpha T) {
	run[T](p, &mapJobs, len(y), op.grain(), mapJob[T]{op, x, y, alpha})
}

var mapJobs jobs

type mapJob[T Float] struct {
	op    Unary
	x, y  []T
	alpha T
}

func (j *mapJob[T]) Range(_, lo, hi int) {
	mapRow(j.op, j.x[lo:hi], j.y[lo:hi], j.alpha)
}

// mapRow is [Map] on the caller's thread.
func mapRow[T Float](op Unary, x, y []T, alpha T) {
	if fast[T]() && mapSIMD(op, f32(x), f32(y), float32(alpha)) {
		return
	}
	mapGeneric(op, x, y, alpha)
}

func mapGeneric[T Float](op Unary, x, y []T, alpha T) {
	y = y[:len(x)]
	switch op {
	case Neg:
		for i, v := range x {
			y[i] = -v
		}
	case Abs:
		for i, v := range x {
			y[i] = abs(v)
		}
	case Sign:
		for i, v := range x {
			y[i] = sign(v)
		}
	case Square:
		for i, v := range x {
			y[i] = v * v
		}
	case Sqrt:
		for i, v := range x {
			y[i] = T(math.Sqrt(float64(v)))
		}
	case Exp:
		for i, v := range x {
			y[i] = T(math.Exp(float64(v)))
		}
	case Log:
		for i, v := range x {
			y[i] = T(math.Log(float64(v)))
		}
	case Log1p:
		for i, v := range x {
			y[i] = T(math.Log1p(float64(v)))
		}
	case Recip:
		for i, v := range x {
			y[i] = 1 / v
		}
	case Sigmoid:
		for i, v := range x {
			y[i] = T(sigmoid(float64(v)))
		}
	case Tanh:
		for i, v := range x {
			y[i] = T(math.Tanh(float64(v)))
		}
	case ReLU:
		for i, v := range x {
			y[i] = max(v, 0)
		}
	case LeakyReLU:
		for i, v := range x {
			if !(v > 0) {
				v *= alpha
			}
			y[i] = v
		}
	case LeakyReLUMax:
		for i, v := range x {
			y[i] = max(alpha*v, v)
		}
	case ELU:
		for i, v := range x {
			if !(v > 0) {
				v = T(float64(alpha) * math.Expm1(float64(v)))
			}
			y[i] = v
		}
	case ELUMax:
		for i, v := range x {
			y[i] = max(T(float64(alpha)*math.Expm1(float64(v))), v)
		}
	case Softplus:
		for i, v := range x {
			y[i] = T(softplus(float64(v)))
		}
	case LogSigmoid:
		for i, v := range x {
			y[i] = T(-softplus(-float64(v)))
		}
	case Sin:
		for i, v := range x {
			y[i] = T(math.Sin(float64(v)))
		}
	case Cos:
		for i, v := range x {
			y[i] = T(math.Cos(float64(v)))
		}
	case Scale:
		for i, v := range x {
			y[i] = alpha * v
		}
	case Shift:
		for i, v := range x {
			y[i] = v + alpha
		}
	case GELU:
		for i, v := range x {
			y[i] = T(max(float64(v), -40) * normalCDF(float64(v))) // −∞·0 is 0 here
		}
	}
}

func abs[T Float](v T) T { return max(v, -v) }

// sign keeps zeros and NaN.
func sign[T Float](v T) T {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return v
}

func sigmoid(v float64) float64 {
	if v >= 0 {
		return 1 / (1 + math.Exp(-v))
	}
	e := math.Exp(v)
	return e / (1 + e)
}

func softplus(v float64) float64 { return max(v, 0) + math.Log1p(math.Exp(-math.Abs(v))) }

// normalCDF returns Φ(v) without cancellation in the left tail.
func normalCDF(v float64) float64 { return math.Erfc(-v/math.Sqrt2) / 2 }
