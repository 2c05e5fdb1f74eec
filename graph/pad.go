package graph

import "github.com/hocsau/hocsau/internal/kernels/vec"

// pad puts its input into a larger box of zeros.
type pad struct {
	shape []int // of the result
	to    block
	axis  int
	size  int // of the input along the axis
	lo    int
}

func (k *pad) String() string { return "PadAxis" }

func (k *pad) describe() Description {
	return describe("Pad", "axis", k.axis, "before", k.lo, "after", k.shape[k.axis]-k.lo-k.size)
}

func (k *pad) compute(c *call) error {
	if c.double() {
		padInto[float64](k, c)
	} else {
		padInto[float32](k, c)
	}
	return nil
}

func padInto[T vec.Float](k *pad, c *call) {
	y := output[T](c)
	clear(y)
	vec.CopyStrided(c.pool, k.to.shape, k.to.dense, k.to.strides, input[T](c, 0), y[k.to.offset:])
}

func (k *pad) gradient(_ []*Node, _, grad *Node) []*Node {
	return []*Node{grad.Slice(k.axis, k.lo, k.lo+k.size)}
}

// PadAxis returns n with before zeros put in front along an axis and after
// behind.
func (n *Node) PadAxis(axis, before, after int) *Node {
	in := []*Node{n}
	if !alive("PadAxis", in...) {
		return n.g.dead()
	}
	a := axis
	if a < 0 {
		a += n.Rank()
	}
	switch {
	case a < 0 || a >= n.Rank():
		return reject("PadAxis", in, "no axis %d", axis)
	case before < 0 || after < 0:
		return reject("PadAxis", in, "%d before and %d after, expected none negative", before, after)
	case !floats(in):
		return reject("PadAxis", in, "expected floating-point numbers")
	case before+after == 0:
		return n
	}
	shape := n.Shape()
	size := shape[a]
	shape[a] += before + after
	k, _ := n.kind()
	return n.g.apply(&pad{shape, blockOf(shape, a, before, size), a, size, before}, k, shape, n)
}

// subsample takes every stride-th element along the spatial axes.
type subsample struct {
	stride  int
	in, out []int
	from    []int // strides of the elements taken
	dense   []int
}

func (k *subsample) String() string { return "Subsample" }

func (k *subsample) describe() Description {
	return describe("Subsample", "stride", k.stride)
}

func (k *subsample) compute(c *call) error {
	if c.double() {
		vec.CopyStrided(c.pool, k.out, k.from, k.dense, input[float64](c, 0), output[float64](c))
	} else {
		vec.CopyStrided(c.pool, k.out, k.from, k.dense, input[float32](c, 0), output[float32](c))
	}
	return nil
}

func (k *subsample) gradient(in []*Node, _, grad *Node) []*Node {
	kind, _ := grad.kind()
	return []*Node{grad.g.apply(subsampleGrad{k: k}, kind, in[0].shape(), grad)}
}

// subsampleGrad puts dy where the elements were taken and 0 elsewhere.
type subsampleGrad struct {
	noGradient
	k *subsample
}

func (g subsampleGrad) String() string { return "Subsample gradient" }

func (g subsampleGrad) describe() Description {
	return g.k.describe().gradient()
}

func (g subsampleGrad) compute(c *call) error {
	if c.double() {
		spreadOut[float64](g.k, c)
	} else {
		spreadOut[float32](g.k, c)
	}
	return nil
}

func spreadOut[T vec.Float](k *subsample, c *call) {
	dx := output[T](c)
	clear(dx)
	vec.CopyStrided(c.pool, k.out, k.dense, k.from, input[T](c, 0), dx)
}

// Subsample returns every stride-th element of n [N, C, …] along each spatial
// axis, the first included.
func (n *Node) Subsample(stride int) *Node {
	in := []*Node{n}
	if !alive("Subsample", in...) {
		return n.g.dead()
	}
	if n.Rank() < 3 || stride < 1 || !floats(in) {
		return reject("Subsample", in, "stride %d, expected at least 1 and x [N, C, …]", stride)
	}
	if stride == 1 {
		return n
	}
	whole := n.Shape()
	k := &subsample{stride: stride, in: whole, out: n.Shape(), from: blockOf(whole, 0, 0, whole[0]).strides}
	for i := 2; i < len(whole); i++ {
		k.out[i] = (whole[i] + stride - 1) / stride
		k.from[i] *= stride
	}
	k.dense = blockOf(k.out, 0, 0, k.out[0]).strides
	kind, _ := n.kind()
	return n.g.apply(k, kind, k.out, n)
}
