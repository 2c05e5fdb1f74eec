package zoo

import (
	"math"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
)

// CheatsheetGRU is a gated recurrent unit as in cheatsheet §2.2, where [GRU] has
// PyTorch's form.
const CheatsheetGRU Cell = "cheatsheet-gru"

// stepper is a recurrent layer whose state is one row of numbers, so that a search
// can move it: h [N, H], or h and c of an LSTM side by side [N, 2·H].
type stepper interface {
	states() int                           // rows of H numbers in a state
	step(x, state *graph.Node) *graph.Node // of x [N, in]
	output(state *graph.Node) *graph.Node  // h [N, H]
}

func newStepper(s graph.Scope, kind Cell, in, hidden int) stepper {
	switch kind {
	case LSTM:
		return lstmCell{recurrent.NewLSTM(s, in, hidden, recurrent.Opts{}), hidden}
	case CheatsheetGRU:
		return cheatsheetCell{recurrent.NewGRUCell(s, in, hidden)}
	}
	return gruCell{recurrent.NewGRU(s, in, hidden, recurrent.Opts{})}
}

type gruCell struct{ gru *recurrent.GRU }

func (gruCell) states() int                          { return 1 }
func (gruCell) output(state *graph.Node) *graph.Node { return state }

func (c gruCell) step(x, state *graph.Node) *graph.Node {
	next, _ := c.gru.Step(x, state.Reshape(1, state.Dim(0), state.Dim(1)))
	return next
}

type cheatsheetCell struct{ gru *recurrent.GRUCell }

func (cheatsheetCell) states() int                          { return 1 }
func (cheatsheetCell) output(state *graph.Node) *graph.Node { return state }

func (c cheatsheetCell) step(x, state *graph.Node) *graph.Node {
	next, _ := c.gru.Step(x, state)
	return next
}

type lstmCell struct {
	lstm   *recurrent.LSTM
	hidden int
}

func (lstmCell) states() int { return 2 }

func (c lstmCell) output(state *graph.Node) *graph.Node { return state.Slice(1, 0, c.hidden) }

func (c lstmCell) step(x, state *graph.Node) *graph.Node {
	h := state.Slice(1, 0, c.hidden).Reshape(1, -1, c.hidden)
	memory := state.Slice(1, c.hidden, 2*c.hidden).Reshape(1, -1, c.hidden)
	_, next := c.lstm.Step(x, recurrent.LSTMState{H: h, C: memory})
	return graph.Concat(1, next.H.Reshape(-1, c.hidden), next.C.Reshape(-1, c.hidden))
}

// reader runs a bidirectional layer of a kind over a sequence.
type reader struct {
	gru   *recurrent.GRU
	lstm  *recurrent.LSTM
	cells recurrent.Bidirectional
}

func newReader(s graph.Scope, kind Cell, in, hidden int) reader {
	both := recurrent.Opts{Bidirectional: true}
	switch kind {
	case LSTM:
		return reader{lstm: recurrent.NewLSTM(s, in, hidden, both)}
	case CheatsheetGRU:
		return reader{cells: recurrent.Bidirectional{
			Forward:  recurrent.NewGRUCell(s.At("forward"), in, hidden),
			Backward: recurrent.NewGRUCell(s.At("backward"), in, hidden),
		}}
	}
	return reader{gru: recurrent.NewGRU(s, in, hidden, both)}
}

// read returns the states [T, N, 2·H] of x [T, N, in], 0 beyond the lengths [N]
// where those are not nil.
func (r reader) read(x, lengths *graph.Node) *graph.Node {
	switch {
	case r.gru != nil:
		y, _ := r.gru.Sequence(x, nil, lengths)
		return y
	case r.lstm != nil:
		y, _ := r.lstm.Sequence(x, recurrent.LSTMState{}, lengths)
		return y
	}
	var mask *graph.Node
	if lengths != nil {
		mask = lengths.LengthMaskByTime(x.Dim(0))
	}
	return r.cells.Run(x, mask, false)
}

// vectors returns the initialiser of embeddings of n numbers: of length 1 on
// average, as tied logits need it.
func vectors(n int) graph.Init { return nn.Normal(0, 1/math.Sqrt(float64(n))) }
