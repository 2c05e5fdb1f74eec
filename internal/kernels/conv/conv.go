package conv

import (
	"fmt"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/par"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// Forward computes y [N, K, Out…] = act(x ⋆ w + bias) for x [N, C, In…],
// w [K, C/Groups, Kernel…] and bias [K] or nil; slope is LeakyReLU's.
// A shape that is not valid and a slice that is too short panic.
func Forward[T gemm.Float](p *par.Pool, s *Shape, x, w, bias, y []T, act gemm.Activation, slope T) {
	s.check(len(x), len(w), len(y))
	if bias != nil && len(bias) < s.K {
		panic(fmt.Sprintf("conv: bias has %d numbers, expected %d", len(bias), s.K))
	}
	run(p, cpu.Level(), &call[T]{pass: forward, s: *s, x: x, w: w, y: y, bias: bias, act: act, slope: slope})
}

// BackwardInput computes the gradient dx [N, C, In…] for w and the gradient
// dy [N, K, Out…] of the result:
//
//	dx[n, c, i] = Σ_{k, t} w[k, c, t] · dy[n, k, (i + padStart − t·dilation) / stride]
//
// over the k and t for which the position is a whole number inside dy. It is
// also the transposed convolution of dy. dx is overwritten.
func BackwardInput[T gemm.Float](p *par.Pool, s *Shape, w, dy, dx []T) {
	s.check(len(dx), len(w), len(dy))
	run(p, cpu.Level(), &call[T]{pass: backwardInput, s: *s, x: dx, w: w, y: dy})
}

// BackwardWeight computes the gradient dw [K, C/Groups, Kernel…]:
//
//	dw[k, c, t] = Σ_{n, o} dy[n, k, o] · x[n, c, o·stride + t·dilation − padStart]
//
// dw is overwritten.
func BackwardWeight[T gemm.Float](p *par.Pool, s *Shape, x, dy, dw []T) {
	s.check(len(x), len(dw), len(dy))
	run(p, cpu.Level(), &call[T]{pass: backwardWeight, s: *s, x: x, w: dw, y: dy})
}

// BackwardBias computes db [k] = Σ_{n, o} dy[n, k, o] for dy [n, k, area].
// db is overwritten.
func BackwardBias[T gemm.Float](p *par.Pool, n, k, area int, dy, db []T) {
	if n < 0 || k < 0 || area < 0 || len(dy) < n*k*area || len(db) < k {
		panic(fmt.Sprintf("conv: dy has %d numbers, db %d, expected [%d, %d, %d] and [%d]", len(dy), len(db), n, k, area, k))
	}
	vec.ChannelSum(p, n, k, area, dy, db[:k])
}

func (s *Shape) check(x, w, y int) {
	if err := s.Validate(); err != nil {
		panic(err)
	}
	if want := s.N * s.C * s.inArea(); x < want {
		panic(fmt.Sprintf("conv: the input has %d numbers, expected %d", x, want))
	}
	if want := s.K * s.cg() * s.taps(); w < want {
		panic(fmt.Sprintf("conv: the weight has %d numbers, expected %d", w, want))
	}
	if want := s.N * s.K * s.outArea(); y < want {
		panic(fmt.Sprintf("conv: the output has %d numbers, expected %d", y, want))
	}
}

// A pass is one of the functions of a shape.
type pass int

const (
	forward pass = iota
	backwardInput
	backwardWeight
)

// call is the arguments of a pass: x, w, y or their gradients.
type call[T gemm.Float] struct {
	pass  pass
	s     Shape
	x     []T
	w     []T
	y     []T
	bias  []T
	act   gemm.Activation
	slope T
	norm  Norm[T]
}
