package vec

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// MapGrad sets dx[i] = dy[i]·op′ at x[i], where y = op(x). dx may be dy.
// [Unary.UsesOutput] and [Unary.UsesInput] tell which of x and y are read;
// the others may be nil. At a kink the derivative is that of the left branch:
// 0 for ReLU, α for LeakyReLU; 0 for Abs.
// The Max forms follow the larger branch.
func MapGrad[T Float](p *par.Pool, op Unary, x, y, dy, dx []T, alpha T) {
	run[T](p, &mapGradJobs, len(dx), op.grain(), mapGradJob[T]{op, x, y, dy, dx, alpha})
}

var mapGradJobs jobs

type mapGradJob[T Float] struct {
	op           Unary
	x, y, dy, dx []T
	alpha        T
}

func (j *mapGradJob[T]) Range(_, lo, hi int) {
	dy, dx := j.dy[lo:hi], j.dx[lo:hi]
	z := dy // stands in where neither x nor y is read
	switch {
	case j.op.UsesInput(), (j.op == LeakyReLU || j.op == ELU) && j.alpha < 0:
		z = j.x[lo:hi]
	case j.op.UsesOutput():
		z = j.y[lo:hi]
	}
	mapGradRow(j.op, z, dy, dx, j.alpha)
}

// mapGradRow is [MapGrad] on the caller's thread, with z as
// [mapGradGeneric] takes it.
func mapGradRow[T Float](op Unary, z, dy, dx []T, alpha T) {
	if fast[T]() && mapGradSIMD(op, f32(z), f32(dy), f32(dx), float32(alpha)) {
		return
	}
	mapGradGeneric(op, z, dy, dx, alpha)
}

// mapGradGeneric takes in z what the operation reads: y where it uses the
// output, else x.
func mapGradGeneric[T Float](op Unary, z, dy, dx []T, alpha T) {
	z, dx = z[:len(dy)], dx[:len(dy)]
	switch op {
	case Neg:
		for i, d := range dy {
			dx[i] = -d
		}
	case Abs:
		for i, d := range dy {
			dx[i] = d * sign(z[i])
		}
	case Sign:
		clear(dx)
	case Square:
		for i, d := range dy {
			dx[i] = d * (2 * z[i])
		}
	case Sqrt:
		for i, d := range dy {
			dx[i] = d / (2 * z[i])
		}
	case Exp:
		for i, d := range dy {
			dx[i] = d * z[i]
		}
	case Log:
		for i, d := range dy {
			dx[i] = d / z[i]
		}
	case Log1p:
		for i, d := range dy {
			dx[i] = d / (1 + z[i])
		}
	case Recip:
		for i, d := range dy {
			dx[i] = -d * (z[i] * z[i])
		}
	case Sigmoid:
		for i, d := range dy {
			dx[i] = d * (z[i] * (1 - z[i]))
		}
	case Tanh:
		for i, d := range dy {
			dx[i] = d * ((1 - z[i]) * (1 + z[i]))
		}
	case ReLU:
		for i, d := range dy {
			if !(z[i] > 0) {
				d = 0
			}
			dx[i] = d
		}
	case LeakyReLU:
		for i, d := range dy {
			if !(z[i] > 0) {
				d *= alpha
			}
			dx[i] = d
		}
	case LeakyReLUMax:
		for i, d := range dy {
			if !(z[i] > alpha*z[i]) {
				d *= alpha
			}
			dx[i] = d
		}
	case ELU:
		for i, d := range dy {
			switch {
			case z[i] > 0 && alpha >= 0:
			case alpha >= 0:
				d *= z[i] + alpha
			case !(z[i] > 0): // z is x
				d *= T(float64(alpha) * math.Exp(float64(z[i])))
			}
			dx[i] = d
		}
	case ELUMax:
		for i, d := range dy {
			if e := float64(alpha) * math.Expm1(float64(z[i])); T(e) > z[i] {
				d *= T(e + float64(alpha))
			}
			dx[i] = d
		}
	case Softplus:
		for i, d := range dy {
			dx[i] = d * T(sigmoid(float64(z[i])))
		}
	case LogSigmoid:
		for i, d := range dy {
			dx[i] = d * T(sigmoid(-float64(z[i])))
		}
	case Sin:
		for i, d := range dy {
			dx[i] = d * T(math.Cos(float64(z[i])))
		}
	case Cos:
		for i, d := range dy {
			dx[i] = -d * T(math.Sin(float64(z[i])))
		}
	case Scale:
		for i, d := range dy {
			dx[i] = alpha * d
		}
	case Shift:
		copy(dx, dy)
	case GELU:
		for i, d := range dy {
			dx[i] = d * T(geluSlope(float64(z[i])))
		}
	}
}

// geluSlope returns Φ(v) + v·φ(v), φ the density of the normal distribution.
func geluSlope(v float64) float64 {
	if math.IsInf(v, 0) {
		return normalCDF(v)
	}
	return normalCDF(v) + v*math.Exp(-v*v/2)/math.Sqrt(2*math.Pi)
}
