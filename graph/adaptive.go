package graph

import (
	"slices"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// adaptiveAvgPool is the mean over windows that divide each plane into out
// rows and columns, overlapping where the sizes do not divide.
type adaptiveAvgPool struct {
	planes  int
	in, out [2]int
}

func (k adaptiveAvgPool) String() string { return "AdaptiveAvgPool2d" }

func (k adaptiveAvgPool) describe() Description {
	return describe("AdaptiveAvgPool", "size", k.out[:])
}

// span returns the elements lo ≤ e < hi that window i of an axis covers.
func (k adaptiveAvgPool) span(axis, i int) (lo, hi int) {
	in, out := k.in[axis], k.out[axis]
	return i * in / out, ((i+1)*in + out - 1) / out
}

func (k adaptiveAvgPool) compute(c *call) error {
	if c.double() {
		adaptiveMeans[float64](k, c)
	} else {
		adaptiveMeans[float32](k, c)
	}
	return nil
}

func adaptiveMeans[T vec.Float](k adaptiveAvgPool, c *call) {
	x, y := input[T](c, 0), output[T](c)
	height, width := k.in[0], k.in[1]
	for p := range k.planes {
		plane := x[p*height*width : (p+1)*height*width]
		for i := range k.out[0] {
			top, bottom := k.span(0, i)
			for j := range k.out[1] {
				left, right := k.span(1, j)
				var sum T
				for r := top; r < bottom; r++ {
					for _, v := range plane[r*width+left : r*width+right] {
						sum += v
					}
				}
				y[(p*k.out[0]+i)*k.out[1]+j] = sum / T((bottom-top)*(right-left))
			}
		}
	}
}

func (k adaptiveAvgPool) gradient(in []*Node, _, grad *Node) []*Node {
	kind, _ := grad.kind()
	return []*Node{grad.g.apply(adaptiveAvgPoolGrad{k: k}, kind, in[0].shape(), grad)}
}

// adaptiveAvgPoolGrad gives each element of a window its share of dy.
type adaptiveAvgPoolGrad struct {
	noGradient
	k adaptiveAvgPool
}

func (g adaptiveAvgPoolGrad) String() string { return g.k.String() + " gradient" }

func (g adaptiveAvgPoolGrad) describe() Description {
	return g.k.describe().gradient()
}

func (g adaptiveAvgPoolGrad) compute(c *call) error {
	if c.double() {
		adaptiveShares[float64](g.k, c)
	} else {
		adaptiveShares[float32](g.k, c)
	}
	return nil
}

func adaptiveShares[T vec.Float](k adaptiveAvgPool, c *call) {
	dy, dx := input[T](c, 0), output[T](c)
	clear(dx)
	height, width := k.in[0], k.in[1]
	for p := range k.planes {
		plane := dx[p*height*width : (p+1)*height*width]
		for i := range k.out[0] {
			top, bottom := k.span(0, i)
			for j := range k.out[1] {
				left, right := k.span(1, j)
				share := dy[(p*k.out[0]+i)*k.out[1]+j] / T((bottom-top)*(right-left))
				for r := top; r < bottom; r++ {
					row := plane[r*width+left : r*width+right]
					for e := range row {
						row[e] += share
					}
				}
			}
		}
	}
}

// AdaptiveAvgPool2d returns the means of n [N, C, H, W] over height by width
// windows, whatever H and W are: [N, C, height, width]. Window i of an axis of
// size I, of O, covers the elements ⌊i·I/O⌋ to ⌈(i + 1)·I/O⌉ − 1; where O
// divides I this is [Node.AvgPool].
func (n *Node) AdaptiveAvgPool2d(height, width int) *Node {
	name, in := "AdaptiveAvgPool2d", []*Node{n}
	if !alive(name, in...) {
		return n.g.dead()
	}
	if n.Rank() != 4 || height < 1 || width < 1 || !floats(in) {
		return reject(name, in, "size %d×%d, expected a positive one and x [N, C, H, W]", height, width)
	}
	s := n.shape()
	if s[2]%height == 0 && s[3]%width == 0 {
		return n.AvgPool(PoolOpts{Kernel: []int{s[2] / height, s[3] / width}})
	}
	k := adaptiveAvgPool{planes: s[0] * s[1], in: [2]int(s[2:4]), out: [2]int{height, width}}
	kind, _ := n.kind()
	return n.g.apply(k, kind, slices.Concat(s[:2], []int{height, width}), n)
}
