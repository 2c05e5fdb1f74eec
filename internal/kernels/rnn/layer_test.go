package rnn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// problem is a layer with operands.
type problem[T Float] struct {
	l         Layer
	w         Weights[T]
	x, h0, c0 []T
	lengths   []int
	dy        []T
	dhn, dcn  []T
	tr        Trace[T]
	d         Gradient[T]
	dx, dih   []T
	dhh, dbi  []T
	dbh       []T
}

func numbers[T Float](r *rand.Rand, n int) []T { return scaled[T](r, n, 0.5) }

func scaled[T Float](r *rand.Rand, n int, deviation float64) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(float32(deviation * r.NormFloat64()))
	}
	return x
}

func filled[T Float](n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(math.NaN()) // whatever is not written shows
	}
	return x
}

// newProblem draws the same numbers for both precisions.
func newProblem[T Float](l Layer, seed uint64, bias, first, lengths bool) *problem[T] {
	r := rand.New(rand.NewPCG(seed, 1))
	g, k, size := l.Cell.Gates()*l.Hidden, l.Cell.Kept()*l.Hidden, l.Batch*l.Hidden
	q := &problem[T]{l: l}
	q.x = numbers[T](r, l.Steps*l.Batch*l.In)
	// Larger recurrent weights would double a rounding error at each step.
	q.w = Weights[T]{IH: numbers[T](r, g*l.In), HH: scaled[T](r, g*l.Hidden, 0.5/math.Sqrt(float64(l.Hidden)))}
	q.w.BiasIH, q.w.BiasHH = numbers[T](r, g), numbers[T](r, g)
	if !bias {
		q.w.BiasIH, q.w.BiasHH = nil, nil
	}
	q.h0, q.c0 = numbers[T](r, size), numbers[T](r, size)
	if !first {
		q.h0, q.c0 = nil, nil
	}
	if lengths {
		q.lengths = make([]int, l.Batch)
		for n := range q.lengths {
			q.lengths[n] = r.IntN(l.Steps + 1)
		}
	}
	q.dy, q.dhn, q.dcn = numbers[T](r, l.Steps*l.Batch*l.Pitch), numbers[T](r, size), numbers[T](r, size)
	q.tr = Trace[T]{Y: filled[T](l.Steps * l.Batch * l.Pitch), HN: filled[T](size), CN: filled[T](size)}
	if l.Cell != Tanh {
		q.tr.Gates = filled[T](l.Steps * l.Batch * k)
	}
	if l.Cell == LSTM {
		q.tr.C = filled[T]((l.Steps + 1) * size)
	}
	q.d = Gradient[T]{filled[T](l.Steps * l.Batch * k), filled[T](size), filled[T](size)}
	q.dx, q.dih, q.dhh = filled[T](l.Steps*l.Batch*l.In), filled[T](g*l.In), filled[T](g*l.Hidden)
	q.dbi, q.dbh = filled[T](g), filled[T](g)
	return q
}

// run computes everything.
func (q *problem[T]) run(p *par.Pool) {
	l := &q.l
	Forward(p, l, &q.w, q.x, q.h0, q.c0, q.lengths, &q.tr)
	Backward(p, l, q.w.HH, &q.tr, q.h0, q.lengths, q.dy, q.dhn, q.dcn, &q.d)
	InputGradient(p, l, q.d.Gates, q.w.IH, 0, q.dx)
	InputWeightGradient(p, l, q.d.Gates, q.x, q.dih)
	HiddenWeightGradient(p, l, q.d.Gates, q.tr.Y, q.h0, q.lengths, q.dhh)
	BiasGradient(p, l, q.d.Gates, q.dbi, q.dbh)
}

