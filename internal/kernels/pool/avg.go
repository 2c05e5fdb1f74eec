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
	in, out := j.s.inArea(), j.s.outArea()
	for c := lo; c < hi; c++ {
		x, y := j.x[c*in:][:in], j.y[c*out:][:out]
		if j.back {
			avgGradPlane(&j.s, y, x, j.countPad)
		} else {
			avgPlane(&j.s, x, y, j.countPad)
		}
	}
}

func avgPlane[T Float](s *Shape, x, y []T, countPad bool) {
	left, right := s.inside(2)
	if !fast[T]() || s.Stride[2] > 2 || s.Kernel[0] > 1 {
		right = left
	}
	w := s.Out[2]
	for d := range s.Out[0] {
		for h := range s.Out[1] {
			win := s.at(d, h, countPad)
			row := y[(d*s.Out[1]+h)*w:][:w]
			if left == right || win.empty() {
				avgRow(s, x, &win, 0, w, row)
				continue
			}
			avgRow(s, x, &win, 0, left, row)
			first := (win.d0*s.In[1]+win.h0)*s.In[2] + left*s.Stride[2] - s.PadStart[2]
			avgRowAVX2(s, f32(x), first, win.h1-win.h0, 1/float32(win.count*s.Kernel[2]), f32(row[left:right]))
			avgRow(s, x, &win, right, w, row)
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

func (w *span) empty() bool { return w.d0 == w.d1 || w.h0 == w.h1 }

func avgRow[T Float](s *Shape, x []T, win *span, lo, hi int, y []T) {
	for o := lo; o < hi; o++ {
		w0, w1, wn := s.window(2, o)
		if !win.countPad {
			wn = w1 - w0
		}
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
		if n := win.count * wn; n > 0 {
			y[o] = sum / T(n)
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
		w0, w1, wn := s.window(2, o)
		if !win.countPad {
			wn = w1 - w0
		}
		n := win.count * wn
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
