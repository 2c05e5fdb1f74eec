package graph

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/kernels/conv"
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// ConvOpts are the settings of a convolution, in each list one value for every
// spatial axis, or one for all. The zero value is stride 1, no padding.
type ConvOpts struct {
	Stride   []int
	Dilation []int
	// Pad is the number of zeros before and after each axis: P_start, P_end.
	Pad    [][2]int
	Groups int // 0 means 1
	// OutputPad adds to the size of a transposed convolution's output.
	OutputPad []int
}

// convolution is the cross-correlation of x with w, plus a bias.
type convolution struct {
	rank  int // of space
	shape conv.Shape
	bias  bool
	act   gemm.Activation
	slope float64
}

func (k convolution) String() string { return rankName("Conv", k.rank) }

func (k *convolution) describe() Description {
	return describe("Conv", convSettings(k.rank, &k.shape)...)
}

func rankName(name string, rank int) string { return name + string(rune('0'+rank)) + "d" }

func (k convolution) fuse(next kernel) (kernel, bool) {
	act, slope, ok := epilogue(next)
	if !ok || k.act != gemm.Identity {
		return nil, false
	}
	k.act, k.slope = act, slope
	return &k, true
}

// repeat reports whether the sums are so short that computing them takes no
// longer than a few passes over the result.
func (k *convolution) repeat() bool {
	s := &k.shape
	return s.C/s.Groups*s.Kernel[0]*s.Kernel[1]*s.Kernel[2] <= 32
}

func (k *convolution) compute(c *call) error {
	if c.double() {
		convolve[float64](k, c)
	} else {
		convolve[float32](k, c)
	}
	return nil
}

func convolve[T vec.Float](k *convolution, c *call) {
	var bias []T
	if k.bias {
		bias = input[T](c, 2)
	}
	conv.Forward(c.pool, &k.shape, input[T](c, 0), input[T](c, 1), bias, output[T](c), k.act, T(k.slope))
}

func (k *convolution) gradient(in []*Node, _, grad *Node) []*Node {
	x, w := in[0], in[1]
	kind, _ := grad.kind()
	dw := grad.g.apply(&convWeightGrad{k: k}, kind, w.shape(), x, grad)
	grads := []*Node{grad.g.apply(&convInputGrad{k: k}, kind, x.shape(), w, grad), dw}
	if k.bias {
		grads = append(grads, grad.channelSum())
	}
	return grads
}

// convInputGrad is dx from w and dy; as a forward operation it is the
// transposed convolution.
type convInputGrad struct {
	noGradient
	k *convolution
}

func (g *convInputGrad) String() string { return g.k.String() + " input gradient" }

func (g *convInputGrad) describe() Description {
	return describe("ConvInputGradient", convSettings(g.k.rank, &g.k.shape)...)
}

func (g *convInputGrad) compute(c *call) error {
	if c.double() {
		conv.BackwardInput(c.pool, &g.k.shape, input[float64](c, 0), input[float64](c, 1), output[float64](c))
	} else {
		conv.BackwardInput(c.pool, &g.k.shape, input[float32](c, 0), input[float32](c, 1), output[float32](c))
	}
	return nil
}

// convWeightGrad is dw from x and dy.
type convWeightGrad struct {
	noGradient
	k *convolution
}

func (g *convWeightGrad) String() string { return g.k.String() + " weight gradient" }

func (g *convWeightGrad) describe() Description {
	return describe("ConvWeightGradient", convSettings(g.k.rank, &g.k.shape)...)
}

func (g *convWeightGrad) compute(c *call) error {
	if c.double() {
		conv.BackwardWeight(c.pool, &g.k.shape, input[float64](c, 0), input[float64](c, 1), output[float64](c))
	} else {
		conv.BackwardWeight(c.pool, &g.k.shape, input[float32](c, 0), input[float32](c, 1), output[float32](c))
	}
	return nil
}

// Conv returns the convolution (cross-correlation) of n [N, C, …] with w
// [K, C/groups, …] plus the bias b [K], which may be nil, over one, two or
// three spatial axes: [N, K, …]. The output size of an axis is
//
//	O = ⌊(I − D·(F − 1) − 1 + P_start + P_end)/S⌋ + 1
//
// for input size I, filter size F, dilation D, stride S; a last incomplete
// window is dropped.
//
// Source: cheatsheet §1.2-1.4.
func (n *Node) Conv(w, b *Node, o ConvOpts) *Node {
	in := convOperands(n, w, b)
	if !alive("Conv", in...) {
		return n.g.dead()
	}
	rank := n.Rank() - 2
	if rank < 1 || rank > 3 || w.Rank() != n.Rank() || !floats(in) {
		return reject("Conv", in, "expected x [N, C, …] and weight [K, C/groups, …] with one to three spatial axes")
	}
	k := &convolution{rank: rank, bias: b != nil}
	name := k.String()
	s, err := convShape(rank, n.shape(), w.shape(), o)
	if err != nil {
		return reject(name, in, "%v", err)
	}
	if b != nil && (b.Rank() != 1 || b.shape()[0] != s.K) {
		return reject(name, in, "expected bias [%d]", s.K)
	}
	k.shape = s
	kind, _ := n.kind()
	return n.g.apply(k, kind, slices.Concat([]int{s.N, s.K}, s.Out[3-rank:]), in...)
}

