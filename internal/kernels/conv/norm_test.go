package conv

import (
	"fmt"
	"testing"

	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/par"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// TestForwardNorm_sameBits compares the one pass with the two.
func TestForwardNorm_sameBits(t *testing.T) {
	p := par.New(2)
	defer p.Close()
	merged := Shape2D(3, 256, 260, [2]int{5, 9}, [2]int{3, 3}, 1, 1)
	wide := Shape2D(1, 3, 20, [2]int{40, 70}, [2]int{3, 3}, 2, 1)
	for _, s := range []Shape{
		Shape2D(2, 5, 17, [2]int{9, 11}, [2]int{3, 3}, 1, 1),
		Shape2D(17, 16, 16, [2]int{8, 8}, [2]int{3, 3}, 1, 1),
		Shape2D(3, 12, 30, [2]int{6, 7}, [2]int{1, 1}, 1, 0),
		merged, wide, depthwise(3, 9, 10),
	} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			x, w, y := s.operands()
			for _, bias := range [][]float32{nil, noise[float32](4, s.K)} {
				for _, slope := range []float32{0, 0.1} {
					n := Norm[float32]{
						Mean: noise[float32](5, s.K), Scale: noise[float32](6, s.K), Beta: noise[float32](7, s.K),
						Rectify: vec.Rectify[float32]{On: true, Slope: slope},
					}
					Forward(p, &s, x, w, bias, y, gemm.Identity, 0)
					for i := range s.N * s.K {
						row := y[i*s.outArea():][:s.outArea()]
						k := i % s.K
						vec.NormRow(row, n.Mean[k], n.Scale[k], n.Beta[k], row, n.Rectify)
					}
					got := make([]float32, len(y))
					ForwardNorm(p, &s, x, w, bias, got, n)
					for i, want := range y {
						if got[i] != want {
							t.Fatalf("y[%d] = %v, want %v", i, got[i], want)
						}
					}
				}
			}
		})
	}
}
