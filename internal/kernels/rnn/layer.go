package rnn

import (
	"fmt"
	"sync"
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// Layer is one direction of a recurrent layer.
type Layer struct {
	Cell                     Cell
	Steps, Batch, In, Hidden int
	// Reverse lets the steps run from the last to the first.
	Reverse bool
	// Pitch is the distance of two rows of y: Hidden times the directions
	// that share it.
	Pitch int
}

// time returns when the step that comes s-th takes place.
func (l *Layer) time(s int) int {
	if l.Reverse {
		return l.Steps - 1 - s
	}
	return s
}

// before returns the time of the step that comes before that at time t.
func (l *Layer) before(t int) int {
	if l.Reverse {
		return t + 1
	}
	return t - 1
}

// Weights are the parameters of a layer, gates as in [Cell.Gates]. The biases
// may both be nil.
type Weights[T Float] struct {
	IH     []T // [gates·Hidden, In]
	HH     []T // [gates·Hidden, Hidden]
	BiasIH []T // [gates·Hidden]
	BiasHH []T
}

// Trace is what the forward pass leaves.
type Trace[T Float] struct {
	// Y [Steps, Batch, Pitch], of which the layer uses the first Hidden
	// numbers of a row; 0 beyond the end of a sequence.
	Y []T
	// HN and CN [Batch, Hidden] are the states after the last step; CN is
	// for LSTM.
	HN, CN []T
	// Gates [Steps, Batch, kept·Hidden] are kept for the backward pass. Nil
	// where none follows, and for Tanh.
	Gates []T
	// C [Steps + 1, Batch, Hidden] are the cell states of an LSTM whose gates
	// are kept: the first, then that after each step, in order of the steps.
	C []T
}

// Gradient is what the backward pass leaves.
type Gradient[T Float] struct {
	Gates []T // [Steps, Batch, kept·Hidden], of the sums
	H0    []T // [Batch, Hidden]; meaningful where the first state was given
	C0    []T // [Batch, Hidden], for LSTM
}

// state is where the hidden states of a layer lie.
type state[T Float] struct {
	*Layer
	y, h0   []T
	lengths []int
	zeros   []T // [Hidden]
}

// ended tells whether sample n has no step at time t.
func (s *state[T]) ended(t, n int) bool { return s.lengths != nil && t >= s.lengths[n] }

// starts tells whether sample n's first step is that at time t.
func (s *state[T]) starts(t, n int) bool {
	if !s.Reverse {
		return t == 0
	}
	return t == s.Steps-1 || s.lengths != nil && t == s.lengths[n]-1
}

// row returns h of sample n at time t.
func (s *state[T]) row(t, n int) []T { return s.y[(t*s.Batch+n)*s.Pitch:][:s.Hidden] }

// first returns the state of sample n before its first step.
func (s *state[T]) first(n int) []T {
	if s.h0 == nil {
		return s.zeros
	}
	return s.h0[n*s.Hidden:][:s.Hidden]
}

// last returns the state of sample n before its step at time t.
func (s *state[T]) last(t, n int) []T {
	if s.starts(t, n) {
		return s.first(n)
	}
	return s.row(s.before(t), n)
}

// final returns the state of sample n after its last step.
func (s *state[T]) final(n int) []T {
	steps := s.Steps
	if s.lengths != nil {
		steps = s.lengths[n]
	}
	switch {
	case steps == 0:
		return s.first(n)
	case s.Reverse:
		return s.row(0, n)
	}
	return s.row(steps-1, n)
}

// grain returns how many samples are worth a thread of their own: few rows
// leave the units of a product idle, little work does not repay the fork.
func (l *Layer) grain() int {
	const fork = 260_000
	each := 2 * l.Steps * l.Cell.Gates() * l.Hidden * l.Hidden
	return max(3, fork/max(1, each))
}

func (l *Layer) check(name string, got, want int) {
	if got < want {
		panic(fmt.Sprintf("rnn: %s has %d numbers, expected %d", name, got, want))
	}
}

// jobs keeps the arguments of finished loops for the next ones, so that a loop
// allocates nothing. One free list an element type; they hold no state.
type jobs struct{ free [2]sync.Pool }

// run does the loop j over [0, n) on the threads of p.
func run[T Float, J any, B interface {
	*J
	par.Body
}](p *par.Pool, kept *jobs, n, grain int, j J) {
	free := &kept.free[unsafe.Sizeof(T(0))/8]
	job, ok := free.Get().(*J)
	if !ok {
		job = new(J)
	}
	*job = j
	p.For(n, grain, B(job))
	var none J
	*job = none // keeps no caller's slice alive
	free.Put(job)
}
