package nn

import (
	"math"
	"math/rand/v2"

	"github.com/hocsau/hocsau/graph"
)

// Fans returns the number of inputs and outputs of each unit of a weight
// [out, in, kernel…]: fan_in = in·area, fan_out = out·area.
func Fans(shape []int) (in, out int) {
	if len(shape) < 2 {
		n := 1
		for _, d := range shape {
			n *= d
		}
		return n, n
	}
	area := 1
	for _, d := range shape[2:] {
		area *= d
	}
	return shape[1] * area, shape[0] * area
}

// XavierUniform draws from the uniform distribution of variance
// 2/(fan_in + fan_out).
//
// Source: cheatsheet §3.3; Glorot and Bengio 2010.
func XavierUniform(r *rand.Rand, shape []int, values []float64) {
	in, out := Fans(shape)
	uniform(r, values, math.Sqrt(2/float64(in+out)))
}

// XavierNormal draws from the normal distribution of variance
// 2/(fan_in + fan_out).
//
// Source: cheatsheet §3.3; Glorot and Bengio 2010.
func XavierNormal(r *rand.Rand, shape []int, values []float64) {
	in, out := Fans(shape)
	normal(r, values, math.Sqrt(2/float64(in+out)))
}

// HeUniform draws from the uniform distribution of variance 2/fan_in.
//
// Source: arXiv:1502.01852.
func HeUniform(r *rand.Rand, shape []int, values []float64) {
	in, _ := Fans(shape)
	uniform(r, values, math.Sqrt(2/float64(in)))
}

// HeNormal draws from the normal distribution of variance 2/fan_in.
//
// Source: arXiv:1502.01852.
func HeNormal(r *rand.Rand, shape []int, values []float64) {
	in, _ := Fans(shape)
	normal(r, values, math.Sqrt(2/float64(in)))
}

// HeFanOutNormal draws from the normal distribution of variance 2/fan_out.
//
// Source: arXiv:1502.01852 §2.2, the backward case.
func HeFanOutNormal(r *rand.Rand, shape []int, values []float64) {
	_, out := Fans(shape)
	normal(r, values, math.Sqrt(2/float64(out)))
}

// HeFanOutUniform draws from the uniform distribution of variance 2/fan_out.
func HeFanOutUniform(r *rand.Rand, shape []int, values []float64) {
	_, out := Fans(shape)
	uniform(r, values, math.Sqrt(2/float64(out)))
}

// LeCunUniform draws from the uniform distribution of variance 1/fan_in.
//
// Source: LeCun et al. 1998, Efficient BackProp §4.6.
func LeCunUniform(r *rand.Rand, shape []int, values []float64) {
	in, _ := Fans(shape)
	uniform(r, values, math.Sqrt(1/float64(in)))
}

// LeCunNormal draws from the normal distribution of variance 1/fan_in.
//
// Source: LeCun et al. 1998, Efficient BackProp §4.6.
func LeCunNormal(r *rand.Rand, shape []int, values []float64) {
	in, _ := Fans(shape)
	normal(r, values, math.Sqrt(1/float64(in)))
}

// Uniform returns an initialiser that draws from [lo, hi).
func Uniform(lo, hi float64) graph.Init {
	return func(r *rand.Rand, _ []int, values []float64) {
		for i := range values {
			values[i] = lo + (hi-lo)*r.Float64()
		}
	}
}

// Normal returns an initialiser that draws from the normal distribution.
func Normal(mean, deviation float64) graph.Init {
	return func(r *rand.Rand, _ []int, values []float64) {
		for i := range values {
			values[i] = mean + deviation*r.NormFloat64()
		}
	}
}

// Constant returns an initialiser that gives every element the value v.
func Constant(v float64) graph.Init { return graph.Constant(v) }

// FanInUniform draws from [−1/√fan_in, 1/√fan_in]: what PyTorch gives the
// weights of its linear and convolutional layers.
func FanInUniform(r *rand.Rand, shape []int, values []float64) {
	in, _ := Fans(shape)
	uniform(r, values, math.Sqrt(1/(3*float64(in))))
}

// biasFor returns the initialiser that PyTorch gives the bias of a layer of
// that fan-in: uniform in [−1/√fan_in, 1/√fan_in].
func biasFor(fanIn int) graph.Init {
	b := 1 / math.Sqrt(float64(fanIn))
	return Uniform(-b, b)
}

// Orthogonal draws a matrix whose rows, or columns where there are fewer, are
// orthonormal; further axes count as columns.
//
// Source: arXiv:1312.6120.
func Orthogonal(r *rand.Rand, shape []int, values []float64) {
	rows := 1
	if len(shape) > 0 {
		rows = shape[0]
	}
	cols := len(values) / rows
	normal(r, values, 1)
	if rows <= cols {
		orthonormalise(rows, cols, func(i, j int) *float64 { return &values[i*cols+j] })
	} else {
		orthonormalise(cols, rows, func(i, j int) *float64 { return &values[j*cols+i] })
	}
}

// orthonormalise makes n vectors of length m orthonormal, by Gram-Schmidt done
// twice, which is as accurate as a QR factorisation.
func orthonormalise(n, m int, at func(i, j int) *float64) {
	for i := range n {
		for range 2 {
			for k := range i {
				var dot float64
				for j := range m {
					dot += *at(i, j) * *at(k, j)
				}
				for j := range m {
					*at(i, j) -= dot * *at(k, j)
				}
			}
		}
		var norm float64
		for j := range m {
			norm += *at(i, j) * *at(i, j)
		}
		norm = math.Sqrt(norm)
		for j := range m {
			*at(i, j) /= norm
		}
	}
}

func uniform(r *rand.Rand, values []float64, deviation float64) {
	bound := deviation * math.Sqrt(3)
	for i := range values {
		values[i] = bound * (2*r.Float64() - 1)
	}
}

func normal(r *rand.Rand, values []float64, deviation float64) {
	for i := range values {
		values[i] = deviation * r.NormFloat64()
	}
}

// zeroRow returns an initialiser that does what init does, but for one row of
// zeros.
func zeroRow(init graph.Init, row int) graph.Init {
	return func(r *rand.Rand, shape []int, values []float64) {
		init(r, shape, values)
		if dim := len(values) / shape[0]; row < shape[0] {
			clear(values[row*dim : (row+1)*dim])
		}
	}
}

// Redraw gives every parameter of at least two axes new values, as if init had
// been its initialiser: to compare initialisations of one model.
func Redraw(store *graph.Store, init graph.Init) error {
	for _, p := range store.Params() {
		if p.IsBuffer() || len(p.Shape()) < 2 {
			continue
		}
		values := make([]float64, p.Len())
		init(store.Random(p.Name()), p.Shape(), values)
		if err := p.SetValues(values); err != nil {
			return err
		}
	}
	return nil
}
