package words

import (
	"fmt"
	"math"
)

// MaxRows is the most rows that Negative takes at a time.
const MaxRows = 8

// Width returns the length of a row of dim numbers: dim, rounded up to a
// multiple of eight.
func Width(dim int) int { return (dim + 7) &^ 7 }

// Shared reports whether goroutines may work on the same rows.
func Shared() bool { return haveSIMD() }

// Scores holds the products θ_jᵀh that Negative took.
type Scores [MaxRows]float32

// Negative does one step of gradient ascent on
//
//	log σ(θ_0ᵀh) + Σ_{j>0} log σ(−θ_jᵀh)
//
// where θ_j is the row of theta that begins at rows[j], at most MaxRows of
// them, and label is 1; with label 0 row 0 counts like the others:
//
//	g_j = rate·(y_j − σ(θ_jᵀh))
//	sum ← sum + Σ_j g_j·θ_j
//	θ_j ← θ_j + g_j·h
//
// h and sum have one length, a multiple of eight. A row that is listed twice
// is changed twice.
//
// Source: cheatsheet §2.3 (negative sampling); arXiv:1310.4546 eq. 4.
func Negative(h, sum, theta []float32, rows []int, label, rate float32, scores *Scores) {
	n := len(h)
	if n == 0 || n%8 != 0 || len(sum) != n {
		panic(fmt.Sprintf("negative: h of %d numbers, sum of %d: expected one multiple of 8", n, len(sum)))
	}
	if len(rows) > MaxRows {
		panic(fmt.Sprintf("negative: %d rows, at most %d", len(rows), MaxRows))
	}
	for _, r := range rows {
		if r < 0 || r > len(theta)-n {
			panic(fmt.Sprintf("negative: row at %d, expected 0 to %d", r, len(theta)-n))
		}
	}
	if len(rows) == 0 {
		return
	}
	if haveSIMD() {
		negativeSIMD(&h[0], &sum[0], &theta[0], &rows[0], len(rows), n, label, rate, &scores[0])
		return
	}
	negativeGeneric(h, sum, theta, rows, label, rate, scores)
}

// Prefetch asks for the rows of n numbers that begin at rows[j] of theta to be brought into the cache, for a later call
// of Negative. It changes nothing.
func Prefetch(theta []float32, rows []int, n int) {
	for _, r := range rows {
		if r < 0 || n < 1 || r > len(theta)-n {
			panic(fmt.Sprintf("prefetch: row of %d at %d, expected 0 to %d", n, r, len(theta)-n))
		}
	}
	if len(rows) > 0 && haveSIMD() {
		prefetchSIMD(&theta[0], &rows[0], len(rows), n)
	}
}

func negativeGeneric(h, sum, theta []float32, rows []int, label, rate float32, scores *Scores) {
	for j, r := range rows {
		scores[j] = dot(h, theta[r:r+len(h)])
	}
	for j, r := range rows {
		g := rate * (label - sigmoid(scores[j]))
		label = 0
		row := theta[r : r+len(h)]
		for i, t := range row {
			sum[i] += g * t
			row[i] = t + g*h[i]
		}
	}
}

func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

func dot(x, y []float32) float32 {
	var s [4]float32 // independent sums: faster, more exact
	y = y[:len(x)]
	for i := 0; i+4 <= len(x); i += 4 {
		s[0] += x[i] * y[i]
		s[1] += x[i+1] * y[i+1]
		s[2] += x[i+2] * y[i+2]
		s[3] += x[i+3] * y[i+3]
	}
	return s[0] + s[1] + (s[2] + s[3])
}

// Row is a vector with the squares that AdaGrad has summed for it, both of one
// length, a multiple of eight.
type Row struct{ Values, Squares []float32 }

// GloVe does one AdaGrad step on f/2·(θᵀe + offset)² with the weight f,
//
//	d = θᵀe + offset
//	g_θ = rate·clip(f·d·e),  g_e = rate·clip(f·d·θ)
//	θ ← θ − g_θ/√s_θ,  s_θ ← s_θ + g_θ²
//
// the same for e, where clip keeps a number within ±limit; it returns d. The
// squares begin above 0.
//
// Source: cheatsheet §2.3 (GloVe); doi:10.3115/v1/D14-1162; AdaGrad with the
// rate inside the squares is that of Stanford's program.
func GloVe(theta, e Row, offset, f, rate, limit float32) float32 {
	n := len(theta.Values)
	if n == 0 || n%8 != 0 || len(e.Values) != n || len(theta.Squares) != n || len(e.Squares) != n {
		panic(fmt.Sprintf("glove: rows of %d, %d numbers with %d, %d squares: expected one multiple of 8",
			n, len(e.Values), len(theta.Squares), len(e.Squares)))
	}
	if haveSIMD() {
		return gloveSIMD(&theta.Values[0], &e.Values[0], &theta.Squares[0], &e.Squares[0], n, offset, f, rate, limit)
	}
	return gloveGeneric(theta, e, offset, f, rate, limit)
}

func gloveGeneric(theta, e Row, offset, f, rate, limit float32) float32 {
	d := dot(theta.Values, e.Values) + offset
	slope := f * d
	for i, t := range theta.Values {
		v := e.Values[i]
		gt := rate * min(max(slope*v, -limit), limit)
		ge := rate * min(max(slope*t, -limit), limit)
		theta.Values[i] = t - gt/root(theta.Squares[i])
		e.Values[i] = v - ge/root(e.Squares[i])
		theta.Squares[i] += gt * gt
		e.Squares[i] += ge * ge
	}
	return d
}

func root(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// Add adds alpha·x to y; both have one length, a multiple of eight.
func Add(alpha float32, x, y []float32) {
	n := len(x)
	if n == 0 || n%8 != 0 || len(y) != n {
		panic(fmt.Sprintf("add: %d numbers to %d: expected one multiple of 8", n, len(y)))
	}
	if haveSIMD() {
		addSIMD(&x[0], &y[0], n, alpha)
		return
	}
	addGeneric(alpha, x, y)
}

func addGeneric(alpha float32, x, y []float32) {
	for i, v := range x {
		y[i] += alpha * v
	}
}
