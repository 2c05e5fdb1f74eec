package rnn

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

const guard = 8 // elements on either side that must stay as they are

// operand is the same numbers in both precisions, the single ones amid guard
// zones.
type operand struct {
	f32 []float32
	f64 []float64
	all []float32
}

func newOperand(r *rand.Rand, n int, scale float64) operand {
	o := operand{all: make([]float32, n+2*guard), f64: make([]float64, n)}
	for i := range o.all {
		o.all[i] = 12345
	}
	o.f32 = o.all[guard : guard+n : guard+n]
	for i := range o.f64 {
		o.f32[i] = float32(scale * r.NormFloat64())
		o.f64[i] = float64(o.f32[i])
	}
	return o
}

// check compares the two precisions.
func (o operand) check(t rapid.TB, what string) {
	t.Helper()
	for i := range guard {
		if o.all[i] != 12345 || o.all[len(o.all)-1-i] != 12345 {
			t.Fatalf("%s: wrote outside %d elements", what, len(o.f32))
		}
	}
	for i, w := range o.f64 {
		// A few roundings of numbers near 1, each of 6e-8.
		if g := float64(o.f32[i]); !(math.Abs(g-w) <= 2e-6*(1+math.Abs(w))) {
			t.Fatalf("%s: element %d of %d is %v, want %v", what, i, len(o.f64), g, w)
		}
	}
}

// TestCells_precisions: the single-precision form, assembly where there is
// some, equals the double-precision one.
func TestCells_precisions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		scale := rapid.SampledFrom([]float64{0.1, 1, 30}).Draw(t, "scale")
		draw := func(count int) operand { return newOperand(r, count*n, scale) }
		small := func(count int) operand { return newOperand(r, count*n, 1) }
		gates, c, next, h, dy, dh, dc, dgates := draw(4), small(1), small(1), small(1), small(1), small(1), small(1), small(4)
		all := func(what string) {
			for i, o := range []operand{gates, c, next, h, dy, dh, dc, dgates} {
				o.check(t, what+[]string{" gates", " c", " next", " h", " dy", " dh", " dc", " dgates"}[i])
			}
		}
		lstmStep(gates.f32, c.f32, next.f32, h.f32)
		lstmStep(gates.f64, c.f64, next.f64, h.f64)
		all("lstmStep")
		lstmBack(gates.f32, c.f32, next.f32, dy.f32, dh.f32, dc.f32, dgates.f32)
		lstmBack(gates.f64, c.f64, next.f64, dy.f64, dh.f64, dc.f64, dgates.f64)
		all("lstmBack")
		gates = draw(4)
		gruStep(gates.f32, c.f32, h.f32)
		gruStep(gates.f64, c.f64, h.f64)
		all("gruStep")
		// m multiplies, so that its size shows in the error.
		copy(gates.f32[3*n:], c.f32)
		copy(gates.f64[3*n:], c.f64)
		gruBack(gates.f32, c.f32, dy.f32, dh.f32, dgates.f32)
		gruBack(gates.f64, c.f64, dy.f64, dh.f64, dgates.f64)
		all("gruBack")
		h = draw(1)
		tanhStep(h.f32)
		tanhStep(h.f64)
		all("tanhStep")
		d := small(1)
		tanhBack(h.f32, dy.f32, dh.f32, d.f32)
		tanhBack(h.f64, dy.f64, dh.f64, d.f64)
		d.check(t, "tanhBack")
	})
}

// TestCells_extremes: gates saturate without NaN, and a NaN stays one.
func TestCells_extremes(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, v := range []float32{inf, -inf, 1e30, -1e30, 100, -100, 0} {
		gates := []float32{v, v, v, v}
		next, h := []float32{0}, []float32{0}
		lstmStep(gates, []float32{1}, next, h)
		for k, want := range []float64{sigmoid(float64(v)), sigmoid(float64(v)), math.Tanh(float64(v)), sigmoid(float64(v))} {
			if math.Abs(float64(gates[k])-want) > 1e-7 {
				t.Errorf("gate %d of %v is %v, want %v", k, v, gates[k], want)
			}
		}
	}
	for k := range 4 {
		gates := make([]float32, 4)
		gates[k] = float32(math.NaN())
		next, h := []float32{0}, []float32{0}
		lstmStep(gates, []float32{1}, next, h)
		if h[0] == h[0] {
			t.Errorf("NaN in gate %d gives h = %v", k, h[0])
		}
	}
}

func TestAdditive_precisions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := func(name string) int { return rapid.IntRange(1, 5).Draw(t, name) }
		batch, queries, keys := size("batch"), size("queries"), size("keys")
		width := rapid.IntRange(1, 40).Draw(t, "width")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		p, q, v := newOperand(r, batch*queries*width, 1), newOperand(r, batch*keys*width, 1), newOperand(r, width, 0.3)
		e, de := newOperand(r, batch*queries*keys, 1), newOperand(r, batch*queries*keys, 0.3)
		dp, dq, dv := newOperand(r, batch*queries*width, 1), newOperand(r, batch*keys*width, 1), newOperand(r, width, 1)
		Additive(nil, batch, queries, keys, width, p.f32, q.f32, v.f32, e.f32)
		Additive(nil, batch, queries, keys, width, p.f64, q.f64, v.f64, e.f64)
		e.check(t, "e")
		AdditiveGrad(nil, batch, queries, keys, width, p.f32, q.f32, v.f32, de.f32, dp.f32, dq.f32, dv.f32)
		AdditiveGrad(nil, batch, queries, keys, width, p.f64, q.f64, v.f64, de.f64, dp.f64, dq.f64, dv.f64)
		dp.check(t, "dp")
		dq.check(t, "dq")
		dv.check(t, "dv")
	})
}
