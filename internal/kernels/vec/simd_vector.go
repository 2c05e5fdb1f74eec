//go:build amd64 || arm64

package vec

import (
	"sync/atomic"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
)

// known remembers the answer of cpu.Level for inner loops: 0 not asked yet,
// else 1 or 2 for no or yes.
var known atomic.Int32

func haveSIMD() bool {
	if k := known.Load(); k != 0 {
		return k == 2
	}
	return ask()
}

func ask() bool {
	have := cpu.Level() > cpu.Generic
	if have {
		known.Store(2)
	} else {
		known.Store(1)
	}
	return have
}

// mapSIMD does y = op(x) where op has assembly, and tells whether it has.
func mapSIMD(op Unary, x, y []float32, alpha float32) bool {
	n := len(x)
	if n == 0 {
		return true
	}
	from, to := &x[0], &y[:n][0]
	switch op {
	case Neg:
		mapNeg(from, to, n, alpha)
	case Abs:
		mapAbs(from, to, n, alpha)
	case Sign:
		mapSign(from, to, n, alpha)
	case Square:
		mapSquare(from, to, n, alpha)
	case Sqrt:
		mapSqrt(from, to, n, alpha)
	case Exp:
		mapExp(from, to, n, alpha)
	case Log:
		mapLog(from, to, n, alpha)
	case Log1p:
		mapLog1p(from, to, n, alpha)
	case Recip:
		mapRecip(from, to, n, alpha)
	case Sigmoid:
		mapSigmoid(from, to, n, alpha)
	case Tanh:
		mapTanh(from, to, n, alpha)
	case ReLU:
		mapReLU(from, to, n, alpha)
	case LeakyReLU:
		mapLeakyReLU(from, to, n, alpha)
	case LeakyReLUMax:
		mapLeakyReLUMax(from, to, n, alpha)
	case ELU:
		mapELU(from, to, n, alpha)
	case ELUMax:
		mapELUMax(from, to, n, alpha)
	case Softplus:
		mapSoftplus(from, to, n, alpha)
	case LogSigmoid:
		mapLogSigmoid(from, to, n, alpha)
	case GELU:
		mapGELU(from, to, n, alpha)
	case Scale:
		zipMulScalar(from, to, n, alpha)
	case Shift:
		zipAddScalar(from, to, n, alpha)
	default:
		return false
	}
	return true
}

// mapGradSIMD is mapSIMD for mapGradGeneric.
func mapGradSIMD(op Unary, z, dy, dx []float32, alpha float32) bool {
	n := len(dy)
	if n == 0 {
		return true
	}
	at, from, to := &z[:n][0], &dy[0], &dx[:n][0]
	switch op {
	case Neg:
		mapNeg(from, to, n, 0)
	case Exp:
		zipMul(from, at, to, n)
	case Scale:
		zipMulScalar(from, to, n, alpha)
	case ELU:
		if alpha < 0 {
			return false
		}
		gradELU(at, from, to, n, alpha)
	case Abs:
		gradAbs(at, from, to, n, alpha)
	case Square:
		gradSquare(at, from, to, n, alpha)
	case Sqrt:
		gradSqrt(at, from, to, n, alpha)
	case Log:
		gradLog(at, from, to, n, alpha)
	case Log1p:
		gradLog1p(at, from, to, n, alpha)
	case Recip:
		gradRecip(at, from, to, n, alpha)
	case Sigmoid:
		gradSigmoid(at, from, to, n, alpha)
	case Tanh:
		gradTanh(at, from, to, n, alpha)
	case ReLU:
		gradReLU(at, from, to, n, alpha)
	case LeakyReLU:
		gradLeakyReLU(at, from, to, n, alpha)
	case LeakyReLUMax:
		gradLeakyReLUMax(at, from, to, n, alpha)
	case ELUMax:
		gradELUMax(at, from, to, n, alpha)
	case Softplus:
		gradSoftplus(at, from, to, n, alpha)
	case LogSigmoid:
		gradLogSigmoid(at, from, to, n, alpha)
	case GELU:
		gradGELU(at, from, to, n, alpha)
	default:
		return false
	}
	return true
}

func vectorVectorSIMD(op Binary, a, b, out []float32) bool {
	n := len(a)
	if n == 0 {
		return true
	}
	x, y, to := &a[0], &b[:n][0], &out[:n][0]
	switch op {
	case Add:
		zipAdd(x, y, to, n)
	case Sub:
		zipSub(x, y, to, n)
	case Mul:
		zipMul(x, y, to, n)
	case Div:
		zipDiv(x, y, to, n)
	case Max:
		zipMax(x, y, to, n)
	case Min:
		zipMin(x, y, to, n)
	case Eq:
		zipEq(x, y, to, n)
	case Ne:
		zipNe(x, y, to, n)
	case Lt:
		zipLt(x, y, to, n)
	case Le:
		zipLe(x, y, to, n)
	case Gt:
		zipGt(x, y, to, n)
	case Ge:
		zipGe(x, y, to, n)
	case Keep:
		zipKeep(x, y, to, n)
	case Drop:
		zipDrop(x, y, to, n)
	default:
		return false
	}
	return true
}

func vectorScalarSIMD(op Binary, a []float32, b float32, out []float32) bool {
	n := len(a)
	if n == 0 {
		return true
	}
	from, to := &a[0], &out[:n][0]
	switch op {
	case Add:
		zipAddScalar(from, to, n, b)
	case Sub:
		zipSubScalar(from, to, n, b)
	case Mul:
		zipMulScalar(from, to, n, b)
	case Div:
		zipDivScalar(from, to, n, b)
	case Max:
		zipMaxScalar(from, to, n, b)
	case Min:
		zipMinScalar(from, to, n, b)
	case Eq:
		zipEqScalar(from, to, n, b)
	case Ne:
		zipNeScalar(from, to, n, b)
	case Lt:
		zipLtScalar(from, to, n, b)
	case Le:
		zipLeScalar(from, to, n, b)
	case Gt:
		zipGtScalar(from, to, n, b)
	case Ge:
		zipGeScalar(from, to, n, b)
	default:
		return false
	}
	return true
}

func scalarVectorSIMD(op Binary, a float32, b, out []float32) bool {
	n := len(b)
	if n == 0 {
		return true
	}
	from, to := &b[0], &out[:n][0]
	switch op {
	case Sub:
		zipScalarSub(from, to, n, a)
	case Div:
		zipScalarDiv(from, to, n, a)
	default:
		return false
	}
	return true
}

func threeSIMD(op Ternary, a, b, c, out []float32) bool {
	n := len(a)
	if n == 0 {
		return true
	}
	x, y, z, to := &a[0], &b[:n][0], &c[:n][0], &out[:n][0]
	switch op {
	case Select:
		zipSelect(x, y, z, to, n)
	case Share:
		zipShare(x, y, z, to, n)
	default:
		return false
	}
	return true
}

func clampSIMD(x, y []float32, lo, hi float32) {
	if n := len(x); n > 0 {
		mapClamp(&x[0], &y[:n][0], n, lo, hi)
	}
}

func clampGradSIMD(x, dy, dx []float32, lo, hi float32) {
	if n := len(x); n > 0 {
		gradClamp(&x[0], &dy[:n][0], &dx[:n][0], n, lo, hi)
	}
}

func lerpSIMD(alpha float32, x, y []float32) {
	if n := len(x); n > 0 {
		lerpKernel(&x[0], &y[:n][0], n, alpha)
	}
}

func axpySIMD(alpha float32, x, y []float32) {
	if n := len(x); n > 0 {
		axpyKernel(&x[0], &y[:n][0], n, alpha)
	}
}
