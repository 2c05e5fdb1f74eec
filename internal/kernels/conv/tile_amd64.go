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

// tileOf computes count pairs of segments.
func tileOf(t *tileArgs, rows int) {
	switch rows {
	case 1:
		if n := t.count / 3; n > 0 {
			rest := t.count % 3
			t.count = n
			tile1x6(t)
			if t.count = rest; rest > 0 {
				t.segments = (*segment)(unsafe.Add(unsafe.Pointer(t.segments), 6*n*int(unsafe.Sizeof(segment{}))))
			}
		}
		if t.count > 0 {
			tile1x2(t)
		}
	case 2:
		if n := t.count / 2; n > 0 {
			rest := t.count % 2
			t.count = n
			tile2x4(t)
			if t.count = rest; rest > 0 {
				t.segments = (*segment)(unsafe.Add(unsafe.Pointer(t.segments), 4*n*int(unsafe.Sizeof(segment{}))))
			}
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
func tile1x6(t *tileArgs)

//go:noescape
func tile2x4(t *tileArgs)
