package losses

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// Reduction says what becomes of the losses of the samples.
type Reduction int

const (
	// Mean is the mean over the samples; Σ w·ℓ / Σ w where they are weighted.
	Mean Reduction = iota
	// Sum is the sum over the samples; Σ w·ℓ where they are weighted.
	Sum
	// None keeps the loss of each sample; w·ℓ where they are weighted.
	None
)

// Opts are the settings of most losses; the zero value is the plain mean.
type Opts struct {
	Reduction Reduction
	// Weights w ≥ 0, constants: one for each sample [N], or one for each
	// element. Weight 0 leaves a sample out.
	Weights *graph.Node
}

// tiny is the least divisor and the least probability: small enough to change
// no other number, large enough that 1/tiny is finite in float32.
const tiny = 1e-30

// atLeastTiny returns max(n, tiny), without gradient below tiny.
func atLeastTiny(n *graph.Node) *graph.Node { return n.Clamp(tiny, math.Inf(1)) }

// weighed returns w·l, and 0 where w is 0, whatever l is there; w is a constant.
func weighed(l, w *graph.Node) *graph.Node {
	return graph.Where(w, l.Mul(w), scalar(l, 0))
}

// timesLog returns y·l for a share y and a logarithm l; 0·log 0 is 0.
func timesLog(y, l *graph.Node) *graph.Node {
	never := y.Eq(scalar(l, 0)).Mul(l.Eq(scalar(l, math.Inf(-1))))
	return graph.Where(never, scalar(l, 0), y.Mul(l))
}

// scalar returns the constant v beside n.
func scalar(n *graph.Node, v float64) *graph.Node { return n.Graph().Constant([]float64{v}) }

// apply reduces the losses l [N, …].
func (o Opts) apply(name string, l *graph.Node) *graph.Node {
	if o.Weights == nil {
		return reduce(name, o.Reduction, l, nil)
	}
	w, ok := spread(name, l, o.Weights)
	if !ok {
		return w
	}
	if o.Reduction != Mean {
		return reduce(name, o.Reduction, weighed(l, w), nil)
	}
	share := float64(l.Len()) / float64(w.Len()) // elements that one weight stands for
	return reduce(name, Mean, weighed(l, w), w.Sum().Scale(share))
}

// reduce folds l; the mean divides by total, or the number of elements where
// that is nil.
func reduce(name string, r Reduction, l, total *graph.Node) *graph.Node {
	switch {
	case r == None:
		return l
	case r == Sum:
		return l.Sum()
	case r != Mean:
		return l.Fail(errors.Errorf("%s: reduction %d, expected Mean, Sum or None", name, r))
	case total == nil:
		return l.Mean()
	}
	return l.Sum().Div(atLeastTiny(total))
}

// spread gives weights of the samples the rank of l, so that they broadcast.
func spread(name string, l, w *graph.Node) (*graph.Node, bool) {
	if l.Gorgonia() == nil {
		return l, false
	}
	if w.Gorgonia() == nil {
		return w, false
	}
	if slices.Equal(w.Shape(), l.Shape()) {
		return w, true
	}
	if w.Rank() != 1 || w.Dim(0) != l.Dim(0) {
		return l.Fail(errors.Errorf("%s: weights %s for losses %s, expected one a sample or one an element", name, w, sizes(l))), false
	}
	shape := make([]int, l.Rank())
	for i := range shape {
		shape[i] = 1
	}
	shape[0] = w.Dim(0)
	return w.Reshape(shape...), true
}

// paired makes it an error of the graph where a and b differ in shape.
func paired(name string, a, b *graph.Node) (dead *graph.Node, ok bool) {
	if !slices.Equal(a.Shape(), b.Shape()) {
		return a.Fail(errors.Errorf("%s: %s, %s: expected equal shapes", name, a, b)), false
	}
	return nil, true
}

// matrix makes it an error of the graph where n is not [N, C].
func matrix(name, what string, n *graph.Node) (dead *graph.Node, ok bool) {
	if n.Rank() != 2 {
		return n.Fail(errors.Errorf("%s: %s, expected %s [N, C]", name, n, what)), false
	}
	return nil, true
}

func sizes(n *graph.Node) string {
	return strings.ReplaceAll(fmt.Sprint(n.Shape()), " ", ", ")
}
