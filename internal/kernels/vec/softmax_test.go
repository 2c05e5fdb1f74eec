package vec

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// column returns the elements of softmax row (o, k) of x [outer, n, inner].
func column(x []float32, n, inner, r int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(x[(r/inner*n+i)*inner+r%inner])
	}
	return out
}

func TestSoftmax_property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outer, n := rapid.IntRange(1, 4).Draw(t, "outer"), rapid.IntRange(1, 40).Draw(t, "n")
		inner := rapid.SampledFrom([]int{1, 3, 8, 13, 16}).Draw(t, "inner")
		total := outer * n * inner
		x, dy := numbers(t, "x", total, false), numbers(t, "dy", total, false)
		y, checkY := guarded(total)
		l, checkL := guarded(total)
		dx, checkX := guarded(total)
		dl, checkDL := guarded(total)
		Softmax(nil, outer, n, inner, x, y)
		SoftmaxGrad(nil, outer, n, inner, y, dy, dx)
		LogSoftmax(nil, outer, n, inner, x, l)
		LogSoftmaxGrad(nil, outer, n, inner, l, dy, dl)
		for _, check := range []func(rapid.TB){checkY, checkL, checkX, checkDL} {
			check(t)
		}
		for r := range outer * inner {
			z, d := column(x, n, inner, r), column(dy, n, inner, r)
			var sum, dot, sumD float64
			for i := range z {
				sum += math.Exp(z[i])
			}
			want, wantL := make([]float64, n), make([]float64, n)
			for i := range z {
				want[i] = math.Exp(z[i]) / sum
				wantL[i] = z[i] - math.Log(sum)
				dot += want[i] * d[i]
				sumD += d[i]
			}
			gotY, gotL := column(y, n, inner, r), column(l, n, inner, r)
			gotX, gotDL := column(dx, n, inner, r), column(dl, n, inner, r)
			for i := range z {
				for _, v := range []struct {
					name                string
					got, want, absolute float64
				}{
					{"softmax", gotY[i], want[i], 1e-7}, {"log softmax", gotL[i], wantL[i], 2e-6},
					{"softmax gradient", gotX[i], want[i] * (d[i] - dot), 1e-5},
					{"log softmax gradient", gotDL[i], d[i] - want[i]*sumD, 1e-4},
				} {
					if math.Abs(v.got-v.want) > v.absolute+1e-6*math.Abs(v.want) {
						t.Fatalf("%s: row %d, element %d is %v, want %v", v.name, r, i, v.got, v.want)
					}
				}
			}
		}
	})
}

func TestSoftmax_extremes(t *testing.T) {
	inf := float32(math.Inf(1))
	nan := float32(math.NaN())
	for _, inner := range []int{1, 8} {
		for _, tt := range []struct {
			name    string
			x, want []float32
		}{
			{"large", []float32{3e38, 3e38, -3e38}, []float32{0.5, 0.5, 0}},
			{"masked", []float32{-inf, 0, -inf}, []float32{0, 1, 0}},
			{"all masked", []float32{-inf, -inf, -inf}, []float32{0, 0, 0}},
			{"infinite", []float32{inf, 0, 1}, []float32{nan, nan, nan}},
			{"not a number", []float32{nan, -inf, -inf}, []float32{nan, nan, nan}},
		} {
			x, y, want := make([]float32, 3*inner), make([]float32, 3*inner), make([]float32, 3*inner)
			for i := range x {
				x[i], want[i] = tt.x[i/inner], tt.want[i/inner]
			}
			Softmax(nil, 1, 3, inner, x, y)
			near(t, tt.name, y, want, 0, 0)
			wide, wideY := wide(x), make([]float64, len(x))
			Softmax(nil, 1, 3, inner, wide, wideY)
			near(t, tt.name+", float64", narrow(wideY), want, 0, 0)
		}
	}
	x := []float32{-inf, -inf}
	LogSoftmax(nil, 1, 2, 1, x, x)
	if x[0] != -inf || x[1] != -inf {
		t.Errorf("log softmax of a masked row is %v", x)
	}
}

