package rnn

import (
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/gemm/scratch"
	"github.com/hocsau/hocsau/internal/kernels/par"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// Backward sets d to the gradient of the sums of the gates of all steps, and
// of the first states, from those of Y (dy [Steps, Batch, Pitch]) and of the
// last states (dhn, dcn [Batch, Hidden]); nil counts as 0. hh are the weights
// of the state, tr, h0 and lengths as [Forward] had them.
func Backward[T Float](p *par.Pool, l *Layer, hh []T, tr *Trace[T], h0 []T, lengths []int, dy, dhn, dcn []T, d *Gradient[T]) {
	kept, gates := l.Cell.Kept()*l.Hidden, l.Cell.Gates()*l.Hidden
	size := l.Batch * l.Hidden
	l.check("y", len(tr.Y), (l.Steps*l.Batch-1)*l.Pitch+l.Hidden)
	l.check("the gradient of the gates", len(d.Gates), l.Steps*l.Batch*kept)
	buf := takeRoom[T](l.Hidden + gates*l.Hidden)
	defer buf.Release()
	room := room[T]{buf: buf}
	b := backward[T]{kept: kept, tr: *tr, d: *d, dy: dy}
	b.state = state[T]{Layer: l, y: tr.Y, h0: h0, lengths: lengths, zeros: room.take(l.Hidden)}
	clear(b.zeros)
	b.hh = newPanels(gates, l.Hidden, room.take(gates*l.Hidden))
	if l.Steps > 1 {
		b.hh.fill(p, hh, l.Hidden, 1)
	}
	setOrClear(d.H0[:size], dhn)
	if l.Cell == LSTM {
		setOrClear(d.C0[:size], dcn)
	}
	run[T](p, &backwardJobs, l.Batch, l.grain(), b)
	if l.Steps == 1 && h0 != nil {
		gemm.Gemm(p, false, false, l.Batch, l.Hidden, gates, d.Gates[l.Cell.hidden()*l.Hidden:], kept, hh, l.Hidden, b.beta(), d.H0, l.Hidden, gemm.Epilogue[T]{})
	}
}

type backward[T Float] struct {
	state[T]
	tr   Trace[T]
	d    Gradient[T]
	dy   []T
	hh   panels[T]
	kept int
}

var backwardJobs jobs

// Range takes the samples lo to hi back through all steps. d.H0 and d.C0 hold
// the gradient of the state after the step at hand.
func (b *backward[T]) Range(_, lo, hi int) {
	for s := b.Steps - 1; s >= 0; s-- {
		t := b.time(s)
		dgates := b.d.Gates[t*b.Batch*b.kept:]
		for n := lo; n < hi; n++ {
			b.cell(s, t, n, dgates[n*b.kept:][:b.kept])
		}
		if s == 0 && b.h0 == nil || b.Steps == 1 {
			return
		}
		b.hh.multiply(hi-lo, dgates[lo*b.kept+b.Cell.hidden()*b.Hidden:], b.kept, b.beta(), b.d.H0[lo*b.Hidden:], b.Hidden)
	}
}

// beta is what the product with the weights is added to times: a sample that
// has ended keeps its gradient, and a GRU's has a part already.
func (b *backward[T]) beta() T {
	if b.Cell == GRU || b.lengths != nil {
		return 1
	}
	return 0
}

// cell sets the gradient of the sums of sample n's gates.
func (b *backward[T]) cell(s, t, n int, dgates []T) {
	if b.ended(t, n) {
		clear(dgates)
		return
	}
	size, at := b.Batch*b.Hidden, n*b.Hidden
	dy, dh := b.zeros, b.d.H0[at:][:b.Hidden]
	if b.dy != nil {
		dy = b.dy[(t*b.Batch+n)*b.Pitch:][:b.Hidden]
	}
	gates := (t*b.Batch + n) * b.kept
	switch b.Cell {
	case LSTM:
		lstmBack(b.tr.Gates[gates:], b.tr.C[s*size+at:], b.tr.C[(s+1)*size+at:], dy, dh, b.d.C0[at:][:b.Hidden], dgates)
	case GRU:
		gruBack(b.tr.Gates[gates:], b.last(t, n), dy, dh, dgates)
		return
	default:
		tanhBack(b.row(t, n), dy, dh, dgates)
	}
	if b.lengths != nil {
		clear(dh)
	}
}

// InputGradient adds to β·dx [Steps, Batch, In] the gradient of the input, from
// that of the gates and the input's weights.
func InputGradient[T Float](p *par.Pool, l *Layer, dgates, ih []T, beta T, dx []T) {
	kept := l.Cell.Kept() * l.Hidden
	for _, s := range l.Cell.input() {
		gemm.Gemm(p, false, false, l.Steps*l.Batch, l.In, s.count*l.Hidden, dgates[s.kept*l.Hidden:], kept,
			ih[s.weights*l.Hidden*l.In:], l.In, beta, dx, l.In, gemm.Epilogue[T]{})
		beta = 1
	}
}

// InputWeightGradient sets dw [gates·Hidden, In] from the gradient of the gates
// and the input.
func InputWeightGradient[T Float](p *par.Pool, l *Layer, dgates, x, dw []T) {
	kept := l.Cell.Kept() * l.Hidden
	for _, s := range l.Cell.input() {
		gemm.Gemm(p, true, false, s.count*l.Hidden, l.In, l.Steps*l.Batch, dgates[s.kept*l.Hidden:], kept,
			x, l.In, 0, dw[s.weights*l.Hidden*l.In:], l.In, gemm.Epilogue[T]{})
	}
}

// HiddenWeightGradient sets dw [gates·Hidden, Hidden] from the gradient of the
// gates and the states, of which y, h0 and lengths are as [Forward] had them.
func HiddenWeightGradient[T Float](p *par.Pool, l *Layer, dgates, y, h0 []T, lengths []int, dw []T) {
	kept, gates := l.Cell.Kept()*l.Hidden, l.Cell.Gates()*l.Hidden
	dgates = dgates[l.Cell.hidden()*l.Hidden:]
	later, earlier := dgates, y // of two steps, in order
	step := (l.Steps - 1) * l.Batch
	if l.Reverse {
		earlier = earlier[min(1, l.Steps-1)*l.Batch*l.Pitch:]
	} else {
		later = later[min(1, l.Steps-1)*l.Batch*kept:]
	}
	gemm.Gemm(p, true, false, gates, l.Hidden, step, later, kept, earlier, l.Pitch, 0, dw, l.Hidden, gemm.Epilogue[T]{})
	if h0 == nil {
		return
	}
	first, pitch := dgates[l.time(0)*l.Batch*kept:], kept
	if lengths != nil && l.Reverse {
		buf := takeRoom[T](l.Batch * gates)
		defer buf.Release()
		pitch = gates
		first = scratch.Of[T](buf, 0, l.Batch*gates)
		clear(first)
		for n, steps := range lengths {
			if steps > 0 {
				copy(first[n*gates:][:gates], dgates[((steps-1)*l.Batch+n)*kept:])
			}
		}
	}
	gemm.Gemm(p, true, false, gates, l.Hidden, l.Batch, first, pitch, h0, l.Hidden, 1, dw, l.Hidden, gemm.Epilogue[T]{})
}

// BiasGradient sets the gradients of the two biases [gates·Hidden] from that of
// the gates.
func BiasGradient[T Float](p *par.Pool, l *Layer, dgates, dih, dhh []T) {
	kept, gates := l.Cell.Kept()*l.Hidden, l.Cell.Gates()*l.Hidden
	buf := takeRoom[T](kept)
	defer buf.Release()
	sum := scratch.Of[T](buf, 0, kept)
	vec.ReduceAxis(p, vec.ReduceSum, 1, l.Steps*l.Batch, kept, dgates, sum)
	for _, s := range l.Cell.input() {
		copy(dih[s.weights*l.Hidden:][:s.count*l.Hidden], sum[s.kept*l.Hidden:])
	}
	copy(dhh[:gates], sum[l.Cell.hidden()*l.Hidden:])
}
