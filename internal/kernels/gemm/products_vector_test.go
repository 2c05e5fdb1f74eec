//go:build amd64 || arm64

package gemm

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
)

// TestProducts compares with the definition, and looks for writes elsewhere.
func TestProducts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, most int) int { return rapid.IntRange(1, most).Draw(t, name) }
		p := Products{Count: draw("count", 3), M: draw("m", 30), N: draw("n", 70), K: draw("k", 40), Accumulate: rapid.Bool().Draw(t, "accumulate")}
		p.LdA, p.LdB, p.LdC = p.M+draw("a", 3)-1, p.N+draw("b", 3)-1, p.N+draw("c", 3)-1
		p.StrideA, p.StrideB, p.StrideC = p.K*p.LdA, p.K*p.LdB, p.M*p.LdC+draw("apart", 4)-1
		fill := func(n, seed int) []float32 {
			x := make([]float32, n)
			for i := range x {
				x[i] = float32((i*i+seed)%17-8) / 8 // sums of products are exact
			}
			return x
		}
		p.A, p.B = fill(p.Count*p.StrideA, 1), fill(p.Count*p.StrideB, 5)
		for _, level := range cpu.Sets()[1:] {
			p.C = fill(p.Count*p.StrideC, 3)
			want := fill(len(p.C), 3)
			for i := range p.Count {
				for r := range p.M {
					for c := range p.N {
						at := i*p.StrideC + r*p.LdC + c
						if !p.Accumulate {
							want[at] = 0
						}
						for l := range p.K {
							want[at] += p.A[i*p.StrideA+l*p.LdA+r] * p.B[i*p.StrideB+l*p.LdB+c]
						}
					}
				}
			}
			p.Run(level)
			for i, w := range want {
				if p.C[i] != w {
					t.Fatalf("%v: c[%d] = %v, want %v", level, i, p.C[i], w)
				}
			}
		}
	})
}

func TestProducts_shortSlice(t *testing.T) {
	if cpu.Best() == cpu.Generic {
		t.Skip("this processor has no vectors for it")
	}
	defer func() {
		if recover() == nil {
			t.Error("a slice that is too short is taken")
		}
	}()
	p := Products{Count: 1, M: 2, N: 2, K: 2, A: make([]float32, 4), B: make([]float32, 4), C: make([]float32, 3), LdA: 2, LdB: 2, LdC: 2}
	p.Run(cpu.Best())
}
