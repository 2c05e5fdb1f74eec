package losses

import "github.com/hocsau/hocsau/graph"

// L2 returns the Ridge penalty over all given weights, a scalar to be added to
// a loss:
//
//	λ·‖θ‖₂²,  its gradient 2λ·θ
//
// Source: cheatsheet §3.4. [L2Half] is the form that equals weight decay.
func L2(lambda float64, theta *graph.Node, more ...*graph.Node) *graph.Node {
	return penalty("L2", lambda, (*graph.Node).Square, theta, more)
}

// L2Half returns λ/2·‖θ‖₂², whose gradient λ·θ is what a weight decay λ adds to
// the gradient of the loss.
func L2Half(lambda float64, theta *graph.Node, more ...*graph.Node) *graph.Node {
	return penalty("L2Half", lambda/2, (*graph.Node).Square, theta, more)
}
