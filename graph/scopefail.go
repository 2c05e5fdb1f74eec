package graph

// Fail makes err the error of the scope's graph, where it has none yet: what a
// constructor does that is given settings which make no sense.
func (s Scope) Fail(err error) { s.g.fail(err) }
