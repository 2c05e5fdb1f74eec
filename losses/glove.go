package losses

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// GloVeOpts are the settings of the GloVe cost; the zero value is that of the
// cheatsheet with the weights of the paper.
type GloVeOpts struct {
	// XMax is the count from which on a pair has weight 1; 0 means 100.
	XMax float64
	// Alpha is the exponent of the weights; 0 means 0.75.
	Alpha float64
	// Whole leaves the factor ½ out, as the paper does.
	Whole bool
}

// GloVeWeights returns the weights of counts x ≥ 0,
//
//	f(x) = (x/x_max)^α below x_max, 1 from it on, f(0) = 0
//
// Source: Pennington, Socher, Manning, doi:10.3115/v1/D14-1162 eq. 9.
func GloVeWeights(x *graph.Node, o GloVeOpts) *graph.Node {
	most, alpha := o.XMax, o.Alpha
	if most == 0 {
		most = 100
	}
	if alpha == 0 {
		alpha = 0.75
	}
	if !(most > 0 && alpha > 0) {
		return x.Fail(errors.Errorf("GloVeWeights: x_max %g, alpha %g, expected above 0", o.XMax, o.Alpha))
	}
	return x.Scale(1/most).Clamp(0, 1).PowScalar(alpha)
}

// GloVe returns the cost of two tables of word vectors theta, e [V, D] with
// their biases b, b' [V] for the co-occurrences x [V, V],
//
//	J = ½·Σ_ij f(X_ij)·(θ_iᵀe_j + b_i + b'_j − log X_ij)²
//
// where f is that of [GloVeWeights]; a pair that never occurs costs nothing.
//
// Source: cheatsheet §2.3; doi:10.3115/v1/D14-1162 eq. 8, which has no ½.
func GloVe(theta, e, b, bPrime, x *graph.Node, o GloVeOpts) *graph.Node {
	const name = "GloVe"
	if dead, ok := tables(name, theta, e, b, bPrime); !ok {
		return dead
	}
	v := theta.Dim(0)
	if !slices.Equal(x.Shape(), []int{v, v}) {
		return theta.Fail(errors.Errorf("%s: co-occurrences %s, expected [%d, %d]", name, x, v, v))
	}
	return gloveSum(theta.MatMulT(e).Add(b.Reshape(v, 1)).Add(bPrime.Reshape(1, v)), x, o)
}

// GloVePairs is [GloVe] for the pairs of words that occur: row i [n], column
// j [n], both integers, with their counts x [n].
func GloVePairs(theta, e, b, bPrime, i, j, x *graph.Node, o GloVeOpts) *graph.Node {
	const name = "GloVePairs"
	if dead, ok := tables(name, theta, e, b, bPrime); !ok {
		return dead
	}
	if x.Rank() != 1 || !slices.Equal(x.Shape(), i.Shape()) || !slices.Equal(x.Shape(), j.Shape()) {
		return theta.Fail(errors.Errorf("%s: rows %s, columns %s, counts %s: expected equal shapes [n]", name, i, j, x))
	}
	at := func(bias, index *graph.Node) *graph.Node { return bias.Reshape(-1, 1).Embedding(index).Reshape(-1) }
	z := theta.Embedding(i).Mul(e.Embedding(j)).Sum(1) // [n]
	return gloveSum(z.Add(at(b, i)).Add(at(bPrime, j)), x, o)
}

// gloveSum is Σ f(x)·(z − log x)², with its factor.
func gloveSum(z, x *graph.Node, o GloVeOpts) *graph.Node {
	factor := 0.5
	if o.Whole {
		factor = 1
	}
	return z.Sub(atLeastTiny(x).Log()).Square().Mul(GloVeWeights(x, o)).Sum().Scale(factor)
}

// GloVeFinal returns the word vectors (e + θ)/2 of the two tables, which play
// the same part.
//
// Source: cheatsheet §2.3.
func GloVeFinal(e, theta *graph.Node) *graph.Node {
	if dead, ok := paired("GloVeFinal", e, theta); !ok {
		return dead
	}
	return e.Add(theta).Scale(0.5)
}

// tables makes it an error of the graph where two tables [V, D] do not fit each
// other and their biases [V].
func tables(name string, theta, e, b, bPrime *graph.Node) (dead *graph.Node, ok bool) {
	if dead, ok := rows(name, "a table", theta); !ok {
		return dead, false
	}
	if dead, ok := paired(name, theta, e); !ok {
		return dead, false
	}
	for _, bias := range []*graph.Node{b, bPrime} {
		if !slices.Equal(bias.Shape(), []int{theta.Dim(0)}) {
			return theta.Fail(errors.Errorf("%s: bias %s, expected [%d]", name, bias, theta.Dim(0))), false
		}
	}
	return nil, true
}
