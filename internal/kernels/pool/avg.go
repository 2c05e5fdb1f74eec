package pool

import "github.com/hocsau/hocsau/internal/kernels/par"

// Avg sets y [N, C, out] to the mean of each window of x [N, C, in]. With
// countPad the sum is divided by the size of the window in the padded input,
// otherwise by the number of real elements. A window that meets none gives 0.
func Avg[T Float](p *par.Pool, s *Shape, x, y []T, countPad bool) {
	run[T](p, &avgJobs, s.planes(), s.grain(), avgJob[T]{*s, x, y, countPad, false})
}

// AvgGrad sets dx to the gradient of the input from dy, that of the output.
func AvgGrad[T Float](p *par.Pool, s *Shape, dy, dx []T, countPad bool) {
	run[T](p, &avgJobs, s.planes(), s.grain(), avgJob[T]{*s, dx, dy, countPad, true})
}

var avgJobs jobs

type avgJob[T Float] struct {
	s        Shape
	x, y     []T
	countPad bool
	back     bool
}

func (j *avgJob[T]) Range(_, lo, hi int) {
	s := &j.s
	in, out := s.inArea(), s.outArea()
	quick := fast[T]() && s.flat()
	even := quick && s.even(j.countPad)
	var frame *frame
	var dual Shape
	switch {
	case !quick:
	case !j.back:
		frame = newFrame(s, 0)
	case !s.quads():
		dual = s.dual()
		frame = frameOf(s, dual.In[1], dual.In[2], 0)
	}
	for c := lo; c < hi; c++ {
		x, y := j.x[c*in:][:in], j.y[c*out:][:out]
		switch {
		case !quick && !j.back:
			avgPlane(s, x, y, j.countPad)
		case !quick:
			avgGradPlane(s, y, x, j.countPad)
		case !j.back:
			avgPlaneSIMD(s, frame.around(f32(x)), f32(y))
			if !even {
				s.divide(f32(y), j.countPad)
			}
		case frame == nil:
			quadsSIMD(s, f32(y), f32(x))
		default:
			frame.scatter(f32(y), even, j.countPad)
			avgPlaneSIMD(&dual, plane{frame.pixels, frame.w}, f32(x))
		}
	}
	frame.free()
}

func avgPlane[T Float](s *Shape, x, y []T, countPad bool) {
	w := s.Out[2]
	for d := range s.Out[0] {
		for h := range s.Out[1] {
			win := s.at(d, h, countPad)
			avgRow(s, x, &win, y[(d*s.Out[1]+h)*w:][:w])
		}
	}
}

// span is what the windows of an output row cover: depths d0 to d1, heights h0
// to h1; count is the divisor before the width is counted.
type span struct {
	d0, d1, h0, h1 int
	count          int
	countPad       bool
}

func (s *Shape) at(d, h int, countPad bool) span {
	d0, d1, dn := s.window(0, d)
	h0, h1, hn := s.window(1, h)
	if !countPad {
		dn, hn = d1-d0, h1-h0
	}
	return span{d0, d1, h0, h1, dn * hn, countPad}
}

// columns returns the columns that output o covers, and its divisor.
func (w *span) columns(s *Shape, o int) (w0, w1, count int) {
	w0, w1, count = s.window(2, o)
	if !w.countPad {
		count = w1 - w0
	}
	return w0, w1, w.count * count
}

func avgRow[T Float](s *Shape, x []T, win *span, y []T) {
	for o := range y {
		w0, w1, n := win.columns(s, o)
		var sum T
		for d := win.d0; d < win.d1; d++ {
			for h := win.h0; h < win.h1; h++ {
				row := (d*s.In[1] + h) * s.In[2]
				for _, v := range x[row+w0 : row+w1] {
					sum += v
				}
			}
		}
		y[o] = 0
		if n > 0 {
			y[o] = sum / T(n)
		}
	}
}

// even tells whether all windows have the same divisor; the plane is flat.
func (s *Shape) even(countPad bool) bool {
	if !countPad {
		return s.whole()
	}
	for i := 1; i < 3; i++ {
		if s.reach(i) > s.PadStart[i]+s.In[i]+s.PadEnd[i] {
			return false
		}
	}
	return true
}

// divide turns sums over the whole size of the windows, divided by it, into
// means where a window is cut.
func (s *Shape) divide(y []float32, countPad bool) {
	size := float32(s.Kernel[1] * s.Kernel[2])
	for h := range s.Out[1] {
		win := s.at(0, h, countPad)
		row := y[h*s.Out[2]:][:s.Out[2]]
		for o := range row {
			if _, _, n := win.columns(s, o); n > 0 && float32(n) != size {
				row[o] *= size / float32(n)
			}
		}
	}
}

func avgGradPlane[T Float](s *Shape, dy, dx []T, countPad bool) {
	clear(dx)
	w := s.Out[2]
	for d := range s.Out[0] {
		for h := range s.Out[1] {
			win := s.at(d, h, countPad)
			avgGradRow(s, dy[(d*s.Out[1]+h)*w:][:w], &win, dx)
		}
	}
}

func avgGradRow[T Float](s *Shape, dy []T, win *span, dx []T) {
	for o, v := range dy {
		w0, w1, n := win.columns(s, o)
		if n <= 0 {
			continue
		}
		v /= T(n)
		for d := win.d0; d < win.d1; d++ {
			for h := win.h0; h < win.h1; h++ {
				row := (d*s.In[1] + h) * s.In[2]
				for i := row + w0; i < row+w1; i++ {
					dx[i] += v
				}
			}
		}
	}
}
