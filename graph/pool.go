package graph

import (
	"slices"
	"unsafe"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/kernels/pool"
)

// PoolOpts are the settings of a pooling, in each list one value for every
// spatial axis, or one for all.
type PoolOpts struct {
	Kernel []int
	Stride []int    // none means Kernel
	Pad    [][2]int // before and after each axis
	// Ceil keeps a last window that is only partly filled.
	Ceil bool
	// ExcludePad divides an average by the number of real elements rather
	// than by the window's size.
	ExcludePad bool
}

// maxPool computes the maxima and, for training, where they were: its result
// is packed, first the maxima, then the positions in memory of equal size.
type maxPool struct {
	rank  int
	shape pool.Shape
	size  int // number of maxima
	index bool
	ceil  bool
}

func (k *maxPool) String() string { return rankName("MaxPool", k.rank) }

func (k *maxPool) describe() Description {
	return describe("MaxPool", poolSettings(k.rank, &k.shape, k.ceil)...)
}
func (k *maxPool) numbers() int { return k.size }

func (k *maxPool) compute(c *call) error {
	if c.double() {
		pool.Max(c.pool, &k.shape, input[float64](c, 0), output[float64](c)[:k.size], k.positions(c.out))
	} else {
		pool.Max(c.pool, &k.shape, input[float32](c, 0), output[float32](c)[:k.size], k.positions(c.out))
	}
	return nil
}

// positions returns the second half of packed memory as integers.
func (k *maxPool) positions(packed buf) []int32 {
	if !k.index {
		return nil
	}
	b := packed.part(k.size, packed.n-k.size)
	return unsafe.Slice((*int32)(b.ptr), k.size)
}

// gradient is that by the packed result: grad is packed too, and what it has
// in place of the positions is not read.
func (k *maxPool) gradient(in []*Node, out, grad *Node) []*Node {
	x := in[0]
	kind, _ := x.kind()
	if o, ok := grad.n.Op().(*op); ok {
		if _, ok := o.kernel.(unview); ok { // straight from the pick of the maxima
			grad = &Node{grad.g, children(grad.n)[0]}
		}
	}
	return []*Node{x.g.apply(&maxPoolGrad{k: k}, kind, x.shape(), out, grad)}
}

// maxPoolGrad gives dy to the positions of the maxima.
type maxPoolGrad struct {
	noGradient
	k *maxPool
}

func (g *maxPoolGrad) String() string { return g.k.String() + " gradient" }

func (g *maxPoolGrad) describe() Description {
	return g.k.describe().gradient()
}

func (g *maxPoolGrad) compute(c *call) error {
	if c.double() {
		pool.MaxGrad(c.pool, &g.k.shape, g.k.positions(c.in[0]), input[float64](c, 1)[:g.k.size], output[float64](c))
	} else {
		pool.MaxGrad(c.pool, &g.k.shape, g.k.positions(c.in[0]), input[float32](c, 1)[:g.k.size], output[float32](c))
	}
	return nil
}

// avgPool is the mean over windows.
type avgPool struct {
	rank     int
	shape    pool.Shape
	countPad bool
	ceil     bool
}

func (k *avgPool) String() string { return rankName("AvgPool", k.rank) }

func (k *avgPool) describe() Description {
	return describe("AvgPool", append(poolSettings(k.rank, &k.shape, k.ceil), "count_pad", k.countPad)...)
}

func (k *avgPool) compute(c *call) error {
	if c.double() {
		pool.Avg(c.pool, &k.shape, input[float64](c, 0), output[float64](c), k.countPad)
	} else {
		pool.Avg(c.pool, &k.shape, input[float32](c, 0), output[float32](c), k.countPad)
	}
	return nil
}

func (k *avgPool) gradient(in []*Node, _, grad *Node) []*Node {
	kind, _ := grad.kind()
	return []*Node{grad.g.apply(&avgPoolGrad{k: k}, kind, in[0].shape(), grad)}
}

type avgPoolGrad struct {
	noGradient
	k *avgPool
}

func (g *avgPoolGrad) String() string { return g.k.String() + " gradient" }

func (g *avgPoolGrad) describe() Description {
	return g.k.describe().gradient()
}

func (g *avgPoolGrad) compute(c *call) error {
	if c.double() {
		pool.AvgGrad(c.pool, &g.k.shape, input[float64](c, 0), output[float64](c), g.k.countPad)
	} else {
		pool.AvgGrad(c.pool, &g.k.shape, input[float32](c, 0), output[float32](c), g.k.countPad)
	}
	return nil
}

