package vec

import (
	"math"
	"testing"

	"github.com/hocsau/hocsau/internal/kernels/par"
	"pgregory.net/rapid"
)

func TestSum_manyOnes(t *testing.T) {
	p := par.New(2)
	defer p.Close()
	x := make([]float32, 1<<25)
	Fill(x, 1)
	if got := Sum(p, x); got != 1<<25 {
		t.Errorf("the sum of 2²⁵ ones is %v", got)
	}
	if got := SumSquares(p, x); got != 1<<25 {
		t.Errorf("the squares of 2²⁵ ones sum to %v", got)
	}
}

func TestTotals_levelsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{0, 1, 7, 8, 9, 15, 16, 17, 31, 33, 100, block - 1, block + 5}).Draw(t, "n")
		x, y := numbers(t, "x", n, false), numbers(t, "y", n, false)
		for kind := totalSum; kind <= totalMaxAbs; kind++ {
			got := total(nil, kind, x, y)
			want := totalGeneric(kind, x, y)
			if math.Abs(got-want) > 1e-10*(1+math.Abs(want)) {
				t.Fatalf("total %d of %d elements is %v, want %v", kind, n, got, want)
			}
		}
	})
}

func TestSum_sameForAnyThreads(t *testing.T) {
	x := make([]float32, 10*block+77)
	for i := range x {
		x[i] = float32(mix64(uint64(i))>>40) / (1 << 20)
	}
	want := Sum(nil, x)
	for _, threads := range []int{2, 3, 5} {
		p := par.New(threads)
		if got := Sum(p, x); got != want {
			t.Errorf("%d threads: %v, one thread: %v", threads, got, want)
		}
		p.Close()
	}
}

func TestAllFinite(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, n := range []int{1, 8, 9, 4096, 4097, 10000} {
		x := make([]float32, n)
		if got := AllFinite(x); got != -1 {
			t.Errorf("zeros: %d", got)
		}
		for _, at := range []int{0, n / 2, n - 1} {
			for _, v := range []float32{inf, -inf, inf - inf} {
				x[at] = v
				if got := AllFinite(x); got != at {
					t.Errorf("%v at %d of %d: found at %d", v, at, n, got)
				}
				x[at] = math.MaxFloat32
				if got := AllFinite(x); got != -1 {
					t.Errorf("finite numbers: %d", got)
				}
			}
		}
	}
}

func TestMaxAbs_nan(t *testing.T) {
	for n := 1; n < 40; n++ {
		x := make([]float32, n)
		x[0] = -3
		if got := MaxAbs(nil, x); got != 3 {
			t.Errorf("n %d: %v, want 3", n, got)
		}
		x[n-1] = float32(math.NaN())
		if got := MaxAbs(nil, x); got == got {
			t.Errorf("n %d: %v, want NaN", n, got)
		}
	}
}

func TestReduceAxis_property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outer := rapid.IntRange(0, 4).Draw(t, "outer")
		n := rapid.IntRange(1, 40).Draw(t, "n")
		inner := rapid.SampledFrom([]int{1, 2, 7, 8, 9, 64, 65, 130}).Draw(t, "inner")
		op := Reduce(rapid.IntRange(0, int(ReduceMin)).Draw(t, "op"))
		odd := op >= ReduceMax && rapid.Bool().Draw(t, "odd")
		x := numbers(t, "x", outer*n*inner, odd)
		got, check := guarded(outer * inner)
		ReduceAxis(nil, op, outer, n, inner, x, got)
		check(t)
		want := make([]float32, outer*inner)
		for r := range want {
			acc := float64(x[r/inner*n*inner+r%inner])
			for i := 1; i < n; i++ {
				v := float64(x[(r/inner*n+i)*inner+r%inner])
				switch op {
				case ReduceMax:
					acc = max(acc, v)
				case ReduceMin:
					acc = min(acc, v)
				default:
					acc += v
				}
			}
			if op == ReduceMean {
				acc /= float64(n)
			}
			want[r] = float32(acc)
		}
		near(t, "y", got, want, 1e-6, 1e-5)
	})
}

func TestBroadcastAxis_property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outer, n := rapid.IntRange(1, 4).Draw(t, "outer"), rapid.IntRange(1, 9).Draw(t, "n")
		inner := rapid.IntRange(1, 20).Draw(t, "inner")
		y := numbers(t, "y", outer*inner, false)
		x, check := guarded(outer * n * inner)
		BroadcastAxis(nil, outer, n, inner, y, 0.5, x)
		check(t)
		for i, v := range x {
			if want := 0.5 * y[i/(n*inner)*inner+i%inner]; v != want {
				t.Fatalf("element %d is %v, want %v", i, v, want)
			}
		}
	})
}

func TestArgMaxAxis(t *testing.T) {
	nan := math.NaN()
	x := []float64{1, 5, 3, 5, 2, 5, nan, 0, 9, nan, 3, 3}
	idx := make([]int, 4)
	ArgMaxAxis(nil, 4, 3, 1, x, idx)
	for i, want := range []int{1, 0, 0, 0} {
		if idx[i] != want {
			t.Errorf("row %d: %d, want %d", i, idx[i], want)
		}
	}
	ArgMaxAxis(nil, 1, 3, 4, x, idx)
	for i, want := range []int{2, 2, 1, 0} {
		if idx[i] != want {
			t.Errorf("column %d: %d, want %d", i, idx[i], want)
		}
	}
}

func TestChannelSum(t *testing.T) {
	for _, area := range []int{1, 3, 8, 50} {
		n, c := 5, 70
		x := make([]float32, n*c*area)
		want := make([]float64, c)
		for i := range x {
			x[i] = float32(mix64(uint64(i))>>50) / 64
			want[i/area%c] += float64(x[i])
		}
		y, check := guarded(c)
		ChannelSum(nil, n, c, area, x, y)
		check(t)
		near(t, "y", y, narrow(want), 1e-6, 0)
	}
}
