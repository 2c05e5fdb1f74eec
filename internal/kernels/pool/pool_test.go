package pool

import (
	"math"
	"testing"

	"github.com/hocsau/hocsau/internal/kernels/par"
	"pgregory.net/rapid"
)

const guard = 16 // elements on either side that must stay as they are

// guarded returns a slice of n elements amid guard zones, and a check of them.
func guarded(n int) (x []float32, check func(t rapid.TB)) {
	all := make([]float32, n+2*guard)
	for i := range all {
		all[i] = 12345
	}
	return all[guard : guard+n : guard+n], func(t rapid.TB) {
		t.Helper()
		for i := range guard {
			if all[i] != 12345 || all[guard+n+i] != 12345 {
				t.Fatalf("wrote outside %d elements", n)
			}
		}
	}
}

// numbers draws n float32 with many ties, and NaN where odd.
func numbers(t *rapid.T, name string, n int, odd bool) []float32 {
	seed := rapid.Uint32().Draw(t, name)
	x, _ := guarded(n)
	for i := range x {
		seed = seed*1664525 + 1013904223
		x[i] = float32(int(seed>>24)%16 - 8)
		if odd && seed>>28 == 0 {
			x[i] = float32(math.NaN())
		}
		if odd && seed>>28 == 1 {
			x[i] = float32(math.Inf(-1))
		}
	}
	return x
}

// drawShape draws windows; the output is rounded down, or up as in ceil mode.
func drawShape(t *rapid.T) *Shape {
	s := &Shape{N: rapid.IntRange(1, 2).Draw(t, "n"), C: rapid.IntRange(1, 3).Draw(t, "c")}
	deep := rapid.IntRange(0, 3).Draw(t, "volume") == 0
	for i := range 3 {
		s.Kernel[i], s.Stride[i] = 1, 1
		s.In[i], s.Out[i] = 1, 1
		if i == 0 && !deep {
			continue
		}
		s.Kernel[i] = rapid.IntRange(1, 4).Draw(t, "kernel")
		s.Stride[i] = rapid.IntRange(1, 3).Draw(t, "stride")
		s.PadStart[i] = rapid.IntRange(0, s.Kernel[i]-1).Draw(t, "pad start")
		s.PadEnd[i] = rapid.IntRange(0, s.Kernel[i]-1).Draw(t, "pad end")
		span := rapid.IntRange(1, []int{4, 9, 45}[i]).Draw(t, "size")
		s.In[i] = max(span, s.Kernel[i]-s.PadStart[i]-s.PadEnd[i], 1)
		free := s.In[i] + s.PadStart[i] + s.PadEnd[i] - s.Kernel[i]
		s.Out[i] = free/s.Stride[i] + 1
		if up := (free+s.Stride[i]-1)/s.Stride[i] + 1; rapid.Bool().Draw(t, "up") && (up-1)*s.Stride[i] < s.In[i]+s.PadStart[i] {
			s.Out[i] = up
		}
	}
	return s
}

// visit calls f for each window of a plane with the positions that it covers
// and its size where padding counts.
func visit(s *Shape, f func(o int, inside []int, padded int)) {
	o := 0
	for d := range s.Out[0] {
		for h := range s.Out[1] {
			for w := range s.Out[2] {
				var inside []int
				padded := 0
				out := [3]int{d, h, w}
				for k := range s.Kernel[0] * s.Kernel[1] * s.Kernel[2] {
					tap := [3]int{k / (s.Kernel[1] * s.Kernel[2]), k / s.Kernel[2] % s.Kernel[1], k % s.Kernel[2]}
					var at [3]int
					covered, counts := true, true
					for i := range 3 {
						at[i] = out[i]*s.Stride[i] - s.PadStart[i] + tap[i]
						covered = covered && at[i] >= 0 && at[i] < s.In[i]
						counts = counts && at[i] < s.In[i]+s.PadEnd[i]
					}
					if counts {
						padded++
					}
					if covered {
						inside = append(inside, (at[0]*s.In[1]+at[1])*s.In[2]+at[2])
					}
				}
				f(o, inside, padded)
				o++
			}
		}
	}
}

