package losses

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// ElasticNet returns the compromise between LASSO and Ridge over all given
// weights, a scalar to be added to a loss:
//
//	λ·[(1 − α)·‖θ‖₁ + α·‖θ‖₂²]
//
// for α in [0, 1]: 0 is [L1], 1 is [L2].
//
// Source: cheatsheet §3.4. [ElasticNetGLM] is the form of the statisticians,
// in which α counts the other way round.
func ElasticNet(lambda, alpha float64, theta *graph.Node, more ...*graph.Node) *graph.Node {
	return elastic("ElasticNet", lambda, alpha, 1-alpha, alpha, theta, more)
}

// ElasticNetGLM returns
//
//	λ·[α·‖θ‖₁ + (1 − α)/2·‖θ‖₂²]
//
// for α in [0, 1]: 1 is [L1], 0 is [L2Half].
//
// Source: Friedman, Hastie, Tibshirani, doi:10.18637/jss.v033.i01 (glmnet).
func ElasticNetGLM(lambda, alpha float64, theta *graph.Node, more ...*graph.Node) *graph.Node {
	return elastic("ElasticNetGLM", lambda, alpha, alpha, (1-alpha)/2, theta, more)
}

// elastic is λ·(a·‖θ‖₁ + b·‖θ‖₂²).
func elastic(name string, lambda, alpha, a, b float64, theta *graph.Node, more []*graph.Node) *graph.Node {
	if !(alpha >= 0 && alpha <= 1) {
		return theta.Fail(errors.Errorf("%s: alpha %g, expected in [0, 1]", name, alpha))
	}
	return penalty(name, lambda, func(t *graph.Node) *graph.Node {
		return t.Abs().Scale(a).Add(t.Square().Scale(b))
	}, theta, more)
}
