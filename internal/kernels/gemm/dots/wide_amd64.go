package dots

//go:generate go run -C ../../gen ./gemm/dots -set avx512 -out ../gemm/dots/wide_amd64.s

// wide is Run for AVX-512.
func wide(t *Args, views, planes int) {
	switch 8*views + planes - 1 {
	case 8:
		wide1x1(t)
	case 9:
		wide1x2(t)
	case 10:
		wide1x3(t)
	case 11:
		wide1x4(t)
	case 12:
		wide1x5(t)
	case 13:
		wide1x6(t)
	case 14:
		wide1x7(t)
	case 15:
		wide1x8(t)
	case 16:
		wide2x1(t)
	case 17:
		wide2x2(t)
	case 18:
		wide2x3(t)
	case 19:
		wide2x4(t)
	case 20:
		wide2x5(t)
	case 21:
		wide2x6(t)
	case 22:
		wide2x7(t)
	case 23:
		wide2x8(t)
	case 24:
		wide3x1(t)
	case 25:
		wide3x2(t)
	case 26:
		wide3x3(t)
	case 27:
		wide3x4(t)
	case 28:
		wide3x5(t)
	case 29:
		wide3x6(t)
	case 30:
		wide3x7(t)
	case 31:
		wide3x8(t)
	}
}

//go:noescape
func wide1x1(t *Args)

//go:noescape
func wide1x2(t *Args)

//go:noescape
func wide1x3(t *Args)

//go:noescape
func wide1x4(t *Args)

//go:noescape
func wide1x5(t *Args)

//go:noescape
func wide1x6(t *Args)

//go:noescape
func wide1x7(t *Args)

//go:noescape
func wide1x8(t *Args)

//go:noescape
func wide2x1(t *Args)

//go:noescape
func wide2x2(t *Args)

//go:noescape
func wide2x3(t *Args)

//go:noescape
func wide2x4(t *Args)

//go:noescape
func wide2x5(t *Args)

//go:noescape
func wide2x6(t *Args)

//go:noescape
func wide2x7(t *Args)

//go:noescape
func wide2x8(t *Args)

//go:noescape
func wide3x1(t *Args)

//go:noescape
func wide3x2(t *Args)

//go:noescape
func wide3x3(t *Args)

//go:noescape
func wide3x4(t *Args)

//go:noescape
func wide3x5(t *Args)

//go:noescape
func wide3x6(t *Args)

//go:noescape
func wide3x7(t *Args)

//go:noescape
func wide3x8(t *Args)
