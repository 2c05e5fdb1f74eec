package pool

import "github.com/hocsau/hocsau/internal/kernels/cpu"

// avx2 is fixed for the life of the process.
var avx2 = cpu.Level() >= cpu.AVX2

func haveAVX2() bool { return avx2 }

// maxRowAVX2 does len(y) whole windows of a row of outputs; the first begins
// at x[first] and all have the given number of rows.
func maxRowAVX2(s *Shape, x []float32, first, rows int, y []float32, idx []int32) {
	pitch, cols, n := s.In[2], s.Kernel[2], len(y)
	from := windowed(s, x, first, rows, n)
	switch {
	case idx == nil && s.Stride[2] == 1:
		maxWindows1(from, pitch, rows, cols, n, &y[0])
	case idx == nil:
		maxWindows2(from, pitch, rows, cols, n, &y[0])
	case s.Stride[2] == 1:
		maxWindowsIndex1(from, pitch, rows, cols, n, &y[0], &idx[:n][0], first)
	default:
		maxWindowsIndex2(from, pitch, rows, cols, n, &y[0], &idx[:n][0], first)
	}
}

// avgRowAVX2 is maxRowAVX2 for sums times scale.
func avgRowAVX2(s *Shape, x []float32, first, rows int, scale float32, y []float32) {
	n := len(y)
	from := windowed(s, x, first, rows, n)
	if s.Stride[2] == 1 {
		sumWindows1(from, s.In[2], rows, s.Kernel[2], n, &y[0], scale)
		return
	}
	sumWindows2(from, s.In[2], rows, s.Kernel[2], n, &y[0], scale)
}

// windowed returns the first element after a check that n windows lie in x.
func windowed(s *Shape, x []float32, first, rows, n int) *float32 {
	last := first + (rows-1)*s.In[2] + (n-1)*s.Stride[2] + s.Kernel[2]
	return &x[first:last][0]
}
