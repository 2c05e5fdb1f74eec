package graph

import (
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/conv"
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/gemm/scratch"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// convNorm is a convolution followed by a normalisation with given statistics,
// as in evaluation, in one pass. Its inputs are those of the convolution, then
// the packed statistics, γ and β.
type convNorm struct {
	noGradient
	conv convolution
	norm batchNorm
}

// absorb returns the kernel that does the work of the convolution before this
// normalisation too.
func (k batchNorm) absorb(from kernel) (kernel, bool) {
	c, ok := from.(*convolution)
	if !ok || k.batch || c.act != gemm.Identity || k.area < 8 {
		return nil, false // shorter rows round otherwise
	}
	return convNorm{conv: *c, norm: k}, true
}

func (k convNorm) String() string { return k.conv.String() + " and " + k.norm.String() }

func (k convNorm) describe() Description {
	return describe("ConvBatchNorm", append(convSettings(k.conv.rank, &k.conv.shape), "epsilon", k.norm.eps)...)
}

func (k convNorm) fuse(next kernel) (kernel, bool) {
	n, ok := k.norm.fuse(next)
	if ok {
		k.norm = n.(batchNorm)
	}
	return k, ok
}

func (k convNorm) compute(c *call) error {
	if c.double() {
		convolveNorm[float64](k, c)
	} else {
		convolveNorm[float32](k, c)
	}
	return nil
}

func convolveNorm[T vec.Float](k convNorm, c *call) {
	var bias []T
	next := 2
	if k.conv.bias {
		bias = input[T](c, 2)
		next = 3
	}
	stats, gamma, beta := input[T](c, next), input[T](c, next+1), input[T](c, next+2)
	channels := k.norm.c
	var zero T
	buf := scratch.Take(channels * int(unsafe.Sizeof(zero)))
	defer buf.Release()
	scale := scratch.Of[T](buf, 0, channels)
	for i := range scale {
		scale[i] = vec.NormScale(gamma[i], stats[channels+i], T(k.norm.eps))
	}
	conv.ForwardNorm(c.pool, &k.conv.shape, input[T](c, 0), input[T](c, 1), bias, output[T](c),
		conv.Norm[T]{Mean: stats[:channels], Scale: scale, Beta: beta, Rectify: rectifier[T](k.norm.rectify)})
}
