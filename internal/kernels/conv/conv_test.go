package conv

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/par"
)

// guard fills what no kernel may touch.
const guard = 12345.5

// noise returns n numbers in (−1, 1) that depend on the seed alone.
func noise[T gemm.Float](seed uint64, n int) []T {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]T, n)
	for i := range x {
		x[i] = T(2*r.Float64() - 1)
	}
	return x
}

// fenced returns a slice of n numbers in the middle of guarded ones.
func fenced[T gemm.Float](n int) (inner, whole []T) {
	whole = make([]T, n+64)
	for i := range whole {
		whole[i] = guard
	}
	return whole[32 : 32+n : 32+n], whole
}

// pairs calls f for each triple of offsets into x, w and y whose product
// belongs to the sum.
func pairs(s *Shape, f func(x, w, y int)) {
	cg, kg := s.cg(), s.kg()
	var o, t, i [3]int
	for n := range s.N {
		for k := range s.K {
			for c := range cg {
				for out := range s.outArea() {
					o = [3]int{out / (s.Out[1] * s.Out[2]), out / s.Out[2] % s.Out[1], out % s.Out[2]}
				taps:
					for tap := range s.taps() {
						t = [3]int{tap / (s.Kernel[1] * s.Kernel[2]), tap / s.Kernel[2] % s.Kernel[1], tap % s.Kernel[2]}
						for a := range i {
							i[a] = o[a]*s.Stride[a] + t[a]*s.Dilation[a] - s.PadStart[a]
							if i[a] < 0 || i[a] >= s.In[a] {
								continue taps
							}
						}
						plane := n*s.C + k/kg*cg + c
						f(((plane*s.In[0]+i[0])*s.In[1]+i[1])*s.In[2]+i[2], (k*cg+c)*s.taps()+tap, (n*s.K+k)*s.outArea()+out)
					}
				}
			}
		}
	}
}

func drawShape(t *rapid.T) Shape {
	s := Shape{
		N: rapid.OneOf(rapid.IntRange(1, 3), rapid.SampledFrom([]int{7, 8, 9, 16, 20})).Draw(t, "n"),
		C: rapid.IntRange(1, 5).Draw(t, "c"), K: rapid.IntRange(1, 9).Draw(t, "k"),
		Groups: rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(t, "groups"),
	}
	if rapid.Bool().Draw(t, "manyK") {
		s.K = 1 + s.K*3
	}
	if rapid.IntRange(0, 5).Draw(t, "depthwise") == 0 {
		s.Groups, s.C, s.K = s.C, 1, 1
	}
	s.C *= s.Groups
	s.K *= s.Groups
	budget := 3000000
	first := rapid.SampledFrom([]int{0, 1, 1, 1, 2}).Draw(t, "first axis")
	for a := range s.In {
		s.In[a], s.Kernel[a], s.Stride[a], s.Dilation[a] = 1, 1, 1, 1
		if a < first {
			continue
		}
		s.Kernel[a] = rapid.IntRange(1, 5).Draw(t, "kernel")
		s.Stride[a] = rapid.SampledFrom([]int{1, 1, 2, 3}).Draw(t, "stride")
		s.Dilation[a] = rapid.SampledFrom([]int{1, 1, 2, 3}).Draw(t, "dilation")
		s.PadStart[a] = rapid.IntRange(0, 3).Draw(t, "padStart")
		s.PadEnd[a] = rapid.IntRange(0, 3).Draw(t, "padEnd")
		span := s.Dilation[a]*(s.Kernel[a]-1) + 1
		least := max(1, span-s.PadStart[a]-s.PadEnd[a])
		s.In[a] = least + rapid.IntRange(0, 20).Draw(t, "in")
	}
	s.SetOut()
	for s.Flops() > budget && (s.N > 1 || s.In[0] > 1 && s.In[0] > s.Dilation[0]*s.Kernel[0]) {
		if s.In[0] > s.Dilation[0]*s.Kernel[0] {
			s.In[0]--
		} else {
			s.N /= 2
		}
		s.SetOut()
	}
	return s
}

