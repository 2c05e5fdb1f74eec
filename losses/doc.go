// Package losses builds the scalars that training makes small: one loss a
// file, each a function from nodes of a graph to a node.
//
//	logits := model.Forward(x)                                    // [N, C]
//	loss := losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{}) // scalar
//	prog, err := g.Compile(loss)
//
// A loss is the mean over the samples unless its options say otherwise. With
// Weights it is Σ w·ℓ / Σ w; where all weights are 0 it is 0, never NaN, so a
// batch whose rows are all padding changes nothing. Wrong shapes are errors of
// the graph, which its Compile returns.
//
// Penalties on the weights, such as [L2], are nodes to be added to a loss; the
// package solvers has the same as decay, without nodes.
package losses
