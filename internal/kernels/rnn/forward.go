package rnn

import (
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/gemm/scratch"
	"github.com/hocsau/hocsau/internal/kernels/par"
)

// chunkRows is how many rows the input's product has at a time where the gates
// are not kept.
const chunkRows = 256

// Forward computes the layer over x [Steps, Batch, In] from the first states h0
// and c0 [Batch, Hidden], which are 0 where nil, and sets tr. lengths [Batch],
// nil for Steps, are from 0 to Steps: beyond its length a sample keeps its
// state.
func Forward[T Float](p *par.Pool, l *Layer, w *Weights[T], x, h0, c0 []T, lengths []int, tr *Trace[T]) {
	size := l.Batch * l.Hidden
	kept, gates := l.Cell.Kept()*l.Hidden, l.Cell.Gates()*l.Hidden
	l.check("x", len(x), l.Steps*l.Batch*l.In)
	l.check("y", len(tr.Y), (l.Steps*l.Batch-1)*l.Pitch+l.Hidden)
	chunk := l.Steps
	if l.Cell != Tanh && tr.Gates == nil {
		chunk = min(l.Steps, max(1, chunkRows/l.Batch))
	}

	f := forward[T]{kept: kept, tr: *tr}
	buf := takeRoom[T](l.Hidden + kept + gates*l.Hidden + chunk*l.Batch*kept)
	defer buf.Release()
	room := room[T]{buf: buf}
	f.state = state[T]{Layer: l, y: tr.Y, h0: h0, lengths: lengths, zeros: room.take(l.Hidden)}
	clear(f.zeros)
	f.bias = room.take(kept)
	sumBiases(l, w, f.bias)
	f.hh = newPanels(l.Hidden, gates, room.take(gates*l.Hidden))
	if l.Steps > 1 {
		f.hh.fill(p, w.HH, 1, l.Hidden)
	}
	f.gates, f.pitch = tr.Gates, kept
	switch {
	case l.Cell == Tanh:
		f.gates, f.pitch = tr.Y, l.Pitch
	case tr.Gates == nil:
		f.gates = room.take(chunk * l.Batch * kept)
	}
	if l.Cell == LSTM {
		cells := tr.CN
		if tr.C != nil {
			cells = tr.C
		}
		setOrClear(cells[:size], c0)
	}
	for f.begin = 0; f.begin < l.Steps; f.begin = f.end {
		f.end = min(l.Steps, f.begin+chunk)
		f.origin = min(l.time(f.begin), l.time(f.end-1))
		if l.Cell == Tanh || tr.Gates != nil {
			f.origin = 0
		}
		f.inputs(p, w, x)
		if l.Steps == 1 {
			f.once(p, w.HH)
		}
		run[T](p, &forwardJobs, l.Batch, l.grain(), f)
	}
}

// room hands out parts of a buffer.
type room[T Float] struct {
	buf  *scratch.Buffer
	used int
}

func takeRoom[T Float](n int) *scratch.Buffer {
	const parts = 8 // each begins on a line of its own
	return scratch.Take(n*int(unsafe.Sizeof(T(0))) + parts*scratch.Align)
}

func (r *room[T]) take(n int) []T {
	part := scratch.Of[T](r.buf, r.used, n)
	r.used = scratch.Round(r.used + n*int(unsafe.Sizeof(T(0))))
	return part
}

func setOrClear[T Float](dst, src []T) {
	if src == nil {
		clear(dst)
		return
	}
	copy(dst, src[:len(dst)])
}

// sumBiases sets bias [kept·Hidden] to what each sum of a gate begins with.
func sumBiases[T Float](l *Layer, w *Weights[T], bias []T) {
	clear(bias)
	if w.BiasIH == nil {
		return
	}
	for _, s := range l.Cell.input() {
		copy(bias[s.kept*l.Hidden:][:s.count*l.Hidden], w.BiasIH[s.weights*l.Hidden:])
	}
	for i, b := range w.BiasHH[:l.Cell.Gates()*l.Hidden] {
		bias[l.Cell.hidden()*l.Hidden+i] += b
	}
}

// forward is a run of steps, from begin to end.
type forward[T Float] struct {
	state[T]
	tr         Trace[T]
	hh         panels[T]
	bias       []T
	gates      []T // of the steps from time origin on
	pitch      int // from one row of gates to the next
	kept       int
	begin, end int
	origin     int
}

var forwardJobs jobs

