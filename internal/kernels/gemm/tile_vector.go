//go:build amd64 || arm64

package gemm

//go:generate go run -C ../gen ./gemm -out ../gemm/tile_amd64.s
//go:generate go run -C ../gen ./neon -in ../gemm/tile_amd64.s -out ../gemm/tile_arm64.s

// tileArgs describes count tiles of C to the assembly, which advances the
// addresses. Steps are in bytes. Addresses
// are integers because those behind the last tile point nowhere; what they
// point to is held by the job.
type tileArgs struct {
	a            uintptr
	rowA, stepA  uintptr // from row to row, from term to term
	b            uintptr
	stepB        uintptr
	k            int // terms, at least 1
	c            uintptr
	rowC         uintptr
	mask         *int32 // of the last vector's columns, for AVX2 and NEON
	count        int
	nextA, nextB uintptr // from tile to tile
	nextC        uintptr
	flags        int
	bias         uintptr
	nextBias     uintptr
	slope        float32
	bits         uint32 // of the last vector's columns, for AVX-512
}

// The flags of a tile.
const (
	flagAccumulate = 1 << iota // C += instead of C =
	flagReLU
	flagLeaky
	flagBiasRows
	flagBiasColumns
)

// maskTable holds at [8−w] the mask of w leading lanes.
var maskTable = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}

// tileOf runs tiles of up to 6 rows and 16 columns.
func tileOf(t *tileArgs, rows, columns int) {
	switch {
	case columns == 16:
		full(t, rows)
	case columns > 8:
		t.mask = &maskTable[16-columns]
		ragged(t, rows)
	default:
		t.mask = &maskTable[8-columns]
		narrow(t, rows)
	}
}

func full(t *tileArgs, rows int) {
	switch rows {
	case 1:
		tile1x16(t)
	case 2:
		tile2x16(t)
	case 3:
		tile3x16(t)
	case 4:
		tile4x16(t)
	case 5:
		tile5x16(t)
	case 6:
		tile6x16(t)
	}
}

func ragged(t *tileArgs, rows int) {
	switch rows {
	case 1:
		tile1x16masked(t)
	case 2:
		tile2x16masked(t)
	case 3:
		tile3x16masked(t)
	case 4:
		tile4x16masked(t)
	case 5:
		tile5x16masked(t)
	case 6:
		tile6x16masked(t)
	}
}

func narrow(t *tileArgs, rows int) {
	switch rows {
	case 1:
		tile1x8masked(t)
	case 2:
		tile2x8masked(t)
	case 3:
		tile3x8masked(t)
	case 4:
		tile4x8masked(t)
	case 5:
		tile5x8masked(t)
	case 6:
		tile6x8masked(t)
	}
}

//go:noescape
func tile1x16(t *tileArgs)

//go:noescape
func tile2x16(t *tileArgs)

//go:noescape
func tile3x16(t *tileArgs)

//go:noescape
func tile4x16(t *tileArgs)

//go:noescape
func tile5x16(t *tileArgs)

//go:noescape
func tile6x16(t *tileArgs)

//go:noescape
func tile1x16masked(t *tileArgs)

//go:noescape
func tile2x16masked(t *tileArgs)

//go:noescape
func tile3x16masked(t *tileArgs)

//go:noescape
func tile4x16masked(t *tileArgs)

//go:noescape
func tile5x16masked(t *tileArgs)

//go:noescape
func tile6x16masked(t *tileArgs)

//go:noescape
func tile1x8masked(t *tileArgs)

//go:noescape
func tile2x8masked(t *tileArgs)

//go:noescape
func tile3x8masked(t *tileArgs)

//go:noescape
func tile4x8masked(t *tileArgs)

//go:noescape
func tile5x8masked(t *tileArgs)

//go:noescape
func tile6x8masked(t *tileArgs)
