package pool

import "testing"

// BenchmarkPool counts the bytes of input and output of 64 planes.
func BenchmarkPool(b *testing.B) {
	for _, v := range []struct {
		name                      string
		size, kernel, stride, pad int
	}{
		{"2x2s2/28", 28, 2, 2, 0}, {"2x2s2/14", 14, 2, 2, 0}, {"2x2s2/112", 112, 2, 2, 0},
		{"3x3s1/14", 14, 3, 1, 1}, {"3x3s2/56", 56, 3, 2, 1}, {"3x3s2/17", 17, 3, 2, 1},
	} {
		out := (v.size+2*v.pad-v.kernel)/v.stride + 1
		s := &Shape{N: 8, C: 8, In: [3]int{1, v.size, v.size}, Out: [3]int{1, out, out},
			Kernel: [3]int{1, v.kernel, v.kernel}, Stride: [3]int{1, v.stride, v.stride},
			PadStart: [3]int{0, v.pad, v.pad}, PadEnd: [3]int{0, v.pad, v.pad}}
		x, y := make([]float32, 64*s.inArea()), make([]float32, 64*s.outArea())
		for i := range x {
			x[i] = float32(uint32(i) * 2654435769 >> 20)
		}
		idx := make([]int32, len(y))
		for _, f := range []struct {
			name string
			loop func()
		}{
			{"max", func() { Max(nil, s, x, y, nil) }},
			{"maxIndex", func() { Max(nil, s, x, y, idx) }},
			{"maxGrad", func() { MaxGrad(nil, s, idx, y, x) }},
			{"avg", func() { Avg(nil, s, x, y, true) }},
			{"avgGrad", func() { AvgGrad(nil, s, y, x, true) }},
		} {
			b.Run(f.name+"/"+v.name, func(b *testing.B) {
				Max(nil, s, x, y, idx)
				b.SetBytes(int64(4 * (len(x) + len(y))))
				for b.Loop() {
					f.loop()
				}
			})
		}
	}
	b.Run("nearest/28", func(b *testing.B) {
		x, y := make([]float32, 64*14*14), make([]float32, 64*28*28)
		b.SetBytes(int64(4 * (len(x) + len(y))))
		for b.Loop() {
			UpsampleNearest(nil, 8, 8, [3]int{1, 14, 14}, [3]int{1, 28, 28}, x, y)
		}
	})
	b.Run("bilinear/28", func(b *testing.B) {
		x, y := make([]float32, 64*14*14), make([]float32, 64*28*28)
		b.SetBytes(int64(4 * (len(x) + len(y))))
		for b.Loop() {
			UpsampleBilinear(nil, 8, 8, 14, 14, 28, 28, false, x, y)
		}
	})
}
