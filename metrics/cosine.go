package metrics

import "math"

// Cosine returns the cosine similarity of two vectors,
//
//	cos(a, b) = a·b / (‖a‖ ‖b‖)
//
// in [−1, 1]; with a vector of zeros it is 0.
//
// Source: cheatsheet §2.4.
func Cosine(a, b []float64) (float64, error) {
	if err := sameLength("cosine similarity", "values", len(a), "values", len(b)); err != nil {
		return 0, err
	}
	return cosine(a, b, norm(a), norm(b)), nil
}

// CosineGradient returns the derivatives of Cosine with respect to a and b:
//
//	∂cos/∂a = b/(‖a‖‖b‖) − cos·a/‖a‖²
//
// and the same with a and b exchanged; zeros where a vector is zero.
func CosineGradient(a, b []float64) (da, db []float64, err error) {
	c, err := Cosine(a, b)
	if err != nil {
		return nil, nil, err
	}
	na, nb := norm(a), norm(b)
	da, db = make([]float64, len(a)), make([]float64, len(b))
	if na == 0 || nb == 0 {
		return da, db, nil
	}
	for i := range a {
		da[i] = (b[i]/nb - c*a[i]/na) / na
		db[i] = (a[i]/na - c*b[i]/nb) / nb
	}
	return da, db, nil
}

// CosineMatrix returns the similarities [N, M] of the rows of a [N, dim] with
// the rows of b [M, dim].
func CosineMatrix(a, b []float64, dim int) ([]float64, error) {
	n, err := rows("cosine similarity", a, dim)
	if err != nil {
		return nil, err
	}
	m, err := rows("cosine similarity", b, dim)
	if err != nil {
		return nil, err
	}
	na, nb := norms(a, n, dim), norms(b, m, dim)
	s := make([]float64, n*m)
	for i := range n {
		for j := range m {
			s[i*m+j] = cosine(a[i*dim:(i+1)*dim], b[j*dim:(j+1)*dim], na[i], nb[j])
		}
	}
	return s, nil
}

func cosine(a, b []float64, na, nb float64) float64 {
	if na == 0 || nb == 0 {
		return 0
	}
	dot := 0.0
	for i, v := range a {
		dot += v / na * (b[i] / nb)
	}
	return dot
}

// norm is ‖a‖, scaled so that squares neither overflow nor vanish.
func norm(a []float64) float64 {
	n := 0.0
	for _, v := range a {
		n = math.Hypot(n, v)
	}
	return n
}

func norms(a []float64, n, dim int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = norm(a[i*dim : (i+1)*dim])
	}
	return x
}
