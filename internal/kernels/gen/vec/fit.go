package main

import (
	"math"
	"math/big"
)

// fit returns the coefficients, lowest first, of the polynomial of the given
// degree that meets f at the Chebyshev points of [lo, hi].
func fit(f func(float64) float64, lo, hi float64, degree int) []float32 {
	n := degree + 1
	rows := make([][]*big.Float, n)
	for i := range rows {
		x := (lo+hi)/2 + (hi-lo)/2*math.Cos(math.Pi*(float64(i)+0.5)/float64(n))
		rows[i] = make([]*big.Float, n+1)
		power := number(1)
		for k := range n {
			rows[i][k] = power
			power = number(0).Mul(power, number(x))
		}
		rows[i][n] = number(f(x))
	}
	c := make([]float32, n)
	for i, v := range solve(rows) {
		c[i], _ = v.Float32()
	}
	return c
}

func number(x float64) *big.Float { return big.NewFloat(x).SetPrec(200) }

// solve eliminates in the rows [A | b] and returns the solution of A·x = b.
func solve(rows [][]*big.Float) []*big.Float {
	n := len(rows)
	for k := range n {
		for i := k + 1; i < n; i++ {
			if number(0).Abs(rows[i][k]).Cmp(number(0).Abs(rows[k][k])) > 0 {
				rows[i], rows[k] = rows[k], rows[i]
			}
		}
		for i := range n {
			if i == k {
				continue
			}
			factor := number(0).Quo(rows[i][k], rows[k][k])
			for j := k; j <= n; j++ {
				rows[i][j] = number(0).Sub(rows[i][j], number(0).Mul(factor, rows[k][j]))
			}
		}
	}
	x := make([]*big.Float, n)
	for i := range x {
		x[i] = number(0).Quo(rows[i][n], rows[i][i])
	}
	return x
}

// series returns Σ_{k ≥ first} term(k)·x^(k−first) to full precision: the
// functions to fit, without the cancellation of their closed form at 0.
func series(first int, term func(k int) float64) func(float64) float64 {
	return func(x float64) float64 {
		sum, power := 0.0, 1.0
		for k := first; k < first+400; k++ {
			sum += term(k) * power
			power *= x
		}
		return sum
	}
}

// expTail is (eˣ − 1 − x)/x².
func expTail() []float32 {
	f := series(2, func(k int) float64 { return 1 / math.Gamma(float64(k)+1) })
	return fit(f, -math.Ln2/2, math.Ln2/2, 4)
}

// logTail is (ln(1 + x) − x + x²/2)/x³.
func logTail() []float32 {
	f := series(3, func(k int) float64 {
		if k%2 == 0 {
			return -1 / float64(k)
		}
		return 1 / float64(k)
	})
	return fit(f, math.Sqrt2/2-1, math.Sqrt2-1, 8)
}

// millsScale is p in the variable 1/(1 + p·a) of millsTail.
const millsScale = 0.3

// millsTail is Φ(−a)·e^(a²/2), a ≥ 0, as a polynomial in 1/(1 + 0.3·a), for
// a < 14.5; beyond, Φ(−a) is 0 in float32.
func millsTail() []float32 {
	f := func(s float64) float64 {
		a := (1/s - 1) / millsScale
		return math.Erfc(a/math.Sqrt2) / 2 * math.Exp(a*a/2)
	}
	return fit(f, 1/(1+millsScale*14.5), 1, 10)
}
