package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/par"
)

// guard fills what no kernel may touch.
const guard = 12345.5

// noise returns n numbers in (−1, 1) that depend on the seed alone.
func noise[T Float](seed uint64, n int) []T {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]T, n)
	for i := range x {
		x[i] = T(2*r.Float64() - 1)
	}
	return x
}

// fenced returns a slice of n numbers in the middle of guarded ones.
func fenced[T Float](n int) (inner, whole []T) {
	whole = make([]T, n+64)
	for i := range whole {
		whole[i] = guard
	}
	return whole[32 : 32+n : 32+n], whole
}

// naive is the definition in float64.
func naive[T Float](q *problem[T]) [][]float64 {
	var out [][]float64
	for b := range q.batch {
		for i := range q.m {
			row := make([]float64, q.n)
			for j := range q.n {
				if q.beta != 0 {
					row[j] = float64(q.beta) * float64(q.c[b*q.sc+i*q.ldc+j])
				}
				for l := range q.k {
					ai, bi := i*q.lda+l, l*q.ldb+j
					if q.transA {
						ai = l*q.lda + i
					}
					if q.transB {
						bi = j*q.ldb + l
					}
					row[j] += float64(q.a[b*q.sa+ai]) * float64(q.b[b*q.sb+bi])
				}
				if q.ep.Bias != nil {
					if q.ep.BiasRows {
						row[j] += float64(q.ep.Bias[i])
					} else {
						row[j] += float64(q.ep.Bias[j])
					}
				}
			}
			Activate(q.ep.Act, float64(q.ep.Slope), row)
			out = append(out, row)
		}
	}
	return out
}

func drawProblem[T Float](t *rapid.T) *problem[T] {
	size := rapid.OneOf(rapid.IntRange(1, 40), rapid.IntRange(1, 300))
	q := &problem[T]{
		batch:  rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(t, "batch"),
		transA: rapid.Bool().Draw(t, "transA"), transB: rapid.Bool().Draw(t, "transB"),
		m: size.Draw(t, "m"), n: size.Draw(t, "n"), k: size.Draw(t, "k"),
		beta: rapid.SampledFrom([]T{0, 1, 0.5}).Draw(t, "beta"),
	}
	if q.m*q.n*q.k > 1<<20 {
		q.k = 1 + q.k%7
	}
	slack := rapid.IntRange(0, 5)
	rows, cols := q.m, q.k
	if q.transA {
		rows, cols = cols, rows
	}
	q.lda = cols + slack.Draw(t, "lda")
	q.sa = (rows*q.lda + slack.Draw(t, "sa")) * rapid.IntRange(0, 1).Draw(t, "ownA")
	q.a = noise[T](1, (q.batch-1)*q.sa+(rows-1)*q.lda+cols)
	rows, cols = q.k, q.n
	if q.transB {
		rows, cols = cols, rows
	}
	q.ldb = cols + slack.Draw(t, "ldb")
	q.sb = (rows*q.ldb + slack.Draw(t, "sb")) * rapid.IntRange(0, 1).Draw(t, "ownB")
	q.b = noise[T](2, (q.batch-1)*q.sb+(rows-1)*q.ldb+cols)
	q.ldc = q.n + slack.Draw(t, "ldc")
	q.sc = q.m*q.ldc + slack.Draw(t, "sc")
	q.ep.BiasRows = rapid.Bool().Draw(t, "biasRows")
	if rapid.Bool().Draw(t, "bias") {
		q.ep.Bias = noise[T](3, q.n)
		if q.ep.BiasRows {
			q.ep.Bias = noise[T](3, q.m)
		}
	}
	q.ep.Act = Activation(rapid.IntRange(int(Identity), int(Sigmoid)).Draw(t, "act"))
	q.ep.Slope = 0.1
	return q
}

