//go:build amd64 || arm64

package conv

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/par"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// rounding returns how often a level's error is that of a sum in another order:
// transforms double it.
func rounding(s *Shape, level cpu.Set) float64 {
	if _, ok := schemeOf(s, level); ok {
		return 2
	}
	return 1
}

// drawWinograd returns a shape that Winograd's algorithm is for.
func drawWinograd(t *rapid.T) Shape {
	step, kernel := rapid.IntRange(1, 2).Draw(t, "step"), [2]int{3, 3}
	if step == 2 {
		kernel = [2]int{rapid.IntRange(3, 4).Draw(t, "down"), rapid.IntRange(3, 4).Draw(t, "across")}
	}
	s := Shape2D(
		rapid.SampledFrom([]int{1, 1, 2, 3, 5, 17}).Draw(t, "n"),
		rapid.IntRange(winogradLeast, 40).Draw(t, "c"), rapid.IntRange(winogradLeast, 40).Draw(t, "k"),
		[2]int{rapid.IntRange(4, 30).Draw(t, "height"), rapid.IntRange(4, 70).Draw(t, "width")}, kernel, step, 0)
	for axis := 1; axis < 3; axis++ {
		s.PadStart[axis] = rapid.IntRange(0, s.Kernel[axis]-1).Draw(t, "padStart")
		s.PadEnd[axis] = rapid.IntRange(0, 4).Draw(t, "padEnd")
	}
	for s.SetOut(); s.Flops() > 3_000_000 && s.In[1] > 4; s.SetOut() {
		s.In[1]--
	}
	for s.SetOut(); s.Flops() > 3_000_000 && s.In[2] > 4; s.SetOut() {
		s.In[2]--
	}
	return s
}

func TestWinograd_equalsDefinition(t *testing.T) {
	pools := []*par.Pool{nil, par.New(2), par.New(3)}
	for _, level := range cpu.Sets() {
		if level == cpu.Generic {
			continue
		}
		t.Run(level.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				verify[float32](t, rapid.SampledFrom(pools).Draw(t, "pool"), level, drawWinograd(t))
			})
		})
	}
	for _, p := range pools {
		p.Close()
	}
}

// TestWinograd_sameBits: threads, and whether they share a block, decide nothing.
func TestWinograd_sameBits(t *testing.T) {
	if cpu.Best() == cpu.Generic {
		t.Skip("this processor has no vectors for it")
	}
	for _, s := range []Shape{
		Shape2D(20, 16, 24, [2]int{8, 8}, [2]int{3, 3}, 1, 1),
		Shape2D(1, 40, 30, [2]int{13, 50}, [2]int{3, 3}, 1, 1),
		Shape2D(2, 130, 120, [2]int{9, 20}, [2]int{3, 3}, 1, 0),
		Shape2D(20, 16, 24, [2]int{14, 14}, [2]int{4, 4}, 2, 1),
		Shape2D(2, 40, 30, [2]int{13, 50}, [2]int{3, 3}, 2, 1),
	} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			x, w, dy := s.operands()
			var wantY, wantX []float32
			for threads := 1; threads <= 3; threads++ {
				p := par.New(threads)
				defer p.Close()
				y, dx := make([]float32, len(dy)), make([]float32, len(x))
				Forward(p, &s, x, w, nil, y, gemm.ReLU, 0)
				BackwardInput(p, &s, w, dy, dx)
				if threads == 1 {
					wantY, wantX = y, dx
					continue
				}
				if i := different(y, wantY); i >= 0 {
					t.Errorf("%d threads: y[%d] = %v, one thread %v", threads, i, y[i], wantY[i])
				}
				if i := different(dx, wantX); i >= 0 {
					t.Errorf("%d threads: dx[%d] = %v, one thread %v", threads, i, dx[i], wantX[i])
				}
			}
			// A sample alone is what it is in a batch.
			one := s
			one.N = 1
			y := make([]float32, len(dy)/s.N)
			Forward(nil, &one, x[len(x)/s.N*(s.N-1):], w, nil, y, gemm.ReLU, 0)
			if i := different(y, wantY[len(dy)-len(y):]); i >= 0 {
				t.Errorf("alone: y[%d] = %v, in a batch %v", i, y[i], wantY[len(dy)-len(y)+i])
			}
		})
	}
}

// different returns the first index at which x is not y, or −1.
func different(x, y []float32) int {
	for i := range x {
		if x[i] != y[i] {
			return i
		}
	}
	return -1
}

func TestWinograd_normSameBits(t *testing.T) {
	p := par.New(2)
	defer p.Close()
	for _, size := range [][2]int{{12, 16}, {13, 7}} {
		s := Shape2D(3, 14, 18, size, [2]int{3, 3}, 1, 1)
		x, w, y := s.operands()
		n := Norm[float32]{Mean: noise[float32](5, s.K), Scale: noise[float32](6, s.K), Beta: noise[float32](7, s.K), Rectify: vec.Rectify[float32]{On: true}}
		Forward(p, &s, x, w, nil, y, gemm.Identity, 0)
		for i := range s.N * s.K {
			row := y[i*s.outArea():][:s.outArea()]
			vec.NormRow(row, n.Mean[i%s.K], n.Scale[i%s.K], n.Beta[i%s.K], row, n.Rectify)
		}
		got := make([]float32, len(y))
		ForwardNorm(p, &s, x, w, nil, got, n)
		if i := different(got, y); i >= 0 {
			t.Errorf("%v: y[%d] = %v, want %v", size, i, got[i], y[i])
		}
	}
}

// TestWinograd_dividedSum: gradients of many weights, by threads that divide the
// rows, in one block and in several.
func TestWinograd_dividedSum(t *testing.T) {
	p := par.New(2)
	defer p.Close()
	for _, s := range []Shape{
		Shape2D(4, 130, 200, [2]int{12, 11}, [2]int{3, 3}, 1, 1),
		Shape2D(61, 140, 140, [2]int{12, 12}, [2]int{3, 3}, 1, 1),
		Shape2D(20, 64, 128, [2]int{14, 14}, [2]int{4, 4}, 2, 1),
	} {
		x, _, dy := s.operands()
		weights := func(level cpu.Set) []float32 {
			dw := make([]float32, s.K*s.C*s.taps())
			run(p, level, &call[float32]{pass: backwardWeight, s: s, x: x, w: dw, y: dy})
			return dw
		}
		want := weights(cpu.Generic)
		for _, level := range cpu.Sets()[1:] {
			for i, v := range weights(level) {
				if d := math.Abs(float64(v - want[i])); !(d <= 1.2e-7*rounding(&s, level)*float64(8+s.N*s.outArea())) {
					t.Fatalf("%v, %v: dw[%d] = %v, generic %v", s, level, i, v, want[i])
				}
			}
		}
	}
}
