package vec

import (
	"math"
	"testing"

	"github.com/hocsau/hocsau/internal/kernels/par"
	"pgregory.net/rapid"
)

// TestBatchNorm_property compares float32 with float64, and float64 with the
// formulas.
func TestBatchNorm_property(t *testing.T) {
	pool := par.New(2)
	defer pool.Close()
	rapid.Check(t, func(t *rapid.T) {
		n, c := rapid.IntRange(1, 6).Draw(t, "n"), rapid.SampledFrom([]int{1, 3, 64, 70}).Draw(t, "c")
		area := rapid.SampledFrom([]int{1, 2, 7, 8, 9, 20, 49}).Draw(t, "area")
		if n*area == 1 {
			n = 2
		}
		total := n * c * area
		x, dy := numbers(t, "x", total, false), numbers(t, "dy", total, false)
		gamma, beta := numbers(t, "gamma", c, false), numbers(t, "beta", c, false)
		r := Rectify[float64]{On: rapid.Bool().Draw(t, "rectify"), Slope: rapid.SampledFrom([]float64{0, 0.125}).Draw(t, "slope")}
		r32 := Rectify[float32]{On: r.On, Slope: float32(r.Slope)}
		const eps = 1e-3

		mean, variance := make([]float64, c), make([]float64, c)
		x64, dy64, gamma64, beta64 := wide(x), wide(dy), wide(gamma), wide(beta)
		BatchNormStats(pool, n, c, area, x64, mean, variance)
		m := float64(n * area)
		wantMean, wantVar := make([]float64, c), make([]float64, c)
		for i, v := range x64 {
			wantMean[i/area%c] += v / m
		}
		for i, v := range x64 {
			d := v - wantMean[i/area%c]
			wantVar[i/area%c] += d * d / m
		}
		near64(t, "mean", mean, wantMean)
		near64(t, "variance", variance, wantVar)

		y, xhat := make([]float64, total), make([]float64, total)
		BatchNormApply(pool, n, c, area, x64, mean, variance, eps, gamma64, beta64, y, r)
		wantY, dgamma, dbeta := make([]float64, total), make([]float64, c), make([]float64, c)
		behind := make([]float64, total) // the gradient behind the rectifier
		for i, v := range x64 {
			k := i / area % c
			xhat[i] = (v - mean[k]) / math.Sqrt(variance[k]+eps)
			wantY[i] = gamma64[k]*xhat[i] + beta64[k]
			behind[i] = dy64[i]
			if r.On && wantY[i] <= 0 {
				wantY[i] *= r.Slope
				behind[i] *= r.Slope
			}
			dgamma[k] += behind[i] * xhat[i]
			dbeta[k] += behind[i]
		}
		near64(t, "y", y, wantY)
		wantX := make([]float64, total)
		for i := range x64 {
			k := i / area % c
			wantX[i] = gamma64[k] / math.Sqrt(variance[k]+eps) * (behind[i] - dbeta[k]/m - xhat[i]*dgamma[k]/m)
		}
		dx, gotGamma, gotBeta := make([]float64, total), make([]float64, c), make([]float64, c)
		BatchNormSums(pool, n, c, area, x64, mean, variance, eps, gamma64, beta64, dy64, r, gotGamma, gotBeta)
		BatchNormGrad(pool, n, c, area, x64, mean, variance, eps, gamma64, beta64, dy64, r, gotGamma, gotBeta, dx)
		near64(t, "dx", dx, wantX)
		near64(t, "dgamma", gotGamma, dgamma)
		near64(t, "dbeta", gotBeta, dbeta)

		mean32, checkM := guarded(c)
		var32, checkV := guarded(c)
		y32, checkY := guarded(total)
		dx32, checkX := guarded(total)
		dgamma32, dbeta32 := make([]float32, c), make([]float32, c)
		BatchNormStats(pool, n, c, area, x, mean32, var32)
		near(t, "mean, float32", mean32, narrow(mean), 1e-6, 1e-6)
		near(t, "variance, float32", var32, narrow(variance), 1e-5, 1e-6)
		BatchNormApply(pool, n, c, area, x, narrow(mean), narrow(variance), eps, gamma, beta, y32, r32)
		near(t, "y, float32", y32, narrow(wantY), 1e-4, 1e-3)
		if sides(y32, y) {
			BatchNormSums(pool, n, c, area, x, narrow(mean), narrow(variance), eps, gamma, beta, dy, r32, dgamma32, dbeta32)
			BatchNormGrad(pool, n, c, area, x, narrow(mean), narrow(variance), eps, gamma, beta, dy, r32, narrow(dgamma), narrow(dbeta), dx32)
		} else { // an element rounds to the other side of the kink
			copy(dx32, narrow(dx))
			copy(dgamma32, narrow(dgamma))
			copy(dbeta32, narrow(dbeta))
		}
		near(t, "dx, float32", dx32, narrow(dx), 1e-3, 5e-2)
		near(t, "dgamma, float32", dgamma32, narrow(dgamma), 1e-4, 1e-2)
		near(t, "dbeta, float32", dbeta32, narrow(dbeta), 1e-5, 1e-4)
		for _, check := range []func(rapid.TB){checkM, checkV, checkY, checkX} {
			check(t)
		}

		BatchNormFixedGrad(pool, n, c, area, x64, mean, variance, eps, gamma64, beta64, dy64, r, dx)
		for i := range wantX {
			wantX[i] = gamma64[i/area%c] / math.Sqrt(variance[i/area%c]+eps) * behind[i]
		}
		near64(t, "dx, fixed statistics", dx, wantX)
	})
}

