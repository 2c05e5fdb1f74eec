package vec

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestZip3_levelsAgree(t *testing.T) {
	needSIMD(t)
	rapid.Check(t, func(t *rapid.T) {
		op := Ternary(rapid.IntRange(0, int(Share)).Draw(t, "op"))
		n := rapid.IntRange(0, 70).Draw(t, "n")
		a, b, c := numbers(t, "a", n, true), numbers(t, "b", n, true), numbers(t, "c", n, true)
		for i := range a {
			if i%3 == 0 {
				b[i] = a[i]
			}
		}
		got, check := guarded(n)
		want := make([]float32, n)
		if !threeSIMD(op, a, b, c, got) {
			t.Fatal("has no assembly")
		}
		threeGeneric(op, a, b, c, want)
		near(t, "out", got, want, 0, 0)
		check(t)
	})
}

func TestClamp_levelsAgree(t *testing.T) {
	needSIMD(t)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 70).Draw(t, "n")
		x, dy := numbers(t, "x", n, true), numbers(t, "dy", n, true)
		inf := float32(math.Inf(1))
		lo := rapid.SampledFrom([]float32{-inf, -2, 0, 1}).Draw(t, "lo")
		hi := rapid.SampledFrom([]float32{1, 3.5, inf}).Draw(t, "hi")
		got, check := guarded(n)
		want := make([]float32, n)
		clampSIMD(x, got, lo, hi)
		clampGeneric(x, want, lo, hi)
		near(t, "y", got, want, 0, 0)
		clampGradSIMD(x, dy, got, lo, hi)
		clampGradGeneric(x, dy, want, lo, hi)
		near(t, "dx", got, want, 0, 0)
		check(t)
	})
}

// TestZip3Broadcast_property compares with the definition, index by index, in
// both number types.
func TestZip3Broadcast_property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		axes := rapid.IntRange(0, 5).Draw(t, "axes")
		shape := make([]int, axes)
		strides := [3][]int{make([]int, axes), make([]int, axes), make([]int, axes)}
		size := [3]int{1, 1, 1}
		total := 1
		for i := axes - 1; i >= 0; i-- {
			shape[i] = rapid.IntRange(1, 6).Draw(t, "size")
			total *= shape[i]
			for k := range size {
				if rapid.Bool().Draw(t, "has axis") {
					strides[k][i] = size[k]
					size[k] *= shape[i]
				}
			}
		}
		op := Ternary(rapid.IntRange(0, int(PowExponent)).Draw(t, "op"))
		var x [3][]float32
		for k, name := range []string{"a", "b", "c"} {
			x[k] = numbers(t, name, size[k], true)
		}
		got, check := guarded(total)
		Zip3Broadcast(nil, op, shape, strides[0], strides[1], strides[2], x[0], x[1], x[2], got)
		check(t)
		double := make([]float64, total)
		Zip3Broadcast(nil, op, shape, strides[0], strides[1], strides[2], wide(x[0]), wide(x[1]), wide(x[2]), double)
		want, wantDouble := make([]float32, total), make([]float64, total)
		for i := range want {
			var at [3]int
			for k, rest := axes-1, i; k >= 0; k-- {
				for o := range at {
					at[o] += rest % shape[k] * strides[o][k]
				}
				rest /= shape[k]
			}
			a, b, c := x[0][at[0]:][:1], x[1][at[1]:][:1], x[2][at[2]:][:1]
			threeGeneric(op, a, b, c, want[i:i+1])
			threeGeneric(op, wide(a), wide(b), wide(c), wantDouble[i:i+1])
		}
		near(t, "out", got, want, 0, 0)
		near(t, "double", narrow(double), narrow(wantDouble), 0, 0)
	})
}

// TestZip3Broadcast_longRows: rows are cut between threads and in pieces.
func TestZip3Broadcast_longRows(t *testing.T) {
	const n = 1000
	a, b := make([]float64, n), []float64{7}
	c := make([]float64, 2*n)
	for i := range a {
		a[i], c[2*i] = float64(i%2), float64(i)
	}
	out := make([]float64, n)
	Zip3Broadcast(nil, Select, []int{n}, []int{1}, []int{0}, []int{2}, a, b, c, out)
	for i, v := range out {
		if want := map[bool]float64{true: 7, false: float64(i)}[i%2 == 1]; v != want {
			t.Fatalf("element %d is %v, want %v", i, v, want)
		}
	}
}

func TestCompareInts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 5).Draw(t, "rows"), rapid.IntRange(1, 5).Draw(t, "cols")
		op := Eq + Binary(rapid.IntRange(0, 5).Draw(t, "op"))
		a := rapid.SliceOfN(rapid.IntRange(-2, 2), rows*cols, rows*cols).Draw(t, "a")
		b := rapid.SliceOfN(rapid.IntRange(-2, 2), rows, rows).Draw(t, "b")
		got := make([]float64, rows*cols)
		CompareInts(nil, op, []int{rows, cols}, []int{cols, 1}, []int{1, 0}, a, b, got)
		for i, v := range a {
			var want [1]float64
			vectorVectorGeneric(op, []float64{float64(v)}, []float64{float64(b[i/cols])}, want[:])
			if got[i] != want[0] {
				t.Fatalf("element %d: %v, want %v", i, got[i], want[0])
			}
		}
	})
}

// TestPower_float32 compares the short way with math.Pow.
func TestPower_float32(t *testing.T) {
	for _, a := range specialNumbers() {
		for _, b := range append(specialNumbers(), 3, 2.5, -7, 30.25, 1e-3) {
			got, want := power(a, b), float32(math.Pow(float64(a), float64(b)))
			if ulps(got, want) > 1 {
				t.Errorf("%v to the %v: %v, want %v", a, b, got, want)
			}
		}
	}
}
