package box

import "math"

// Box is a rectangle by its corners: X1 ≤ X2 from left to right, Y1 ≤ Y2 from top to bottom.
type Box struct{ X1, Y1, X2, Y2 float64 }

// Center is a rectangle by its middle (b_x, b_y), height b_h, width b_w.
//
// Source: cheatsheet §1.6.
type Center struct{ X, Y, H, W float64 }

// Size is the height, width of a rectangle, such as an anchor.
type Size struct{ H, W float64 }

// Center returns the middle, height, width of b.
func (b Box) Center() Center {
	return Center{X: (b.X1 + b.X2) / 2, Y: (b.Y1 + b.Y2) / 2, H: b.Y2 - b.Y1, W: b.X2 - b.X1}
}

// Box returns the corners of c.
func (c Center) Box() Box {
	return Box{X1: c.X - c.W/2, Y1: c.Y - c.H/2, X2: c.X + c.W/2, Y2: c.Y + c.H/2}
}

// Size returns the height, width of b.
func (b Box) Size() Size { return Size{H: b.Y2 - b.Y1, W: b.X2 - b.X1} }

// Area returns the area of b, 0 where its corners are in the wrong order.
func (b Box) Area() float64 { return max(b.X2-b.X1, 0) * max(b.Y2-b.Y1, 0) }

// Valid tells whether b is finite, with an area above 0.
func (b Box) Valid() bool {
	sum := b.X1 + b.Y1 + b.X2 + b.Y2
	return b.X2 > b.X1 && b.Y2 > b.Y1 && !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// Scale returns b with its abscissae times sx, its ordinates times sy: Scale(1/width, 1/height) turns pixels into shares.
func (b Box) Scale(sx, sy float64) Box {
	return Box{X1: b.X1 * sx, Y1: b.Y1 * sy, X2: b.X2 * sx, Y2: b.Y2 * sy}
}

// Shift returns b moved by (dx, dy).
func (b Box) Shift(dx, dy float64) Box {
	return Box{X1: b.X1 + dx, Y1: b.Y1 + dy, X2: b.X2 + dx, Y2: b.Y2 + dy}
}

// Clip returns the part of b inside [0, width] × [0, height].
func (b Box) Clip(width, height float64) Box {
	return Box{
		X1: min(max(b.X1, 0), width), Y1: min(max(b.Y1, 0), height),
		X2: min(max(b.X2, 0), width), Y2: min(max(b.Y2, 0), height),
	}
}

// Intersection returns the area that a, b have in common.
func Intersection(a, b Box) float64 {
	w := min(a.X2, b.X2) - max(a.X1, b.X1)
	h := min(a.Y2, b.Y2) - max(a.Y1, b.Y1)
	return max(w, 0) * max(h, 0)
}

// IoU returns the overlap of a, b in [0, 1],
//
//	IoU = |a ∩ b| / |a ∪ b|
//
// 0 where both areas are 0. Source: cheatsheet §1.6.
func IoU(a, b Box) float64 {
	common := Intersection(a, b)
	union := a.Area() + b.Area() - common
	if !(union > 0) {
		return 0
	}
	return common / union
}

// IoUMatrix returns IoU(a_i, b_j) as [len(a), len(b)], row-major.
func IoUMatrix(a, b []Box) []float64 {
	out := make([]float64, 0, len(a)*len(b))
	for _, p := range a {
		for _, q := range b {
			out = append(out, IoU(p, q))
		}
	}
	return out
}

// ShapeIoU returns the IoU of two rectangles put onto the same middle.
func ShapeIoU(a, b Size) float64 {
	common := min(a.H, b.H) * min(a.W, b.W)
	union := a.H*a.W + b.H*b.W - common
	if !(union > 0) {
		return 0
	}
	return common / union
}
