//go:build amd64 || arm64

package conv

import "unsafe"

//go:generate go run -C ../gen ./conv -out ../conv/tile_amd64.s
//go:generate go run -C ../gen ./neon -in ../conv/tile_amd64.s -out ../conv/tile_arm64.s

// tileArgs describes groups of segments of some planes of the result to the
// assembly. Offsets are in bytes. Addresses are integers because some lie
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

// tiles computes count groups of segments of rows planes.
func (p *plan) tiles(t *tileArgs, rows int) {
	if p.tiling().group == 4 {
		wideOf(t, rows)
	} else {
		tileOf(t, rows)
	}
}

// several gives t every whole multiple of n groups as one, and returns how
// many groups remain for skip to give.
func (t *tileArgs) several(n int) (rest int) {
	rest = t.count % n
	t.count /= n
	return rest
}

// skip leaves the done segments behind and gives t the rest of the groups.
func (t *tileArgs) skip(done, rest int) {
	if t.count = rest; rest > 0 {
		t.segments = (*segment)(unsafe.Add(unsafe.Pointer(t.segments), done*int(unsafe.Sizeof(segment{}))))
	}
}

// tileOf computes count pairs of segments of up to 6 planes.
func tileOf(t *tileArgs, rows int) {
	switch rows {
	case 1:
		if n := t.count / 3; n > 0 {
			rest := t.several(3)
			tile1x6(t)
			t.skip(6*n, rest)
		}
		if t.count > 0 {
			tile1x2(t)
		}
	case 2:
		if n := t.count / 2; n > 0 {
			rest := t.several(2)
			tile2x4(t)
			t.skip(4*n, rest)
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
