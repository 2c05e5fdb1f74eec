package nn

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// InstanceNorm2d normalises each channel of each picture by itself, in training
// as in use:
//
//	y = γ(x − μ)/√(σ² + ε) + β,  μ and σ² over H·W
//
//	x [N, C, H, W] → y [N, C, H, W]; weight γ [C], bias β [C]
//
// Source: arXiv:1607.08022.
type InstanceNorm2d struct {
	Gamma, Beta *graph.Node
	eps         float64
	channels    int
}

// NewInstanceNorm2d makes an InstanceNorm2d with ε = 1e-5, named below s.
func NewInstanceNorm2d(s graph.Scope, channels int) *InstanceNorm2d {
	return &InstanceNorm2d{
		Gamma:    s.Param("weight", Constant(1), channels),
		Beta:     s.Param("bias", Constant(0), channels),
		eps:      1e-5,
		channels: channels,
	}
}

// Forward returns y of x, both [N, C, H, W].
func (m *InstanceNorm2d) Forward(x *graph.Node) *graph.Node {
	if x.Graph().Err() != nil {
		return x
	}
	if x.Rank() != 4 || x.Dim(1) != m.channels {
		return x.Fail(errors.Errorf("InstanceNorm2d: x%v, expected [N, %d, H, W]", x.Shape(), m.channels))
	}
	shape := x.Shape()
	n := shape[0]
	// To batch norm the channels of all pictures are channels of one.
	y, _, _ := x.Reshape(1, n*m.channels, shape[2], shape[3]).BatchNorm(repeated(m.Gamma, n), repeated(m.Beta, n), m.eps)
	return y.Reshape(shape...)
}

// repeated returns v [C] n times in a row, [n·C].
func repeated(v *graph.Node, n int) *graph.Node {
	if n == 1 {
		return v
	}
	parts := make([]*graph.Node, n)
	for i := range parts {
		parts[i] = v
	}
	return graph.Concat(0, parts...)
}