func convOperands(x, w, b *Node) []*Node {
	if b == nil {
		return []*Node{x, w}
	}
	return []*Node{x, w, b}
}

// convShape puts a convolution of one to three axes into the kernels' form of
// three, the first ones of size 1.
func convShape(rank int, x, w []int, o ConvOpts) (conv.Shape, error) {
	s := conv.Shape{N: x[0], C: x[1], K: w[0], Groups: max(1, o.Groups)}
	if s.C%s.Groups != 0 || s.K%s.Groups != 0 {
		return s, errors.Errorf("%d groups, expected a divisor of %d and %d channels", s.Groups, s.C, s.K)
	}
	if w[1] != s.C/s.Groups {
		return s, errors.Errorf("weight for %d input channels, expected %d", w[1], s.C/s.Groups)
	}
	p, err := newSpace(rank, x[2:], w[2:], o.Stride, o.Dilation, o.Pad)
	if err != nil {
		return s, err
	}
	if s.Out, err = p.out(); err != nil {
		return s, err
	}
	s.In, s.Kernel, s.Stride, s.Dilation, s.PadStart, s.PadEnd = p.in, p.kernel, p.stride, p.dilation, p.padStart, p.padEnd
	return s, s.Validate()
}

// ConvTranspose returns the transposed convolution of n [N, C, …] with w
// [C, K/groups, …] plus the bias b [K], which may be nil: the gradient of a
// convolution by its input, as a forward operation. The output size of an
// axis is
//
//	O = (I − 1)·S − P_start − P_end + D·(F − 1) + output pad + 1.
func (n *Node) ConvTranspose(w, b *Node, o ConvOpts) *Node {
	in := convOperands(n, w, b)
	if !alive("ConvTranspose", in...) {
		return n.g.dead()
	}
	rank := n.Rank() - 2
	if rank < 1 || rank > 3 || w.Rank() != n.Rank() || !floats(in) {
		return reject("ConvTranspose", in, "expected x [N, C, …] and weight [C, K/groups, …] with one to three spatial axes")
	}
	name := rankName("ConvTranspose", rank)
	groups := max(1, o.Groups)
	x, ws := n.shape(), w.shape()
	if ws[0] != x[1] {
		return reject(name, in, "weight for %d input channels, expected %d", ws[0], x[1])
	}
	p, err := newSpace(rank, x[2:], ws[2:], o.Stride, o.Dilation, o.Pad)
	if err != nil {
		return reject(name, in, "%v", err)
	}
	size, err := p.transposed(o.OutputPad)
	if err != nil {
		return reject(name, in, "%v", err)
	}
	// The convolution whose input gradient this is reads the output.
	y := slices.Concat([]int{x[0], ws[1] * groups}, size[3-rank:])
	s, err := convShape(rank, y, ws, o)
	if err != nil {
		return reject(name, in, "%v", err)
	}
	if b != nil && (b.Rank() != 1 || b.shape()[0] != s.C) {
		return reject(name, in, "expected bias [%d]", s.C)
	}
	kind, _ := n.kind()
	out := n.g.apply(&convTranspose{convolution{rank: rank, shape: s}, perAxis(o.OutputPad, rank, 0)}, kind, y, n, w)
	if b != nil && out.n != nil {
		wide := append([]int{1, s.C}, slices.Repeat([]int{1}, rank)...)
		out = out.Add(b.Reshape(wide...))
	}
	return out
}

// convTranspose computes y from x and w; k is the convolution from y to x.
type convTranspose struct {
	k         convolution
	outputPad []int
}

func (t *convTranspose) String() string { return rankName("ConvTranspose", t.k.rank) }

func (t *convTranspose) describe() Description {
	return describe("ConvTranspose", append(convSettings(t.k.rank, &t.k.shape), "output_pad", t.outputPad)...)
}

func (t *convTranspose) compute(c *call) error {
	if c.double() {
		conv.BackwardInput(c.pool, &t.k.shape, input[float64](c, 1), input[float64](c, 0), output[float64](c))
	} else {
		conv.BackwardInput(c.pool, &t.k.shape, input[float32](c, 1), input[float32](c, 0), output[float32](c))
	}
	return nil
}

func (t *convTranspose) gradient(in []*Node, _, grad *Node) []*Node {
	x, w := in[0], in[1]
	kind, _ := grad.kind()
	dx := grad.g.apply(&convolution{rank: t.k.rank, shape: t.k.shape}, kind, x.shape(), grad, w)
	dw := grad.g.apply(&convWeightGrad{k: &t.k}, kind, w.shape(), grad, x)
	return []*Node{dx, dw}
}

// channelSum sums [N, C, …] over all axes but the second.
type channelSum struct {
	noGradient
	n, c, area int
}

func (k channelSum) String() string { return "ChannelSum" }

func (k channelSum) describe() Description {
	return describe("ChannelSum")
}

func (k channelSum) compute(c *call) error {
	if c.double() {
		vec.ChannelSum(c.pool, k.n, k.c, k.area, input[float64](c, 0), output[float64](c))
	} else {
		vec.ChannelSum(c.pool, k.n, k.c, k.area, input[float32](c, 0), output[float32](c))
	}
	return nil
}

func (n *Node) channelSum() *Node {
	s := n.shape()
	kind, _ := n.kind()
	return n.g.apply(channelSum{n: s[0], c: s[1], area: prod(s[2:])}, kind, []int{s[1]}, n)
}
