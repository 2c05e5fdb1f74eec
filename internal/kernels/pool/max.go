package pool

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// Max sets y [N, C, out] to the largest element of each window of
// x [N, C, in]; padding counts as −∞ and a NaN as the largest. idx, where not
// nil, gets its position in the plane: the first in row-major order, −1 of a
// window that meets no element.
func Max[T Float](p *par.Pool, s *Shape, x, y []T, idx []int32) {
	run[T](p, &maxJobs, s.planes(), s.grain(), maxJob[T]{*s, x, y, idx})
}

// MaxGrad sets dx to the gradient of the input: dy at the positions idx, summed
// where windows share one, 0 elsewhere.
func MaxGrad[T Float](p *par.Pool, s *Shape, idx []int32, dy, dx []T) {
	run[T](p, &maxGradJobs, s.planes(), s.grain(), maxGradJob[T]{s.inArea(), s.outArea(), idx, dy, dx})
}

var maxJobs, maxGradJobs jobs

type maxJob[T Float] struct {
	s    Shape
	x, y []T
	idx  []int32
}

func (j *maxJob[T]) Range(_, lo, hi int) {
	in, out := j.s.inArea(), j.s.outArea()
	quick := fast[T]() && j.s.flat()
	var frame *frame
	if quick {
		frame = newFrame(&j.s, float32(math.Inf(-1)))
	}
	for c := lo; c < hi; c++ {
		x, y := j.x[c*in:][:in], j.y[c*out:][:out]
		var idx []int32
		if j.idx != nil {
			idx = j.idx[c*out:][:out]
		}
		if quick {
			maxPlaneSIMD(&j.s, frame.around(f32(x)), f32(y), idx)
		}
		if !quick || idx != nil && frame != nil && meetsPadding(f32(y)) {
			maxPlane(&j.s, x, y, idx)
		}
	}
	frame.free()
}

func maxPlane[T Float](s *Shape, x, y []T, idx []int32) {
	w := s.Out[2]
	for d := range s.Out[0] {
		d0, d1, _ := s.window(0, d)
		for h := range s.Out[1] {
			h0, h1, _ := s.window(1, h)
			at := (d*s.Out[1] + h) * w
			var where []int32
			if idx != nil {
				where = idx[at:][:w]
			}
			maxRow(s, x, d0, d1, h0, h1, y[at:][:w], where)
		}
	}
}

// maxRow does a row of outputs whose windows cover depths d0 to d1 and heights
// h0 to h1.
func maxRow[T Float](s *Shape, x []T, d0, d1, h0, h1 int, y []T, idx []int32) {
	for o := range y {
		w0, w1, _ := s.window(2, o)
		best, at := T(math.Inf(-1)), -1
		for d := d0; d < d1; d++ {
			for h := h0; h < h1; h++ {
				row := (d*s.In[1] + h) * s.In[2]
				for i := row + w0; i < row+w1; i++ {
					v := x[i]
					if v > best || at < 0 || v != v && best == best {
						best, at = v, i
					}
				}
			}
		}
		y[o] = best
		if idx != nil {
			idx[o] = int32(at)
		}
	}
}

type maxGradJob[T Float] struct {
	in, out int
	idx     []int32
	dy, dx  []T
}

func (j *maxGradJob[T]) Range(_, lo, hi int) {
	for c := lo; c < hi; c++ {
		dx, dy := j.dx[c*j.in:][:j.in], j.dy[c*j.out:][:j.out]
		clear(dx)
		for o, at := range j.idx[c*j.out:][:j.out] {
			if at >= 0 {
				dx[at] += dy[o]
			}
		}
	}
}
