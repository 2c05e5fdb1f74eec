package losses

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// L1 returns the LASSO penalty over all given weights, a scalar to be added to
// a loss:
//
//	λ·‖θ‖₁,  its gradient λ·sign θ, 0 at 0
//
// Source: cheatsheet §3.4.
func L1(lambda float64, theta *graph.Node, more ...*graph.Node) *graph.Node {
	return penalty("L1", lambda, (*graph.Node).Abs, theta, more)
}

// penalty is λ·Σ f(θ) over the elements of all weights.
func penalty(name string, lambda float64, f func(*graph.Node) *graph.Node, theta *graph.Node, more []*graph.Node) *graph.Node {
	if !(lambda >= 0) {
		return theta.Fail(errors.Errorf("%s: lambda %g, expected at least 0", name, lambda))
	}
	sum := f(theta).Sum()
	for _, t := range more {
		sum = sum.Add(f(t).Sum())
	}
	return sum.Scale(lambda)
}
