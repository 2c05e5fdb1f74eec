package nn

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// ConvOpts are the settings of a convolution. The zero value is stride 1, no
// padding, one group, with bias.
type ConvOpts struct {
	Stride   int // 0 means 1
	Dilation int // 0 means 1
	Groups   int // 0 means 1
	Pad      int // zeros on both sides of each axis, in mode Explicit
	Padding  Padding
	// PadStart is how many zeros mode Full begins with.
	PadStart int
	// OutputPad adds to the size of a transposed convolution's output.
	OutputPad int
	NoBias    bool
	Init      graph.Init // of the weight; nil means FanInUniform
}

// Conv is a convolution over one, two or three axes: NewConv1d, NewConv2d,
// NewConv3d. K filters of size F slide over the input with stride S; each
// gives a feature map.
//
//	x [N, in, …] → y [N, out, …]; weight [out, in/groups, F…], bias [out]
//
// Source: cheatsheet §1.2-1.3.
type Conv struct {
	Weight, Bias *graph.Node

	rank, kernel int
	opts         ConvOpts
}

// Conv1d is a convolution over sequences [N, C, L].
type Conv1d = Conv

// Conv2d is a convolution over images [N, C, H, W].
type Conv2d = Conv

// Conv3d is a convolution over volumes [N, C, D, H, W].
type Conv3d = Conv

// NewConv1d makes a Conv1d of out filters of the given size, named below s.
func NewConv1d(s graph.Scope, in, out, kernel int, o ConvOpts) *Conv1d {
	return newConv(s, 1, in, out, kernel, o)
}

// NewConv2d makes a Conv2d of out filters of size kernel × kernel, named below
// s.
func NewConv2d(s graph.Scope, in, out, kernel int, o ConvOpts) *Conv2d {
	return newConv(s, 2, in, out, kernel, o)
}

// NewConv3d makes a Conv3d of out cubic filters, named below s.
func NewConv3d(s graph.Scope, in, out, kernel int, o ConvOpts) *Conv3d {
	return newConv(s, 3, in, out, kernel, o)
}

func newConv(s graph.Scope, rank, in, out, kernel int, o ConvOpts) *Conv {
	o = o.resolved()
	shape := filter(rank, kernel, out, in/o.Groups)
	c := &Conv{rank: rank, kernel: kernel, opts: o, Weight: s.Param("weight", initOr(o.Init), shape...)}
	if !o.NoBias {
		fan, _ := Fans(shape)
		c.Bias = s.Param("bias", biasFor(fan), out)
	}
	return c
}

func (o ConvOpts) resolved() ConvOpts {
	o.Stride, o.Dilation, o.Groups = max(1, o.Stride), max(1, o.Dilation), max(1, o.Groups)
	return o
}

// filter returns the shape of a weight with equal sizes in space.
func filter(rank, kernel int, channels ...int) []int {
	shape := append([]int(nil), channels...)
	for range rank {
		shape = append(shape, kernel)
	}
	return shape
}

// Forward returns y [N, out, …] of x [N, in, …].
func (c *Conv) Forward(x *graph.Node) *graph.Node {
	if x.Graph().Err() != nil {
		return x
	}
	if x.Rank() != c.rank+2 {
		return x.Fail(errors.Errorf("Conv%dd: x%v, expected [N, C] and %d axes of space", c.rank, x.Shape(), c.rank))
	}
	o := graph.ConvOpts{Stride: []int{c.opts.Stride}, Dilation: []int{c.opts.Dilation}, Groups: c.opts.Groups}
	for i := range c.rank {
		start, end, err := c.opts.pads(x.Dim(2+i), c.kernel)
		if err != nil {
			return x.Fail(errors.Wrapf(err, "Conv%dd", c.rank))
		}
		o.Pad = append(o.Pad, [2]int{start, end})
	}
	return x.Conv(c.Weight, c.Bias, o)
}

func (o ConvOpts) pads(input, kernel int) (start, end int, err error) {
	switch o.Padding {
	case Valid:
		return 0, 0, nil
	case Same:
		start, end = SamePad(input, kernel, o.Stride, o.Dilation)
		return start, end, nil
	case Full:
		return FullPad(o.Dilation*(kernel-1)+1, o.PadStart)
	}
	return o.Pad, o.Pad, nil
}

// ConvTranspose is a transposed convolution over one, two or three axes: the
// gradient of a convolution by its input, used to enlarge.
//
//	x [N, in, …] → y [N, out, …]; weight [in, out/groups, F…], bias [out]
type ConvTranspose struct {
	Weight, Bias *graph.Node

	rank int
	opts ConvOpts
}

// NewConvTranspose1d makes a transposed convolution over sequences.
func NewConvTranspose1d(s graph.Scope, in, out, kernel int, o ConvOpts) *ConvTranspose {
	return newConvTranspose(s, 1, in, out, kernel, o)
}

// NewConvTranspose2d makes a transposed convolution over images.
func NewConvTranspose2d(s graph.Scope, in, out, kernel int, o ConvOpts) *ConvTranspose {
	return newConvTranspose(s, 2, in, out, kernel, o)
}

// NewConvTranspose3d makes a transposed convolution over volumes.
func NewConvTranspose3d(s graph.Scope, in, out, kernel int, o ConvOpts) *ConvTranspose {
	return newConvTranspose(s, 3, in, out, kernel, o)
}

func newConvTranspose(s graph.Scope, rank, in, out, kernel int, o ConvOpts) *ConvTranspose {
	o = o.resolved()
	shape := filter(rank, kernel, in, out/o.Groups)
	c := &ConvTranspose{rank: rank, opts: o, Weight: s.Param("weight", initOr(o.Init), shape...)}
	if !o.NoBias {
		fan, _ := Fans(shape)
		c.Bias = s.Param("bias", biasFor(fan), out)
	}
	return c
}

// Forward returns y [N, out, …] of x [N, in, …].
func (c *ConvTranspose) Forward(x *graph.Node) *graph.Node {
	if c.opts.Padding != Explicit {
		return x.Fail(errors.Errorf("ConvTranspose%dd: padding mode %v, expected an explicit Pad", c.rank, c.opts.Padding))
	}
	return x.ConvTranspose(c.Weight, c.Bias, graph.ConvOpts{
		Stride: []int{c.opts.Stride}, Dilation: []int{c.opts.Dilation}, Groups: c.opts.Groups,
		Pad: [][2]int{{c.opts.Pad, c.opts.Pad}}, OutputPad: []int{c.opts.OutputPad},
	})
}
