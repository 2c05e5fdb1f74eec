//go:build amd64 || arm64

package dots

import "github.com/hocsau/hocsau/internal/kernels/cpu"

//go:generate go run -C ../../gen ./gemm/dots -out ../gemm/dots/dots_amd64.s
//go:generate go run -C ../../gen ./neon -in ../gemm/dots/dots_amd64.s -out ../gemm/dots/dots_arm64.s

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
