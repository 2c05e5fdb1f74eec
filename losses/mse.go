package losses

import "github.com/hocsau/hocsau/graph"

// MSE returns the mean squared error over all elements of predictions z and
// targets y, of one shape:
//
//	ℓ = (z − y)²
//
// Source: cheatsheet §3.2, the loss L(z, y).
func MSE(z, y *graph.Node, o Opts) *graph.Node {
	const name = "MSE"
	if dead, ok := paired(name, z, y); !ok {
		return dead
	}
	return o.apply(name, z.Sub(y).Square())
}
