package nn

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// BatchNorm normalises each channel over the batch:
//
//	y = γ(x − μ_B)/√(σ_B² + ε) + β
//
//	x [N, C, …] → y [N, C, …]; weight γ [C], bias β [C], running_mean [C],
//	running_var [C]
//
// In training μ_B and σ_B² are those of the batch, and the running values move
// towards them by Momentum; the running variance takes the unbiased one, m/(m−1)
// times σ_B². Otherwise the running values are used and kept.
//
// Source: cheatsheet §3.1; arXiv:1502.03167.
type BatchNorm struct {
	Gamma, Beta             *graph.Node
	RunningMean, RunningVar *graph.Node
	training                bool
	opts                    BatchNormOpts
	channels                int
}

// BatchNormOpts are the settings of a BatchNorm; the zero value is the common
// case.
type BatchNormOpts struct {
	Eps      float64 // 0 means 1e-5
	Momentum float64 // of the running values; 0 means 0.1
	// Biased gives the running variance σ_B² itself.
	Biased bool
}

// BatchNorm1d normalises [N, C] or [N, C, L].
type BatchNorm1d = BatchNorm

// BatchNorm2d normalises [N, C, H, W].
type BatchNorm2d = BatchNorm

// BatchNorm3d normalises [N, C, D, H, W].
type BatchNorm3d = BatchNorm

// NewBatchNorm2d makes a BatchNorm2d named below s.
func NewBatchNorm2d(s graph.Scope, channels int, o BatchNormOpts) *BatchNorm2d {
	return NewBatchNorm(s, channels, o)
}

// NewBatchNorm makes a BatchNorm for any number of axes, named below s.
func NewBatchNorm(s graph.Scope, channels int, o BatchNormOpts) *BatchNorm {
	if o.Eps == 0 {
		o.Eps = 1e-5
	}
	if o.Momentum == 0 {
		o.Momentum = 0.1
	}
	return &BatchNorm{
		Gamma:       s.Param("weight", Constant(1), channels),
		Beta:        s.Param("bias", Constant(0), channels),
		RunningMean: s.Buffer("running_mean", Constant(0), channels),
		RunningVar:  s.Buffer("running_var", Constant(1), channels),
		training:    s.Training(),
		opts:        o,
		channels:    channels,
	}
}

// Forward returns y of x, both [N, C, …].
func (b *BatchNorm) Forward(x *graph.Node) *graph.Node {
	g := x.Graph()
	if g.Err() != nil {
		return x
	}
	if x.Rank() < 2 || x.Dim(1) != b.channels {
		return x.Fail(errors.Errorf("BatchNorm: x%v, expected %d channels on axis 1", x.Shape(), b.channels))
	}
	if !b.training {
		return x.BatchNormWith(b.RunningMean, b.RunningVar, b.Gamma, b.Beta, b.opts.Eps)
	}
	y, mean, variance := x.BatchNorm(b.Gamma, b.Beta, b.opts.Eps)
	if m := float64(x.Len() / b.channels); !b.opts.Biased {
		variance = variance.Scale(m / (m - 1))
	}
	b.track(g, b.RunningMean, mean)
	b.track(g, b.RunningVar, variance)
	return y
}

// track moves a running value towards that of the batch:
// running ← (1 − momentum)·running + momentum·batch.
func (b *BatchNorm) track(g *graph.Graph, running, batch *graph.Node) {
	if g.Err() != nil {
		return
	}
	m := b.opts.Momentum
	g.Update(running, g.Latest(running).Scale(1-m).Add(batch.Scale(m)))
}
