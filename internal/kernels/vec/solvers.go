package vec

import "github.com/hocsau/hocsau/internal/kernels/par"

// The updates of the solvers, each one pass over weights w, gradient g and
// state. Constants come as float64 and are rounded once, so that 1 − β₂ is
// exact. WeightDecay d adds d·w to g (Adam: see Decoupled).

// SGD sets w = w − lr·g.
func SGD[T Float](p *par.Pool, lr T, w, g []T) { Axpy(p, -lr, g, w) }

// MomentumParams are the constants of [Momentum].
type MomentumParams struct {
	LR, Beta, Dampening, WeightDecay float64
	First                            bool // the first step: v = g
	Nesterov                         bool
	Cheatsheet                       bool // v = β·v + (1 − β)·g, no special first step
}

// Momentum sets
//
//	v = β·v + (1 − dampening)·g
//	w = w − lr·v   or, Nesterov,   w − lr·(g + β·v)
func Momentum[T Float](p *par.Pool, c MomentumParams, w, g, v []T) {
	decay, gain := c.Beta, 1-c.Dampening
	switch {
	case c.Cheatsheet:
		gain = 1 - c.Beta
	case c.First:
		decay, gain = 0, 1
	}
	j := solverJob[T]{kind: solverMomentum, w: w, g: g, s0: v}
	j.set(c.WeightDecay, c.LR, decay, gain, c.LR*c.Beta, 0)
	if c.Nesterov {
		j.c[5] = T(c.LR)
	} else {
		j.c[4] = T(c.LR)
	}
	run[T](p, &solverJobs, len(w), grain, j)
}

// AdamParams are the constants of [Adam].
type AdamParams struct {
	LR, Beta1, Beta2, Eps float64
	// Correction1 and Correction2 are 1 − β₁ᵗ and 1 − β₂ᵗ; 1 for none.
	Correction1, Correction2 float64
	WeightDecay              float64
	Decoupled                bool // AdamW: w = (1 − lr·decay)·w first, g unchanged
}

// Adam sets
//
//	m = β₁·m + (1 − β₁)·g   v = β₂·v + (1 − β₂)·g²
//	w = w − lr·(m/Correction1)/(√(v/Correction2) + eps)
//
// With vmax not nil (AMSGrad) vmax = max(vmax, v) takes the place of v in w.
func Adam[T Float](p *par.Pool, c AdamParams, w, g, m, v []T, vmax []T) {
	j := solverJob[T]{kind: solverAdam, w: w, g: g, s0: m, s1: v, s2: vmax}
	decay, shrink := c.WeightDecay, 1.0
	if c.Decoupled {
		decay, shrink = 0, 1-c.LR*c.WeightDecay
	}
	j.set(decay, c.LR/c.Correction1, c.Beta1, 1-c.Beta1, c.Beta2, 1-c.Beta2, 1/sqrt(c.Correction2), c.Eps, shrink)
	run[T](p, &solverJobs, len(w), grain, j)
}

// RMSpropParams are the constants of [RMSprop].
type RMSpropParams struct {
	LR, Alpha, Eps, Momentum, WeightDecay float64
	EpsInside                             bool // √(s + eps) for √s + eps, as the cheatsheet
}

// RMSprop sets
//
//	s = α·s + (1 − α)·g²
//	w = w − lr·g/(√s + eps)
//
// With mean not nil (centered) mean = α·mean + (1 − α)·g and s − mean² is under
// the root. With buf not nil buf = momentum·buf + g/(…) and w = w − lr·buf.
func RMSprop[T Float](p *par.Pool, c RMSpropParams, w, g, s, mean, buf []T) {
	j := solverJob[T]{kind: solverRMSprop, w: w, g: g, s0: s, s1: mean, s2: buf}
	outside, inside := c.Eps, 0.0
	if c.EpsInside {
		outside, inside = 0, c.Eps
	}
	j.set(c.WeightDecay, c.LR, c.Alpha, 1-c.Alpha, outside, inside, c.Momentum)
	run[T](p, &solverJobs, len(w), grain, j)
}

// AdagradParams are the constants of [Adagrad]; LR is that of this step,
// lr/(1 + (t−1)·decay).
type AdagradParams struct{ LR, Eps, WeightDecay float64 }

// Adagrad sets s = s + g² and w = w − lr·g/(√s + eps).
func Adagrad[T Float](p *par.Pool, c AdagradParams, w, g, s []T) {
	j := solverJob[T]{kind: solverAdagrad, w: w, g: g, s0: s}
	j.set(c.WeightDecay, c.LR, c.Eps)
	run[T](p, &solverJobs, len(w), grain, j)
}

// AdadeltaParams are the constants of [Adadelta].
type AdadeltaParams struct{ LR, Rho, Eps, WeightDecay float64 }

// Adadelta sets
//
//	s = ρ·s + (1 − ρ)·g²   d = √(u + eps)/√(s + eps)·g
//	u = ρ·u + (1 − ρ)·d²   w = w − lr·d
func Adadelta[T Float](p *par.Pool, c AdadeltaParams, w, g, s, u []T) {
	j := solverJob[T]{kind: solverAdadelta, w: w, g: g, s0: s, s1: u}
	j.set(c.WeightDecay, c.LR, c.Rho, 1-c.Rho, c.Eps)
	run[T](p, &solverJobs, len(w), grain, j)
}

// The solvers that keep state.
type solverKind int

const (
	solverMomentum solverKind = iota
	solverAdam
	solverRMSprop
	solverAdagrad
	solverAdadelta
)

var solverJobs jobs

// solverJob holds the constants in c: the weight decay, the learning rate,
// then those of the kind in the order of its function.
type solverJob[T Float] struct {
	kind             solverKind
	c                [9]T
	w, g, s0, s1, s2 []T
}

func (j *solverJob[T]) set(values ...float64) {
	for i, v := range values {
		j.c[i] = T(v)
	}
}

func (j *solverJob[T]) Range(_, lo, hi int) {
	w, g := j.w[lo:hi], j.g[lo:hi]
	s0, s1, s2 := part(j.s0, lo, hi), part(j.s1, lo, hi), part(j.s2, lo, hi)
	if fast[T]() {
		solverSIMD(j.kind, f32(j.c[:]), f32(w), f32(g), f32(s0), f32(s1), f32(s2))
		return
	}
	solverGeneric(j.kind, &j.c, w, g, s0, s1, s2)
}

// part returns x[lo:hi], nil of nil.
func part[T Float](x []T, lo, hi int) []T {
	if x == nil {
		return nil
	}
	return x[lo:hi]
}
