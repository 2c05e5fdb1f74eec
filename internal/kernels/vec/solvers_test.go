package vec

import (
	"testing"

	"pgregory.net/rapid"
)

// TestSolvers_levelsAgree takes three steps of each solver with random
// settings, in float32 and in float64.
func TestSolvers_levelsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "n")
		flag := rapid.Bool()
		a, b, c := flag.Draw(t, "a"), flag.Draw(t, "b"), flag.Draw(t, "c")
		decay := rapid.SampledFrom([]float64{0, 0.01}).Draw(t, "decay")
		kind := rapid.IntRange(0, 5).Draw(t, "solver")
		w, g := numbers(t, "w", n, false), numbers(t, "g", n, false)
		w32, check := guarded(n)
		copy(w32, w)
		w64, g64 := wide(w), wide(g)
		s32, s64 := states[float32](n, a, b), states[float64](n, a, b)
		for step := range 3 {
			solve(kind, step, a, b, c, decay, w32, g, s32)
			solve(kind, step, a, b, c, decay, w64, g64, s64)
		}
		check(t)
		near(t, "w", w32, narrow(w64), 1e-4, 1e-4)
		for i := range s32 {
			near(t, "state", s32[i], narrow(s64[i]), 1e-5, 1e-5)
		}
	})
}

// states returns three slices of state, the last two nil where not wanted.
func states[T Float](n int, second, third bool) [3][]T {
	s := [3][]T{make([]T, n), make([]T, n), make([]T, n)}
	if !second {
		s[1] = nil
	}
	if !third {
		s[2] = nil
	}
	return s
}

func solve[T Float](kind, step int, a, b, c bool, decay float64, w, g []T, s [3][]T) {
	second := s[1]
	if second == nil {
		second = s[0][:0:0]
	}
	switch kind {
	case 0:
		SGD(nil, 0.1, w, g)
	case 1:
		Momentum(nil, MomentumParams{LR: 0.1, Beta: 0.9, Dampening: 0.2, WeightDecay: decay, First: step == 0, Nesterov: a, Cheatsheet: b}, w, g, s[0])
	case 2:
		if len(second) < len(w) {
			second = make([]T, len(w))
		}
		Adam(nil, AdamParams{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Correction1: 0.3, Correction2: 0.2, WeightDecay: decay, Decoupled: c}, w, g, s[0], second, s[2])
	case 3:
		RMSprop(nil, RMSpropParams{LR: 0.1, Alpha: 0.5, Eps: 1e-2, Momentum: 0.9, WeightDecay: decay, EpsInside: c}, w, g, s[0], s[1], s[2])
	case 4:
		Adagrad(nil, AdagradParams{LR: 0.1, Eps: 1e-8, WeightDecay: decay}, w, g, s[0])
	case 5:
		if len(second) < len(w) {
			second = make([]T, len(w))
		}
		Adadelta(nil, AdadeltaParams{LR: 1, Rho: 0.9, Eps: 1e-6, WeightDecay: decay}, w, g, s[0], second)
	}
}

// TestAdam_formula takes one step by hand: with both corrections the first
// step is lr·sign(g) but for eps.
func TestAdam_formula(t *testing.T) {
	w, g := []float64{1, 1}, []float64{0.5, -3}
	m, v := make([]float64, 2), make([]float64, 2)
	Adam(nil, AdamParams{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Correction1: 0.1, Correction2: 0.001}, w, g, m, v, nil)
	near64(t, "w", w, []float64{0.9, 1.1})
	near64(t, "m", m, []float64{0.05, -0.3})
	near64(t, "v", v, []float64{0.00025, 0.009})
}

func TestMomentum_forms(t *testing.T) {
	for _, tt := range []struct {
		name  string
		c     MomentumParams
		v0    float64
		v, w  float64
		start float64
	}{
		{name: "first", c: MomentumParams{LR: 0.1, Beta: 0.9, Dampening: 0.5, First: true}, v0: 5, v: 2, w: 0.8, start: 1},
		{name: "later", c: MomentumParams{LR: 0.1, Beta: 0.9, Dampening: 0.5}, v0: 5, v: 5.5, w: 0.45, start: 1},
		{name: "nesterov", c: MomentumParams{LR: 0.1, Beta: 0.9, Nesterov: true}, v0: 5, v: 6.5, w: 1 - 0.1*(2+0.9*6.5), start: 1},
		{name: "cheatsheet", c: MomentumParams{LR: 0.1, Beta: 0.9, Cheatsheet: true, First: true}, v0: 5, v: 4.7, w: 0.53, start: 1},
	} {
		w, g, v := []float64{tt.start}, []float64{2}, []float64{tt.v0}
		Momentum(nil, tt.c, w, g, v)
		near64(t, tt.name+": v", v, []float64{tt.v})
		near64(t, tt.name+": w", w, []float64{tt.w})
	}
}