// sides reports whether two results lie on the same side of the rectifier's
// kink everywhere.
func sides(a []float32, b []float64) bool {
	for i, v := range a {
		if v > 0 != (b[i] > 0) {
			return false
		}
	}
	return true
}

func near64(t rapid.TB, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-8*(1+math.Abs(want[i]))) {
			t.Fatalf("%s: element %d of %d is %v, want %v", what, i, len(want), got[i], want[i])
		}
	}
}

// TestBatchNormStats_farFromZero has a mean 10⁵ times the deviation.
func TestBatchNormStats_farFromZero(t *testing.T) {
	for _, area := range []int{1, 64} {
		n := 4096 / area
		x := make([]float32, n*area)
		for i := range x {
			x[i] = 100000 + float32(i%2*2)
		}
		mean, variance := []float32{0}, []float32{0}
		BatchNormStats(nil, n, 1, area, x, mean, variance)
		if mean[0] != 100001 || variance[0] != 1 {
			t.Errorf("area %d: mean %v, variance %v, want 100001, 1", area, mean[0], variance[0])
		}
	}
}

func TestBatchNorm_noScale(t *testing.T) {
	x := []float64{1, 3}
	y := make([]float64, 2)
	BatchNormApply(nil, 2, 1, 1, x, []float64{2}, []float64{1}, 0, nil, nil, y, Rectify[float64]{})
	if y[0] != -1 || y[1] != 1 {
		t.Errorf("got %v", y)
	}
	dx := make([]float64, 2)
	dgamma, dbeta := make([]float64, 1), make([]float64, 1)
	BatchNormSums(nil, 2, 1, 1, x, []float64{2}, []float64{1}, 0, nil, nil, []float64{1, 0}, Rectify[float64]{}, dgamma, dbeta)
	BatchNormGrad(nil, 2, 1, 1, x, []float64{2}, []float64{1}, 0, nil, nil, []float64{1, 0}, Rectify[float64]{}, dgamma, dbeta, dx)
	if dx[0] != 0 || dx[1] != 0 {
		t.Errorf("gradient %v, want zeros: two values are always −1 and 1", dx)
	}
}
