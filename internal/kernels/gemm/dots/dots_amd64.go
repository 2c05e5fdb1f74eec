package dots

import "github.com/hocsau/hocsau/internal/kernels/cpu"

//go:generate go run -C ../../gen ./gemm/dots -out ../gemm/dots/dots_amd64.s
//go:generate go run -C ../../gen ./gemm/dots -set avx512 -out ../gemm/dots/wide_amd64.s

// Args describes scalar products of views of x with planes of d to the
// assembly: out[view][plane] += Σ x[view]·d[plane] over Rows rows of Steps
// vectors of eight numbers. Offsets are in bytes. Addresses are integers; the
// caller keeps what they point to alive, on the heap.
//
// As many numbers of out as [Planes] tells are read and written for each
// view, whatever the number of planes; those of missing planes keep their
// values.
type Args struct {
	Tab            *int32  // the views' offsets from X
	Groups         int     // of views; changed by Run
	X, D           uintptr // the first vectors
	StrideD        uintptr // from plane to plane of d
	Steps, Rows    int     // at least 1
	PitchX, PitchD uintptr // from the end of a row to the next one
	Out            uintptr
	StepOut        uintptr // from view to view in out
}

// Planes returns how many planes a level, AVX2 or better, takes at most.
func Planes(level cpu.Set) int {
	if level >= cpu.AVX512 {
		return 8
	}
	return 4
}

// Run computes Groups groups of 1 to 3 views with 1 to Planes(level) planes.
func Run(level cpu.Set, t *Args, views, planes int) {
	if level >= cpu.AVX512 {
		wide(t, views, planes)
		return
	}
	switch 4*views + planes - 1 {
	case 4:
		dot1x1(t)
	case 5:
		dot1x2(t)
	case 6:
		dot1x3(t)
	case 7:
		dot1x4(t)
	case 8:
		dot2x1(t)
	case 9:
		dot2x2(t)
	case 10:
		dot2x3(t)
	case 11:
		dot2x4(t)
	case 12:
		dot3x1(t)
	case 13:
		dot3x2(t)
	case 14:
		dot3x3(t)
	case 15:
		dot3x4(t)
	}
}

func wide(t *Args, views, planes int) {
	switch 8*views + planes - 1 {
	case 8:
		wide1x1(t)
	case 9:
		wide1x2(t)
	case 10:
		wide1x3(t)
	case 11:
		wide1x4(t)
	case 12:
		wide1x5(t)
	case 13:
		wide1x6(t)
	case 14:
		wide1x7(t)
	case 15:
		wide1x8(t)
	case 16:
		wide2x1(t)
	case 17:
		wide2x2(t)
	case 18:
		wide2x3(t)
	case 19:
		wide2x4(t)
	case 20:
		wide2x5(t)
	case 21:
		wide2x6(t)
	case 22:
		wide2x7(t)
	case 23:
		wide2x8(t)
	case 24:
		wide3x1(t)
	case 25:
		wide3x2(t)
	case 26:
		wide3x3(t)
	case 27:
		wide3x4(t)
	case 28:
		wide3x5(t)
	case 29:
		wide3x6(t)
	case 30:
		wide3x7(t)
	case 31:
		wide3x8(t)
	}
}

//go:noescape
func dot1x1(t *Args)

//go:noescape
func dot1x2(t *Args)

//go:noescape
func dot1x3(t *Args)

//go:noescape
func dot1x4(t *Args)

//go:noescape
func dot2x1(t *Args)

//go:noescape
func dot2x2(t *Args)

//go:noescape
func dot2x3(t *Args)

//go:noescape
func dot2x4(t *Args)

//go:noescape
func dot3x1(t *Args)

//go:noescape
func dot3x2(t *Args)

//go:noescape
func dot3x3(t *Args)

//go:noescape
func dot3x4(t *Args)

//go:noescape
func wide1x1(t *Args)

//go:noescape
func wide1x2(t *Args)

//go:noescape
func wide1x3(t *Args)

//go:noescape
func wide1x4(t *Args)

//go:noescape
func wide1x5(t *Args)

//go:noescape
func wide1x6(t *Args)

//go:noescape
func wide1x7(t *Args)

//go:noescape
func wide1x8(t *Args)

//go:noescape
func wide2x1(t *Args)

//go:noescape
func wide2x2(t *Args)

//go:noescape
func wide2x3(t *Args)

//go:noescape
func wide2x4(t *Args)

//go:noescape
func wide2x5(t *Args)

//go:noescape
func wide2x6(t *Args)

//go:noescape
func wide2x7(t *Args)

//go:noescape
func wide2x8(t *Args)

//go:noescape
func wide3x1(t *Args)

//go:noescape
func wide3x2(t *Args)

//go:noescape
func wide3x3(t *Args)

//go:noescape
func wide3x4(t *Args)

//go:noescape
func wide3x5(t *Args)

//go:noescape
func wide3x6(t *Args)

//go:noescape
func wide3x7(t *Args)

//go:noescape
func wide3x8(t *Args)
