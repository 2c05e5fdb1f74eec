package graph

// DisableOptimisation makes programs compiled from g keep every value in
// memory of its own and run each operation by itself.
func DisableOptimisation(g *Graph) { g.plain = true }