// near fails where got is further from want than rounding explains: the sums
// have up to terms products below 1.
func near[T gemm.Float](t *rapid.T, what string, got []T, want []float64, terms int) {
	var zero T
	eps := 1.2e-7
	if _, is64 := any(zero).(float64); is64 {
		eps = 2.3e-16
	}
	tolerance := 2 * eps * (4 + float64(terms))
	for i, w := range want {
		if !(math.Abs(float64(got[i])-w) <= tolerance) {
			t.Fatalf("%s[%d] = %v, want %v", what, i, got[i], w)
		}
	}
}

func intact[T gemm.Float](t *rapid.T, what string, whole []T, n int) {
	for i, v := range whole {
		if (i < 32 || i >= 32+n) && v != guard {
			t.Fatalf("%s: wrote %v at %d, outside %d numbers", what, v, i-32, n)
		}
	}
}

// verify runs the passes on guarded results and compares with the definition.
func verify[T gemm.Float](t *rapid.T, p *par.Pool, level cpu.Set, s Shape) {
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	nx, nw, ny := s.N*s.C*s.inArea(), s.K*s.cg()*s.taps(), s.N*s.K*s.outArea()
	x, w, dy := noise[T](1, nx), noise[T](2, nw), noise[T](3, ny)
	var bias []T
	if rapid.Bool().Draw(t, "bias") {
		bias = noise[T](4, s.K)
	}
	act := gemm.Activation(rapid.IntRange(0, 4).Draw(t, "act"))

	wantY, wantX, wantW := make([]float64, ny), make([]float64, nx), make([]float64, nw)
	pairs(&s, func(xi, wi, yi int) {
		wantY[yi] += float64(x[xi]) * float64(w[wi])
		wantX[xi] += float64(w[wi]) * float64(dy[yi])
		wantW[wi] += float64(x[xi]) * float64(dy[yi])
	})
	for i := range wantY {
		if bias != nil {
			wantY[i] += float64(bias[i/s.outArea()%s.K])
		}
	}
	gemm.Activate(act, 0.1, wantY)

	y, wholeY := fenced[T](ny)
	run(p, level, &call[T]{pass: forward, s: s, x: x, w: w, y: y, bias: bias, act: act, slope: 0.1})
	near(t, "y", y, wantY, s.cg()*s.taps())
	intact(t, "y", wholeY, ny)

	dx, wholeX := fenced[T](nx)
	run(p, level, &call[T]{pass: backwardInput, s: s, x: dx, w: w, y: dy})
	near(t, "dx", dx, wantX, s.kg()*s.taps())
	intact(t, "dx", wholeX, nx)

	dw, wholeW := fenced[T](nw)
	run(p, level, &call[T]{pass: backwardWeight, s: s, x: x, w: dw, y: dy})
	near(t, "dw", dw, wantW, s.N*s.outArea())
	intact(t, "dw", wholeW, nw)
}

func TestConv_equalsDefinition(t *testing.T) {
	pools := []*par.Pool{nil, par.New(2), par.New(3)}
	for _, level := range cpu.Sets() {
		t.Run(level.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				p := rapid.SampledFrom(pools).Draw(t, "pool")
				s := drawShape(t)
				if rapid.IntRange(0, 3).Draw(t, "type") == 0 {
					verify[float64](t, p, level, s)
				} else {
					verify[float32](t, p, level, s)
				}
			})
		})
	}
	for _, p := range pools {
		p.Close()
	}
}

// TestConv_paddedDepth: one image of depth 1 between two of padding, of as many
// groups as channels.
func TestConv_paddedDepth(t *testing.T) {
	s := depthwise(7, 3, 6)
	s.Kernel[0], s.PadStart[0], s.PadEnd[0] = 3, 1, 1
	s.SetOut()
	sameAtAllLevels(t, nil, &s)
}

