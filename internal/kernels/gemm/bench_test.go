package gemm

import (
	"fmt"
	"testing"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/par"
	"github.com/hocsau/hocsau/internal/kernels/peak"
)

// shapes are products that the models compute.
var shapes = []struct {
	name           string
	transA, transB bool
	m, n, k        int
}{
	{"64", false, false, 64, 64, 64},
	{"512", false, false, 512, 512, 512},
	{"512nt", false, true, 512, 512, 512},
	{"512tn", true, false, 512, 512, 512},
	{"1024", false, false, 1024, 1024, 1024},
	{"2048", false, false, 2048, 2048, 2048},
	{"lenet_fc1", false, true, 64, 120, 400},
	{"lenet_fc1_dw", true, false, 120, 400, 64},
	{"lenet_fc1_dx", false, false, 64, 400, 120},
	{"lenet_fc3", false, true, 64, 10, 84},
	{"lstm_gates", false, true, 20, 800, 200},
	{"lstm_logits", false, false, 700, 10000, 200},
	{"lstm_logits_nt", false, true, 700, 10000, 200},
	{"inception_1x1", false, false, 64, 784, 192}, // a 1×1 convolution
	{"inception_1x1_dx", true, false, 192, 784, 64},
	{"vgg_conv5_dw", false, true, 512, 1017, 256}, // a block of patches
	{"row_nt", false, true, 1, 1024, 1024},
	{"row_nn", false, false, 1, 1024, 1024},
	{"beam_nt", false, true, 5, 2048, 512},
	{"column", false, false, 1024, 1, 1024},
}

// BenchmarkGemm reports the rate on the shapes that the models use, with one
// thread and with all, and its share of two bounds: of what the processor can
// compute (%peak), and of the lesser of that and of what the operands' bytes
// allow when each is moved once at the speed with which memory of their size is
// read (%bound). Both are measured right before and after.
func BenchmarkGemm(b *testing.B) {
	for _, tt := range shapes {
		x, y, c := noise[float32](1, tt.m*tt.k), noise[float32](2, tt.k*tt.n), make([]float32, tt.m*tt.n)
		lda, ldb := tt.k, tt.n
		if tt.transA {
			lda = tt.m
		}
		if tt.transB {
			ldb = tt.k
		}
		for _, threads := range []int{1, 0} {
			b.Run(fmt.Sprintf("%s/%d", tt.name, threads), func(b *testing.B) {
				p := par.New(threads)
				defer p.Close()
				moved := make([]float32, tt.m*tt.k+tt.k*tt.n+tt.m*tt.n)
				most, bytes := peak.Measure(p), peak.Bandwidth(p, moved)
				for b.Loop() {
					Gemm(p, tt.transA, tt.transB, tt.m, tt.n, tt.k, x, lda, y, ldb, 0, c, tt.n, Epilogue[float32]{})
				}
				flops := 2 * tt.m * tt.n * tt.k
				got := rate(b, flops)
				most, bytes = (most+peak.Measure(p))/2, (bytes+peak.Bandwidth(p, moved))/2
				b.ReportMetric(100*got/most, "%peak")
				b.ReportMetric(100*got/min(most, bytes*float64(flops)/float64(4*len(moved))), "%bound")
			})
		}
	}
}

// BenchmarkPortable is the plain Go form.
func BenchmarkPortable(b *testing.B) {
	const n = 256
	b.Run("float32", func(b *testing.B) { portable[float32](b, n) })
	b.Run("float64", func(b *testing.B) { portable[float64](b, n) })
}

func portable[T Float](b *testing.B, n int) {
	x, y, c := noise[T](1, n*n), noise[T](2, n*n), make([]T, n*n)
	for b.Loop() {
		run(nil, cpu.Generic, &problem[T]{batch: 1, m: n, n: n, k: n, a: x, lda: n, b: y, ldb: n, c: c, ldc: n})
	}
	rate(b, 2*n*n*n)
}

// rate reports and returns the operations a second.
func rate(b *testing.B, flops int) float64 {
	got := float64(flops) * float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(got/1e9, "GFLOP/s")
	return got
}
