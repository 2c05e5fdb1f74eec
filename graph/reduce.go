package graph

import (
	"slices"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// reduce folds the middle axis of [outer, n, inner].
type reduce struct {
	name            string
	fn              vec.Reduce
	outer, n, inner int
	shape           []int // of the input
	lo, hi          int   // the axes folded
}

func (r reduce) String() string { return r.name }

func (r reduce) describe() Description {
	return describe("Reduce"+r.name, "axes", sequence(r.lo, r.hi))
}

func (r reduce) compute(c *call) error {
	if c.double() {
		vec.ReduceAxis(c.pool, r.fn, r.outer, r.n, r.inner, input[float64](c, 0), output[float64](c))
	} else {
		vec.ReduceAxis(c.pool, r.fn, r.outer, r.n, r.inner, input[float32](c, 0), output[float32](c))
	}
	return nil
}

func (r reduce) gradient(in []*Node, out, grad *Node) []*Node {
	x := in[0]
	k, _ := x.kind()
	switch r.fn {
	case vec.ReduceMax, vec.ReduceMin:
		return []*Node{x.g.apply(extremeGrad{r: r}, k, x.shape(), x, out, grad)}
	case vec.ReduceMean:
		return []*Node{x.g.apply(spread{r, 1 / float64(r.n)}, k, x.shape(), grad)}
	}
	return []*Node{x.g.apply(spread{r, 1}, k, x.shape(), grad)}
}

// spread repeats dy along the axis that was reduced, scaled.
type spread struct {
	r     reduce
	scale float64
}

func (s spread) String() string { return s.r.name + " gradient" }

func (s spread) describe() Description {
	return describe("Spread", "axes", sequence(s.r.lo, s.r.hi), "scale", s.scale)
}

func (s spread) compute(c *call) error {
	if c.double() {
		vec.BroadcastAxis(c.pool, s.r.outer, s.r.n, s.r.inner, input[float64](c, 0), s.scale, output[float64](c))
	} else {
		vec.BroadcastAxis(c.pool, s.r.outer, s.r.n, s.r.inner, input[float32](c, 0), float32(s.scale), output[float32](c))
	}
	return nil
}

func (s spread) gradient(in []*Node, _, grad *Node) []*Node {
	k, _ := grad.kind()
	sum := s.r
	sum.name, sum.fn = "Sum", vec.ReduceSum
	return []*Node{grad.g.apply(sum, k, in[0].shape(), grad).Scale(s.scale)}
}

// extremeGrad gives dy to the first element that equals the extreme.
type extremeGrad struct {
	noGradient
	r reduce
}

func (e extremeGrad) String() string { return e.r.name + " gradient" }

func (e extremeGrad) describe() Description {
	return e.r.describe().gradient()
}

func (e extremeGrad) compute(c *call) error {
	if c.double() {
		scatterExtreme[float64](e.r, c)
	} else {
		scatterExtreme[float32](e.r, c)
	}
	return nil
}

func scatterExtreme[T vec.Float](r reduce, c *call) {
	x, y, dy, dx := input[T](c, 0), input[T](c, 1), input[T](c, 2), output[T](c)
	clear(dx)
	for o := range r.outer {
		for i := range r.inner {
			to := o*r.inner + i
			for j := range r.n {
				if at := (o*r.n+j)*r.inner + i; x[at] == y[to] {
					dx[at] = dy[to]
					break
				}
			}
		}
	}
}

// Sum returns the sum over the given axes, which it drops; over all, a scalar,
// where none is given. Negative axes count from the last.
func (n *Node) Sum(axes ...int) *Node { return n.reduce("Sum", vec.ReduceSum, axes) }

// Mean returns the mean over the given axes, as [Node.Sum].
func (n *Node) Mean(axes ...int) *Node { return n.reduce("Mean", vec.ReduceMean, axes) }

// Max returns the maximum over the given axes, as [Node.Sum]. The gradient
// goes to the first maximum.
func (n *Node) Max(axes ...int) *Node { return n.reduce("Max", vec.ReduceMax, axes) }

// Min returns the minimum over the given axes, as [Node.Sum]. The gradient
// goes to the first minimum.
func (n *Node) Min(axes ...int) *Node { return n.reduce("Min", vec.ReduceMin, axes) }

func (n *Node) reduce(name string, fn vec.Reduce, axes []int) *Node {
	in := []*Node{n}
	if !alive(name, in...) {
		return n.g.dead()
	}
	if !floats(in) {
		return reject(name, in, "expected floating-point numbers")
	}
	if len(axes) == 0 {
		if n.Rank() == 0 {
			return n
		}
		k, _ := n.kind()
		return n.g.apply(reduce{name, fn, 1, n.Len(), 1, n.Shape(), 0, n.Rank()}, k, nil, n)
	}
	axes, bad := resolveAxes(axes, n.Rank())
	if bad != nil {
		return reject(name, in, "no axis %d, or given twice", *bad)
	}
	if len(axes) == n.Rank() {
		return n.reduce(name, fn, nil)
	}
	// Neighbouring axes fold in one pass; the last ones first keeps the
	// numbers of the others.
	for len(axes) > 0 {
		last := axes[len(axes)-1]
		first := last
		axes = axes[:len(axes)-1]
		for len(axes) > 0 && axes[len(axes)-1] == first-1 {
			first--
			axes = axes[:len(axes)-1]
		}
		n = n.reduceRange(name, fn, first, last+1)
	}
	return n
}

// reduceRange folds the axes from lo up to but not including hi.
func (n *Node) reduceRange(name string, fn vec.Reduce, lo, hi int) *Node {
	if n.n == nil {
		return n
	}
	s := n.shape()
	r := reduce{name: name, fn: fn, outer: prod(s[:lo]), n: prod(s[lo:hi]), inner: prod(s[hi:]), shape: n.Shape(), lo: lo, hi: hi}
	k, _ := n.kind()
	return n.g.apply(r, k, slices.Concat(s[:lo], s[hi:]), n)
}

// resolveAxes returns the axes in increasing order, none negative; bad is one
// that does not exist or comes twice.
func resolveAxes(axes []int, rank int) (sorted []int, bad *int) {
	for _, a := range axes {
		r := a
		if r < 0 {
			r += rank
		}
		if r < 0 || r >= rank || slices.Contains(sorted, r) {
			return nil, &a
		}
		sorted = append(sorted, r)
	}
	slices.Sort(sorted)
	return sorted, nil
}

func prod(s []int) int {
	p := 1
	for _, d := range s {
		p *= d
	}
	return p
}
