//go:build amd64 || arm64

package dots

import (
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
)

func address(x []float32) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(x))) }

// heap returns n small whole numbers, whose products are summed exactly.
func heap(n, seed int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32((i*7+seed)%11 - 5)
	}
	return x
}

// sink keeps slices whose address the assembly uses on the heap.
var sink [][]float32

func TestRun_equalsDefinition(t *testing.T) {
	if cpu.Best() == cpu.Generic {
		t.Skip("this processor has no vectors for it")
	}
	rapid.Check(t, func(t *rapid.T) {
		level := rapid.SampledFrom(cpu.Sets()[1:]).Draw(t, "level")
		most := Planes(level)
		views, planes := rapid.IntRange(1, 3).Draw(t, "views"), rapid.IntRange(1, most).Draw(t, "planes")
		groups := rapid.IntRange(1, 4).Draw(t, "groups")
		steps, rows := rapid.IntRange(1, 9).Draw(t, "steps"), rapid.IntRange(1, 4).Draw(t, "rows")
		gapX, gapD := rapid.IntRange(0, 9).Draw(t, "gapX"), rapid.IntRange(0, 9).Draw(t, "gapD")
		pitchX, pitchD := 8*steps+gapX, 8*steps+gapD
		strideD, stepOut := rows*pitchD+rapid.IntRange(0, 5).Draw(t, "strideD"), most+rapid.IntRange(0, 3).Draw(t, "stepOut")
		n := groups * views
		x, d := heap(rows*pitchX+3*n, 1), heap(planes*strideD, 2)
		out := heap(n*stepOut, 3)
		want := append([]float32(nil), out...)
		tab := make([]int32, n)
		for v := range tab {
			tab[v] = int32(4 * 3 * v)
			for p := range planes {
				for r := range rows {
					for i := range 8 * steps {
						want[v*stepOut+p] += x[3*v+r*pitchX+i] * d[p*strideD+r*pitchD+i]
					}
				}
			}
		}
		sink = [][]float32{x, d, out}
		Run(level, &Args{
			Tab: &tab[0], Groups: groups, X: address(x), D: address(d), StrideD: uintptr(4 * strideD),
			Steps: steps, Rows: rows, PitchX: uintptr(4 * gapX), PitchD: uintptr(4 * gapD),
			Out: address(out), StepOut: uintptr(4 * stepOut),
		}, views, planes)
		for i, w := range want {
			if out[i] != w {
				t.Fatalf("out[%d] = %v, want %v", i, out[i], w)
			}
		}
	})
}
