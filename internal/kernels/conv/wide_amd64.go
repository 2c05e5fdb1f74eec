package conv

//go:generate go run -C ../gen ./conv -set avx512 -out ../conv/wide_amd64.s

// wideOf is tileOf for AVX-512: count groups of four segments of up to 14
// planes.
func wideOf(t *tileArgs, rows int) {
	if n := t.count / 2; rows <= 3 && n > 0 {
		rest := t.several(2)
		switch rows {
		case 1:
			wide1x4(t)
		case 2:
			wide2x4(t)
		case 3:
			wide3x4(t)
		}
		t.skip(8*n, rest)
	}
	if t.count == 0 {
		return
	}
	switch rows {
	case 1:
		wide1x2(t)
	case 2:
		wide2x2(t)
	case 3:
		wide3x2(t)
	case 4:
		wide4x2(t)
	case 5:
		wide5x2(t)
	case 6:
		wide6x2(t)
	case 7:
		wide7x2(t)
	case 8:
		wide8x2(t)
	case 9:
		wide9x2(t)
	case 10:
		wide10x2(t)
	case 11:
		wide11x2(t)
	case 12:
		wide12x2(t)
	case 13:
		wide13x2(t)
	case 14:
		wide14x2(t)
	}
}

// wideCutOf is scheme.cut for AVX-512.
func wideCutOf(t *chunkArgs, quads bool) {
	if quads {
		wideCutQuads(t)
	} else {
		wideCut(t)
	}
}

// wideJoinOf is scheme.join for AVX-512.
func wideJoinOf(t *chunkArgs, quads bool) {
	if quads {
		wideJoinQuads(t)
	} else {
		wideJoin(t)
	}
}

// wideTurn is scheme.do for AVX-512.
func wideTurn(t *turnArgs, kernel int) {
	switch kernel {
	case 0:
		wideInput(t)
	case 1:
		wideWeight(t)
	case 2:
		wideOutput(t)
	case 3:
		wideGradient(t)
	case 4:
		wideWeightGradient(t)
	case 5:
		wideInput5(t)
	case 6:
		wideWeight5(t)
	case 7:
		wideOutput5(t)
	case 8:
		wideGradient5(t)
	case 9:
		wideWeightGradient5(t)
	}
}

//go:noescape
func wide1x4(t *tileArgs)

//go:noescape
func wide2x4(t *tileArgs)

//go:noescape
func wide3x4(t *tileArgs)

//go:noescape
func wide1x2(t *tileArgs)

//go:noescape
func wide2x2(t *tileArgs)

//go:noescape
func wide3x2(t *tileArgs)

//go:noescape
func wide4x2(t *tileArgs)

//go:noescape
func wide5x2(t *tileArgs)

//go:noescape
func wide6x2(t *tileArgs)

//go:noescape
func wide7x2(t *tileArgs)

//go:noescape
func wide8x2(t *tileArgs)

//go:noescape
func wide9x2(t *tileArgs)

//go:noescape
func wide10x2(t *tileArgs)

//go:noescape
func wide11x2(t *tileArgs)

//go:noescape
func wide12x2(t *tileArgs)

//go:noescape
func wide13x2(t *tileArgs)

//go:noescape
func wide14x2(t *tileArgs)

//go:noescape
func wideDepth(t *depthArgs)

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
func wideWeave(t *chunkArgs)

//go:noescape
func wideInput5(t *turnArgs)

//go:noescape
func wideWeight5(t *turnArgs)

//go:noescape
func wideOutput5(t *turnArgs)

//go:noescape
func wideGradient5(t *turnArgs)

//go:noescape
func wideWeightGradient5(t *turnArgs)

//go:noescape
func wideCutQuads(t *chunkArgs)

//go:noescape
func wideJoinQuads(t *chunkArgs)
