package recurrent

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// gate is Γ = σ(W·x<t> + U·a<t−1> + b).
//
// Source: cheatsheet §2.2.
type gate struct {
	w, u, b *graph.Node // [H, in], [H, H], [H]
}

func newGate(s graph.Scope, name string, in, hidden int) gate {
	return gate{
		w: s.Param("W_"+name, nn.FanInUniform, hidden, in),
		u: s.Param("U_"+name, nn.FanInUniform, hidden, hidden),
		b: s.Param("b_"+name, nn.Constant(0), hidden),
	}
}

func (g gate) open(x, a *graph.Node) *graph.Node {
	return a.MatMulT(g.u).Add(x.Linear(g.w, g.b)).Sigmoid()
}

// candidate is c̃<t> = tanh(W_c·[Γ_r ⋆ a<t−1>, x<t>] + b_c).
//
// Source: cheatsheet §2.2.
type candidate struct {
	relevance gate
	w, b      *graph.Node // [H, H + in], [H]
}

func newCandidate(s graph.Scope, relevance gate, in, hidden int) candidate {
	return candidate{
		relevance: relevance,
		w:         s.Param("W_c", nn.FanInUniform, hidden, hidden+in),
		b:         s.Param("b_c", nn.Constant(0), hidden),
	}
}

func (c candidate) value(x, a *graph.Node) *graph.Node {
	gammaR := c.relevance.open(x, a)
	return graph.Concat(1, gammaR.Mul(a), x).Linear(c.w, c.b).Tanh()
}
