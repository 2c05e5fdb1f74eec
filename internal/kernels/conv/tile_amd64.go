package conv

import "unsafe"

//go:generate go run -C ../gen ./conv -out ../conv/tile_amd64.s

// tileArgs describes groups of segments of up to six planes of the result to
// the assembly. Offsets are in bytes. Addresses are integers because some lie
// outside their slice by an offset that is added later; the job holds what
// they point to.
type tileArgs struct {
	a        uintptr // weights [terms, rows]
	tab      *int32  // [terms] from a position to a term's operand
	terms    int     // at least 1
	in       uintptr
	segments *segment
	count    int // of groups of segments
	out      uintptr
	row      uintptr // from plane to plane of the result
	flags    int
	bias     uintptr
	slope    float32
	_        float32
}

// segment is eight neighbours: where their first operand is, where the result
// goes and which of them are wanted.
type segment struct {
	in, out int
	mask    *int32
}

// The flags of a tile.
const (
	flagAccumulate = 1 << iota // y += instead of y =
	flagReLU
	flagLeaky
	flagBias
)

// maskTable holds at [8−w] the mask of w leading lanes.
var maskTable = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}

// dotArgs describes scalar products to the assembly: groups of taps views of
// x with the same planes of dy, over rows of steps vectors.
type dotArgs struct {
	tab            *int32
	groups         int
	x, d           uintptr
	strideD        uintptr // from plane to plane of dy
	steps, rows    int
	pitchX, pitchD uintptr // from the end of a row to the next one
	out            uintptr // [taps, 4], added to
}

// tileOf computes count pairs of segments.
func tileOf(t *tileArgs, rows int) {
	switch rows {
	case 1:
		if n := t.count / 3; n > 0 {
			rest := t.count % 3
			t.count = n
			tile1x6(t)
			t.segments = (*segment)(unsafe.Add(unsafe.Pointer(t.segments), 6*n*int(unsafe.Sizeof(segment{}))))
			t.count = rest
		}
		if t.count > 0 {
			tile1x2(t)
		}
	case 2:
		if n := t.count / 2; n > 0 {
			rest := t.count % 2
			t.count = n
			tile2x4(t)
			t.segments = (*segment)(unsafe.Add(unsafe.Pointer(t.segments), 4*n*int(unsafe.Sizeof(segment{}))))
			t.count = rest
		}
		if t.count > 0 {
			tile2x2(t)
		}
	case 3:
		tile3x2(t)
	case 4:
		tile4x2(t)
	case 5:
		tile5x2(t)
	case 6:
		tile6x2(t)
	}
}

func dotOf(t *dotArgs, taps, rows int) {
	switch 4*taps + rows - 1 {
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
func tile1x2(t *tileArgs)

//go:noescape
func tile2x2(t *tileArgs)

//go:noescape
func tile3x2(t *tileArgs)

//go:noescape
func tile4x2(t *tileArgs)

//go:noescape
func tile5x2(t *tileArgs)

//go:noescape
func tile6x2(t *tileArgs)

//go:noescape
func dot1x1(t *dotArgs)

//go:noescape
func dot1x2(t *dotArgs)

//go:noescape
func dot1x3(t *dotArgs)

//go:noescape
func dot1x4(t *dotArgs)

//go:noescape
func dot2x1(t *dotArgs)

//go:noescape
func dot2x2(t *dotArgs)

//go:noescape
func dot2x3(t *dotArgs)

//go:noescape
func dot2x4(t *dotArgs)

//go:noescape
func dot3x1(t *dotArgs)

//go:noescape
func dot3x2(t *dotArgs)

//go:noescape
func dot3x3(t *dotArgs)

//go:noescape
func dot3x4(t *dotArgs)

//go:noescape
func tile1x6(t *tileArgs)

//go:noescape
func tile2x4(t *tileArgs)
