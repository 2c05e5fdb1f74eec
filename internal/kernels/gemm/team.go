package gemm

import "github.com/hocsau/hocsau/internal/kernels/gemm/scratch"

// teamLeast is the least of C's rows and columns for which several threads
// copy B together rather than each its own.
const teamLeast = 128

// team is how several threads compute one large product: all copy B, or as
// much of it as the memory for it takes, into panels, each once; then they
// compute pieces of C, blocks of rows times a few panels. A thread copies the
// rows of A that it needs, and keeps them for its next piece.
type team struct {
	buf          *scratch.Buffer
	first, terms int // of the sums in hand
	kc           int // terms of a block
	col, cols    int // columns in hand
	rowParts     int // blocks of rows
	colParts     int // groups of panels
	offA, sizeA  int // in buf, in bytes: the rows of the first thread, their room
	packed       []int
}
