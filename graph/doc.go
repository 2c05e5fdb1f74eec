// Package graph computes with static expression graphs built on Gorgonia.
//
// It differentiates them symbolically, plans their memory once, then runs them
// without allocating.
//
// A [Store] holds parameters by name. A [Graph] is one computation over a
// store, for one batch size and one [Mode]. Its nodes are built by the methods
// of [Node]; the first error sticks and Compile returns it. Compile
// differentiates the loss, plans the memory and gives a [Program], which
// implements gorgonia.VM and allocates nothing while it runs:
//
//	store := graph.NewStore(graph.Float32, 1)
//	g := graph.New(store, graph.Train)
//	x := g.Input("x", 64, 784)
//	y := g.Labels("y", 64)
//	w := g.Scope().Param("weight", nn.XavierNormal, 10, 784)
//	loss := losses.CrossEntropy(x.Linear(w, nil), y, losses.CrossEntropyOpts{})
//	prog, err := g.Compile(loss)
//	…
//	err = prog.Run(x.Feed(images), y.FeedInts(labels))
//	err = solver.Step(prog.Gradients())
//
// Every operation is a gorgonia.Op with a symbolic gradient: the node of
// Gorgonia is reached by [Node.Gorgonia], one is brought in by [Graph.Wrap],
// and [Graph.Apply] takes any gorgonia.Op.
//
// Sub-packages: graph/nn has the layers, graph/checkpoint saves and loads a
// store, graph/gradcheck compares gradients with finite differences.
package graph
