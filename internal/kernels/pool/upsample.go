package pool

import "github.com/hocsau/hocsau/internal/kernels/par"

// UpsampleNearest sets y [n, c, out] from x [n, c, in]: output i along an axis
// reads input ⌊i·in/out⌋. It also makes maps smaller.
func UpsampleNearest[T Float](p *par.Pool, n, c int, in, out [3]int, x, y []T) {
	run[T](p, &nearestJobs, n*c, planeGrain(area(out)), nearestJob[T]{in, out, x, y, false})
}

// UpsampleNearestGrad sets dx [n, c, in] from dy [n, c, out].
func UpsampleNearestGrad[T Float](p *par.Pool, n, c int, in, out [3]int, dy, dx []T) {
	run[T](p, &nearestJobs, n*c, planeGrain(area(out)), nearestJob[T]{in, out, dx, dy, true})
}

func area(size [3]int) int { return size[0] * size[1] * size[2] }

var nearestJobs, bilinearJobs jobs

type nearestJob[T Float] struct {
	in, out [3]int
	x, y    []T
	back    bool
}

func (j *nearestJob[T]) Range(_, lo, hi int) {
	in, out := area(j.in), area(j.out)
	for c := lo; c < hi; c++ {
		x, y := j.x[c*in:][:in], j.y[c*out:][:out]
		if j.back {
			clear(x)
		}
		for d := range j.out[0] {
			for h := range j.out[1] {
				from := d*j.in[0]/j.out[0]*j.in[1] + h*j.in[1]/j.out[1]
				to := d*j.out[1] + h
				nearestRow(x[from*j.in[2]:][:j.in[2]], y[to*j.out[2]:][:j.out[2]], j.back)
			}
		}
	}
}

func nearestRow[T Float](x, y []T, back bool) {
	switch whole := len(y) / max(len(x), 1); {
	case whole*len(x) == len(y) && back:
		for i := range x {
			sum := x[i]
			for _, v := range y[i*whole:][:whole] {
				sum += v
			}
			x[i] = sum
		}
	case whole*len(x) == len(y):
		for i, v := range x {
			row := y[i*whole:][:whole]
			for k := range row {
				row[k] = v
			}
		}
	case back:
		for i, v := range y {
			x[i*len(x)/len(y)] += v
		}
	default:
		for i := range y {
			y[i] = x[i*len(x)/len(y)]
		}
	}
}

// UpsampleBilinear sets y [n, c, oh, ow] from x [n, c, h, w] by linear
// interpolation between the two nearest inputs along each axis. Output i reads
// the input at (i + ½)·in/out − ½, not below 0, or, with alignCorners, at
// i·(in − 1)/(out − 1).
func UpsampleBilinear[T Float](p *par.Pool, n, c, h, w, oh, ow int, alignCorners bool, x, y []T) {
	run[T](p, &bilinearJobs, n*c, planeGrain(4*oh*ow), bilinearJob[T]{h, w, oh, ow, alignCorners, x, y, false})
}

// UpsampleBilinearGrad sets dx [n, c, h, w] from dy [n, c, oh, ow].
func UpsampleBilinearGrad[T Float](p *par.Pool, n, c, h, w, oh, ow int, alignCorners bool, dy, dx []T) {
	run[T](p, &bilinearJobs, n*c, planeGrain(4*oh*ow), bilinearJob[T]{h, w, oh, ow, alignCorners, dx, dy, true})
}

type bilinearJob[T Float] struct {
	h, w, oh, ow int
	align        bool
	x, y         []T
	back         bool
}

// chunk is the number of columns whose sources are found at a time.
const chunk = 128

func (j *bilinearJob[T]) Range(_, lo, hi int) {
	in, out := j.h*j.w, j.oh*j.ow
	if j.back {
		clear(j.x[lo*in : hi*in])
	}
	var left [chunk]int32
	var weight [chunk]T
	for first := 0; first < j.ow; first += chunk {
		width := min(chunk, j.ow-first)
		for k := range width {
			at, t := source(first+k, j.w, j.ow, j.align)
			left[k], weight[k] = int32(at), T(t)
		}
		for r := lo * j.oh; r < hi*j.oh; r++ {
			c, o := r/j.oh, r%j.oh
			top, t := source(o, j.h, j.oh, j.align)
			x := j.x[c*in+top*j.w : (c+1)*in]
			below := j.w
			if top == j.h-1 {
				below = 0
			}
			y := j.y[c*out+o*j.ow+first:][:width]
			if j.back {
				bilinearGradRow(y, left[:width], weight[:width], T(t), j.w, below, x)
			} else {
				bilinearRow(x, left[:width], weight[:width], T(t), j.w, below, y)
			}
		}
	}
}

// source returns the input left of, or at, where output i reads, and how far
// it is towards the next one, in [0, 1).
func source(i, in, out int, align bool) (int, float64) {
	at := 0.0
	switch {
	case !align:
		at = max(0, (float64(i)+0.5)*float64(in)/float64(out)-0.5)
	case out > 1:
		at = float64(i) * float64(in-1) / float64(out-1)
	}
	k := min(int(at), in-1)
	if k == in-1 {
		return k, 0
	}
	return k, at - float64(k)
}

// bilinearRow interpolates between the rows at x and x[below:], of w elements.
func bilinearRow[T Float](x []T, left []int32, weight []T, t T, w, below int, y []T) {
	for i, l := range left {
		r := min(int(l)+1, w-1)
		s := weight[i]
		top := (1-s)*x[l] + s*x[r]
		bottom := (1-s)*x[int(l)+below] + s*x[r+below]
		y[i] = (1-t)*top + t*bottom
	}
}

func bilinearGradRow[T Float](dy []T, left []int32, weight []T, t T, w, below int, dx []T) {
	for i, l := range left {
		r := min(int(l)+1, w-1)
		s, d := weight[i], dy[i]
		dx[l] += (1 - s) * (1 - t) * d
		dx[r] += s * (1 - t) * d
		dx[int(l)+below] += (1 - s) * t * d
		dx[r+below] += s * t * d
	}
}
