package vec

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// needSIMD skips a test that compares assembly with plain Go.
func needSIMD(t *testing.T) {
	t.Helper()
	if !haveSIMD() {
		t.Skip("no vectors in force")
	}
}

// ulps is the distance of two float32 in units in the last place; 0 for two
// NaN and for zeros of either sign.
func ulps(a, b float32) int64 {
	if a != a || b != b {
		if a != a && b != b {
			return 0
		}
		return math.MaxInt64
	}
	order := func(v float32) int64 {
		i := int64(int32(math.Float32bits(v)))
		if i < 0 {
			return math.MinInt32 - i
		}
		return i
	}
	d := order(a) - order(b)
	return max(d, -d)
}

const guard = 8 // elements on either side that must stay as they are

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

// numbers draws n float32 of moderate size, special ones among them where odd.
func numbers(t *rapid.T, name string, n int, odd bool) []float32 {
	seed := rapid.Uint64().Draw(t, name)
	x, _ := guarded(n)
	for i := range x {
		h := mix64(seed + uint64(i))
		x[i] = (float32(h>>40)/(1<<24) - 0.5) * 12
		if odd && h%16 == 0 {
			specials := specialNumbers()
			x[i] = specials[h>>8%uint64(len(specials))]
		}
	}
	return x
}

func specialNumbers() []float32 {
	inf := float32(math.Inf(1))
	return []float32{0, float32(math.Copysign(0, -1)), inf, -inf, float32(math.NaN()),
		math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 0x1p-126, -0x1p-126, 0x1p-127,
		math.MaxFloat32, -math.MaxFloat32, 1, -1, 0.5, 88.72284, 88.72283, -87.33655, -103.97208, -104, 0.625, -0.625}
}

// near fails unless got equals want within a relative and absolute tolerance.
func near(t rapid.TB, what string, got, want []float32, relative, absolute float64) {
	t.Helper()
	for i := range want {
		g, w := float64(got[i]), float64(want[i])
		if g == w || g != g && w != w {
			continue
		}
		if !(math.Abs(g-w) <= absolute+relative*math.Abs(w)) {
			t.Fatalf("%s: element %d of %d is %v, want %v", what, i, len(want), g, w)
		}
	}
}
