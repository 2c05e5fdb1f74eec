package graph

import (
	"slices"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// pick takes elements of its input by their places in row-major order.
type pick struct {
	places []int32 // −1 for fill
	fill   float64
	size   int // of the input
}

func (k *pick) String() string { return "Pick" }

func (k *pick) describe() Description {
	places := make([]int, len(k.places))
	for i, p := range k.places {
		places[i] = int(p)
	}
	return describe("Pick", "places", places, "fill", k.fill)
}

// grain is how many elements are worth a thread.
const grain = 1 << 13

func (k *pick) compute(c *call) error {
	c.spread(k, len(k.places), grain)
	return nil
}

func (k *pick) span(c *call, lo, hi int) {
	if c.double() {
		take[float64](k, c, lo, hi)
	} else {
		take[float32](k, c, lo, hi)
	}
}

func take[T vec.Float](k *pick, c *call, lo, hi int) {
	x, y := input[T](c, 0), output[T](c)
	for i := lo; i < hi; i++ {
		if p := k.places[i]; p >= 0 {
			y[i] = x[p]
		} else {
			y[i] = T(k.fill)
		}
	}
}

func (k *pick) gradient(in []*Node, _, grad *Node) []*Node {
	kind, _ := grad.kind()
	return []*Node{grad.g.apply(&pickGrad{k: k}, kind, in[0].shape(), grad)}
}

// pickGrad adds the elements of dy up where they were taken.
type pickGrad struct {
	noGradient
	k *pick
}

func (g *pickGrad) String() string        { return "Pick gradient" }
func (g *pickGrad) describe() Description { return g.k.describe().gradient() }

func (g *pickGrad) compute(c *call) error {
	if c.double() {
		putDown[float64](g.k, c)
	} else {
		putDown[float32](g.k, c)
	}
	return nil
}

func putDown[T vec.Float](k *pick, c *call) {
	dy, dx := input[T](c, 0), output[T](c)
	clear(dx)
	for i, p := range k.places {
		if p >= 0 {
			dx[p] += dy[i]
		}
	}
}

// Pick returns elements of n under the given shape: element i is that of n at
// places[i] in row-major order, or fill where places[i] is −1. It is what is not
// a plain slice, transpose or concatenation: taking rows by number, steps,
// repetitions, padding by reflection.
func (n *Node) Pick(places []int, fill float64, shape ...int) *Node {
	in := []*Node{n}
	if !alive("Pick", in...) {
		return n.g.dead()
	}
	if !floats(in) || len(places) != prod(shape) || n.Len() > 1<<31-1 {
		return reject("Pick", in, "%d places for shape %v, expected as many as it has elements, and floating-point numbers", len(places), shape)
	}
	k := &pick{places: make([]int32, len(places)), fill: fill, size: n.Len()}
	for i, p := range places {
		if p < -1 || p >= k.size {
			return reject("Pick", in, "place %d, expected −1 to %d", p, k.size-1)
		}
		k.places[i] = int32(p)
	}
	kind, _ := n.kind()
	return n.g.apply(k, kind, slices.Clone(shape), n)
}

// A Tap is an element along an axis with its weight.
type Tap struct {
	At     int
	Weight float64
}

// combine computes weighted sums along the middle axis of [outer, in, inner].
type combine struct {
	outer, in, inner, axis int
	taps                   [][]Tap // one list an element of the result
}

func (k *combine) String() string { return "Combine" }

func (k *combine) describe() Description {
	var from, to []int
	var weights []float64
	for i, list := range k.taps {
		for _, t := range list {
			from, to, weights = append(from, t.At), append(to, i), append(weights, t.Weight)
		}
	}
	return describe("Combine", "axis", k.axis, "from", from, "to", to, "weights", weights)
}

func (k *combine) compute(c *call) error {
	c.spread(k, k.outer, max(1, grain/max(1, len(k.taps)*k.inner)))
	return nil
}

func (k *combine) span(c *call, lo, hi int) {
	if c.double() {
		weigh[float64](k, c, lo, hi)
	} else {
		weigh[float32](k, c, lo, hi)
	}
}

func weigh[T vec.Float](k *combine, c *call, lo, hi int) {
	x, y := input[T](c, 0), output[T](c)
	size := len(k.taps) * k.inner
	for o := lo; o < hi; o++ {
		from, to := x[o*k.in*k.inner:], y[o*size:]
		for i, list := range k.taps {
			row := to[i*k.inner:][:k.inner]
			clear(row)
			for _, t := range list {
				w := T(t.Weight)
				for j, v := range from[t.At*k.inner:][:k.inner] {
					row[j] += w * v
				}
			}
		}
	}
}

func (k *combine) gradient(_ []*Node, _, grad *Node) []*Node {
	back := make([][]Tap, k.in)
	for i, list := range k.taps {
		for _, t := range list {
			back[t.At] = append(back[t.At], Tap{i, t.Weight})
		}
	}
	return []*Node{grad.Combine(k.axis, back)}
}

// Combine replaces the elements along an axis by weighted sums of them, one for
// each list of taps: interpolation, cumulative sums, the gradient of either.
func (n *Node) Combine(axis int, taps [][]Tap) *Node {
	in := []*Node{n}
	if !alive("Combine", in...) {
		return n.g.dead()
	}
	a := axis
	if a < 0 {
		a += n.Rank()
	}
	if a < 0 || a >= n.Rank() || !floats(in) || len(taps) == 0 {
		return reject("Combine", in, "axis %d, %d lists, expected an axis, a list or more, and floating-point numbers", axis, len(taps))
	}
	s := n.shape()
	for _, list := range taps {
		for _, t := range list {
			if t.At < 0 || t.At >= s[a] {
				return reject("Combine", in, "element %d of axis %d, expected 0 to %d", t.At, axis, s[a]-1)
			}
		}
	}
	shape := n.Shape()
	shape[a] = len(taps)
	kind, _ := n.kind()
	return n.g.apply(&combine{prod(s[:a]), s[a], prod(s[a+1:]), a, taps}, kind, shape, n)
}
