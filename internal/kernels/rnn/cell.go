package rnn

import (
	"math"
	"unsafe"
)

// Float is the type of an element.
type Float interface{ ~float32 | ~float64 }

// Cell is a kind of recurrent layer, in PyTorch's form.
type Cell int

const (
	// Tanh is h = tanh(z).
	Tanh Cell = iota
	// GRU has the gates r and z and the candidate n:
	//
	//	n = tanh(n_x + r·m), m = W_hn·h₋₁ + b_hn
	//	h = (1 − z)·n + z·h₋₁
	GRU
	// LSTM has the gates i, f, o and the candidate g:
	//
	//	c = f·c₋₁ + i·g
	//	h = o·tanh(c)
	LSTM
)

// Gates returns how many blocks of rows the weights have: 1; r, z, n; i, f, g, o.
func (c Cell) Gates() int { return [...]int{1, 3, 4}[c] }

// Kept returns how many numbers belong to a unit in [Trace.Gates] and in
// [Gradient.Gates]: 1; n, r, z, m; i, f, g, o.
func (c Cell) Kept() int { return [...]int{1, 4, 4}[c] }

// span is a run of gates: where it begins in the weights and in what is kept.
type span struct{ weights, kept, count int }

var (
	wholeTanh = []span{{0, 0, 1}}
	wholeLSTM = []span{{0, 0, 4}}
	inputGRU  = []span{{0, 1, 2}, {2, 0, 1}}
)

// input returns the gates that the input's product gives.
func (c Cell) input() []span {
	switch c {
	case GRU:
		return inputGRU
	case LSTM:
		return wholeLSTM
	}
	return wholeTanh
}

// hidden returns the first of the kept gates that the state's product gives;
// the others follow it.
func (c Cell) hidden() int {
	if c == GRU {
		return 1
	}
	return 0
}

func fast[T Float]() bool { return unsafe.Sizeof(T(0)) == 4 && haveSIMD() }

// f32 views x as float32; only where T has that size.
func f32[T Float](x []T) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

func sigmoid[T Float](z T) T {
	v := float64(z)
	if v >= 0 {
		return T(1 / (1 + math.Exp(-v)))
	}
	e := math.Exp(v)
	return T(e / (1 + e))
}

func tanh[T Float](z T) T { return T(math.Tanh(float64(z))) }

// tanhStep replaces z by tanh(z).
func tanhStep[T Float](y []T) {
	if fast[T]() {
		tanhForward(&f32(y)[0], len(y))
		return
	}
	for i, z := range y {
		y[i] = tanh(z)
	}
}

// tanhBack sets dz = (dy + dh)·(1 − y²).
func tanhBack[T Float](y, dy, dh, dz []T) {
	n := len(y)
	dy, dh, dz = dy[:n], dh[:n], dz[:n]
	if fast[T]() {
		tanhBackward(&f32(y)[0], &f32(dy)[0], &f32(dh)[0], &f32(dz)[0], n)
		return
	}
	for i, v := range y {
		dz[i] = (dy[i] + dh[i]) * (1 - v*v)
	}
}

// lstmStep replaces the sums of the gates [i | f | g | o] by their values and
// sets the next cell state and h; next may be c.
func lstmStep[T Float](gates, c, next, h []T) {
	n := len(h)
	gates, c, next = gates[:4*n], c[:n], next[:n]
	if fast[T]() {
		lstmForward(&f32(gates)[0], &f32(c)[0], &f32(next)[0], &f32(h)[0], n)
		return
	}
	gi, gf, gg, gate := gates[:n], gates[n:2*n], gates[2*n:3*n], gates[3*n:]
	for k := range h {
		i, f, g, o := sigmoid(gi[k]), sigmoid(gf[k]), tanh(gg[k]), sigmoid(gate[k])
		gi[k], gf[k], gg[k], gate[k] = i, f, g, o
		next[k] = f*c[k] + i*g
		h[k] = o * tanh(next[k])
	}
}

// lstmBack sets the gradient of the sums of the gates and replaces dc, the
// gradient of the cell state, by that of the state before.
func lstmBack[T Float](gates, c, next, dy, dh, dc, dgates []T) {
	n := len(dc)
	gates, dgates = gates[:4*n], dgates[:4*n]
	c, next, dy, dh = c[:n], next[:n], dy[:n], dh[:n]
	if fast[T]() {
		lstmBackward(&f32(gates)[0], &f32(c)[0], &f32(next)[0], &f32(dy)[0], &f32(dh)[0], &f32(dc)[0], &f32(dgates)[0], n)
		return
	}
	for k := range dc {
		i, f, g, o := gates[k], gates[n+k], gates[2*n+k], gates[3*n+k]
		d, t := dy[k]+dh[k], tanh(next[k])
		state := dc[k] + d*o*(1-t*t)
		dgates[k] = state * g * (i * (1 - i))
		dgates[n+k] = state * c[k] * (f * (1 - f))
		dgates[2*n+k] = state * i * (1 - g*g)
		dgates[3*n+k] = d * t * (o * (1 - o))
		dc[k] = state * f
	}
}

// gruStep replaces the sums of the gates [n | r | z] by their values, keeps m
// behind them, and sets h from the last one.
func gruStep[T Float](gates, last, h []T) {
	n := len(h)
	gates, last = gates[:4*n], last[:n]
	if fast[T]() {
		gruForward(&f32(gates)[0], &f32(last)[0], &f32(h)[0], n)
		return
	}
	for k := range h {
		r, z := sigmoid(gates[n+k]), sigmoid(gates[2*n+k])
		c := tanh(gates[k] + r*gates[3*n+k])
		gates[k], gates[n+k], gates[2*n+k] = c, r, z
		h[k] = c + z*(last[k]-c)
	}
}

// gruBack sets the gradient of the sums of n, r, z and of m, and replaces dh by
// the part that the state before gets directly.
func gruBack[T Float](gates, last, dy, dh, dgates []T) {
	n := len(dh)
	gates, dgates, last, dy = gates[:4*n], dgates[:4*n], last[:n], dy[:n]
	if fast[T]() {
		gruBackward(&f32(gates)[0], &f32(last)[0], &f32(dy)[0], &f32(dh)[0], &f32(dgates)[0], n)
		return
	}
	for k := range dh {
		c, r, z, m := gates[k], gates[n+k], gates[2*n+k], gates[3*n+k]
		d := dy[k] + dh[k]
		dn := d * (1 - z) * (1 - c*c)
		dgates[k] = dn
		dgates[n+k] = dn * m * (r * (1 - r))
		dgates[2*n+k] = d * (last[k] - c) * (z * (1 - z))
		dgates[3*n+k] = dn * r
		dh[k] = d * z
	}
}
