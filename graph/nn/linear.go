package nn

import "github.com/hocsau/hocsau/graph"

// Linear is a fully connected layer: y = x·Wᵀ + b.
//
//	x [N, in] → y [N, out]; weight [out, in], bias [out]
//
// Source: cheatsheet §1.2.
type Linear struct {
	Weight, Bias *graph.Node
}

// LinearOpts are the settings of a Linear; the zero value is the common case.
type LinearOpts struct {
	NoBias bool
	Init   graph.Init // of the weight; nil means FanInUniform
}

// NewLinear makes a Linear whose parameters are named below s.
func NewLinear(s graph.Scope, in, out int, o ...LinearOpts) *Linear {
	var opts LinearOpts
	if len(o) > 0 {
		opts = o[0]
	}
	l := &Linear{Weight: s.Param("weight", initOr(opts.Init), out, in)}
	if !opts.NoBias {
		l.Bias = s.Param("bias", biasFor(in), out)
	}
	return l
}

// Forward returns y [N, out] of x [N, in].
func (l *Linear) Forward(x *graph.Node) *graph.Node { return x.Linear(l.Weight, l.Bias) }

func initOr(init graph.Init) graph.Init {
	if init == nil {
		return FanInUniform
	}
	return init
}