// plain is the layer one sample and one step at a time, from the equations.
func plain(q *problem[float64]) (y, hn, cn []float64) {
	l, H := q.l, q.l.Hidden
	y = make([]float64, len(q.tr.Y))
	product := func(w []float64, row int, v []float64) (sum float64) {
		for i, x := range v {
			sum += w[row*len(v)+i] * x
		}
		return sum
	}
	bias := func(b []float64, row int) float64 {
		if b == nil {
			return 0
		}
		return b[row]
	}
	for n := range l.Batch {
		h, c := make([]float64, H), make([]float64, H)
		if q.h0 != nil {
			copy(h, q.h0[n*H:])
			copy(c, q.c0[n*H:])
		}
		steps := l.Steps
		if q.lengths != nil {
			steps = q.lengths[n]
		}
		for s := range steps {
			t := s
			if l.Reverse {
				t = steps - 1 - s
			}
			x := q.x[(t*l.Batch+n)*l.In:][:l.In]
			from := func(gate, k int) (float64, float64) {
				row := gate*H + k
				return product(q.w.IH, row, x) + bias(q.w.BiasIH, row), product(q.w.HH, row, h) + bias(q.w.BiasHH, row)
			}
			sum := func(gate, k int) float64 { a, b := from(gate, k); return a + b }
			next := make([]float64, H)
			for k := range H {
				switch l.Cell {
				case Tanh:
					next[k] = math.Tanh(sum(0, k))
				case GRU:
					r, z := sigmoid(sum(0, k)), sigmoid(sum(1, k))
					a, m := from(2, k)
					next[k] = (1-z)*math.Tanh(a+r*m) + z*h[k]
				case LSTM:
					c[k] = sigmoid(sum(1, k))*c[k] + sigmoid(sum(0, k))*math.Tanh(sum(2, k))
					next[k] = sigmoid(sum(3, k)) * math.Tanh(c[k])
				}
			}
			h = next
			copy(y[(t*l.Batch+n)*l.Pitch:], h)
		}
		hn, cn = append(hn, h...), append(cn, c...)
	}
	return y, hn, cn
}

func drawLayer(t *rapid.T) Layer {
	l := Layer{
		Cell:  Cell(rapid.IntRange(0, 2).Draw(t, "cell")),
		Steps: rapid.IntRange(1, 7).Draw(t, "steps"), Batch: rapid.IntRange(1, 9).Draw(t, "batch"),
		In: rapid.IntRange(1, 9).Draw(t, "in"), Hidden: rapid.IntRange(1, 20).Draw(t, "hidden"),
		Reverse: rapid.Bool().Draw(t, "reverse"),
	}
	l.Pitch = l.Hidden * rapid.IntRange(1, 2).Draw(t, "directions")
	return l
}

func near[T Float](t rapid.TB, what string, got []T, want []float64, tolerance float64) {
	t.Helper()
	for i, w := range want {
		if g := float64(got[i]); !(math.Abs(g-w) <= tolerance*(1+math.Abs(w))) {
			t.Fatalf("%s: element %d of %d is %v, want %v", what, i, len(want), g, w)
		}
	}
}

// columns returns the first hidden numbers of each row.
func columns[T Float](l Layer, y []T) (out []T) {
	for i := range l.Steps * l.Batch {
		out = append(out, y[i*l.Pitch:][:l.Hidden]...)
	}
	return out
}

// TestForward_equations: the layer equals its equations, and without kept
// gates, in chunks, it gives the same.
func TestForward_equations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayer(t)
		seed := rapid.Uint64().Draw(t, "seed")
		bias, first, lengths := rapid.Bool().Draw(t, "bias"), rapid.Bool().Draw(t, "first"), rapid.Bool().Draw(t, "lengths")
		q := newProblem[float64](l, seed, bias, first, lengths)
		q.run(nil)
		y, hn, cn := plain(q)
		const rounding = 1e-12
		near(t, "y", columns(l, q.tr.Y), columns(l, y), rounding)
		near(t, "hn", q.tr.HN, hn, rounding)
		if l.Cell == LSTM {
			near(t, "cn", q.tr.CN, cn, rounding)
		}

		pool := par.New(2)
		single := newProblem[float32](l, seed, bias, first, lengths)
		single.run(pool)
		pool.Close()
		compare := func(what string, got []float32, want []float64) { near(t, what, got, want, 2e-5) } // 60 products of float32
		compare("y", columns(l, single.tr.Y), columns(l, y))
		compare("gates' gradient", single.d.Gates, q.d.Gates)
		compare("dx", single.dx, q.dx)
		compare("input weights", single.dih, q.dih)
		compare("hidden weights", single.dhh, q.dhh)
		compare("bias", single.dbi, q.dbi)
		compare("hidden bias", single.dbh, q.dbh)
		if first {
			compare("h0", single.d.H0, q.d.H0)
			if l.Cell == LSTM {
				compare("c0", single.d.C0, q.d.C0)
			}
		}

		kept := slices.Clone(single.tr.Y)
		hnKept := slices.Clone(single.tr.HN)
		single.tr.Gates, single.tr.C = nil, nil
		Forward(nil, &single.l, &single.w, single.x, single.h0, single.c0, single.lengths, &single.tr)
		compare("y without gates", columns(l, single.tr.Y), columns(l, wide(kept)))
		compare("hn without gates", single.tr.HN, wide(hnKept))
	})
}

