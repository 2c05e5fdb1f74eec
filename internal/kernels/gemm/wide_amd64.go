package gemm

//go:generate go run -C ../gen ./gemm -set avx512 -out ../gemm/wide_amd64.s

// wideOf is tileOf for AVX-512: up to 14 rows and 32 columns.
func wideOf(t *tileArgs, rows, columns int) {
	switch {
	case columns == 32:
		wideFull(t, rows)
	case columns > 16:
		t.bits = 1<<(columns-16) - 1
		wideRagged(t, rows)
	default:
		t.bits = 1<<columns - 1
		wideNarrow(t, rows)
	}
}

// wideRows runs the form of rowsOf for AVX-512.
func wideRows(t *rowArgs, form int) {
	switch form {
	case 0:
		wideRows1x1(t)
	case 1:
		wideRows1x8(t)
	case 2:
		wideRows2x1(t)
	case 3:
		wideRows2x8(t)
	case 4:
		wideRows3x1(t)
	case 5:
		wideRows3x4(t)
	case 6:
		wideRows4x1(t)
	case 7:
		wideRows4x4(t)
	}
}

func wideFull(t *tileArgs, rows int) {
	switch rows {
	case 1:
		wide1x32(t)
	case 2:
		wide2x32(t)
	case 3:
		wide3x32(t)
	case 4:
		wide4x32(t)
	case 5:
		wide5x32(t)
	case 6:
		wide6x32(t)
	case 7:
		wide7x32(t)
	case 8:
		wide8x32(t)
	case 9:
		wide9x32(t)
	case 10:
		wide10x32(t)
	case 11:
		wide11x32(t)
	case 12:
		wide12x32(t)
	case 13:
		wide13x32(t)
	case 14:
		wide14x32(t)
	}
}

func wideRagged(t *tileArgs, rows int) {
	switch rows {
	case 1:
		wide1x32masked(t)
	case 2:
		wide2x32masked(t)
	case 3:
		wide3x32masked(t)
	case 4:
		wide4x32masked(t)
	case 5:
		wide5x32masked(t)
	case 6:
		wide6x32masked(t)
	case 7:
		wide7x32masked(t)
	case 8:
		wide8x32masked(t)
	case 9:
		wide9x32masked(t)
	case 10:
		wide10x32masked(t)
	case 11:
		wide11x32masked(t)
	case 12:
		wide12x32masked(t)
	case 13:
		wide13x32masked(t)
	case 14:
		wide14x32masked(t)
	}
}

func wideNarrow(t *tileArgs, rows int) {
	switch rows {
	case 1:
		wide1x16masked(t)
	case 2:
		wide2x16masked(t)
	case 3:
		wide3x16masked(t)
	case 4:
		wide4x16masked(t)
	case 5:
		wide5x16masked(t)
	case 6:
		wide6x16masked(t)
	case 7:
		wide7x16masked(t)
	case 8:
		wide8x16masked(t)
	case 9:
		wide9x16masked(t)
	case 10:
		wide10x16masked(t)
	case 11:
		wide11x16masked(t)
	case 12:
		wide12x16masked(t)
	case 13:
		wide13x16masked(t)
	case 14:
		wide14x16masked(t)
	}
}

//go:noescape
func wide1x32(t *tileArgs)

//go:noescape
func wide2x32(t *tileArgs)

//go:noescape
func wide3x32(t *tileArgs)

//go:noescape
func wide4x32(t *tileArgs)

//go:noescape
func wide5x32(t *tileArgs)

//go:noescape
func wide6x32(t *tileArgs)

//go:noescape
func wide7x32(t *tileArgs)

//go:noescape
func wide8x32(t *tileArgs)

//go:noescape
func wide9x32(t *tileArgs)

//go:noescape
func wide10x32(t *tileArgs)

//go:noescape
func wide11x32(t *tileArgs)

//go:noescape
func wide12x32(t *tileArgs)

//go:noescape
func wide13x32(t *tileArgs)

//go:noescape
func wide14x32(t *tileArgs)

//go:noescape
func wide1x32masked(t *tileArgs)

//go:noescape
func wide2x32masked(t *tileArgs)

//go:noescape
func wide3x32masked(t *tileArgs)

//go:noescape
func wide4x32masked(t *tileArgs)

//go:noescape
func wide5x32masked(t *tileArgs)

//go:noescape
func wide6x32masked(t *tileArgs)

//go:noescape
func wide7x32masked(t *tileArgs)

//go:noescape
func wide8x32masked(t *tileArgs)

//go:noescape
func wide9x32masked(t *tileArgs)

//go:noescape
func wide10x32masked(t *tileArgs)

//go:noescape
func wide11x32masked(t *tileArgs)

//go:noescape
func wide12x32masked(t *tileArgs)

//go:noescape
func wide13x32masked(t *tileArgs)

//go:noescape
func wide14x32masked(t *tileArgs)

//go:noescape
func wide1x16masked(t *tileArgs)

//go:noescape
func wide2x16masked(t *tileArgs)

//go:noescape
func wide3x16masked(t *tileArgs)

//go:noescape
func wide4x16masked(t *tileArgs)

//go:noescape
func wide5x16masked(t *tileArgs)

//go:noescape
func wide6x16masked(t *tileArgs)

//go:noescape
func wide7x16masked(t *tileArgs)

//go:noescape
func wide8x16masked(t *tileArgs)

//go:noescape
func wide9x16masked(t *tileArgs)

//go:noescape
func wide10x16masked(t *tileArgs)

//go:noescape
func wide11x16masked(t *tileArgs)

//go:noescape
func wide12x16masked(t *tileArgs)

//go:noescape
func wide13x16masked(t *tileArgs)

//go:noescape
func wide14x16masked(t *tileArgs)

//go:noescape
func wideRows1x1(t *rowArgs)

//go:noescape
func wideRows1x8(t *rowArgs)

//go:noescape
func wideRows2x1(t *rowArgs)

//go:noescape
func wideRows2x8(t *rowArgs)

//go:noescape
func wideRows3x1(t *rowArgs)

//go:noescape
func wideRows3x4(t *rowArgs)

//go:noescape
func wideRows4x1(t *rowArgs)

//go:noescape
func wideRows4x4(t *rowArgs)