// inputs sets the gates of the steps to the products of the input.
func (f *forward[T]) inputs(p *par.Pool, w *Weights[T], x []T) {
	rows := (f.end - f.begin) * f.Batch
	from := min(f.time(f.begin), f.time(f.end-1))
	x = x[from*f.Batch*f.In:]
	gates := f.gates[(from-f.origin)*f.Batch*f.pitch:]
	for _, s := range f.Cell.input() {
		at := s.kept * f.Hidden
		gemm.Gemm(p, false, true, rows, s.count*f.Hidden, f.In, x, f.In, w.IH[s.weights*f.Hidden*f.In:], f.In,
			0, gates[at:], f.pitch, gemm.Epilogue[T]{Bias: f.bias[at:]})
	}
}

// once adds the products of the first state to the gates of the only step: a
// copy of the weights would serve this product alone.
func (f *forward[T]) once(p *par.Pool, hh []T) {
	f.begun(0, f.Batch, f.gates)
	if f.h0 != nil {
		at, gates := f.Cell.hidden()*f.Hidden, f.Cell.Gates()*f.Hidden
		gemm.Gemm(p, false, true, f.Batch, gates, f.Hidden, f.h0, f.Hidden, hh, f.Hidden, 1, f.gates[at:], f.pitch, gemm.Epilogue[T]{})
	}
}

// begun sets what no product of the input begins: m of a GRU, which comes from
// the state alone.
func (f *forward[T]) begun(lo, hi int, gates []T) {
	if f.Cell != GRU {
		return
	}
	for n := lo; n < hi; n++ {
		copy(gates[n*f.pitch+3*f.Hidden:][:f.Hidden], f.bias[3*f.Hidden:])
	}
}

// Range takes the samples lo to hi through the steps.
func (f *forward[T]) Range(_, lo, hi int) {
	for s := f.begin; s < f.end; s++ {
		t := f.time(s)
		gates := f.gates[(t-f.origin)*f.Batch*f.pitch:]
		if f.Steps > 1 {
			f.begun(lo, hi, gates)
			f.recur(s, t, lo, hi, gates[f.Cell.hidden()*f.Hidden:])
		}
		for n := lo; n < hi; n++ {
			f.cell(s, t, n, gates[n*f.pitch:])
		}
	}
	if f.end < f.Steps {
		return
	}
	for n := lo; n < hi; n++ {
		copy(f.tr.HN[n*f.Hidden:][:f.Hidden], f.final(n))
	}
	if f.tr.C != nil {
		size := f.Batch * f.Hidden
		copy(f.tr.CN[lo*f.Hidden:hi*f.Hidden], f.tr.C[f.Steps*size+lo*f.Hidden:])
	}
}

// recur adds the products of the last state to the gates.
func (f *forward[T]) recur(s, t, lo, hi int, gates []T) {
	switch {
	case s > 0:
		f.hh.multiply(hi-lo, f.y[(f.before(t)*f.Batch+lo)*f.Pitch:], f.Pitch, 1, gates[lo*f.pitch:], f.pitch)
	case f.h0 != nil:
		f.hh.multiply(hi-lo, f.h0[lo*f.Hidden:], f.Hidden, 1, gates[lo*f.pitch:], f.pitch)
	}
	if s == 0 || f.h0 == nil || f.lengths == nil || !f.Reverse {
		return
	}
	for n := lo; n < hi; n++ { // those that begin here have found y = 0 so far
		if f.starts(t, n) {
			f.hh.multiply(1, f.first(n), f.Hidden, 1, gates[n*f.pitch:], f.pitch)
		}
	}
}

// cell computes the state of sample n from the sums of its gates.
func (f *forward[T]) cell(s, t, n int, gates []T) {
	h, size, at := f.row(t, n), f.Batch*f.Hidden, n*f.Hidden
	var c, next []T
	switch {
	case f.Cell != LSTM:
	case f.tr.C != nil:
		c, next = f.tr.C[s*size+at:][:f.Hidden], f.tr.C[(s+1)*size+at:][:f.Hidden]
	default:
		c = f.tr.CN[at:][:f.Hidden]
		next = c
	}
	if f.ended(t, n) {
		clear(h)
		copy(next, c)
		return
	}
	switch f.Cell {
	case LSTM:
		lstmStep(gates, c, next, h)
	case GRU:
		gruStep(gates, f.last(t, n), h)
	default:
		tanhStep(h)
	}
}
