package graph

import (
	"slices"

	"github.com/hocsau/hocsau/internal/kernels/pool"
)

// nearest repeats elements along the spatial axes.
type nearest struct {
	n, c    int
	in, out [3]int
}

func (k *nearest) String() string { return "UpsampleNearest" }

func (k *nearest) describe() Description {
	return describe("ResizeNearest")
}

func (k *nearest) compute(c *call) error {
	if c.double() {
		pool.UpsampleNearest(c.pool, k.n, k.c, k.in, k.out, input[float64](c, 0), output[float64](c))
	} else {
		pool.UpsampleNearest(c.pool, k.n, k.c, k.in, k.out, input[float32](c, 0), output[float32](c))
	}
	return nil
}

func (k *nearest) gradient(in []*Node, _, grad *Node) []*Node {
	kind, _ := grad.kind()
	return []*Node{grad.g.apply(&nearestGrad{k: k}, kind, in[0].shape(), grad)}
}

type nearestGrad struct {
	noGradient
	k *nearest
}

func (g *nearestGrad) String() string { return "UpsampleNearest gradient" }

func (g *nearestGrad) describe() Description {
	return g.k.describe().gradient()
}

func (g *nearestGrad) compute(c *call) error {
	if c.double() {
		pool.UpsampleNearestGrad(c.pool, g.k.n, g.k.c, g.k.in, g.k.out, input[float64](c, 0), output[float64](c))
	} else {
		pool.UpsampleNearestGrad(c.pool, g.k.n, g.k.c, g.k.in, g.k.out, input[float32](c, 0), output[float32](c))
	}
	return nil
}

// UpsampleNearest resizes the spatial axes of n [N, C, …] to the given sizes
// by repeating elements: output i reads input ⌊i·in/out⌋.
func (n *Node) UpsampleNearest(size ...int) *Node {
	in := []*Node{n}
	if !alive("UpsampleNearest", in...) {
		return n.g.dead()
	}
	rank := n.Rank() - 2
	if rank < 1 || rank > 3 || len(size) != rank || !floats(in) {
		return reject("UpsampleNearest", in, "sizes %v, expected one for each of the one to three spatial axes", size)
	}
	k := &nearest{n: n.shape()[0], c: n.shape()[1], in: [3]int{1, 1, 1}, out: [3]int{1, 1, 1}}
	for i, s := range size {
		k.in[3-rank+i], k.out[3-rank+i] = n.shape()[2+i], s
	}
	kind, _ := n.kind()
	return n.g.apply(k, kind, slices.Concat(n.shape()[:2], size), n)
}

// bilinear interpolates between the four nearest elements.
type bilinear struct {
	n, c, h, w, oh, ow int
	align              bool
}

func (k *bilinear) String() string { return "UpsampleBilinear" }

func (k *bilinear) describe() Description {
	return describe("ResizeBilinear", "align_corners", k.align)
}

func (k *bilinear) compute(c *call) error {
	if c.double() {
		pool.UpsampleBilinear(c.pool, k.n, k.c, k.h, k.w, k.oh, k.ow, k.align, input[float64](c, 0), output[float64](c))
	} else {
		pool.UpsampleBilinear(c.pool, k.n, k.c, k.h, k.w, k.oh, k.ow, k.align, input[float32](c, 0), output[float32](c))
	}
	return nil
}

func (k *bilinear) gradient(in []*Node, _, grad *Node) []*Node {
	kind, _ := grad.kind()
	return []*Node{grad.g.apply(&bilinearGrad{k: k}, kind, in[0].shape(), grad)}
}

type bilinearGrad struct {
	noGradient
	k *bilinear
}

func (g *bilinearGrad) String() string { return "UpsampleBilinear gradient" }

func (g *bilinearGrad) describe() Description {
	return g.k.describe().gradient()
}

func (g *bilinearGrad) compute(c *call) error {
	k := g.k
	if c.double() {
		pool.UpsampleBilinearGrad(c.pool, k.n, k.c, k.h, k.w, k.oh, k.ow, k.align, input[float64](c, 0), output[float64](c))
	} else {
		pool.UpsampleBilinearGrad(c.pool, k.n, k.c, k.h, k.w, k.oh, k.ow, k.align, input[float32](c, 0), output[float32](c))
	}
	return nil
}

// UpsampleBilinear resizes n [N, C, H, W] to [N, C, h, w] by bilinear
// interpolation. Output i reads source (i + ½)·in/out − ½, not below 0; with
// alignCorners i·(in − 1)/(out − 1), so that the corners coincide.
func (n *Node) UpsampleBilinear(h, w int, alignCorners bool) *Node {
	in := []*Node{n}
	if !alive("UpsampleBilinear", in...) {
		return n.g.dead()
	}
	if n.Rank() != 4 || !floats(in) {
		return reject("UpsampleBilinear", in, "expected [N, C, H, W]")
	}
	s := n.shape()
	kind, _ := n.kind()
	return n.g.apply(&bilinear{s[0], s[1], s[2], s[3], h, w, alignCorners}, kind, []int{s[0], s[1], h, w}, n)
}
