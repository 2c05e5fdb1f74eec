package conv

import (
	"fmt"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/par"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// Norm is a normalisation of each channel of a result with constants:
//
//	y = r(scale·(z − mean) + beta)
type Norm[T gemm.Float] struct {
	Mean, Scale, Beta []T // [K]
	Rectify           vec.Rectify[T]
}

// ForwardNorm is [Forward] followed by a normalisation, with the same bits as
// one after the other.
func ForwardNorm[T gemm.Float](p *par.Pool, s *Shape, x, w, bias, y []T, n Norm[T]) {
	s.check(len(x), len(w), len(y))
	for _, l := range []int{len(n.Mean), len(n.Scale), len(n.Beta)} {
		if l < s.K {
			panic(fmt.Sprintf("conv: a normalisation of %d channels, expected %d", l, s.K))
		}
	}
	if bias != nil && len(bias) < s.K {
		panic(fmt.Sprintf("conv: bias has %d numbers, expected %d", len(bias), s.K))
	}
	run(p, cpu.Level(), &call[T]{pass: forward, s: *s, x: x, w: w, y: y, bias: bias, norm: n})
}

// apply normalises part of channel k of the result.
func (n *Norm[T]) apply(k int, y []T) {
	if n.Mean != nil {
		vec.NormRow(y, n.Mean[k], n.Scale[k], n.Beta[k], y, n.Rectify)
	}
}
