package graph

// Scope is a place in the tree of names: parameters made in it begin with its
// path, as in a PyTorch state dict.
type Scope struct {
	g    *Graph
	path string
}

// At returns the scope below s of that name; dots in name go deeper.
func (s Scope) At(name string) Scope { return Scope{s.g, s.join(name)} }

// Path returns the names from the root, joined by dots; "" at the root.
func (s Scope) Path() string { return s.path }

// Graph returns the graph that s belongs to.
func (s Scope) Graph() *Graph { return s.g }

func (s Scope) join(name string) string {
	if s.path == "" {
		return name
	}
	if name == "" {
		return s.path
	}
	return s.path + "." + name
}

// Training reports whether layers in s behave as in training: the graph's
// mode is Train and s is not frozen.
func (s Scope) Training() bool {
	return s.g.mode == Train && !s.g.store.Frozen(s.path)
}

// Param returns the parameter of that name as a node. It is made by init the
// first time that any graph over the store asks for it.
func (s Scope) Param(name string, init Init, shape ...int) *Node {
	return s.g.param(s.join(name), init, shape, false)
}

// Buffer is Param for an array that is saved but never given to a solver.
func (s Scope) Buffer(name string, init Init, shape ...int) *Node {
	return s.g.param(s.join(name), init, shape, true)
}

// Fail makes err the error of the scope's graph, where it has none yet: what a
// constructor does that is given settings which make no sense.
func (s Scope) Fail(err error) { s.g.fail(err) }
