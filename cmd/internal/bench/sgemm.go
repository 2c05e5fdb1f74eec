package bench

import (
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/par"
)

// sgemm is the product of two matrices [n, n].
func (b *bencher) sgemm(n int) (*benchTask, error) {
	pool := par.New(0)
	x, y, z := normal(n*n), normal(n*n), make([]float32, n*n)
	flops := 2 * float64(n) * float64(n) * float64(n)
	return &benchTask{
		unit: "GFLOP/s", per: flops / 1e9, flops: flops, extra: map[string]any{"n": n},
		step: func() error {
			gemm.Gemm(pool, false, false, n, n, n, x, n, y, n, 0, z, n, gemm.Epilogue[float32]{})
			return nil
		},
	}, nil
}
