package tsne

import (
	"math"
	"math/rand/v2"
)

// principal returns the first two principal components [N, 2] of x [N, dim], which is centred, scaled so that the first
// has the deviation 1e-4. They are found by orthogonal iteration with XᵀX; where the points lie on a line, or in one
// place, small random numbers take the place of what is missing.
func principal(x []float64, dim int, r *rand.Rand) []float64 {
	n := len(x) / dim
	var axes [2][]float64
	for a := range axes {
		axes[a] = make([]float64, dim)
		for k := range axes[a] {
			axes[a][k] = r.NormFloat64()
		}
	}
	const iterations = 60
	orthogonalize(&axes)
	for range iterations {
		var next [2][]float64
		for a := range axes {
			next[a] = make([]float64, dim)
		}
		for i := range n {
			row := x[i*dim : (i+1)*dim]
			for a := range axes {
				s := inner(row, axes[a])
				for k, v := range row {
					next[a][k] += s * v
				}
			}
		}
		axes = next
		orthogonalize(&axes)
	}
	y := make([]float64, 2*n)
	for i := range n {
		for a := range axes {
			y[2*i+a] = inner(x[i*dim:(i+1)*dim], axes[a])
		}
	}
	const deviation = 1e-4
	sum := 0.0
	for i := range n {
		sum += y[2*i] * y[2*i] / float64(n)
	}
	scale := 0.0
	if sum > 0 {
		scale = deviation / math.Sqrt(sum)
	}
	for i := range y {
		y[i] = y[i]*scale + 1e-6*deviation*r.NormFloat64() // equal points would never part
	}
	for a := range 2 {
		spread := 0.0
		for i := range n {
			spread = max(spread, math.Abs(y[2*i+a]))
		}
		if spread < 1e-3*deviation {
			for i := range n {
				y[2*i+a] = deviation * r.NormFloat64()
			}
		}
	}
	return y
}

// orthogonalize gives the axes length 1 and makes the second orthogonal to the first (Gram, Schmidt). One of length 0,
// where the points have no such direction, stays.
func orthogonalize(axes *[2][]float64) {
	for a := range axes {
		before := math.Sqrt(inner(axes[a], axes[a]))
		if a == 1 {
			s := inner(axes[0], axes[1])
			for k, v := range axes[0] {
				axes[1][k] -= s * v
			}
		}
		length := math.Sqrt(inner(axes[a], axes[a]))
		for k := range axes[a] {
			if length <= 1e-12*before {
				axes[a][k] = 0
			} else {
				axes[a][k] /= length
			}
		}
	}
	fixSign(axes)
}

// fixSign makes the largest coordinate of each axis positive, so that a picture is not mirrored by rounding.
func fixSign(axes *[2][]float64) {
	for _, axis := range axes {
		most := 0.0
		for _, v := range axis {
			if math.Abs(v) > math.Abs(most) {
				most = v
			}
		}
		if most < 0 {
			for k := range axis {
				axis[k] = -axis[k]
			}
		}
	}
}

func inner(a, b []float64) float64 {
	sum := 0.0
	b = b[:len(a)]
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