// verify runs q on a guarded C and compares with the definition.
func verify[T Float](t interface{ Fatalf(string, ...any) }, p *par.Pool, level cpu.Set, q *problem[T]) {
	c, whole := fenced[T]((q.batch-1)*q.sc + (q.m-1)*q.ldc + q.n)
	for b := range q.batch {
		for i := range q.m {
			row := c[b*q.sc+i*q.ldc:][:q.n]
			if q.beta == 0 {
				for j := range row {
					row[j] = T(math.NaN()) // must not be read
				}
				continue
			}
			copy(row, noise[T](uint64(4+i), q.n))
		}
	}
	q.c = c
	want := naive(q)
	run(p, level, q)
	eps := 1.2e-7
	if !is32[T]() {
		eps = 2.3e-16
	}
	// Rounding grows with the number of terms; each is below 1.
	tolerance := eps * float64(q.k+4) * 2
	for b := range q.batch {
		for i := range q.m {
			row := c[b*q.sc+i*q.ldc:][:q.n]
			for j, got := range row {
				if w := want[b*q.m+i][j]; !(math.Abs(float64(got)-w) <= tolerance) {
					t.Fatalf("%v: c[%d][%d, %d] = %v, want %v", level, b, i, j, got, w)
				}
				row[j] = guard
			}
		}
	}
	for i, v := range whole {
		if v != guard {
			t.Fatalf("%v: wrote %v at %d, outside C [%d, %d]", level, v, i-32, q.m, q.n)
		}
	}
}

func TestGemm_equalsDefinition(t *testing.T) {
	pools := []*par.Pool{nil, par.New(2), par.New(3)}
	for _, level := range cpu.Sets() {
		t.Run(level.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				p := rapid.SampledFrom(pools).Draw(t, "pool")
				if rapid.IntRange(0, 3).Draw(t, "type") == 0 {
					verify(t, p, level, drawProblem[float64](t))
				} else {
					verify(t, p, level, drawProblem[float32](t))
				}
			})
		})
	}
	for _, p := range pools {
		p.Close()
	}
}

// Shapes that are divided in other ways than small ones.
func TestGemm_largeEqualsDefinition(t *testing.T) {
	pools := []*par.Pool{nil, par.New(2), par.New(3)}
	for _, tt := range []struct{ m, n, k int }{
		{129, 130, 2060}, {140, 129, 520}, {300, 128, 33}, // a team's
		{5, 3, 9000}, {40, 20, 8200}, {1, 1, 10000}, {3, 7, 70001}, // long sums
		{2, 5000, 70}, {4, 1000, 101}, {3, 70, 9}, {1200, 1, 300}, // few rows
	} {
		for i, level := range cpu.Sets() {
			t.Run(fmt.Sprintf("%dx%dx%d/%v", tt.m, tt.n, tt.k, level), func(t *testing.T) {
				for trans := range 4 {
					q := &problem[float32]{batch: 1, m: tt.m, n: tt.n, k: tt.k, transA: trans&1 != 0, transB: trans&2 != 0,
						lda: tt.k, ldb: tt.n, ldc: tt.n, beta: float32(trans) / 2,
						ep: Epilogue[float32]{Act: Activation((trans + i) % 5), Slope: 0.1, Bias: noise[float32](3, tt.n), BiasRows: trans == 3}}
					if q.ep.BiasRows {
						q.ep.Bias = noise[float32](3, tt.m)
					}
					if q.transA {
						q.lda = tt.m
					}
					if q.transB {
						q.ldb = tt.k
					}
					q.a, q.b = noise[float32](1, tt.m*tt.k), noise[float32](2, tt.k*tt.n)
					verify(t, pools[trans%len(pools)], level, q)
				}
			})
		}
	}
	for _, p := range pools {
		p.Close()
	}
}

func TestGemm_withoutTerms(t *testing.T) {
	for _, level := range cpu.Sets() {
		c := []float32{1, -2, 3, -4}
		run(nil, level, &problem[float32]{batch: 1, m: 2, n: 2, beta: 0.5, c: c, ldc: 2,
			ep: Epilogue[float32]{Bias: []float32{1, 0}, Act: ReLU}})
		if fmt.Sprint(c) != "[1.5 0 2.5 0]" {
			t.Errorf("%v: %v, want [1.5 0 2.5 0]", level, c)
		}
	}
}

