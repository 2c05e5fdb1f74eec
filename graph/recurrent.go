package graph

import (
	"fmt"
	"slices"

	"github.com/hocsau/hocsau/internal/kernels/rnn"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// RecurrentWeights are the parameters of one direction of a recurrent layer, in
// PyTorch's layout. Its gates are blocks of rows: one for an RNN; r, z, n for
// a GRU; i, f, g, o for an LSTM. The biases may both be nil.
type RecurrentWeights struct {
	IH     *Node // [gates·H, in]
	HH     *Node // [gates·H, H]
	BiasIH *Node // [gates·H]
	BiasHH *Node // [gates·H]
}

// RecurrentOpts are further inputs of a recurrent layer of D directions; the
// zero value starts from 0 and takes all steps.
type RecurrentOpts struct {
	H0 *Node // [D, N, H], the states before the first step; nil for 0
	C0 *Node // [D, N, H], the cell states of an LSTM; nil for 0
	// Lengths [N] are the integers 0 to T after which the sequences end; nil
	// for T. Beyond its end a sequence has y = 0 and keeps its last state; the
	// backward direction starts at its last real step.
	Lengths *Node
}

// recurrence is a recurrent layer of one or two directions over a sequence.
// Its inputs are x, for each direction W_ih, W_hh and the biases, then h0, c0
// and lengths where there are such. Its result is packed: y [T, N, D·H],
// hn [D, N, H], for LSTM cn [D, N, H]; and where a backward pass may follow the
// gates and cell states of each direction.
type recurrence struct {
	layers               []rnn.Layer // one a direction
	bias, h0, c0, ragged bool
	keep                 bool
}

func (k *recurrence) String() string { return recurrentName(k.layers[0].Cell) }

func (k *recurrence) describe() Description {
	return describe(k.String(), "hidden", k.layers[0].Hidden, "directions", len(k.layers), "bias", k.bias, "first_state", k.h0, "first_cell", k.c0, "lengths", k.ragged)
}

func recurrentName(c rnn.Cell) string {
	switch c {
	case rnn.LSTM:
		return "LSTM"
	case rnn.GRU:
		return "GRU"
	}
	return "RNN"
}

// The sizes below are numbers of elements.

func (k *recurrence) sizeY() int {
	l := k.layers[0]
	return l.Steps * l.Batch * l.Pitch
}

// sizeState is that of hn or cn.
func (k *recurrence) sizeState() int { return len(k.layers) * k.layers[0].Batch * k.layers[0].Hidden }

// sizeGates is that of one direction's gates, of the sums' gradient too.
func (k *recurrence) sizeGates() int {
	l := k.layers[0]
	return l.Steps * l.Batch * l.Cell.Kept() * l.Hidden
}

// states returns how many states a layer has: h, and c.
func (k *recurrence) states() int {
	if k.layers[0].Cell == rnn.LSTM {
		return 2
	}
	return 1
}

func (k *recurrence) size() int {
	n := k.sizeY() + k.states()*k.sizeState()
	if k.keep {
		n += len(k.layers) * (k.keptGates() + k.keptCells())
	}
	return n
}

func (k *recurrence) keptGates() int {
	if k.layers[0].Cell == rnn.Tanh {
		return 0
	}
	return k.sizeGates()
}

func (k *recurrence) keptCells() int {
	l := k.layers[0]
	if l.Cell != rnn.LSTM {
		return 0
	}
	return (l.Steps + 1) * l.Batch * l.Hidden
}

// weight returns the operand that holds part i of direction d's weights: W_ih,
// W_hh and the biases.
func (k *recurrence) weight(d, i int) int { return 1 + d*k.parts() + i }

func (k *recurrence) parts() int {
	if k.bias {
		return 4
	}
	return 2
}

// operandH0 is the operand that holds h0, where there is one.
func (k *recurrence) operandH0() int { return 1 + len(k.layers)*k.parts() }

func (k *recurrence) operandC0() int {
	if k.h0 {
		return k.operandH0() + 1
	}
	return k.operandH0()
}

func (k *recurrence) operandLengths() int {
	if k.c0 {
		return k.operandC0() + 1
	}
	return k.operandC0()
}

func (k *recurrence) constant(i int) bool { return k.ragged && i == k.operandLengths() }

func (k *recurrence) macs() int {
	l := k.layers[0]
	return len(k.layers) * l.Steps * l.Batch * l.Cell.Gates() * l.Hidden * (l.In + l.Hidden)
}

func (k *recurrence) compute(c *call) error {
	var lengths []int
	if k.ragged {
		lengths = c.ints(k.operandLengths())
		if err := inRange("length", lengths, k.layers[0].Steps+1); err != nil {
			return err
		}
	}
	if c.double() {
		recur[float64](k, c, lengths)
	} else {
		recur[float32](k, c, lengths)
	}
	return nil
}

func recur[T vec.Float](k *recurrence, c *call, lengths []int) {
	for d := range k.layers {
		w := rnn.Weights[T]{IH: input[T](c, k.weight(d, 0)), HH: input[T](c, k.weight(d, 1))}
		if k.bias {
			w.BiasIH, w.BiasHH = input[T](c, k.weight(d, 2)), input[T](c, k.weight(d, 3))
		}
		var h0, c0 []T
		if k.h0 {
			h0 = part(k, input[T](c, k.operandH0()), d)
		}
		if k.c0 {
			c0 = part(k, input[T](c, k.operandC0()), d)
		}
		tr := trace(k, output[T](c), d)
		rnn.Forward(c.pool, &k.layers[d], &w, input[T](c, 0), h0, c0, lengths, &tr)
	}
}

// part returns direction d of states [D, N, H].
func part[T vec.Float](k *recurrence, states []T, d int) []T {
	n := k.layers[0].Batch * k.layers[0].Hidden
	return states[d*n : (d+1)*n]
}

// trace returns where direction d's results lie in the packed ones.
func trace[T vec.Float](k *recurrence, packed []T, d int) rnn.Trace[T] {
	at := k.sizeY()
	tr := rnn.Trace[T]{Y: packed[d*k.layers[0].Hidden : at], HN: part(k, packed[at:], d)}
	at += k.sizeState()
	if k.states() == 2 {
		tr.CN = part(k, packed[at:], d)
		at += k.sizeState()
	}
	if n := k.keptGates(); k.keep && n > 0 {
		tr.Gates = packed[at+d*n:][:n]
		at += len(k.layers) * n
	}
	if n := k.keptCells(); k.keep && n > 0 {
		tr.C = packed[at+d*n:][:n]
	}
	return tr
}

// RNN returns the states of a tanh layer over the sequence n [T, N, in],
//
//	h_t = tanh(W_ih·x_t + b_ih + W_hh·h_{t−1} + b_hh)
//
// as y [T, N, D·H] and the last as hn [D, N, H], for D = 1 or 2 directions, one
// for each of the weights: forward, then backward.
//
// Source: PyTorch's nn.RNN; cheatsheet §2.1 with one bias for two.
func (n *Node) RNN(o RecurrentOpts, w ...RecurrentWeights) (y, hn *Node) {
	y, hn, _ = n.recurrent(rnn.Tanh, o, w)
	return y, hn
}

// GRU is [Node.RNN] with gated recurrent units,
//
//	r = σ(W_ir·x + b_ir + W_hr·h + b_hr), z = σ(W_iz·x + b_iz + W_hz·h + b_hz)
//	n = tanh(W_in·x + b_in + r ⋆ (W_hn·h + b_hn))
//	h ← (1 − z) ⋆ n + z ⋆ h
//
// Source: arXiv:1406.1078 in PyTorch's form, nn.GRU: r multiplies after the
// matrix product. The cheatsheet's form, §2.2, multiplies before it.
func (n *Node) GRU(o RecurrentOpts, w ...RecurrentWeights) (y, hn *Node) {
	y, hn, _ = n.recurrent(rnn.GRU, o, w)
	return y, hn
}

// LSTM is [Node.RNN] with long short-term memory,
//
//	i, f, o = σ(W·x + b_i + U·h + b_h), g = tanh(W_ig·x + b_ig + W_hg·h + b_hg)
//	c ← f ⋆ c + i ⋆ g, h ← o ⋆ tanh(c)
//
// whose last cell state is cn [D, N, H].
//
// Source: doi:10.1162/neco.1997.9.8.1735 with forget gates, in PyTorch's form,
// nn.LSTM. The cheatsheet's form, §2.2, has a relevance gate and no tanh(c).
func (n *Node) LSTM(o RecurrentOpts, w ...RecurrentWeights) (y, hn, cn *Node) {
	return n.recurrent(rnn.LSTM, o, w)
}

func (n *Node) recurrent(cell rnn.Cell, o RecurrentOpts, w []RecurrentWeights) (y, hn, cn *Node) {
	k, in, ok := n.recurrence(cell, o, w)
	if !ok {
		return n.g.dead(), n.g.dead(), n.g.dead()
	}
	l := k.layers[0]
	kind, _ := n.kind()
	packed := n.g.apply(k, kind, []int{k.size()}, in...)
	name := k.String()
	states := []int{len(k.layers), l.Batch, l.Hidden}
	y = packed.view(name, 0, []int{l.Steps, l.Batch, l.Pitch})
	hn = packed.view(name+" last state", k.sizeY(), states)
	if cell == rnn.LSTM {
		cn = packed.view(name+" last cell state", k.sizeY()+k.sizeState(), states)
	}
	return y, hn, cn
}

// recurrence checks the operands and lists them in the kernel's order.
func (n *Node) recurrence(cell rnn.Cell, o RecurrentOpts, w []RecurrentWeights) (k *recurrence, in []*Node, ok bool) {
	name := recurrentName(cell)
	in = []*Node{n}
	refuse := func(format string, args ...any) (*recurrence, []*Node, bool) {
		reject(name, in, format, args...)
		return nil, nil, false
	}
	if !alive(name, n) {
		return nil, nil, false
	}
	if n.Rank() != 3 || !floats(in) {
		return refuse("expected a sequence [T, N, in] of floating-point numbers")
	}
	if len(w) != 1 && len(w) != 2 {
		return refuse("weights of %d directions, expected 1 or 2", len(w))
	}
	k = &recurrence{bias: w[0].BiasIH != nil, h0: o.H0 != nil, c0: o.C0 != nil, ragged: o.Lengths != nil, keep: n.g.mode == Train}
	for _, v := range w {
		in = append(in, v.IH, v.HH)
		if (v.BiasIH != nil) != k.bias || (v.BiasHH != nil) != k.bias {
			return refuse("expected all biases or none")
		}
		if k.bias {
			in = append(in, v.BiasIH, v.BiasHH)
		}
	}
	for _, s := range []*Node{o.H0, o.C0} {
		if s != nil {
			in = append(in, s)
		}
	}
	if !alive(name, in...) {
		return nil, nil, false
	}
	if !floats(in) {
		return refuse("expected floating-point numbers of one type")
	}
	if o.C0 != nil && cell != rnn.LSTM {
		return refuse("a cell state, which only an LSTM has")
	}
	s := n.shape()
	if w[0].HH.Rank() != 2 {
		return refuse("expected weights [%d·H, %d] and [%d·H, H]", cell.Gates(), s[2], cell.Gates())
	}
	hidden, gates := w[0].HH.shape()[1], cell.Gates()*w[0].HH.shape()[1]
	for d := range w {
		k.layers = append(k.layers, rnn.Layer{
			Cell: cell, Steps: s[0], Batch: s[1], In: s[2], Hidden: hidden, Reverse: d == 1, Pitch: len(w) * hidden,
		})
		for i, want := range [][]int{{gates, s[2]}, {gates, hidden}, {gates}, {gates}}[:k.parts()] {
			if v := in[k.weight(d, i)]; !slices.Equal(v.shape(), want) {
				return refuse("expected %s of shape %s", v.label(), shapeString(want))
			}
		}
	}
	states := []int{len(w), s[1], hidden}
	for i, v := range in[k.operandH0():] {
		if !slices.Equal(v.shape(), states) {
			return refuse("first state %d of shape %s, expected %s", i, shapeString(v.shape()), shapeString(states))
		}
	}
	if o.Lengths == nil {
		return k, in, true
	}
	in = append(in, o.Lengths)
	if !alive(name, in...) {
		return nil, nil, false
	}
	if kind, ok := o.Lengths.kind(); !ok || kind != kindInt || !slices.Equal(o.Lengths.shape(), s[1:2]) {
		return refuse("expected integer lengths %s; InputInts makes them", fmt.Sprint([]int{s[1]}))
	}
	return k, in, true
}