// TestConv_modelShapes compares the levels on the sizes of the models, where
// images are cut into strips and channels into parts.
func TestConv_modelShapes(t *testing.T) {
	if cpu.Best() == cpu.Generic {
		t.Skip("this processor has one level")
	}
	for _, tt := range shapes {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := par.New(2)
			defer p.Close()
			s := tt.shape
			s.N = min(s.N, 9)
			for s.Flops() > 25_000_000 && s.N > 1 {
				s.N--
			}
			for s.Flops() > 40_000_000 && s.In[1] > 24 {
				s.In[1] -= 8 // keeps the width
				s.SetOut()
			}
			for s.Flops() > 40_000_000 {
				s.K /= 2
			}
			sameAtAllLevels(t, p, &s)
		})
	}
}

// TestConv_largeWeights compares the levels where weights are packed as they
// are used, and where the weight's gradient goes by patches.
func TestConv_largeWeights(t *testing.T) {
	p := par.New(2)
	defer p.Close()
	for _, edit := range []func(s *Shape){
		func(*Shape) {},
		func(s *Shape) { s.N = 3 },
		func(s *Shape) { s.Groups, s.K = 2, 512 },
		func(s *Shape) { s.Stride = [3]int{1, 2, 2}; s.In = [3]int{1, 20, 23} },
		func(s *Shape) { s.Dilation = [3]int{1, 2, 3}; s.PadStart[1], s.PadEnd[2] = 0, 3 },
		func(s *Shape) { s.In, s.Kernel, s.PadStart[0], s.PadEnd[0] = [3]int{3, 5, 6}, [3]int{3, 3, 3}, 1, 1 },
	} {
		s := Shape2D(1, 256, 260, [2]int{12, 13}, [2]int{3, 3}, 1, 1)
		edit(&s)
		s.SetOut()
		t.Run(fmt.Sprint(s), func(t *testing.T) { sameAtAllLevels(t, p, &s) })
	}
}

// sameAtAllLevels runs the three passes of s at each level.
func sameAtAllLevels(t *testing.T, p *par.Pool, s *Shape) {
	t.Helper()
	x, w, dy := s.operands()
	for _, pass := range []pass{forward, backwardInput, backwardWeight} {
		var want []float32
		for _, level := range cpu.Sets() {
			c := call[float32]{pass: pass, s: *s, x: x, w: w, y: dy}
			var got []float32
			switch pass {
			case forward:
				c.y = make([]float32, len(dy))
				got = c.y
			case backwardInput:
				c.x = make([]float32, len(x))
				got = c.x
			case backwardWeight:
				c.w = make([]float32, len(w))
				got = c.w
			}
			run(p, level, &c)
			if level == cpu.Generic {
				want = got
				continue
			}
			terms := [...]int{s.cg() * s.taps(), s.kg() * s.taps(), s.N * s.outArea()}[pass]
			for i, v := range want {
				// Two sums of terms below 1 in different orders.
				if d := math.Abs(float64(v - got[i])); !(d <= 1.2e-7*rounding(s, level)*float64(8+terms)) {
					t.Fatalf("%v: pass %d: [%d] = %v, generic %v", level, pass, i, got[i], v)
				}
			}
		}
	}
}

func TestConv_sameBitsEachTime(t *testing.T) {
	p := par.New(2)
	defer p.Close()
	s := Shape2D(9, 8, 12, [2]int{20, 20}, [2]int{3, 3}, 1, 1)
	x, _, dy := s.operands()
	dw := make([]float32, s.K*s.C*s.taps())
	BackwardWeight(p, &s, x, dy, dw)
	for range 5 {
		again := make([]float32, len(dw))
		BackwardWeight(p, &s, x, dy, again)
		for i := range dw {
			if again[i] != dw[i] {
				t.Fatalf("dw[%d] = %v, then %v", i, dw[i], again[i])
			}
		}
	}
}