type named float32

func TestGemm_namedType(t *testing.T) {
	c := make([]named, 1)
	Gemm(nil, false, false, 1, 1, 2, []named{1, 2}, 2, []named{3, 4}, 1, 0, c, 1, Epilogue[named]{})
	if c[0] != 11 {
		t.Errorf("got %v, want 11", c[0])
	}
}

func TestGemm_refuses(t *testing.T) {
	x := make([]float32, 100)
	for _, tt := range []struct {
		name string
		do   func()
		want string
	}{
		{"short a", func() { Gemm(nil, false, false, 4, 5, 6, x[:23], 6, x, 5, 0, x, 5, Epilogue[float32]{}) }, "a has 23 numbers, expected 24"},
		{"short b", func() { Gemm(nil, false, true, 4, 5, 6, x, 6, x[:29], 6, 0, x, 5, Epilogue[float32]{}) }, "b has 29 numbers, expected 30"},
		{"short c", func() { Gemm(nil, false, false, 4, 5, 6, x, 6, x, 5, 0, x[:19], 5, Epilogue[float32]{}) }, "c has 19 numbers"},
		{"leading", func() { Gemm(nil, true, false, 4, 5, 6, x, 3, x, 5, 0, x, 5, Epilogue[float32]{}) }, "a [6, 4] has leading dimension 3"},
		{"bias", func() {
			Gemm(nil, false, false, 4, 5, 6, x, 6, x, 5, 0, x, 5, Epilogue[float32]{Bias: x[:4]})
		}, "bias has 4 numbers, expected 5"},
		{"overlap", func() { Batched(nil, 2, false, false, 4, 5, 1, x, 1, 0, x, 5, 0, 0, x, 5, 19) }, "overlap"},
		{"negative", func() { Gemm(nil, false, false, -1, 5, 6, x, 6, x, 5, 0, x, 5, Epilogue[float32]{}) }, "negative size"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer func() {
				if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), tt.want) {
					t.Errorf("got %v, want %q", v, tt.want)
				}
			}()
			tt.do()
		})
	}
}

func TestGemm_allocatesNothing(t *testing.T) {
	p := par.New(2)
	defer p.Close()
	a, b, c := noise[float32](1, 300*300), noise[float32](2, 300*300), make([]float32, 300*300)
	for _, trans := range []bool{false, true} {
		if n := testing.AllocsPerRun(5, func() {
			Gemm(p, trans, !trans, 300, 300, 300, a, 300, b, 300, 0, c, 300, Epilogue[float32]{Act: ReLU})
			Batched(p, 3, trans, trans, 50, 60, 70, a, 90, 80, b, 90, 90, 1, c, 60, 3000)
		}); n != 0 {
			t.Errorf("transposed %v: %v allocations, want 0", trans, n)
		}
	}
}

func TestGemm_sameBitsEachTime(t *testing.T) {
	for _, tt := range []struct{ m, n, k int }{{200, 200, 150}, {60, 200, 150}, {6, 25, 9000}} {
		a, b := noise[float32](1, tt.m*tt.k), noise[float32](2, tt.n*tt.k)
		p := par.New(2)
		defer p.Close()
		first := make([]float32, tt.m*tt.n)
		Gemm(p, false, true, tt.m, tt.n, tt.k, a, tt.k, b, tt.k, 0, first, tt.n, Epilogue[float32]{})
		for range 5 {
			again := make([]float32, tt.m*tt.n)
			Gemm(p, false, true, tt.m, tt.n, tt.k, a, tt.k, b, tt.k, 0, again, tt.n, Epilogue[float32]{})
			for i := range again {
				if again[i] != first[i] {
					t.Fatalf("c[%d] = %v, then %v", i, first[i], again[i])
				}
			}
		}
	}
}