func TestMax_property(t *testing.T) {
	pool := par.New(2)
	defer pool.Close()
	rapid.Check(t, func(t *rapid.T) {
		s := drawShape(t)
		in, out, planes := s.inArea(), s.outArea(), s.planes()
		x := numbers(t, "x", planes*in, rapid.Bool().Draw(t, "odd"))
		dy := numbers(t, "dy", planes*out, false)
		y, checkY := guarded(planes * out)
		quick, checkQ := guarded(planes * out)
		idx := make([]int32, planes*out)
		Max(pool, s, x, y, idx)
		Max(pool, s, x, quick, nil)
		dx, checkX := guarded(planes * in)
		MaxGrad(pool, s, idx, dy, dx)
		checkY(t)
		checkQ(t)
		checkX(t)
		wantX := make([]float32, planes*in)
		for c := range planes {
			visit(s, func(o int, inside []int, _ int) {
				best, at := float32(math.Inf(-1)), -1
				for _, i := range inside {
					if v := x[c*in+i]; at < 0 || v > best || v != v && best == best {
						best, at = v, i
					}
				}
				o += c * out
				if !same(y[o], best) || !same(quick[o], best) || int(idx[o]) != at {
					t.Fatalf("%+v: output %d is %v, %v at %d, want %v at %d", *s, o, y[o], quick[o], idx[o], best, at)
				}
				if at >= 0 {
					wantX[c*in+at] += dy[o]
				}
			})
		}
		for i := range dx {
			if dx[i] != wantX[i] {
				t.Fatalf("%+v: gradient %d is %v, want %v", *s, i, dx[i], wantX[i])
			}
		}
	})
}

func same(a, b float32) bool { return a == b || a != a && b != b }

func TestAvg_property(t *testing.T) {
	pool := par.New(2)
	defer pool.Close()
	rapid.Check(t, func(t *rapid.T) {
		s := drawShape(t)
		countPad := rapid.Bool().Draw(t, "count pad")
		in, out, planes := s.inArea(), s.outArea(), s.planes()
		x, dy := numbers(t, "x", planes*in, false), numbers(t, "dy", planes*out, false)
		y, checkY := guarded(planes * out)
		dx, checkX := guarded(planes * in)
		Avg(pool, s, x, y, countPad)
		AvgGrad(pool, s, dy, dx, countPad)
		checkY(t)
		checkX(t)
		wantX := make([]float64, planes*in)
		for c := range planes {
			visit(s, func(o int, inside []int, padded int) {
				n, sum := padded, 0.0
				if !countPad {
					n = len(inside)
				}
				for _, i := range inside {
					sum += float64(x[c*in+i])
					wantX[c*in+i] += float64(dy[c*out+o]) / float64(n)
				}
				if n > 0 {
					sum /= float64(n)
				}
				if math.Abs(float64(y[c*out+o])-sum) > 1e-5 {
					t.Fatalf("%+v: output %d is %v, want %v", *s, o, y[c*out+o], sum)
				}
			})
		}
		for i := range dx {
			if math.Abs(float64(dx[i])-wantX[i]) > 1e-4 {
				t.Fatalf("%+v: gradient %d is %v, want %v", *s, i, dx[i], wantX[i])
			}
		}
	})
}

func TestMax_firstOfEqual(t *testing.T) {
	s := &Shape{N: 1, C: 1, In: [3]int{1, 2, 4}, Kernel: [3]int{1, 2, 2}, Stride: [3]int{1, 2, 2}, Out: [3]int{1, 1, 2}}
	y, idx := make([]float32, 2), make([]int32, 2)
	Max(nil, s, []float32{1, 7, 2, 2, 7, 7, 2, 2}, y, idx)
	if idx[0] != 1 || idx[1] != 2 {
		t.Errorf("positions %v, want [1 2]", idx)
	}
}

