package pool

import "sync"

// flat tells whether the assembly has these windows: of an image, at most two
// columns apart.
func (s *Shape) flat() bool {
	return s.In[0] == 1 && s.Out[0] == 1 && s.Kernel[0] == 1 && s.PadStart[0] == 0 && s.Stride[2] <= 2 && s.outArea() > 0
}

// whole tells whether no window is cut at an edge; the plane is flat.
func (s *Shape) whole() bool {
	for i := 1; i < 3; i++ {
		if s.PadStart[i] > 0 || s.reach(i) > s.In[i] {
			return false
		}
	}
	return true
}

// reach returns how far the windows along an axis go, start padding included.
func (s *Shape) reach(axis int) int { return (s.Out[axis]-1)*s.Stride[axis] + s.Kernel[axis] }

// quads tells whether the windows are squares of 2, two apart, and not cut.
func (s *Shape) quads() bool {
	return s.Kernel[1] == 2 && s.Kernel[2] == 2 && s.Stride[1] == 2 && s.Stride[2] == 2 && s.whole()
}

// A frame puts padding around planes, so that no window is cut. A nil frame
// leaves them as they are.
type frame struct {
	s      *Shape
	h, w   int // of the framed plane
	pixels []float32
}

var frames sync.Pool // of frames not in use, for their memory

// newFrame returns a frame filled with a value, nil where none is needed.
func newFrame(s *Shape, value float32) *frame {
	if s.whole() {
		return nil
	}
	return frameOf(s, max(s.reach(1), s.PadStart[1]+s.In[1]), max(s.reach(2), s.PadStart[2]+s.In[2]), value)
}

func frameOf(s *Shape, h, w int, value float32) *frame {
	f, ok := frames.Get().(*frame)
	if !ok {
		f = new(frame)
	}
	f.s, f.h, f.w = s, h, w
	if cap(f.pixels) < h*w {
		f.pixels = make([]float32, h*w)
	}
	f.pixels = f.pixels[:h*w]
	for i := range f.pixels {
		f.pixels[i] = value
	}
	return f
}

// around returns the framed plane, in memory that the next call uses again.
func (f *frame) around(x []float32) plane {
	if f == nil {
		return plane{x, 0}
	}
	s := f.s
	for h := range s.In[1] {
		copy(f.pixels[(h+s.PadStart[1])*f.w+s.PadStart[2]:], x[h*s.In[2]:][:s.In[2]])
	}
	return plane{f.pixels, f.w}
}

// dual returns the windows whose sums are the gradient of s: the input is a
// frame that holds dy where the windows of s begin, see scatter, and element i
// of dx is the sum of those that begin up to a kernel before it.
func (s *Shape) dual() Shape {
	d := Shape{N: 1, C: 1, Out: s.In, Kernel: s.Kernel, Stride: [3]int{1, 1, 1}, In: s.In}
	for i := 1; i < 3; i++ {
		d.In[i] += s.Kernel[i] - 1
	}
	return d
}

// scatter puts dy into the frame of the dual, where the windows begin. Unless
// their divisors are even it weights each by the whole size over its own.
func (f *frame) scatter(dy []float32, even, countPad bool) {
	s := f.s
	for h := range s.Out[1] {
		y := h*s.Stride[1] - s.PadStart[1] + s.Kernel[1] - 1
		if y < 0 || y >= f.h {
			continue
		}
		win := s.at(0, h, countPad)
		for o, v := range dy[h*s.Out[2]:][:s.Out[2]] {
			x := o*s.Stride[2] - s.PadStart[2] + s.Kernel[2] - 1
			if x < 0 || x >= f.w {
				continue
			}
			if !even {
				_, _, n := win.columns(s, o)
				v *= float32(s.Kernel[1]*s.Kernel[2]) / float32(max(n, 1))
			}
			f.pixels[y*f.w+x] = v
		}
	}
}

func (f *frame) free() {
	if f != nil {
		f.s = nil
		frames.Put(f)
	}
}

// plane is a plane of rows of the given width; 0 is that of the input itself.
type plane struct {
	pixels []float32
	width  int
}