func TestBackwardBias(t *testing.T) {
	p := par.New(2)
	defer p.Close()
	for _, size := range [][3]int{{1, 1, 1}, {3, 5, 7}, {4, 33, 64}, {64, 16, 1024}} {
		n, k, area := size[0], size[1], size[2]
		dy := noise[float32](1, n*k*area)
		want := make([]float64, k)
		for i, v := range dy {
			want[i/area%k] += float64(v)
		}
		db := make([]float32, k)
		BackwardBias(p, n, k, area, dy, db)
		for i, w := range want {
			// Rounding of a sum of n·area numbers below 1.
			if math.Abs(float64(db[i])-w) > 1e-6*math.Sqrt(float64(n*area))*8 {
				t.Errorf("%v: db[%d] = %v, want %v", size, i, db[i], w)
			}
		}
	}
}

func TestShape_refuses(t *testing.T) {
	good := Shape2D(2, 3, 4, [2]int{8, 8}, [2]int{3, 3}, 1, 1)
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		edit func(*Shape)
		want string
	}{
		{"batch", func(s *Shape) { s.N = 0 }, "batch 0"},
		{"groups", func(s *Shape) { s.Groups = 2 }, "channels 3 → 4 are not divisible by 2 groups"},
		{"stride", func(s *Shape) { s.Stride[1] = 0 }, "height: input 8, kernel 3, stride 0"},
		{"padding", func(s *Shape) { s.PadEnd[2] = -1 }, "width: padding 1, -1 is negative"},
		{"kernel", func(s *Shape) { s.Kernel[2] = 11 }, "width: kernel 11 with dilation 1 does not fit into 8 with padding 1, 1"},
		{"output", func(s *Shape) { s.Out[1] = 7 }, "height: output 7, expected 8"},
		{"huge", func(s *Shape) { s.N, s.C, s.K = 1<<40, 1<<20, 4 }, "too many numbers"},
		{"long", func(s *Shape) { s.In[2] = 1 << 40 }, "too large"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := good
			tt.edit(&s)
			if err := s.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestForward_refusesShortSlices(t *testing.T) {
	s := Shape2D(1, 1, 1, [2]int{4, 4}, [2]int{3, 3}, 1, 0)
	x := make([]float32, 16)
	for _, tt := range []struct {
		x, w, y int
		want    string
	}{
		{15, 9, 4, "the input has 15 numbers, expected 16"},
		{16, 8, 4, "the weight has 8 numbers, expected 9"},
		{16, 9, 3, "the output has 3 numbers, expected 4"},
	} {
		func() {
			defer func() {
				if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), tt.want) {
					t.Errorf("got %v, want %q", v, tt.want)
				}
			}()
			Forward(nil, &s, x[:tt.x], make([]float32, tt.w), nil, make([]float32, tt.y), gemm.Identity, 0)
		}()
	}
}

func TestConv_allocatesNothing(t *testing.T) {
	p := par.New(2)
	defer p.Close()
	for _, s := range []Shape{
		Shape2D(8, 6, 8, [2]int{16, 16}, [2]int{3, 3}, 1, 1),
		Shape2D(2, 6, 8, [2]int{17, 15}, [2]int{3, 3}, 2, 1),
		Shape2D(2, 16, 8, [2]int{14, 14}, [2]int{1, 1}, 1, 0),
		Shape2D(9, 16, 20, [2]int{14, 14}, [2]int{3, 3}, 1, 1),
	} {
		x, w, y := noise[float32](1, s.N*s.C*s.inArea()), noise[float32](2, s.K*s.C*s.taps()), noise[float32](3, s.N*s.K*s.outArea())
		db := make([]float32, s.K)
		if n := testing.AllocsPerRun(5, func() {
			Forward(p, &s, x, w, db, y, gemm.ReLU, 0)
			BackwardWeight(p, &s, x, y, w)
			BackwardInput(p, &s, w, y, x)
			BackwardBias(p, s.N, s.K, s.outArea(), y, db)
		}); n != 0 {
			t.Errorf("%v: %v allocations, want 0", s, n)
		}
	}
}
