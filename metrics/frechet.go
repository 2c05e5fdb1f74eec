package metrics

import (
	"math"

	"github.com/pkg/errors"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// Frechet returns the Fréchet distance of two sets of features a [N, D] and
// b [M, D], each taken for a normal distribution of its mean μ and covariance C:
//
//	d² = ‖μ_a − μ_b‖² + tr(C_a + C_b − 2·(C_a·C_b)^½)
//
// It is 0 for sets of equal mean and covariance, which divide by N − 1. A
// generator's pictures are measured by the features that a judge sees in them
// and in real ones.
//
// Source: arXiv:1706.08500 §2 (where the judge is an Inception network).
func Frechet(a, b []float64, columns int) (float64, error) {
	const what = "Fréchet distance"
	meanA, covA, err := moments(what, "feature of a", a, columns)
	if err != nil {
		return 0, err
	}
	meanB, covB, err := moments(what, "feature of b", b, columns)
	if err != nil {
		return 0, err
	}
	var d float64
	for i := range meanA {
		d += (meanA[i] - meanB[i]) * (meanA[i] - meanB[i])
	}
	cross, err := rootTrace(covA, covB)
	if err != nil {
		return 0, errors.Wrap(err, what)
	}
	// Rounding may leave a little below 0 for equal sets.
	return max(0, d+mat.Trace(covA)+mat.Trace(covB)-2*cross), nil
}

// moments returns the mean and the covariance of the rows of x.
func moments(what, name string, x []float64, columns int) ([]float64, *mat.SymDense, error) {
	n, err := rows(what, x, columns)
	if err != nil {
		return nil, nil, err
	}
	if n < 2 {
		return nil, nil, errors.Errorf("%s: %d rows, expected at least 2", what, n)
	}
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, nil, errors.Errorf("%s: %s, row %d, is %g", what, name, i/columns, v)
		}
	}
	m := mat.NewDense(n, columns, x)
	mean := make([]float64, columns)
	for i := range mean {
		mean[i] = stat.Mean(mat.Col(nil, i, m), nil)
	}
	cov := mat.NewSymDense(columns, nil)
	stat.CovarianceMatrix(cov, m, nil)
	return mean, cov, nil
}

// rootTrace returns tr (A·B)^½ of positive semi-definite matrices: the sum of
// the square roots of the eigenvalues of A^½·B·A^½, which is symmetric.
func rootTrace(a, b *mat.SymDense) (float64, error) {
	var ofA mat.EigenSym
	if !ofA.Factorize(a, true) {
		return 0, errors.New("the eigenvalues of a covariance were not found")
	}
	var u, scaled, half, m mat.Dense
	ofA.VectorsTo(&u)
	values := ofA.Values(nil)
	scaled.Apply(func(_, j int, v float64) float64 { return v * math.Sqrt(max(0, values[j])) }, &u)
	half.Mul(&scaled, u.T())
	m.Product(&half, b, &half)
	n := b.SymmetricDim()
	sym := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			sym.SetSym(i, j, (m.At(i, j)+m.At(j, i))/2)
		}
	}
	var ofM mat.EigenSym
	if !ofM.Factorize(sym, false) {
		return 0, errors.New("the eigenvalues of a product of covariances were not found")
	}
	var sum float64
	for _, v := range ofM.Values(nil) {
		sum += math.Sqrt(max(0, v))
	}
	return sum, nil
}
