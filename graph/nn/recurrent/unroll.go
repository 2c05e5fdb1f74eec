package recurrent

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// Cell is a recurrent cell, or several in one, that runs over sequences.
type Cell interface {
	// Run returns the states [T, N, H] of x [T, N, in], from the state 0. A
	// step whose mask [T, N] is 0 leaves the state as it is and gives 0; a nil
	// mask is 1 everywhere. With reverse the steps run from the last to the
	// first.
	Run(x, mask *graph.Node, reverse bool) *graph.Node
	// States returns how many states a step hands to the next: a<t>, for long
	// short-term memory c<t> too, those of each cell of several.
	States() int
	// RunFrom is Run from the states first [N, H], which are 0 where nil, and
	// returns the last ones too: with them the next piece of a text begins.
	RunFrom(x *graph.Node, first []*graph.Node, mask *graph.Node, reverse bool) (y *graph.Node, last []*graph.Node)
}

// firstStates returns the first states of a cell that has n; each is nil where
// first is.
func firstStates(x *graph.Node, first []*graph.Node, n int) (states []*graph.Node, dead *graph.Node) {
	switch len(first) {
	case 0:
		return make([]*graph.Node, n), nil
	case n:
		return first, nil
	}
	return nil, x.Fail(errors.Errorf("recurrent: %d first states, expected %d", len(first), n))
}

// Deep is cells one above the other: each reads the states of the one below.
//
// Source: cheatsheet §2.2, deep RNN.
type Deep struct {
	Cells []Cell
	// Between, such as a dropout, is applied to the states that a cell hands
	// up; nil for nothing.
	Between nn.Layer
}

// Run runs the cells one after the other.
func (d Deep) Run(x, mask *graph.Node, reverse bool) *graph.Node {
	y, _ := d.RunFrom(x, nil, mask, reverse)
	return y
}

// States returns the number of the states of all cells, the lowest first.
func (d Deep) States() int {
	n := 0
	for _, c := range d.Cells {
		n += c.States()
	}
	return n
}

// RunFrom runs the cells one after the other from their states.
func (d Deep) RunFrom(x *graph.Node, first []*graph.Node, mask *graph.Node, reverse bool) (y *graph.Node, last []*graph.Node) {
	states, dead := firstStates(x, first, d.States())
	if dead != nil {
		return dead, nil
	}
	for i, c := range d.Cells {
		if i > 0 && d.Between != nil {
			x = d.Between.Forward(x)
		}
		var own []*graph.Node
		x, own = c.RunFrom(x, states[:c.States()], mask, reverse)
		states, last = states[c.States():], append(last, own...)
	}
	return x, last
}

// Bidirectional is two cells over one sequence, one from its beginning and one
// from its end; their states are joined, [T, N, 2·H].
//
// Source: cheatsheet §2.2, bidirectional RNN.
type Bidirectional struct{ Forward, Backward Cell }

// Run runs both.
func (b Bidirectional) Run(x, mask *graph.Node, reverse bool) *graph.Node {
	return graph.Concat(2, b.Forward.Run(x, mask, reverse), b.Backward.Run(x, mask, !reverse))
}

// States returns the number of the states of both, the forward cell's first.
func (b Bidirectional) States() int { return b.Forward.States() + b.Backward.States() }

// RunFrom runs both from their states; the backward cell's first one is that
// behind the end.
func (b Bidirectional) RunFrom(x *graph.Node, first []*graph.Node, mask *graph.Node, reverse bool) (y *graph.Node, last []*graph.Node) {
	states, dead := firstStates(x, first, b.States())
	if dead != nil {
		return dead, nil
	}
	n := b.Forward.States()
	forward, lastForward := b.Forward.RunFrom(x, states[:n], mask, reverse)
	backward, lastBackward := b.Backward.RunFrom(x, states[n:], mask, !reverse)
	return graph.Concat(2, forward, backward), append(lastForward, lastBackward...)
}

// times returns the steps 0 to steps−1 in the order in which they run.
func times(steps int, reverse bool) []int {
	order := make([]int, steps)
	for i := range order {
		order[i] = i
		if reverse {
			order[i] = steps - 1 - i
		}
	}
	return order
}

// sequenceOf makes it an error of the graph where x is not [T, N, in].
func sequenceOf(name string, x *graph.Node) (dead *graph.Node, ok bool) {
	switch {
	case x.Gorgonia() == nil:
		return x, false
	case x.Rank() != 3:
		return x.Fail(errors.Errorf("%s: %s, expected a sequence [T, N, in]", name, x)), false
	}
	return nil, true
}

// keep is the mask of one step: where it is 0 a sample has ended.
type keep struct{ on *graph.Node } // [N, 1], nil for 1

func keepAt(mask *graph.Node, t int) keep {
	if mask == nil {
		return keep{}
	}
	on := mask.Index(0, t)
	return keep{on.Reshape(-1, 1)}
}

// state returns next, or last where the sample has ended.
func (k keep) state(next, last *graph.Node) *graph.Node {
	if k.on == nil {
		return next
	}
	return last.Add(next.Sub(last).Mul(k.on))
}

// output returns y, or 0 where the sample has ended.
func (k keep) output(y *graph.Node) *graph.Node {
	if k.on == nil {
		return y
	}
	return y.Mul(k.on)
}

// orZero returns the state, or 0 [N, hidden] where there is none.
func orZero(state, x *graph.Node, hidden int) *graph.Node {
	if state != nil || x.Gorgonia() == nil {
		return state
	}
	return x.Zeros(x.Dim(-2), hidden)
}