func TestUpsample_property(t *testing.T) {
	pool := par.New(2)
	defer pool.Close()
	rapid.Check(t, func(t *rapid.T) {
		n, c := rapid.IntRange(1, 2).Draw(t, "n"), rapid.IntRange(1, 3).Draw(t, "c")
		size := rapid.IntRange(1, 9)
		in := [3]int{size.Draw(t, "d"), size.Draw(t, "h"), size.Draw(t, "w")}
		out := [3]int{size.Draw(t, "od"), size.Draw(t, "oh"), rapid.IntRange(1, 200).Draw(t, "ow")}
		x := wide(numbers(t, "x", n*c*area(in), false))
		dy := wide(numbers(t, "dy", n*c*area(out), false))
		y, dx := make([]float64, n*c*area(out)), make([]float64, n*c*area(in))
		UpsampleNearest(pool, n, c, in, out, x, y)
		UpsampleNearestGrad(pool, n, c, in, out, dy, dx)
		for i := range y {
			w, h, d, k := i%out[2], i/out[2]%out[1], i/out[2]/out[1]%out[0], i/area(out)
			at := ((k*in[0]+d*in[0]/out[0])*in[1]+h*in[1]/out[1])*in[2] + w*in[2]/out[2]
			if y[i] != x[at] {
				t.Fatalf("nearest: output %d is %v, want %v", i, y[i], x[at])
			}
		}
		adjoint(t, "nearest", x, dx, y, dy)

		align := rapid.Bool().Draw(t, "align")
		x, dx = x[:n*c*in[1]*in[2]], dx[:n*c*in[1]*in[2]]
		y, dy = y[:n*c*out[1]*out[2]], dy[:n*c*out[1]*out[2]]
		UpsampleBilinear(pool, n, c, in[1], in[2], out[1], out[2], align, x, y)
		UpsampleBilinearGrad(pool, n, c, in[1], in[2], out[1], out[2], align, dy, dx)
		for i := range y {
			k := i / (out[1] * out[2])
			top, s := at(i/out[2]%out[1], in[1], out[1], align)
			left, r := at(i%out[2], in[2], out[2], align)
			pixel := func(dy, dx int) float64 {
				return x[(k*in[1]+min(top+dy, in[1]-1))*in[2]+min(left+dx, in[2]-1)]
			}
			want := (1-s)*((1-r)*pixel(0, 0)+r*pixel(0, 1)) + s*((1-r)*pixel(1, 0)+r*pixel(1, 1))
			if math.Abs(y[i]-want) > 1e-10 {
				t.Fatalf("bilinear: output %d is %v, want %v", i, y[i], want)
			}
		}
		adjoint(t, "bilinear", x, dx, y, dy)
	})
}

// at returns where output i of an axis reads.
func at(i, in, out int, align bool) (int, float64) {
	v := (float64(i)+0.5)*float64(in)/float64(out) - 0.5
	if align {
		v = 0
		if out > 1 {
			v = float64(i) * float64(in-1) / float64(out-1)
		}
	}
	v = max(v, 0)
	k := math.Floor(v)
	return int(k), v - k
}

// adjoint checks Σ y·dy = Σ x·dx: what the gradient of a linear map satisfies.
func adjoint(t *rapid.T, what string, x, dx, y, dy []float64) {
	var left, right float64
	for i := range y {
		left += y[i] * dy[i]
	}
	for i := range x {
		right += x[i] * dx[i]
	}
	if math.Abs(left-right) > 1e-7*(1+math.Abs(left)) {
		t.Fatalf("%s: Σ y·dy is %v, Σ x·dx is %v", what, left, right)
	}
}

func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func TestPool_allocatesNothing(t *testing.T) {
	p := par.New(2)
	defer p.Close()
	s := &Shape{N: 8, C: 16, In: [3]int{1, 28, 28}, Kernel: [3]int{1, 2, 2}, Stride: [3]int{1, 2, 2}, Out: [3]int{1, 14, 14}}
	x, y := make([]float32, 8*16*28*28), make([]float32, 8*16*14*14)
	idx := make([]int32, len(y))
	if got := testing.AllocsPerRun(50, func() {
		Max(p, s, x, y, idx)
		MaxGrad(p, s, idx, y, x)
		Avg(p, s, x, y, true)
		AvgGrad(p, s, y, x, true)
		UpsampleNearest(p, 8, 16, [3]int{1, 14, 14}, [3]int{1, 28, 28}, y, x)
		UpsampleBilinear(p, 8, 16, 14, 14, 28, 28, true, y, x)
	}); got > 0.5 {
		t.Errorf("%v allocations a run, want 0", got)
	}
}
