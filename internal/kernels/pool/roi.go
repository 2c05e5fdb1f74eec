package pool

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// RoI is the geometry of max pooling over regions of N maps of C planes H×W.
type RoI struct {
	N, C, H, W int
	OutH, OutW int
	Scale      float64 // from the regions' coordinates to the map's
}

// grain returns how many regions, or planes, are worth a thread.
func (s *RoI) grain(n int) int { return planeGrain(n * (s.OutH*s.OutW + s.H*s.W/4)) }

// MaxRoI sets y [R, C, OutH, OutW] to the largest element in each bin of each
// region (n, x1, y1, x2, y2) of rois [R, 5]. Corners times Scale are rounded,
// halves away from 0; with h = max(1, y2 − y1 + 1) bin u covers the rows
// y1 + ⌊u·h/OutH⌋ up to y1 + ⌈(u + 1)·h/OutH⌉, cut at the map, likewise along x.
// An empty bin is 0. The numbers n must lie in [0, N), which [RoI.Bad] checks.
func MaxRoI[T Float](p *par.Pool, s *RoI, x, rois, y []T) {
	run[T](p, &roiJobs, len(rois)/5, s.grain(s.C), roiJob[T]{*s, x, rois, y})
}

// MaxRoIGrad sets dx [N, C, H, W] to the gradient of the maps: dy of each bin at
// its first maximum in row-major order, 0 elsewhere.
func MaxRoIGrad[T Float](p *par.Pool, s *RoI, x, rois, dy, dx []T) {
	run[T](p, &roiGradJobs, s.C, s.grain(len(rois)/5), roiGradJob[T]{*s, x, rois, dy, dx})
}

// Bad returns the first region of rois [R, 5] whose number of a map is not in
// [0, N) or whose corners are not finite, else −1.
func (s *RoI) Bad(corner func(i int) float64, n int) int {
	for r := range n {
		if k := corner(5 * r); !(k >= 0 && k < float64(s.N)) || k != math.Trunc(k) {
			return r
		}
		for i := 1; i < 5; i++ {
			if v := corner(5*r + i); v-v != 0 {
				return r
			}
		}
	}
	return -1
}

var roiJobs, roiGradJobs jobs

// window returns the rows or columns of bin u of out, for a region from lo to
// hi on an axis of the given size.
func (s *RoI) window(lo, hi float64, u, out, size int) (from, to int) {
	const far = 1 << 30 // beyond any map; keeps the conversion defined
	a := int(math.Round(min(max(lo*s.Scale, -far), far)))
	b := int(math.Round(min(max(hi*s.Scale, -far), far)))
	n := max(1, b-a+1)
	from = min(max(a+u*n/out, 0), size)
	to = min(max(a+((u+1)*n+out-1)/out, 0), size)
	return from, to
}

// first returns the position of the first largest element of a plane within
// rows and columns; −1 where there is none. A NaN is the largest.
func first[T Float](plane []T, w, r0, r1, c0, c1 int) int {
	at := -1
	var best T
	for r := r0; r < r1; r++ {
		for i := r*w + c0; i < r*w+c1; i++ {
			if v := plane[i]; at < 0 || v > best || v != v && best == best {
				best, at = v, i
			}
		}
	}
	return at
}

type roiJob[T Float] struct {
	s          RoI
	x, rois, y []T
}

func (j *roiJob[T]) Range(_, lo, hi int) {
	s := &j.s
	bins := s.OutH * s.OutW
	for r := lo; r < hi; r++ {
		roi := j.rois[5*r:][:5]
		maps := j.x[int(roi[0])*s.C*s.H*s.W:]
		y := j.y[r*s.C*bins:][:s.C*bins]
		for u := range s.OutH {
			r0, r1 := s.window(float64(roi[2]), float64(roi[4]), u, s.OutH, s.H)
			for v := range s.OutW {
				c0, c1 := s.window(float64(roi[1]), float64(roi[3]), v, s.OutW, s.W)
				for c := range s.C {
					plane := maps[c*s.H*s.W:][:s.H*s.W]
					out := &y[c*bins+u*s.OutW+v]
					*out = 0
					if at := first(plane, s.W, r0, r1, c0, c1); at >= 0 {
						*out = plane[at]
					}
				}
			}
		}
	}
}

type roiGradJob[T Float] struct {
	s               RoI
	x, rois, dy, dx []T
}

// Range does the planes lo to hi of all maps: each thread has its own, so that
// the sum is in the order of the regions whatever the threads.
func (j *roiGradJob[T]) Range(_, lo, hi int) {
	s := &j.s
	area, bins := s.H*s.W, s.OutH*s.OutW
	for n := range s.N {
		clear(j.dx[(n*s.C+lo)*area : (n*s.C+hi)*area])
	}
	for r := range len(j.rois) / 5 {
		roi := j.rois[5*r:][:5]
		n := int(roi[0])
		for u := range s.OutH {
			r0, r1 := s.window(float64(roi[2]), float64(roi[4]), u, s.OutH, s.H)
			for v := range s.OutW {
				c0, c1 := s.window(float64(roi[1]), float64(roi[3]), v, s.OutW, s.W)
				for c := lo; c < hi; c++ {
					at := (n*s.C + c) * area
					if i := first(j.x[at:][:area], s.W, r0, r1, c0, c1); i >= 0 {
						j.dx[at+i] += j.dy[(r*s.C+c)*bins+u*s.OutW+v]
					}
				}
			}
		}
	}
}
