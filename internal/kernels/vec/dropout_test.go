package vec

import (
	"math"
	"testing"

	"github.com/hocsau/hocsau/internal/kernels/par"
	"pgregory.net/rapid"
)

func TestDropoutMask_levelsAgree(t *testing.T) {
	needSIMD(t)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 100).Draw(t, "n")
		word := rapid.Uint32()
		first, k0, k1 := word.Draw(t, "first"), word.Draw(t, "key0"), word.Draw(t, "key1")
		below := rapid.Uint32Range(0, 1<<24).Draw(t, "below")
		got, check := guarded(n)
		want := make([]float32, n)
		dropoutSIMD(first, k0, k1, below, 2, got)
		dropoutGeneric(first, k0, k1, below, 2, want)
		check(t)
		near(t, "mask", got, want, 0, 0)
	})
}

func TestDropoutMask_statistics(t *testing.T) {
	p := par.New(3)
	defer p.Close()
	const n = 200000
	mask, other := make([]float32, n), make([]float32, n)
	for _, keep := range []float32{0.1, 0.5, 0.8} {
		DropoutMask(p, 1, 2, 3, keep, 1/keep, mask)
		count := 0
		for _, v := range mask {
			if v != 0 {
				count++
			}
		}
		k := float64(keep)
		if d := math.Abs(float64(count) - n*k); d > 4.5*math.Sqrt(n*k*(1-k)) { // 4.5 deviations
			t.Errorf("keep %v: %d of %d kept", keep, count, n)
		}
		// Masks of neighbouring steps, layers, seeds and elements are independent.
		for name, args := range map[string][3]uint64{"seed": {2, 2, 3}, "step": {1, 3, 3}, "layer": {1, 2, 4}, "element": {1, 2, 3}} {
			DropoutMask(nil, args[0], args[1], args[2], keep, 1/keep, other)
			if name == "element" {
				copy(other, mask[1:])
			}
			both := 0
			for i := range n - 1 {
				if mask[i] != 0 && other[i] != 0 {
					both++
				}
			}
			if d := math.Abs(float64(both) - n*k*k); d > 4.5*math.Sqrt(n*k*k*(1-k*k)) {
				t.Errorf("keep %v, next %s: %d of %d kept in both, want about %v", keep, name, both, n, n*k*k)
			}
		}
	}
}

func TestDropoutMask_doesNotDependOnThreads(t *testing.T) {
	p := par.New(3)
	defer p.Close()
	a, b := make([]float32, 100001), make([]float32, 100001)
	DropoutMask(p, 5, 6, 7, 0.5, 2, a)
	DropoutMask(nil, 5, 6, 7, 0.5, 2, b)
	near(t, "mask", a, b, 0, 0)
	wide := make([]float64, len(a))
	DropoutMask(nil, 5, 6, 7, 0.5, 2, wide)
	near(t, "float64", narrow(wide), b, 0, 0)
	for _, keep := range []float32{0, 1} {
		DropoutMask(nil, 5, 6, 7, keep, 1, a)
		for i, v := range a {
			if v != keep {
				t.Fatalf("keep %v: element %d is %v", keep, i, v)
			}
		}
	}
}
