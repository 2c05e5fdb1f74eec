package nn

import (
	"fmt"

	"github.com/hocsau/hocsau/graph"
)

// Layer is what maps one node to one node.
type Layer interface {
	Forward(x *graph.Node) *graph.Node
}

// Sequential is a chain of layers.
type Sequential []Layer

// Forward applies the layers in turn.
func (s Sequential) Forward(x *graph.Node) *graph.Node {
	for _, l := range s {
		x = l.Forward(x)
	}
	return x
}

// Func makes a function of a node a Layer: nn.Func((*graph.Node).ReLU).
type Func func(x *graph.Node) *graph.Node

// Forward returns f(x).
func (f Func) Forward(x *graph.Node) *graph.Node { return f(x) }

// Dropout drops elements with probability P in training.
//
// Source: cheatsheet §3.4.
type Dropout struct {
	scope graph.Scope
	p     float64
	calls int
	plain bool
}

// NewDropout makes an inverted dropout; s names its random numbers.
func NewDropout(s graph.Scope, p float64) *Dropout { return &Dropout{scope: s, p: p} }

// NewDropoutPlain makes a dropout as the cheatsheet has it: kept elements stay
// as they are, and evaluation multiplies by 1 − p.
func NewDropoutPlain(s graph.Scope, p float64) *Dropout {
	return &Dropout{scope: s, p: p, plain: true}
}

// Forward returns x with elements dropped. Each call has a mask of its own.
func (d *Dropout) Forward(x *graph.Node) *graph.Node {
	name := fmt.Sprintf("call%d", d.calls)
	d.calls++
	if d.plain {
		return x.DropoutPlain(d.scope, name, d.p)
	}
	return x.Dropout(d.scope, name, d.p)
}
