package graph

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/kernels/pool"
)

// roiPool takes maxima over the bins of regions.
type roiPool struct{ shape pool.RoI }

func (k *roiPool) String() string { return "RoIPool" }

func (k *roiPool) describe() Description {
	return describe("RoIPool", "height", k.shape.OutH, "width", k.shape.OutW, "scale", k.shape.Scale)
}
func (k *roiPool) constant(i int) bool { return i == 1 }

func (k *roiPool) compute(c *call) error {
	if c.double() {
		return roiRun[float64](k, c)
	}
	return roiRun[float32](k, c)
}

func roiRun[T pool.Float](k *roiPool, c *call) error {
	rois := sliceOf[T](c.in[1])
	if r := k.shape.Bad(func(i int) float64 { return float64(rois[i]) }, len(rois)/5); r >= 0 {
		return errors.Errorf("region %d is %v, expected a picture from 0 to %d, then finite corners", r, rois[5*r:][:5], k.shape.N-1)
	}
	pool.MaxRoI(c.pool, &k.shape, sliceOf[T](c.in[0]), rois, sliceOf[T](c.out))
	return nil
}

func (k *roiPool) gradient(in []*Node, _, grad *Node) []*Node {
	kind, _ := grad.kind()
	return []*Node{grad.g.apply(&roiPoolGrad{k: k}, kind, in[0].shape(), in[0], in[1], grad), nil}
}

// roiPoolGrad finds the maxima again and gives dy to them.
type roiPoolGrad struct {
	noGradient
	k *roiPool
}

func (g *roiPoolGrad) String() string { return "RoIPool gradient" }

func (g *roiPoolGrad) describe() Description {
	return g.k.describe().gradient()
}

func (g *roiPoolGrad) compute(c *call) error {
	if c.double() {
		pool.MaxRoIGrad(c.pool, &g.k.shape, input[float64](c, 0), input[float64](c, 1), input[float64](c, 2), output[float64](c))
	} else {
		pool.MaxRoIGrad(c.pool, &g.k.shape, input[float32](c, 0), input[float32](c, 1), input[float32](c, 2), output[float32](c))
	}
	return nil
}

// RoIPool returns the maxima over height × width bins of each region of the
// maps n [N, C, H, W], as [R, C, height, width]. A row of rois [R, 5] is the
// number of a picture, then the corners x1, y1, x2, y2, which are multiplied by
// scale to places of the map and rounded. Bins share the rows and columns
// y1 … y2, x1 … x2, the last included, as evenly as possible and may overlap by
// one; what lies outside the map does not count, an empty bin is 0. The regions
// are constants in differentiation; of equal maxima the first gets the gradient.
//
// Source: cheatsheet §1.6 (R-CNN); arXiv:1504.08083 §2.1.
func (n *Node) RoIPool(rois *Node, height, width int, scale float64) *Node {
	in := []*Node{n, rois}
	if !alive("RoIPool", in...) {
		return n.g.dead()
	}
	if n.Rank() != 4 || rois.Rank() != 2 || rois.Dim(1) != 5 || !floats(in) {
		return reject("RoIPool", in, "expected maps [N, C, H, W] with regions [R, 5]")
	}
	if height < 1 || width < 1 || !(scale > 0) {
		return reject("RoIPool", in, "%d×%d bins at scale %g, expected numbers above 0", height, width, scale)
	}
	s := n.shape()
	k := &roiPool{pool.RoI{N: s[0], C: s[1], H: s[2], W: s[3], OutH: height, OutW: width, Scale: scale}}
	kind, _ := n.kind()
	return n.g.apply(k, kind, []int{rois.Dim(0), s[1], height, width}, n, rois)
}
