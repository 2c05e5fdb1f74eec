//go:build amd64 || arm64

package pool

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
)

func haveSIMD() bool { return cpu.Level() > cpu.Generic }

// rows is where the windows of a flat plane lie, in the terms of the assembly.
type rows struct {
	from               *float32
	pitch, step        int // elements between rows, and between lines of windows
	n, lines           int
	kernelH, kernelW   int
	place, down, lower int // places in the plane: of the first element, between rows, between lines
}

func (s *Shape) rows(x plane) rows {
	width := x.width
	if width == 0 {
		width = s.In[2]
	}
	last := (s.reach(1)-1)*width + s.reach(2)
	return rows{
		from:  &x.pixels[:last][0],
		pitch: width, step: s.Stride[1] * width,
		n: s.Out[2], lines: s.Out[1],
		kernelH: s.Kernel[1], kernelW: s.Kernel[2],
		place: -s.PadStart[1]*s.In[2] - s.PadStart[2],
		down:  s.In[2], lower: s.Stride[1] * s.In[2],
	}
}

// square returns the side of a square window, else 0.
func (r *rows) square() int {
	if r.kernelH != r.kernelW {
		return 0
	}
	return r.kernelH
}

func maxPlaneSIMD(s *Shape, x plane, y []float32, idx []int32) {
	r := s.rows(x)
	to := &y[:r.n*r.lines][0]
	if idx != nil {
		maxIndexPlane(s, &r, to, &idx[:r.n*r.lines][0])
		return
	}
	switch side, stride := r.square(), s.Stride[2]; {
	case side == 2 && stride == 2:
		max2x2Stride2(r.from, r.pitch, r.n, r.lines, r.step, to, r.n)
	case side == 3 && stride == 1:
		max3x3Stride1(r.from, r.pitch, r.n, r.lines, r.step, to, r.n)
	case side == 3:
		max3x3Stride2(r.from, r.pitch, r.n, r.lines, r.step, to, r.n)
	case stride == 1:
		maxAnyStride1(r.from, r.pitch, r.n, r.lines, r.step, to, r.n, r.kernelH, r.kernelW)
	default:
		maxAnyStride2(r.from, r.pitch, r.n, r.lines, r.step, to, r.n, r.kernelH, r.kernelW)
	}
}

// meetsPadding tells whether an element of y may be padding: it is −∞, or NaN
// hides that.
func meetsPadding(y []float32) bool { return !(lowest(&y[0], len(y)) >= -math.MaxFloat32) }

func maxIndexPlane(s *Shape, r *rows, to *float32, idx *int32) {
	switch side, stride := r.square(), s.Stride[2]; {
	case side == 2 && stride == 2:
		maxIndex2x2Stride2(r.from, r.pitch, r.n, r.lines, r.step, to, r.n, idx, r.place, r.down, r.lower)
	case side == 3 && stride == 1:
		maxIndex3x3Stride1(r.from, r.pitch, r.n, r.lines, r.step, to, r.n, idx, r.place, r.down, r.lower)
	case side == 3:
		maxIndex3x3Stride2(r.from, r.pitch, r.n, r.lines, r.step, to, r.n, idx, r.place, r.down, r.lower)
	case stride == 1:
		maxIndexAnyStride1(r.from, r.pitch, r.n, r.lines, r.step, to, r.n, r.kernelH, r.kernelW, idx, r.place, r.down, r.lower)
	default:
		maxIndexAnyStride2(r.from, r.pitch, r.n, r.lines, r.step, to, r.n, r.kernelH, r.kernelW, idx, r.place, r.down, r.lower)
	}
}

// avgPlaneSIMD sets y to the sums of the framed windows, divided by their size.
func avgPlaneSIMD(s *Shape, x plane, y []float32) {
	r := s.rows(x)
	to := &y[:r.n*r.lines][0]
	scale := 1 / float32(r.kernelH*r.kernelW)
	switch side, stride := r.square(), s.Stride[2]; {
	case side == 2 && stride == 2:
		sum2x2Stride2(r.from, r.pitch, r.n, r.lines, r.step, to, r.n, scale)
	case side == 3 && stride == 1:
		sum3x3Stride1(r.from, r.pitch, r.n, r.lines, r.step, to, r.n, scale)
	case side == 3:
		sum3x3Stride2(r.from, r.pitch, r.n, r.lines, r.step, to, r.n, scale)
	case stride == 1:
		sumAnyStride1(r.from, r.pitch, r.n, r.lines, r.step, to, r.n, r.kernelH, r.kernelW, scale)
	default:
		sumAnyStride2(r.from, r.pitch, r.n, r.lines, r.step, to, r.n, r.kernelH, r.kernelW, scale)
	}
}

// quadsSIMD is the gradient of means over quads.
func quadsSIMD(s *Shape, dy, dx []float32) {
	n, lines, width := s.Out[2], s.Out[1], s.In[2]
	if 2*n < width || 2*lines < s.In[1] {
		clear(dx)
	}
	spread2x2(&dy[:n*lines][0], n, n, lines, &dx[:(2*lines-1)*width+2*n][0], width, 0.25)
}