// TestCrossEntropy_property compares with the formula in float64 and the
// gradient with differences.
func TestCrossEntropy_property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, classes := rapid.IntRange(1, 5).Draw(t, "rows"), rapid.IntRange(1, 20).Draw(t, "classes")
		z := wide(numbers(t, "z", rows*classes, false))
		labels := rapid.SliceOfN(rapid.IntRange(0, classes-1), rows, rows).Draw(t, "labels")
		smoothing := rapid.SampledFrom([]float64{0, 0.1, 0.7}).Draw(t, "smoothing")
		var weight, classWeight, scale []float64
		if rapid.Bool().Draw(t, "weighted") {
			weight = wide(numbers(t, "weight", rows, false))
		}
		if rapid.Bool().Draw(t, "class weights") {
			classWeight = wide(numbers(t, "class weight", classes, false))
		}
		if rapid.Bool().Draw(t, "scaled") {
			scale = wide(numbers(t, "scale", rows, false))
		}
		total := func(loss []float64) (sum float64) {
			for r, v := range loss {
				sum += v * factor(scale, r)
			}
			return sum
		}
		loss, prob := make([]float64, rows), make([]float64, rows*classes)
		CrossEntropy(nil, rows, classes, z, labels, weight, smoothing, classWeight, loss, prob)
		for r := range rows {
			row := z[r*classes:][:classes]
			sum := 0.0
			for _, v := range row {
				sum += math.Exp(v)
			}
			want := (1 - smoothing) * factor(classWeight, labels[r]) * (math.Log(sum) - row[labels[r]])
			for c, v := range row {
				want += smoothing / float64(classes) * factor(classWeight, c) * (math.Log(sum) - v)
			}
			want *= factor(weight, r)
			if math.Abs(loss[r]-want) > 1e-10*(1+math.Abs(want)) {
				t.Fatalf("loss of row %d is %v, want %v", r, loss[r], want)
			}
		}
		dz := make([]float64, len(z))
		CrossEntropyGrad(nil, rows, classes, prob, labels, weight, smoothing, classWeight, scale, dz)
		i := rapid.IntRange(0, len(z)-1).Draw(t, "i")
		const h = 1e-5
		shifted := append([]float64{}, z...)
		sides := [2]float64{}
		for k, step := range []float64{-h, h} {
			shifted[i] = z[i] + step
			CrossEntropy(nil, rows, classes, shifted, labels, weight, smoothing, classWeight, loss, nil)
			sides[k] = total(loss)
		}
		if want := (sides[1] - sides[0]) / (2 * h); math.Abs(dz[i]-want) > 1e-5*(1+math.Abs(want)) {
			t.Fatalf("slope at %d is %v, want %v", i, dz[i], want)
		}

		// The same in float32.
		loss32, prob32 := make([]float32, rows), narrow(z)
		CrossEntropy(nil, rows, classes, prob32, labels, narrowOrNil(weight), float32(smoothing), narrowOrNil(classWeight), loss32, prob32)
		CrossEntropy(nil, rows, classes, z, labels, weight, smoothing, classWeight, loss, nil)
		near(t, "loss, float32", loss32, narrow(loss), 1e-5, 1e-4)
		near(t, "prob, float32", prob32, narrow(prob), 1e-5, 1e-6)
		dz32 := make([]float32, len(z))
		CrossEntropyGrad(nil, rows, classes, prob32, labels, narrowOrNil(weight), float32(smoothing), narrowOrNil(classWeight), narrowOrNil(scale), dz32)
		near(t, "dlogits, float32", dz32, narrow(dz), 1e-5, 1e-3)
	})
}

func narrowOrNil(x []float64) []float32 {
	if x == nil {
		return nil
	}
	return narrow(x)
}

func TestCrossEntropy_unusedRow(t *testing.T) {
	inf := float32(math.Inf(-1))
	loss, prob := []float32{7}, make([]float32, 2)
	CrossEntropy(nil, 1, 2, []float32{0, inf}, []int{1}, []float32{0}, 0, nil, loss, prob)
	CrossEntropyGrad(nil, 1, 2, prob, []int{1}, []float32{0}, 0, nil, nil, prob)
	if loss[0] != 0 || prob[0] != 0 || prob[1] != 0 {
		t.Errorf("loss %v, gradient %v, want zeros", loss, prob)
	}
}

func TestCheckRange(t *testing.T) {
	for _, tt := range []struct {
		idx  []int
		want int
	}{{nil, -1}, {[]int{0, 2}, -1}, {[]int{0, 3}, 1}, {[]int{-1, 3}, 0}} {
		if got := CheckRange(tt.idx, 3); got != tt.want {
			t.Errorf("%v: %d, want %d", tt.idx, got, tt.want)
		}
	}
}
