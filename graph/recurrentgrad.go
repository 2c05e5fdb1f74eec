package graph

import (
	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/kernels/rnn"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

func (k *recurrence) gradient(in []*Node, out, grad *Node) []*Node {
	g, kind := out.g, out.numberKind()
	dirs := len(k.layers)
	back := recurrenceGrad{k: k}
	operands := []*Node{out}
	for d := range dirs {
		operands = append(operands, in[k.weight(d, 1)])
	}
	var extra []*Node // h0 and lengths
	if k.h0 {
		extra = append(extra, in[k.operandH0()])
	}
	if k.ragged {
		extra = append(extra, in[k.operandLengths()])
	}
	operands = append(operands, extra...)
	for i, part := range k.cotangents(out, grad) {
		if part != nil {
			back.given[i] = true
			operands = append(operands, part)
		}
	}
	packed := g.apply(back, kind, []int{back.size()}, operands...)

	grads := make([]*Node, len(in))
	inputs := []*Node{packed}
	for d := range dirs {
		inputs = append(inputs, in[k.weight(d, 0)])
	}
	grads[0] = g.apply(recurrenceInputGrad{k: k}, kind, in[0].shape(), inputs...)
	for d := range dirs {
		grads[k.weight(d, 0)] = g.apply(recurrenceInputWeightGrad{k: k, d: d}, kind, in[k.weight(d, 0)].shape(), packed, in[0])
		grads[k.weight(d, 1)] = g.apply(recurrenceWeightGrad{k: k, d: d}, kind, in[k.weight(d, 1)].shape(), append([]*Node{packed, out}, extra...)...)
		if k.bias {
			n := in[k.weight(d, 2)].Len()
			both := g.apply(recurrenceBiasGrad{k: k, d: d}, kind, []int{2 * n}, packed)
			grads[k.weight(d, 2)] = both.view(k.String()+" bias gradient", 0, []int{n})
			grads[k.weight(d, 3)] = both.view(k.String()+" bias gradient", n, []int{n})
		}
	}
	if k.h0 {
		grads[k.operandH0()] = packed.view(k.String()+" first state gradient", dirs*k.sizeGates(), in[k.operandH0()].shape())
	}
	if k.c0 {
		grads[k.operandC0()] = packed.view(k.String()+" first state gradient", dirs*k.sizeGates()+k.sizeState(), in[k.operandC0()].shape())
	}
	return grads
}

func (n *Node) numberKind() kind { k, _ := n.kind(); return k }

// cotangents returns the gradients of y, hn and cn, nil where one has none.
// Where grad is a sum of those put back in the packed result's place they are
// taken as they were, so that the place is never filled.
func (k *recurrence) cotangents(out, grad *Node) (parts [3]*Node) {
	y, state := k.sizeY(), k.sizeState()
	begin := [3]int{0, y, y + state}
	var collect func(n *gorgonia.Node) bool
	collect = func(n *gorgonia.Node) bool {
		if isSum(n) {
			c := children(n)
			return collect(c[0]) && collect(c[1])
		}
		o, ok := n.Op().(*op)
		if !ok {
			return false
		}
		u, ok := o.kernel.(unview)
		for i, at := range begin {
			if ok && u.offset == at && parts[i] == nil {
				parts[i] = &Node{out.g, children(n)[0]}
				return true
			}
		}
		return false
	}
	if collect(grad.n) {
		return parts
	}
	l := k.layers[0]
	states := []int{len(k.layers), l.Batch, l.Hidden}
	parts = [3]*Node{grad.view("Slice", 0, []int{l.Steps, l.Batch, l.Pitch}), grad.view("Slice", y, states), nil}
	if k.states() == 2 {
		parts[2] = grad.view("Slice", y+state, states)
	}
	return parts
}

// recurrenceGrad walks back through the steps. Its inputs are the packed
// result, W_hh of each direction, h0 and lengths where there are such, and the
// given gradients of y, hn, cn. Its result is packed: the gradient of the sums
// of the gates of each direction, then those of h0 and c0 [D, N, H].
type recurrenceGrad struct {
	noGradient
	k     *recurrence
	given [3]bool
}

func (g recurrenceGrad) String() string { return g.k.String() + " gradient" }

func (g recurrenceGrad) describe() Description {
	return g.k.describe().gradient()
}

func (g recurrenceGrad) size() int {
	return len(g.k.layers)*g.k.sizeGates() + g.k.states()*g.k.sizeState()
}

func (g recurrenceGrad) compute(c *call) error {
	if c.double() {
		recurBack[float64](g, c)
	} else {
		recurBack[float32](g, c)
	}
	return nil
}

func recurBack[T vec.Float](g recurrenceGrad, c *call) {
	k, at := g.k, 1+len(g.k.layers)
	var h0, dy, dhn, dcn []T
	var lengths []int
	next := func(there bool) []T {
		if !there {
			return nil
		}
		at++
		return input[T](c, at-1)
	}
	h0 = next(k.h0)
	if k.ragged {
		lengths = c.ints(at)
		at++
	}
	dy, dhn, dcn = next(g.given[0]), next(g.given[1]), next(g.given[2])
	of := func(states []T, d int) []T {
		if states == nil {
			return nil
		}
		return part(k, states, d)
	}
	for d := range k.layers {
		tr, to := trace(k, input[T](c, 0), d), gates(k, output[T](c), d)
		var dyd []T
		if dy != nil {
			dyd = dy[d*k.layers[d].Hidden:]
		}
		rnn.Backward(c.pool, &k.layers[d], input[T](c, 1+d), &tr, of(h0, d), lengths, dyd, of(dhn, d), of(dcn, d), &to)
	}
}

// gates returns where direction d's gradients lie in the packed ones.
func gates[T vec.Float](k *recurrence, packed []T, d int) rnn.Gradient[T] {
	n, at := k.sizeGates(), len(k.layers)*k.sizeGates()
	to := rnn.Gradient[T]{Gates: packed[d*n:][:n], H0: part(k, packed[at:], d)}
	if k.states() == 2 {
		to.C0 = part(k, packed[at+k.sizeState():], d)
	}
	return to
}

// recurrenceInputGrad is dx, from the packed gradients and W_ih of each
// direction.
type recurrenceInputGrad struct {
	noGradient
	k *recurrence
}

func (g recurrenceInputGrad) String() string { return g.k.String() + " input gradient" }

func (g recurrenceInputGrad) describe() Description {
	return describe(g.k.String() + "InputGradient")
}

func (g recurrenceInputGrad) compute(c *call) error {
	if c.double() {
		recurInput[float64](g.k, c)
	} else {
		recurInput[float32](g.k, c)
	}
	return nil
}

func recurInput[T vec.Float](k *recurrence, c *call) {
	for d := range k.layers {
		rnn.InputGradient(c.pool, &k.layers[d], gates(k, input[T](c, 0), d).Gates, input[T](c, 1+d), T(min(d, 1)), output[T](c))
	}
}

// recurrenceInputWeightGrad is dW_ih of direction d, from the packed gradients
// and x.
type recurrenceInputWeightGrad struct {
	noGradient
	k *recurrence
	d int
}

func (g recurrenceInputWeightGrad) String() string { return g.k.String() + " input weight gradient" }

func (g recurrenceInputWeightGrad) describe() Description {
	return describe(g.k.String()+"InputWeightGradient", "direction", g.d)
}

func (g recurrenceInputWeightGrad) compute(c *call) error {
	if c.double() {
		recurInputWeight[float64](g, c)
	} else {
		recurInputWeight[float32](g, c)
	}
	return nil
}

func recurInputWeight[T vec.Float](g recurrenceInputWeightGrad, c *call) {
	rnn.InputWeightGradient(c.pool, &g.k.layers[g.d], gates(g.k, input[T](c, 0), g.d).Gates, input[T](c, 1), output[T](c))
}

// recurrenceWeightGrad is dW_hh of direction d, from the packed gradients, the
// packed result, and h0 and lengths where there are such.
type recurrenceWeightGrad struct {
	noGradient
	k *recurrence
	d int
}

func (g recurrenceWeightGrad) String() string { return g.k.String() + " weight gradient" }

func (g recurrenceWeightGrad) describe() Description {
	return describe(g.k.String()+"StateWeightGradient", "direction", g.d)
}

func (g recurrenceWeightGrad) compute(c *call) error {
	if c.double() {
		recurWeight[float64](g, c)
	} else {
		recurWeight[float32](g, c)
	}
	return nil
}

func recurWeight[T vec.Float](g recurrenceWeightGrad, c *call) {
	k := g.k
	var h0 []T
	var lengths []int
	if k.h0 {
		h0 = part(k, input[T](c, 2), g.d)
	}
	if k.ragged {
		lengths = c.ints(len(c.in) - 1)
	}
	tr := trace(k, input[T](c, 1), g.d)
	rnn.HiddenWeightGradient(c.pool, &k.layers[g.d], gates(k, input[T](c, 0), g.d).Gates, tr.Y, h0, lengths, output[T](c))
}

// recurrenceBiasGrad is db_ih and db_hh of direction d, packed, from the packed
// gradients.
type recurrenceBiasGrad struct {
	noGradient
	k *recurrence
	d int
}

func (g recurrenceBiasGrad) String() string { return g.k.String() + " bias gradient" }

func (g recurrenceBiasGrad) describe() Description {
	return describe(g.k.String()+"BiasGradient", "direction", g.d)
}

func (g recurrenceBiasGrad) compute(c *call) error {
	if c.double() {
		recurBias[float64](g, c)
	} else {
		recurBias[float32](g, c)
	}
	return nil
}

func recurBias[T vec.Float](g recurrenceBiasGrad, c *call) {
	both := output[T](c)
	half := len(both) / 2
	rnn.BiasGradient(c.pool, &g.k.layers[g.d], gates(g.k, input[T](c, 0), g.d).Gates, both[:half], both[half:])
}