// MaxPool returns the maximum of each window of n [N, C, …] over one to three
// spatial axes. Padding counts as −∞; of equal maxima the first in row-major
// order gets the gradient.
//
// Source: cheatsheet §1.2.
func (n *Node) MaxPool(o PoolOpts) *Node {
	s, rank, ok := n.window("MaxPool", o)
	if !ok {
		return n.g.dead()
	}
	shape := slices.Concat([]int{s.N, s.C}, s.Out[3-rank:])
	size := prod(shape)
	kind, _ := n.kind()
	k := &maxPool{rank: rank, shape: s, size: size, index: n.g.mode == Train, ceil: o.Ceil}
	if !k.index {
		return n.g.apply(k, kind, shape, n)
	}
	positions := (size*4 + kind.size() - 1) / kind.size()
	packed := n.g.apply(k, kind, []int{size + positions}, n)
	return packed.view(k.String(), 0, shape)
}

// AvgPool returns the mean of each window of n [N, C, …], as [Node.MaxPool].
// Padding counts as 0.
//
// Source: cheatsheet §1.2.
func (n *Node) AvgPool(o PoolOpts) *Node {
	s, rank, ok := n.window("AvgPool", o)
	if !ok {
		return n.g.dead()
	}
	kind, _ := n.kind()
	k := &avgPool{rank: rank, shape: s, countPad: !o.ExcludePad, ceil: o.Ceil}
	return n.g.apply(k, kind, slices.Concat([]int{s.N, s.C}, s.Out[3-rank:]), n)
}

// MaxPool2d returns the maxima of windows of size by size without overlap.
func (n *Node) MaxPool2d(size int) *Node { return n.MaxPool(PoolOpts{Kernel: []int{size}}) }

// AvgPool2d returns the means of windows of size by size without overlap.
func (n *Node) AvgPool2d(size int) *Node { return n.AvgPool(PoolOpts{Kernel: []int{size}}) }

// GlobalMaxPool returns the maximum over all spatial axes: [N, C, …] → [N, C].
func (n *Node) GlobalMaxPool() *Node { return n.overSpace("GlobalMaxPool", (*Node).Max) }

// GlobalAvgPool returns the mean over all spatial axes: [N, C, …] → [N, C].
func (n *Node) GlobalAvgPool() *Node { return n.overSpace("GlobalAvgPool", (*Node).Mean) }

func (n *Node) overSpace(name string, fold func(*Node, ...int) *Node) *Node {
	if !alive(name, n) {
		return n.g.dead()
	}
	if n.Rank() < 3 {
		return reject(name, []*Node{n}, "expected [N, C, …]")
	}
	axes := make([]int, n.Rank()-2)
	for i := range axes {
		axes[i] = i + 2
	}
	return fold(n, axes...)
}

// window returns the geometry of a pooling of n.
func (n *Node) window(name string, o PoolOpts) (s pool.Shape, rank int, ok bool) {
	in := []*Node{n}
	if !alive(name, in...) {
		return s, 0, false
	}
	rank = n.Rank() - 2
	if rank < 1 || rank > 3 || !floats(in) {
		reject(name, in, "expected [N, C, …] with one to three spatial axes")
		return s, 0, false
	}
	name = rankName(name, rank)
	s, err := poolShape(rank, n.shape(), o)
	if err != nil {
		reject(name, in, "%v", err)
		return s, 0, false
	}
	return s, rank, true
}

func poolShape(rank int, x []int, o PoolOpts) (pool.Shape, error) {
	s := pool.Shape{N: x[0], C: x[1]}
	if len(o.Kernel) != 1 && len(o.Kernel) != rank {
		return s, errors.Errorf("kernel for %d axes, expected one size, or %d", len(o.Kernel), rank)
	}
	kernel := make([]int, rank)
	for i := range kernel {
		if kernel[i] = each(o.Kernel, i, 1); kernel[i] < 1 {
			return s, errors.Errorf("kernel size %d, expected at least 1", kernel[i])
		}
	}
	stride := o.Stride
	if len(stride) == 0 {
		stride = kernel
	}
	p, err := newSpace(rank, x[2:], kernel, stride, nil, o.Pad)
	if err != nil {
		return s, err
	}
	if s.Out, err = p.out(); err != nil {
		return s, err
	}
	for i := range 3 {
		if max(p.padStart[i], p.padEnd[i]) >= p.kernel[i] && p.kernel[i] > 0 && max(p.padStart[i], p.padEnd[i]) > 0 {
			return s, errors.Errorf("padding of %d, expected less than the window's %d", max(p.padStart[i], p.padEnd[i]), p.kernel[i])
		}
		if !o.Ceil {
			continue
		}
		span := p.in[i] + p.padStart[i] + p.padEnd[i] - p.kernel[i]
		s.Out[i] = (span+p.stride[i]-1)/p.stride[i] + 1
		if (s.Out[i]-1)*p.stride[i] >= p.in[i]+p.padStart[i] {
			s.Out[i]-- // the last window would lie in the padding alone
		}
	}
	s.In, s.Kernel, s.Stride, s.PadStart, s.PadEnd = p.in, p.kernel, p.stride, p.padStart, p.padEnd
	return s, nil
}
