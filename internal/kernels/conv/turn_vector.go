//go:build amd64 || arm64

package conv

// turnArgs describes n vectors of squares to the assembly, which transforms
// both axes of each. Distances are in bytes. Addresses are integers; the plan
// holds what they point to.
type turnArgs struct {
	src                     uintptr
	srcRow, srcCol          uintptr // from number to number of a square
	srcStep                 uintptr // from vector to vector
	dst                     uintptr
	dstRow, dstCol, dstStep uintptr
	n                       int
	tmp                     uintptr // room for 36 vectors
	flags                   int     // of turnOutput alone, as the bias and the slope
	bias, slope             float32
}

// turnSize is the numbers that a transform's temporary memory holds.
const turnSize = 36 * 16

// chunkArgs describes rows of vectors of chunks to the assembly, where a lane is
// a chunk of neighbours.
type chunkArgs struct {
	tab          *int32 // [vectors, lanes] where chunks begin in a row
	vectors      int
	row, rowStep uintptr
	lanes        uintptr // the first numbers of the first vector of chunks
	phase        uintptr // from there to the second numbers
	lanesNext    uintptr // to the next vector
	lanesStep    uintptr // to the next row
	rows         int
}

//go:noescape
func tileCut(t *chunkArgs)

//go:noescape
func tileJoin(t *chunkArgs)

//go:noescape
func tileInput(t *turnArgs)

//go:noescape
func tileWeight(t *turnArgs)

//go:noescape
func tileOutput(t *turnArgs)

//go:noescape
func tileGradient(t *turnArgs)

//go:noescape
func tileWeightGradient(t *turnArgs)

//go:noescape
func tileWeave(t *chunkArgs)

//go:noescape
func tileInput5(t *turnArgs)

//go:noescape
func tileWeight5(t *turnArgs)

//go:noescape
func tileOutput5(t *turnArgs)

//go:noescape
func tileGradient5(t *turnArgs)

//go:noescape
func tileWeightGradient5(t *turnArgs)
