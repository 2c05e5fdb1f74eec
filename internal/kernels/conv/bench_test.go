package conv

import (
	"testing"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/par"
)

// shapes are convolutions of the models.
var shapes = []struct {
	name  string
	shape Shape
}{
	{"lenet1", Shape2D(64, 1, 6, [2]int{28, 28}, [2]int{5, 5}, 1, 2)},
	{"lenet2", Shape2D(64, 6, 16, [2]int{14, 14}, [2]int{5, 5}, 1, 0)},
	{"resnet_stem", Shape2D(64, 3, 16, [2]int{32, 32}, [2]int{3, 3}, 1, 1)},
	{"resnet16", Shape2D(64, 16, 16, [2]int{32, 32}, [2]int{3, 3}, 1, 1)},
	{"resnet16_32", Shape2D(64, 16, 32, [2]int{32, 32}, [2]int{3, 3}, 2, 1)},
	{"resnet32", Shape2D(64, 32, 32, [2]int{16, 16}, [2]int{3, 3}, 1, 1)},
	{"resnet32_64", Shape2D(64, 32, 64, [2]int{16, 16}, [2]int{3, 3}, 2, 1)},
	{"resnet64", Shape2D(64, 64, 64, [2]int{8, 8}, [2]int{3, 3}, 1, 1)},
	{"resnet_skip", Shape2D(64, 32, 64, [2]int{16, 16}, [2]int{1, 1}, 2, 0)},
	{"basicblock", Shape2D(8, 64, 64, [2]int{56, 56}, [2]int{3, 3}, 1, 1)},
	{"inception_1x1", Shape2D(16, 192, 64, [2]int{28, 28}, [2]int{1, 1}, 1, 0)},
	{"inception_1x1s", Shape2D(16, 192, 16, [2]int{28, 28}, [2]int{1, 1}, 1, 0)},
	{"inception_3x3", Shape2D(16, 96, 128, [2]int{28, 28}, [2]int{3, 3}, 1, 1)},
	{"inception_5x5", Shape2D(16, 16, 32, [2]int{28, 28}, [2]int{5, 5}, 1, 2)},
	{"yolo1", Shape2D(1, 3, 16, [2]int{416, 416}, [2]int{3, 3}, 1, 1)},
	{"yolo3", Shape2D(1, 32, 64, [2]int{104, 104}, [2]int{3, 3}, 1, 1)},
	{"yolo6", Shape2D(1, 256, 512, [2]int{13, 13}, [2]int{3, 3}, 1, 1)},
	{"vgg1", Shape2D(1, 3, 64, [2]int{256, 256}, [2]int{3, 3}, 1, 1)},
	{"vgg2", Shape2D(1, 64, 64, [2]int{256, 256}, [2]int{3, 3}, 1, 1)},
	{"vgg5", Shape2D(1, 256, 256, [2]int{64, 64}, [2]int{3, 3}, 1, 1)},
	{"vgg12", Shape2D(1, 512, 512, [2]int{32, 32}, [2]int{3, 3}, 1, 1)},
	{"vgg16", Shape2D(1, 512, 512, [2]int{16, 16}, [2]int{3, 3}, 1, 1)},
	{"dcgan1", Shape2D(64, 1, 64, [2]int{32, 32}, [2]int{4, 4}, 2, 1)},
	{"dcgan2", Shape2D(64, 64, 128, [2]int{16, 16}, [2]int{4, 4}, 2, 1)},
	{"dcgan3", Shape2D(64, 128, 256, [2]int{8, 8}, [2]int{4, 4}, 2, 1)},
	{"depthwise", depthwise(8, 64, 56)},
}

func depthwise(n, c, size int) Shape {
	s := Shape2D(n, c, c, [2]int{size, size}, [2]int{3, 3}, 1, 1)
	s.Groups = c
	return s
}

func (s *Shape) operands() (x, w, y []float32) {
	return noise[float32](1, s.N*s.C*s.inArea()), noise[float32](2, s.K*s.cg()*s.taps()), noise[float32](3, s.N*s.K*s.outArea())
}

// BenchmarkConv reports the rate of each pass with all threads.
func BenchmarkConv(b *testing.B) {
	p := par.New(0)
	defer p.Close()
	for _, tt := range shapes {
		s := tt.shape
		x, w, y := s.operands()
		for _, pass := range []struct {
			name string
			do   func()
		}{
			{"forward", func() { Forward(p, &s, x, w, nil, y, gemm.ReLU, 0) }},
			{"input", func() { BackwardInput(p, &s, w, y, x) }},
			{"weight", func() { BackwardWeight(p, &s, x, y, w) }},
		} {
			b.Run(tt.name+"/"+pass.name, func(b *testing.B) {
				for b.Loop() {
					pass.do()
				}
				rate(b, s.Flops())
			})
		}
	}
}

// BenchmarkPortable is the plain Go form on one thread.
func BenchmarkPortable(b *testing.B) {
	s := Shape2D(4, 16, 16, [2]int{32, 32}, [2]int{3, 3}, 1, 1)
	x, w, y := s.operands()
	for _, tt := range []struct {
		name string
		pass pass
	}{{"forward", forward}, {"input", backwardInput}, {"weight", backwardWeight}} {
		b.Run(tt.name, func(b *testing.B) {
			for b.Loop() {
				run(nil, cpu.Generic, &call[float32]{pass: tt.pass, s: s, x: x, w: w, y: y})
			}
			rate(b, s.Flops())
		})
	}
}

func rate(b *testing.B, flops int) {
	b.ReportMetric(float64(flops)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
