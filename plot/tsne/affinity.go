package tsne

import (
	"math"

	"github.com/pkg/errors"
)

// Affinities returns the conditional probabilities p [N, N] of the rows of x [N, dim],
//
//	p_{j|i} = exp(−β_i‖x_i − x_j‖²) / Σ_{k≠i} exp(−β_i‖x_i − x_k‖²),  p_{i|i} = 0
//
// with β [N] = 1/2σ², found by bisection such that the entropy of each row is log(perplexity), in nats.
func Affinities(x []float64, dim int, perplexity float64) (p, beta []float64, err error) {
	n, err := rows(x, dim)
	if err == nil {
		err = checkPerplexity(perplexity, n)
	}
	if err != nil {
		return nil, nil, errors.Wrap(err, "affinities")
	}
	p, beta = make([]float64, n*n), make([]float64, n)
	parallel(n, 0, func(_, i int) {
		row := p[i*n : (i+1)*n]
		for j := range row {
			row[j] = squaredDistance(x[i*dim:(i+1)*dim], x[j*dim:(j+1)*dim])
		}
		// Without itself, in place: the last takes the place of i.
		row[i], row[n-1] = row[n-1], row[i]
		beta[i] = spread(row[:n-1], perplexity)
		row[n-1] = 0
		row[i], row[n-1] = row[n-1], row[i]
	})
	return p, beta, nil
}

// Joint returns the symmetric probabilities P = (p_{j|i} + p_{i|j})/2N of the conditional ones p [N, N].
func Joint(p []float64) ([]float64, error) {
	n, err := square(p)
	if err != nil {
		return nil, errors.Wrap(err, "joint probabilities")
	}
	joint := make([]float64, n*n)
	for i := range n {
		for j := range n {
			joint[i*n+j] = (p[i*n+j] + p[j*n+i]) / float64(2*n)
		}
	}
	return joint, nil
}

// spread turns squared distances into probabilities of the given perplexity and returns β. Distances are taken relative
// to the least, which changes nothing and keeps exp from vanishing.
func spread(d []float64, perplexity float64) (beta float64) {
	least, mean := math.Inf(1), 0.0
	for _, v := range d {
		least = min(least, v)
		mean += v / float64(len(d))
	}
	goal := math.Log(perplexity)
	low, high := 0.0, math.Inf(1)
	beta = 1
	if mean > least {
		beta = 1 / (mean - least)
	}
	const steps, tolerance = 200, 1e-12
	for range steps {
		h := entropy(d, least, beta)
		if math.Abs(h-goal) <= tolerance {
			break
		}
		if h > goal {
			low = beta
		} else {
			high = beta
		}
		switch {
		case math.IsInf(high, 1):
			beta *= 2
		default:
			beta = (low + high) / 2
		}
		if beta > 1e300 || beta < 1e-300 { // as many equals as the perplexity: any β does
			break
		}
	}
	sum := 0.0
	for j, v := range d {
		d[j] = math.Exp(-beta * (v - least))
		sum += d[j]
	}
	for j := range d {
		d[j] /= sum
	}
	return beta
}

// entropy of p_j ∝ exp(−β(d_j − least)): log Σ + β·mean.
func entropy(d []float64, least, beta float64) float64 {
	sum, weighted := 0.0, 0.0
	for _, v := range d {
		e := math.Exp(-beta * (v - least))
		sum += e
		weighted += e * (v - least)
	}
	return math.Log(sum) + beta*weighted/sum
}

// KL returns the divergence of the plane from the points,
//
//	KL(P‖Q) = Σ_ij p_ij·log(p_ij/q_ij),  q_ij = (1 + ‖y_i − y_j‖²)⁻¹ / Σ_{k≠l} (1 + ‖y_k − y_l‖²)⁻¹
//
// for P [N, N], y [N, 2], with Q [N, N] and the gradient by y [N, 2],
//
//	∂/∂y_i = 4·Σ_j (p_ij − q_ij)(y_i − y_j)/(1 + ‖y_i − y_j‖²)
func KL(p, y []float64) (kl float64, q, gradient []float64, err error) {
	n, err := square(p)
	if err == nil && len(y) != 2*n {
		err = errors.Errorf("y of %d numbers, expected [%d, 2]", len(y), n)
	}
	if err != nil {
		return 0, nil, nil, errors.Wrap(err, "t-SNE divergence")
	}
	q, gradient = make([]float64, n*n), make([]float64, 2*n)
	z := 0.0
	for i := range n {
		for j := range n {
			if j != i {
				q[i*n+j] = near(y, i, j)
				z += q[i*n+j]
			}
		}
	}
	for i := range n {
		for j := range n {
			w := q[i*n+j]
			v := w / z
			q[i*n+j] = v
			if pij := p[i*n+j]; pij > 0 && j != i {
				kl += pij * math.Log(pij/v)
			}
			f := 4 * (p[i*n+j] - v) * w
			gradient[2*i] += f * (y[2*i] - y[2*j])
			gradient[2*i+1] += f * (y[2*i+1] - y[2*j+1])
		}
	}
	return kl, q, gradient, nil
}

// near is Student's kernel (1 + ‖y_i − y_j‖²)⁻¹.
func near(y []float64, i, j int) float64 {
	dx, dy := y[2*i]-y[2*j], y[2*i+1]-y[2*j+1]
	return 1 / (1 + dx*dx + dy*dy)
}

func squaredDistance(a, b []float64) float64 {
	sum := 0.0
	b = b[:len(a)]
	for k, v := range a {
		d := v - b[k]
		sum += d * d
	}
	return sum
}

func checkPerplexity(p float64, n int) error {
	if !(p >= 1) || p > float64(n-1) {
		return errors.Errorf("perplexity %v of %d points, expected 1 to %d", p, n, n-1)
	}
	return nil
}

// rows returns N of x [N, dim], all of whose numbers must be finite.
func rows(x []float64, dim int) (int, error) {
	if dim < 1 || len(x)%dim != 0 || len(x) < 2*dim {
		return 0, errors.Errorf("x of %d numbers, expected [N, %d] with N at least 2", len(x), dim)
	}
	for i, v := range x {
		if v-v != 0 {
			return 0, errors.Errorf("x[%d, %d] is %v, expected a finite number", i/dim, i%dim, v)
		}
	}
	return len(x) / dim, nil
}

// square returns N of [N, N].
func square(p []float64) (int, error) {
	n := int(math.Round(math.Sqrt(float64(len(p)))))
	if n < 2 || n*n != len(p) {
		return 0, errors.Errorf("p of %d numbers, expected [N, N] with N at least 2", len(p))
	}
	return n, nil
}