func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// TestForward_chunks: a sequence longer than a chunk of rows.
func TestForward_chunks(t *testing.T) {
	for _, reverse := range []bool{false, true} {
		for _, cell := range []Cell{Tanh, GRU, LSTM} {
			l := Layer{Cell: cell, Steps: 3*chunkRows/4 + 5, Batch: 4, In: 3, Hidden: 5, Reverse: reverse, Pitch: 5}
			q := newProblem[float64](l, 3, true, true, true)
			q.tr.Gates, q.tr.C = nil, nil
			Forward(nil, &l, &q.w, q.x, q.h0, q.c0, q.lengths, &q.tr)
			y, hn, _ := plain(q)
			near(t, fmt.Sprint(cell, " y"), q.tr.Y, y, 1e-12)
			near(t, fmt.Sprint(cell, " hn"), q.tr.HN, hn, 1e-12)
		}
	}
}

// TestPanels: the blocked form equals the product for blocks that are cut in
// both directions.
func TestPanels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom([]int{1, 3, 40, mostTerms, mostTerms + 1, 2*mostTerms + 3}).Draw(t, "k")
		n := rapid.SampledFrom([]int{1, 15, 16, 17, 33, 70, 300}).Draw(t, "n")
		m := rapid.IntRange(1, 9).Draw(t, "m")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		turned := rapid.Bool().Draw(t, "turned")
		a, b := numbers[float64](r, m*k), numbers[float64](r, k*n)
		rowStep, columnStep := n, 1
		if turned {
			rowStep, columnStep = 1, k
		}
		c := numbers[float64](r, m*n)
		want := slices.Clone(c)
		for i := range m {
			for j := range n {
				for l := range k {
					want[i*n+j] += a[i*k+l] * b[l*rowStep+j*columnStep]
				}
			}
		}
		p := newPanels(k, n, make([]float64, k*n))
		p.fill(nil, b, rowStep, columnStep)
		p.multiply(m, a, k, 1, c, n)
		near(t, "C", c, want, 1e-10)
	})
}

// TestForward_allocations: once warm nothing is allocated.
func TestForward_allocations(t *testing.T) {
	if raceDetector {
		t.Skip("under the race detector a sync.Pool forgets on purpose")
	}
	for _, cell := range []Cell{Tanh, GRU, LSTM} {
		q := newProblem[float32](Layer{Cell: cell, Steps: 5, Batch: 4, In: 3, Hidden: 40, Pitch: 40}, 1, true, true, true)
		q.run(nil)
		if n := testing.AllocsPerRun(20, func() { q.run(nil) }); n > 0 {
			t.Errorf("cell %d: %v allocations a run, want none", cell, n)
		}
	}
}

func TestForward_shortSlice(t *testing.T) {
	defer func() {
		if s := fmt.Sprint(recover()); !strings.Contains(s, "rnn: x has 1 numbers, expected 24") {
			t.Errorf("panic %q", s)
		}
	}()
	q := newProblem[float32](Layer{Cell: LSTM, Steps: 2, Batch: 4, In: 3, Hidden: 4, Pitch: 4}, 1, true, false, false)
	q.x = q.x[:1]
	q.run(nil)
}

// BenchmarkLayer measures an LSTM of the language model, forward and backward.
func BenchmarkLayer(b *testing.B) {
	pool := par.New(0)
	defer pool.Close()
	for _, c := range []struct {
		name string
		l    Layer
	}{
		{"LSTM/B20T35H200", Layer{Cell: LSTM, Steps: 35, Batch: 20, In: 200, Hidden: 200, Pitch: 200}},
		{"GRU/B64T20H256", Layer{Cell: GRU, Steps: 20, Batch: 64, In: 256, Hidden: 256, Pitch: 256}},
		{"GRU/B5T1H256", Layer{Cell: GRU, Steps: 1, Batch: 5, In: 768, Hidden: 256, Pitch: 256}},
	} {
		q := newProblem[float32](c.l, 1, true, true, false)
		l := &q.l
		flops := 2 * float64(l.Steps*l.Batch*l.Cell.Gates()*l.Hidden*(l.Hidden+l.In))
		measure := func(name string, times float64, f func()) {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				for b.Loop() {
					f()
				}
				b.ReportMetric(times*flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
		measure("forward", 1, func() { Forward(pool, l, &q.w, q.x, q.h0, q.c0, nil, &q.tr) })
		measure("gates", 0.5, func() { Backward(pool, l, q.w.HH, &q.tr, q.h0, nil, q.dy, q.dhn, q.dcn, &q.d) })
		measure("all", 3, func() { q.run(pool) })
	}
}
