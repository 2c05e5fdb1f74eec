package solvers

import "github.com/hocsau/hocsau/internal/kernels/vec"

// Penalty is L1·‖w‖₁ + L2·‖w‖₂², of which a step adds the gradient
//
//	L1·sign w + 2·L2·w
//
// to that of the loss; sign 0 = 0. The reported loss stays that of the data;
// package losses has the same penalties as nodes.
//
// Source: cheatsheet §3.4.
type Penalty struct{ L1, L2 float64 }

// Lasso is the penalty λ·‖w‖₁.
func Lasso(lambda float64) Penalty { return Penalty{L1: lambda} }

// Ridge is the penalty λ·‖w‖₂². WeightDecay 2λ does the same.
func Ridge(lambda float64) Penalty { return Penalty{L2: lambda} }

// ElasticNet is the penalty λ·[(1 − α)·‖w‖₁ + α·‖w‖₂²], α in [0, 1].
func ElasticNet(lambda, alpha float64) Penalty {
	return Penalty{L1: lambda * (1 - alpha), L2: lambda * alpha}
}

// penalised writes g + l1·sign w + slope·w to out.
func penalised[T vec.Float](out, w, g []T, l1, slope T) {
	for i, d := range g {
		switch v := w[i]; {
		case v > 0:
			d += l1 + slope*v
		case v < 0:
			d += slope*v - l1
		case v != 0:
			d = v // a NaN stays one
		}
		out[i] = d
	}
}
