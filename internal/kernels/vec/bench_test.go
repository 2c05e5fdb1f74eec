package vec

import (
	"testing"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// benchmarks are loops over n elements that fit the second cache; bytes counts
// what one element reads and writes.
func benchmarks() []struct {
	name  string
	bytes int
	loop  func(p *par.Pool, b *buffers)
} {
	return []struct {
		name  string
		bytes int
		loop  func(p *par.Pool, b *buffers)
	}{
		{"ReLU", 8, func(p *par.Pool, b *buffers) { Map(p, ReLU, b.x, b.y, 0) }},
		{"ReLUGrad", 12, func(p *par.Pool, b *buffers) { MapGrad(p, ReLU, nil, b.x, b.y, b.z, 0) }},
		{"Exp", 8, func(p *par.Pool, b *buffers) { Map(p, Exp, b.x, b.y, 0) }},
		{"Log", 8, func(p *par.Pool, b *buffers) { Map(p, Log, b.w, b.y, 0) }},
		{"Sigmoid", 8, func(p *par.Pool, b *buffers) { Map(p, Sigmoid, b.x, b.y, 0) }},
		{"Tanh", 8, func(p *par.Pool, b *buffers) { Map(p, Tanh, b.x, b.y, 0) }},
		{"TanhGrad", 12, func(p *par.Pool, b *buffers) { MapGrad(p, Tanh, nil, b.x, b.y, b.z, 0) }},
		{"Softplus", 8, func(p *par.Pool, b *buffers) { Map(p, Softplus, b.x, b.y, 0) }},
		{"GELU", 8, func(p *par.Pool, b *buffers) { Map(p, GELU, b.x, b.y, 0) }},
		{"Add", 12, func(p *par.Pool, b *buffers) { Zip(p, Add, b.x, b.y, b.z) }},
		{"AddRow", 8, func(p *par.Pool, b *buffers) {
			ZipBroadcast(p, Add, []int{len(b.x) / 100, 100}, []int{100, 1}, []int{0, 1}, b.x, b.y, b.z)
		}},
		{"Axpy", 12, func(p *par.Pool, b *buffers) { Axpy(p, 1e-9, b.x, b.y) }},
		{"Sum", 4, func(p *par.Pool, b *buffers) { Sum(p, b.x) }},
		{"Dot", 8, func(p *par.Pool, b *buffers) { Dot(p, b.x, b.y) }},
		{"AllFinite", 4, func(p *par.Pool, b *buffers) { AllFinite(b.x) }},
		{"Softmax10", 8, func(p *par.Pool, b *buffers) { Softmax(p, len(b.x)/10, 10, 1, b.x, b.y) }},
		{"Softmax1000", 8, func(p *par.Pool, b *buffers) { Softmax(p, len(b.x)/1000, 1000, 1, b.x, b.y) }},
		{"SoftmaxColumns", 8, func(p *par.Pool, b *buffers) { Softmax(p, len(b.x)/1600, 100, 16, b.x, b.y) }},
		{"CrossEntropy1000", 8, func(p *par.Pool, b *buffers) {
			CrossEntropy(p, len(b.x)/1000, 1000, b.x, b.labels, nil, 0, nil, b.z, b.y)
		}},
		{"BatchNormStats", 4, func(p *par.Pool, b *buffers) {
			BatchNormStats(p, len(b.x)/16384, 16, 1024, b.x, b.y, b.z)
		}},
		{"BatchNormApply", 8, func(p *par.Pool, b *buffers) {
			BatchNormApply(p, len(b.x)/16384, 16, 1024, b.x, b.w, b.w, 1, b.w, b.w, b.y, Rectify[float32]{On: true})
		}},
		{"BatchNormGrad", 12, func(p *par.Pool, b *buffers) {
			BatchNormSums(p, len(b.x)/16384, 16, 1024, b.x, b.w, b.w, 1, b.w, b.w, b.y, Rectify[float32]{On: true}, b.s[:16], b.s[16:])
			BatchNormGrad(p, len(b.x)/16384, 16, 1024, b.x, b.w, b.w, 1, b.w, b.w, b.y, Rectify[float32]{On: true}, b.s[:16], b.s[16:], b.z)
		}},
		{"Dropout", 4, func(p *par.Pool, b *buffers) { DropoutMask(p, 1, 2, 3, 0.5, 2, b.z) }},
		{"Transpose", 8, func(p *par.Pool, b *buffers) { Transpose(p, []int{256, len(b.x) / 256}, []int{1, 0}, b.x, b.y) }},
		{"Adam", 28, func(p *par.Pool, b *buffers) {
			Adam(p, AdamParams{LR: 1e-9, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Correction1: 1, Correction2: 1}, b.y, b.x, b.z, b.s, nil)
		}},
	}
}

type buffers struct {
	x, y, z, w, s []float32
	labels        []int
}

func newBuffers(n int) *buffers {
	b := &buffers{}
	for _, v := range []*[]float32{&b.x, &b.y, &b.z, &b.w, &b.s} {
		*v = make([]float32, n)
		for i := range *v {
			(*v)[i] = float32(mix64(uint64(i))>>40)/(1<<22) - 2
		}
	}
	Map(nil, Abs, b.w, b.w, 0)
	Map(nil, Abs, b.s, b.s, 0)
	b.labels = make([]int, n)
	return b
}

func BenchmarkLoops(b *testing.B) {
	const n = 32768
	data := newBuffers(n)
	for _, bench := range benchmarks() {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(n * bench.bytes))
			for b.Loop() {
				bench.loop(nil, data)
			}
		})
	}
}

func TestLoops_allocateNothing(t *testing.T) {
	p := par.New(2)
	defer p.Close()
	data := newBuffers(1 << 17)
	for _, bench := range benchmarks() {
		loop := func() { bench.loop(p, data) }
		if got := testing.AllocsPerRun(20, loop); got > 0.5 {
			t.Errorf("%s: %v allocations a run, want 0", bench.name, got)
		}
	}
}
