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

// turns is the functions of AVX-512 or, if false, of AVX2.
type turns bool

// lanes is the numbers of a vector.
func (wide turns) lanes() int {
	if wide {
		return 16
	}
	return 8
}

// cut copies chunks of six into lanes.
func (wide turns) cut(t *chunkArgs) {
	if wide {
		wideCut(t)
	} else {
		tileCut(t)
	}
}

// weave copies chunks of four into lanes.
func (wide turns) weave(t *chunkArgs) {
	if wide {
		wideWeave(t)
	} else {
		tileWeave(t)
	}
}

// join copies lanes to chunks of four.
func (wide turns) join(t *chunkArgs) {
	if wide {
		wideJoin(t)
	} else {
		tileJoin(t)
	}
}

// input transforms 6×6 numbers of the operand to 6×6.
func (wide turns) input(t *turnArgs) {
	if wide {
		wideInput(t)
	} else {
		tileInput(t)
	}
}

// weight transforms 3×3 weights to 6×6.
func (wide turns) weight(t *turnArgs) {
	if wide {
		wideWeight(t)
	} else {
		tileWeight(t)
	}
}

// output transforms 6×6 products to 4×4 results, adds the bias and activates.
func (wide turns) output(t *turnArgs) {
	if wide {
		wideOutput(t)
	} else {
		tileOutput(t)
	}
}

// gradient transforms 4×4 gradients of results to 6×6.
func (wide turns) gradient(t *turnArgs) {
	if wide {
		wideGradient(t)
	} else {
		tileGradient(t)
	}
}

// weightGradient transforms 6×6 sums to 3×3 gradients of weights.
func (wide turns) weightGradient(t *turnArgs) {
	if wide {
		wideWeightGradient(t)
	} else {
		tileWeightGradient(t)
	}
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
func wideCut(t *chunkArgs)

//go:noescape
func wideJoin(t *chunkArgs)

//go:noescape
func wideInput(t *turnArgs)

//go:noescape
func wideWeight(t *turnArgs)

//go:noescape
func wideOutput(t *turnArgs)

//go:noescape
func wideGradient(t *turnArgs)

//go:noescape
func wideWeightGradient(t *turnArgs)

//go:noescape
func tileWeave(t *chunkArgs)

//go:noescape
func wideWeave(t *chunkArgs)
