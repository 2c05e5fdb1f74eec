package vec

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestZip_levelsAgree(t *testing.T) {
	needSIMD(t)
	rapid.Check(t, func(t *rapid.T) {
		op := zipped(t)
		n := rapid.IntRange(0, 70).Draw(t, "n")
		a, b := numbers(t, "a", n, true), numbers(t, "b", n, true)
		for i := range a {
			if i%3 == 0 {
				b[i] = a[i]
			}
		}
		s := rapid.Float32().Draw(t, "s")
		got, check := guarded(n)
		want := make([]float32, n)

		vectorVectorSIMD(op, a, b, got)
		vectorVectorGeneric(op, a, b, want)
		near(t, "vector, vector", got, want, 0, 0)
		if vectorScalarSIMD(op, a, s, got) {
			vectorScalarGeneric(op, a, s, want)
			near(t, "vector, scalar", got, want, 0, 0)
		}
		if scalarVectorSIMD(op, s, b, got) {
			scalarVectorGeneric(op, s, b, want)
			near(t, "scalar, vector", got, want, 0, 0)
		}
		check(t)
	})
}

// zipped draws a function that is the same in assembly and in plain Go.
func zipped(t *rapid.T) Binary {
	ops := []Binary{Add, Sub, Mul, Div, Max, Min, Eq, Ne, Lt, Le, Gt, Ge, Keep, Drop}
	return rapid.SampledFrom(ops).Draw(t, "op")
}

func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

func TestAxpy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 70).Draw(t, "n")
		x, y := numbers(t, "x", n, false), numbers(t, "y", n, false)
		want := wide(y)
		Axpy(nil, 1.5, wide(x), want)
		Axpy(nil, 1.5, x, y)
		near(t, "y", y, narrow(want), 1e-6, 1e-5)
	})
}

func TestLerp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 70).Draw(t, "n")
		x, y := numbers(t, "x", n, false), numbers(t, "y", n, false)
		want := wide(y)
		for i, v := range wide(x) {
			want[i] += 0.25 * (v - want[i])
		}
		Lerp(nil, 0.25, x, y)
		near(t, "y", y, narrow(want), 1e-6, 1e-5)
	})
}

func TestZip_pow(t *testing.T) {
	a := []float64{0.5, 2, 3}
	out := make([]float64, 3)
	for _, power := range []float64{-1, 0.5, 1, 2, 3, 2.5} {
		ZipScalar(nil, Pow, a, power, out)
		for i := range a {
			if want := math.Pow(a[i], power); math.Abs(out[i]-want) > 1e-14*want {
				t.Errorf("%v to the %v: %v, want %v", a[i], power, out[i], want)
			}
		}
	}
	ScalarZip(nil, Pow, 2, a, out)
	Zip(nil, Pow, a, a, a)
	if math.Abs(out[2]-8) > 1e-14 || math.Abs(a[2]-27) > 1e-13 {
		t.Errorf("2³ = %v, 3³ = %v", out[2], a[2])
	}
}

// TestZipBroadcast_property compares with the definition, index by index.
func TestZipBroadcast_property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		axes := rapid.IntRange(0, 5).Draw(t, "axes")
		shape := make([]int, axes)
		strides := [2][]int{make([]int, axes), make([]int, axes)}
		size := [2]int{1, 1}
		total := 1
		for i := axes - 1; i >= 0; i-- {
			shape[i] = rapid.IntRange(1, 6).Draw(t, "size")
			total *= shape[i]
			for k := range 2 {
				if rapid.Bool().Draw(t, "has axis") {
					strides[k][i] = size[k]
					size[k] *= shape[i]
				}
			}
		}
		op := zipped(t)
		a, b := numbers(t, "a", size[0], false), numbers(t, "b", size[1], false)
		got, check := guarded(total)
		ZipBroadcast(nil, op, shape, strides[0], strides[1], a, b, got)
		check(t)
		want := make([]float32, total)
		for i := range want {
			var at [2]int
			for k, rest := axes-1, i; k >= 0; k-- {
				at[0] += rest % shape[k] * strides[0][k]
				at[1] += rest % shape[k] * strides[1][k]
				rest /= shape[k]
			}
			vectorVectorGeneric(op, a[at[0]:at[0]+1], b[at[1]:at[1]+1], want[i:i+1])
		}
		near(t, "out", got, want, 0, 0)
	})
}

func TestZipBroadcast_transposedOperand(t *testing.T) {
	a := []float64{1, 2, 3, 4, 5, 6} // read as [3, 2] by columns
	b := []float64{10, 20}
	out := make([]float64, 6)
	ZipBroadcast(nil, Add, []int{3, 2}, []int{1, 3}, []int{0, 1}, a, b, out)
	for i, want := range []float64{11, 24, 12, 25, 13, 26} {
		if out[i] != want {
			t.Errorf("element %d is %v, want %v", i, out[i], want)
		}
	}
}

func TestFill(t *testing.T) {
	for _, n := range []int{0, 1, 511, 512, 513, 3000} {
		for _, v := range []float32{0, 2.5, float32(math.Copysign(0, -1))} {
			x, check := guarded(n)
			Fill(x, v)
			check(t)
			for i := range x {
				if math.Float32bits(x[i]) != math.Float32bits(v) {
					t.Fatalf("n %d: element %d is %v, want %v", n, i, x[i], v)
				}
			}
		}
	}
}
